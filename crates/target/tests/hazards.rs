//! What a compiler gets wrong about the rules language itself: each is refused by the parser, the checker or the last look at a
//! rule. The numbers are those of the catalog of hazards; what the machine must get right is tested in `interp`.

#![expect(clippy::unwrap_used, reason = "tests")]

use target::accept::{item_problems, rule_problems};
use target::headers::{Operation, permits};
use target::lang::{Position, ProblemKind, check, check_with, parse, print};
use target::limits::{Limit, Limits};
use target::phase::{Phase, Side};
use target::plan::Plan;
use target::ruleset::{Action, BulkItem, HeaderOp, Rule, Value};

fn kinds(text: &str, phase: Phase, position: Position, plan: Plan) -> Vec<ProblemKind> {
    check(&parse(text).unwrap(), phase, position, plan).into_iter().map(|it| it.kind).collect()
}

fn filter(text: &str) -> Vec<ProblemKind> {
    kinds(text, Phase::DynamicRedirect, Position::Filter, Plan::Enterprise)
}

fn value(text: &str, phase: Phase) -> Vec<ProblemKind> {
    kinds(text, phase, Position::Value, Plan::Enterprise)
}

fn problems(action: Action, phase: Phase, plan: Plan) -> usize {
    let rule = Rule {
        reference: "r".into(),
        description: String::new(),
        expression: parse("ssl").unwrap(),
        action,
        enabled: true,
    };
    rule_problems(&rule, phase, &Limits::of(plan)).len()
}

