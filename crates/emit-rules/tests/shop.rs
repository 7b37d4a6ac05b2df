//! One zone with an action of every kind, in every writing.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests, one of which asks the real formatter"
)]

use emit_rules::{PROVIDER_VERSION, account_files, terraform, zone_files};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use target::lang::{Expr, parse};
use target::phase::Phase;
use target::ruleset::{Account, Action, BulkItem, BulkList, HeaderOp, ListKey, Rule, Value, ZoneRules};

fn expr(text: &str) -> Expr {
    parse(text).unwrap()
}

fn fixed(text: &str) -> Value {
    Value::Static(text.into())
}

fn rule(reference: &str, filter: &str, action: Action) -> Rule {
    Rule {
        reference: reference.into(),
        description: format!("src/edge.js:3 \"{reference}\""),
        expression: expr(filter),
        action,
        enabled: true,
    }
}

fn shop() -> (ZoneRules, Account) {
    let locale = Value::Dynamic(expr(r#"regex_replace(http.request.uri.path, r"^/[a-z]{2}/(.*)$", "/$$${1}")"#));
    let request = BTreeMap::from([
        ("x-country".to_owned(), HeaderOp::Set(Value::Dynamic(expr("ip.src.country")))),
        ("x-debug".to_owned(), HeaderOp::Remove),
    ]);
    let response = BTreeMap::from([
        ("set-cookie".to_owned(), HeaderOp::Add(fixed("seen=1; Path=/"))),
        ("strict-transport-security".to_owned(), HeaderOp::Set(fixed("max-age=63072000"))),
    ]);
    let zone = ZoneRules {
        name: "shop.example".into(),
        phases: BTreeMap::from([
            (
                Phase::DynamicRedirect,
                vec![
                    rule(
                        "migrate_1",
                        r#"http.host eq "shop.example" and http.request.uri.path in {"/b" "/a"}"#,
                        Action::Redirect {
                            target: fixed("https://www.shop.example/"),
                            status: 301,
                            preserve_query: true,
                        },
                    ),
                    rule(
                        "migrate_2",
                        "not ssl",
                        Action::Redirect { target: locale, status: 302, preserve_query: false },
                    ),
                ],
            ),
            (
                Phase::UrlRewrite,
                vec![rule(
                    "migrate_3",
                    r#"ends_with(http.request.uri.path, "/")"#,
                    Action::RewriteUrl {
                        path: Some(Value::Dynamic(expr(r#"concat(http.request.uri.path, "index.html")"#))),
                        query: Some(fixed("")),
                    },
                )],
            ),
            (
                Phase::Origin,
                vec![rule(
                    "migrate_4",
                    "true",
                    Action::Route {
                        host_header: Some("origin.example".into()),
                        sni: Some("origin.example".into()),
                        origin_host: Some("origin.example".into()),
                        origin_port: Some(8443),
                    },
                )],
            ),
            (
                Phase::WafCustom,
                vec![
                    rule(
                        "migrate_5",
                        r#"ip.src.country eq "T1""#,
                        Action::Block { status: 403, content_type: None, content: None },
                    ),
                    rule(
                        "migrate_6",
                        r#"not any(http.request.headers["x-token"][*] eq "s")"#,
                        Action::Block {
                            status: 401,
                            content_type: Some("application/json".into()),
                            content: Some("{\"error\":\"%{token}\"}".into()),
                        },
                    ),
                ],
            ),
            (Phase::RequestHeaders, vec![rule("migrate_7", "true", Action::RequestHeaders(request))]),
            (Phase::ResponseHeaders, vec![rule("migrate_8", "true", Action::ResponseHeaders(response))]),
        ]),
    };
    let account = Account {
        bulk_rules: vec![rule(
            "migrate_bulk",
            r#"http.request.full_uri in $moved_pages and http.host eq "shop.example""#,
            Action::RedirectFromList { list: "moved_pages".into(), key: ListKey::FullUri },
        )],
        lists: vec![BulkList {
            name: "moved_pages".into(),
            description: "moved pages of shop.example".into(),
            items: vec![BulkItem {
                source_url: "shop.example/old".into(),
                target_url: "https://shop.example/new".into(),
                status: 301,
                preserve_query: true,
                subpath_matching: false,
                include_subdomains: false,
                preserve_path_suffix: false,
            }],
        }],
    };
    (zone, account)
}

fn body(files: &BTreeMap<String, String>, path: &str) -> Json {
    serde_json::from_str(&files[path]).unwrap()
}

#[test]
fn rules_have_the_shape_of_the_api() {
    let (zone, account) = shop();
    let files = zone_files(&zone);
    let redirects = body(&files, "rules/http_request_dynamic_redirect.json");
    assert_eq!(
        redirects["rules"][0],
        json!({
            "ref": "migrate_1",
            "description": "src/edge.js:3 \"migrate_1\"",
            "expression": r#"http.host eq "shop.example" and http.request.uri.path in {"/a" "/b"}"#,
            "action": "redirect",
            "action_parameters": { "from_value": {
                "target_url": { "value": "https://www.shop.example/" },
                "status_code": 301,
                "preserve_query_string": true,
            } },
            "enabled": true,
        })
    );
    assert_eq!(
        redirects["rules"][1]["action_parameters"]["from_value"]["target_url"],
        json!({ "expression": r#"regex_replace(http.request.uri.path, r"^/[a-z]{2}/(.*)$", r"/$$${1}")"# })
    );
    let parameters =
        |phase: &str, at: usize| body(&files, &format!("rules/{phase}.json"))["rules"][at]["action_parameters"].clone();
    assert_eq!(
        parameters("http_request_transform", 0),
        json!({ "uri": {
            "path": { "expression": r#"concat(http.request.uri.path, "index.html")"# },
            "query": { "value": "" },
        } })
    );
    assert_eq!(
        parameters("http_request_origin", 0),
        json!({
            "host_header": "origin.example",
            "origin": { "host": "origin.example", "port": 8443 },
            "sni": { "value": "origin.example" },
        })
    );
    assert_eq!(parameters("http_request_firewall_custom", 0), Json::Null, "the default page needs no parameters");
    assert_eq!(parameters("http_request_firewall_custom", 1)["response"]["status_code"], json!(401));
    assert_eq!(
        parameters("http_request_late_transform", 0),
        json!({ "headers": {
            "x-country": { "operation": "set", "expression": "ip.src.country" },
            "x-debug": { "operation": "remove" },
        } })
    );
    assert_eq!(parameters("http_response_headers_transform", 0)["headers"]["set-cookie"]["operation"], json!("add"));
    let account = account_files(&account);
    let bulk = body(&account, "rules/http_request_redirect.json");
    let from_list = json!({ "from_list": { "name": "moved_pages", "key": "http.request.full_uri" } });
    assert_eq!(bulk["rules"][0]["action_parameters"], from_list);
    assert_eq!(body(&account, "lists/moved_pages.json")[0]["redirect"]["status_code"], json!(301));
}

#[test]
fn deployment_warns_names_every_file_and_keeps_the_order() {
    let (zone, account) = shop();
    let (zone, account) = (zone_files(&zone), account_files(&account));
    for files in [&zone, &account] {
        let deploy = body(files, "deploy.json");
        let note = deploy["note"].as_str().unwrap();
        assert!(note.contains("replaces ALL rules") && note.contains("empty zone"));
        let named: Vec<&str> =
            deploy["requests"].as_array().unwrap().iter().filter_map(|it| it["body"].as_str()).collect();
        let written: Vec<&str> = files
            .keys()
            .map(String::as_str)
            .filter(|it| it.starts_with("rules/") || it.starts_with("lists/"))
            .collect();
        let mut sorted = named.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, written);
    }
    let methods: Vec<String> = body(&account, "deploy.json")["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["method"].as_str().unwrap(), it["path"].as_str().unwrap()))
        .collect();
    assert_eq!(
        methods,
        [
            "POST /accounts/{account_id}/rules/lists",
            "PUT /accounts/{account_id}/rules/lists/{list_id}/items",
            "GET /accounts/{account_id}/rules/lists/bulk_operations/{operation_id}",
            "PUT /accounts/{account_id}/rulesets/phases/http_request_redirect/entrypoint",
        ]
    );
}

#[test]
fn terraform_says_the_same_and_interpolates_nothing() {
    let (zone, account) = shop();
    let files = terraform(&zone, &account);
    assert!(files["versions.tf"].contains(PROVIDER_VERSION));
    let rules = &files["rules.tf"];
    assert!(rules.contains(r#"resource "cloudflare_ruleset" "http_request_dynamic_redirect" {"#));
    assert!(rules.contains("  zone_id     = var.zone_id\n"));
    assert!(rules.contains(r#"r\"/$$\u0024{1}\")"#), "{rules}");
    assert!(rules.contains(r#"{\"error\":\"%%{token}\"}"#));
    assert!(files["account.tf"].contains("depends_on = [cloudflare_list.moved_pages]"));
    let balance = |open, close| rules.matches(open).count() == rules.matches(close).count();
    assert!(balance('[', ']'));
}

#[test]
fn the_real_formatter_changes_nothing() {
    let (zone, account) = shop();
    for (name, text) in terraform(&zone, &account) {
        let started = Command::new("terraform").args(["fmt", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut terraform) = started else {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "terraform is not installed");
            eprintln!("skipped: terraform is not installed");
            return;
        };
        terraform.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = terraform.wait_with_output().unwrap();
        assert!(output.status.success(), "{name}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{name}");
    }
}

#[test]
fn nothing_to_say_is_no_file() {
    assert!(zone_files(&ZoneRules::default()).is_empty());
    assert!(account_files(&Account::default()).is_empty());
    let empty = ZoneRules { name: "a.example".into(), phases: BTreeMap::from([(Phase::Origin, Vec::new())]) };
    assert!(zone_files(&empty).is_empty());
}