#[test]
fn hazard_2_3_ne_is_refused_on_what_may_be_missing_only() {
    assert_eq!(filter(r#"http.request.headers["x"][0] ne "v""#), [ProblemKind::NullableNe]);
    assert_eq!(filter(r#"lower(http.request.uri.args["x"][0]) ne "v""#), [ProblemKind::NullableNe]);
    assert_eq!(filter(r#"len(http.request.headers["x"]) ne 0"#), [ProblemKind::NullableNe]);
    assert_eq!(filter(r#"http.host ne "v""#), []);
    assert_eq!(filter(r#"any(http.request.headers["x"][*] ne "v")"#), []);
    assert_eq!(
        filter(r#"concat("a", http.request.headers["x"][0]) ne "av""#),
        [],
        "concat() of a literal is never missing"
    );
}

#[test]
fn hazard_3_1_booleans_stand_bare() {
    assert!(!filter("ssl eq 1").is_empty() && parse("ssl == true").is_ok_and(|it| print(&it) == "ssl eq true"));
    assert!(!filter("ssl == true").is_empty());
    assert_eq!(filter("not ssl"), []);
}

#[test]
fn hazard_3_2_operators_are_lower_case() {
    for text in ["ssl AND ssl", "NOT ssl", r#"http.host EQ "a""#] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn hazard_3_3_and_3_4_escapes() {
    for text in [r#"http.host eq "\n""#, r#"http.host eq "\.""#, r#"http.host eq "\*""#, r#"http.host wildcard "\*""#] {
        assert!(parse(text).is_err(), "{text}");
    }
    assert_eq!(
        parse(r#"http.host matches "a\.b""#),
        parse(r#"http.host matches r"a\.b""#),
        "regex escapes after matches"
    );
    assert!(parse(r#"regex_replace(http.host, "a\.b", "c")"#).is_err(), "basic escapes in an argument");
    assert_eq!(parse(r#"regex_replace(http.host, "a\\.b", "c")"#), parse(r#"regex_replace(http.host, r"a\.b", r"c")"#));
}

#[test]
fn hazard_3_5_integers_are_printed_in_decimal() {
    assert_eq!(print(&parse("ip.src.asnum eq 010").unwrap()), "ip.src.asnum eq 8");
    assert!(parse("ip.src.asnum eq 09").is_err());
}

#[test]
fn hazard_3_6_sets() {
    for text in [r#"http.host in {"a", "b"}"#, r#"http.host in {"a" 1}"#, "ip.src eq 10.0.0.0/8"] {
        assert!(parse(text).is_err(), "{text}");
    }
    assert_eq!(filter("ip.src in {10.0.0.0/8 2001:db8::/32}"), []);
    assert_eq!(filter(r#"ip.src in {"10.0.0.1"}"#), [ProblemKind::Type]);
}

#[test]
fn hazard_3_7_each_stands_in_the_first_argument_of_a_call() {
    assert!(!filter(r#"http.request.headers["x"][*] eq "a""#).is_empty());
    assert!(!filter(r#"any(http.request.headers["x"][*] eq "a" or http.request.headers["x"][*] eq "b")"#).is_empty());
    assert!(!value(r#"concat("a", http.request.headers["x"][*])"#, Phase::RequestHeaders).is_empty());
    assert_eq!(filter(r#"any(http.request.headers["x"][*] in {"a" "b"})"#), []);
    assert_eq!(filter(r#"any(starts_with(http.request.headers["x"][*], "a"))"#), []);
}

#[test]
fn hazard_3_8_a_list_is_asked_by_a_field() {
    assert_eq!(filter("lower(http.request.full_uri) in $moved"), [ProblemKind::Form]);
    assert_eq!(filter("http.request.full_uri in $moved"), []);
}

#[test]
fn hazard_3_9_computed_right_sides_are_not_emitted() {
    assert_eq!(filter("http.request.uri.path eq raw.http.request.uri.path"), [ProblemKind::Unsure]);
}

#[test]
fn hazard_3_10_and_3_11_lengths() {
    let long = format!(r#"http.host eq "{}""#, "é".repeat(2100));
    assert_eq!(filter(&long), [ProblemKind::TooMuch], "bytes are counted, not characters");
    let arguments = |count: usize| format!("concat({})", vec!["http.host"; count].join(", "));
    assert_eq!(value(&arguments(32), Phase::DynamicRedirect), []);
    assert_eq!(value(&arguments(33), Phase::DynamicRedirect), [ProblemKind::Arity]);
}

#[test]
fn hazard_3_12_there_are_no_comments() {
    assert!(parse("ssl # secure").is_err() && parse("ssl /* secure */").is_err());
}

#[test]
fn hazard_4_1_to_4_4_patterns_that_do_not_compile() {
    for pattern in [r"\p{L}", "[é]", "(?=a)", "(?<!a)b", r"(a)\1", r"\Z", r"\h"] {
        assert_eq!(filter(&format!("http.host matches r\"{pattern}\"")), [ProblemKind::Pattern], "{pattern}");
    }
    for pattern in ["(?i)[a-z]+", r"^/(a|b)\.html$", "(?u)é"] {
        assert_eq!(filter(&format!("http.host matches r\"{pattern}\"")), [], "{pattern}");
    }
}

#[test]
fn hazard_4_6_regexes_need_business() {
    let regex = r#"http.host matches "a""#;
    for (plan, refused) in [(Plan::Free, true), (Plan::Pro, true), (Plan::Business, false), (Plan::Enterprise, false)] {
        assert_eq!(!kinds(regex, Phase::WafCustom, Position::Filter, plan).is_empty(), refused, "{plan}");
    }
    let mut limits = Limits::of(Plan::Pro);
    limits.overrides.insert(Limit::Regex, 1);
    assert_eq!(
        check_with(&parse(regex).unwrap(), Phase::WafCustom, Position::Filter, &limits),
        [],
        "the user knows better"
    );
}

#[test]
fn hazard_4_7_to_4_9_wildcards_and_replacements() {
    assert_eq!(filter(r#"http.host wildcard "a**""#), [ProblemKind::Pattern]);
    let target = |text: &str| value(text, Phase::DynamicRedirect);
    assert_eq!(target(r#"wildcard_replace(http.host, "a*", "b${1}$$")"#), []);
    assert_eq!(target(r#"wildcard_replace(lower(http.host), "a*", "b")"#), [ProblemKind::Form]);
    assert_eq!(target(r#"regex_replace(http.host, "a", "$1")"#), [ProblemKind::Pattern]);
    let nine = "${1}".repeat(9);
    assert_eq!(target(&format!(r#"regex_replace(http.host, "(a)", "{nine}")"#)), [ProblemKind::TooMuch]);
    assert_eq!(target(r#"regex_replace(wildcard_replace(http.host, "a*", "b"), "c", "d")"#), [ProblemKind::TooMuch]);
    assert_eq!(filter(r#"regex_replace(http.host, "a", "b") eq "b""#), [ProblemKind::Unavailable]);
}

#[test]
fn hazard_4_10_starts_with_is_a_function_of_no_literal() {
    assert!(parse(r#"http.host starts_with "a""#).is_err());
    assert_eq!(filter(r#"starts_with("abc", "a")"#), [ProblemKind::Form]);
}

#[test]
fn hazard_5_5_and_5_8_reserved_headers() {
    for name in ["cookie", "x-forwarded-for", "x-real-ip", "cf-ray", "x-cf-a", "accept-encoding", "host"] {
        assert!(permits(Side::Request, Operation::Set, name).is_err(), "{name}");
    }
    assert!(permits(Side::Response, Operation::Set, "server").is_err());
    let empty = HeaderOp::Set(Value::Static(String::new()));
    let action = Action::RequestHeaders([("x".to_owned(), empty)].into());
    assert_eq!(problems(action, Phase::RequestHeaders, Plan::Free), 1, "an empty value would remove the header");
}

#[test]
fn hazard_5_11_thirty_operations_in_one_rule() {
    let action =
        |count: usize| Action::ResponseHeaders((0..count).map(|it| (format!("x-{it}"), HeaderOp::Remove)).collect());
    assert_eq!(problems(action(30), Phase::ResponseHeaders, Plan::Free), 0);
    assert_eq!(problems(action(31), Phase::ResponseHeaders, Plan::Free), 1);
}

#[test]
fn hazard_6_3_and_6_4_rewrite_parameters() {
    let rewrite = |path: String, query: Option<String>| Action::RewriteUrl {
        path: Some(Value::Static(path)),
        query: query.map(Value::Static),
    };
    assert_eq!(problems(rewrite("/a".into(), Some(String::new())), Phase::UrlRewrite, Plan::Free), 0);
    assert_eq!(problems(rewrite("/a".into(), Some("a".repeat(4095))), Phase::UrlRewrite, Plan::Free), 1);
    assert_eq!(problems(rewrite("a".into(), None), Phase::UrlRewrite, Plan::Free), 1);
}

#[test]
fn hazard_6_6_and_6_7_cookies_and_arguments() {
    assert_eq!(
        kinds(r#"any(http.request.cookies["a"][*] eq "1")"#, Phase::UrlRewrite, Position::Filter, Plan::Free),
        [ProblemKind::Plan(Plan::Pro)]
    );
    assert_eq!(value(r#"remove_query_args(http.request.uri.query, "a")"#, Phase::UrlRewrite), []);
    assert_eq!(value(r#"remove_query_args(http.request.uri, "a")"#, Phase::UrlRewrite), [ProblemKind::Form]);
    assert_eq!(
        value(r#"remove_query_args(http.request.uri.query, "a")"#, Phase::DynamicRedirect),
        [ProblemKind::Unavailable]
    );
}

#[test]
fn hazard_7_1_and_7_2_redirects() {
    let redirect = |status, target: &str, preserve_query| Action::Redirect {
        target: Value::Static(target.into()),
        status,
        preserve_query,
    };
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(problems(redirect(status, "/a", false), Phase::DynamicRedirect, Plan::Free), 0, "{status}");
    }
    for status in [200, 300, 304, 305, 410] {
        assert_eq!(problems(redirect(status, "/a", false), Phase::DynamicRedirect, Plan::Free), 1, "{status}");
    }
    assert_eq!(problems(redirect(301, "/a?b=1", true), Phase::DynamicRedirect, Plan::Free), 1);
}

#[test]
fn hazard_7_7_items() {
    let item = |status, target: &str, preserve_path_suffix| BulkItem {
        source_url: "shop.example/a".into(),
        target_url: target.into(),
        status,
        preserve_query: false,
        subpath_matching: false,
        include_subdomains: false,
        preserve_path_suffix,
    };
    let limits = Limits::of(Plan::Free);
    assert!(item_problems(&item(301, "https://shop.example/b?c=1", false), &limits).is_empty());
    for wrong in
        [item(303, "https://shop.example/b", false), item(301, "/b", false), item(301, "https://shop.example/b", true)]
    {
        assert_eq!(item_problems(&wrong, &limits).len(), 1);
    }
}

#[test]
fn hazard_10_plans_decide() {
    let on = |limit: Limit| Plan::ALL.map(|it| limit.on(it));
    assert_eq!(on(Limit::SingleRedirectRules), [10, 25, 50, 300]);
    assert_eq!(on(Limit::WafCustomRules), [5, 20, 100, 1000]);
    assert_eq!(on(Limit::BulkRedirectItems), [10_000, 25_000, 50_000, 1_000_000]);
    assert_eq!(on(Limit::HostHeaderOverride), [0, 0, 0, 1]);
    assert_eq!(on(Limit::CustomBlockResponse), [0, 1, 1, 1]);
    assert_eq!(Limit::Snippets.least_plan(1), Some(Plan::Pro));
}
