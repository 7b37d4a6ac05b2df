//! Six typical CloudFront Functions as projects with witnesses: what the tests read, and what the outside judges (`tsc`,
//! wrangler, workerd) are given.

use std::collections::BTreeMap;

use emit_worker::{
    COMPATIBILITY_DATE, CacheBehavior, Distribution, Expected, FunctionUnit, KvBinding, OriginSaw, Platform, Runtime,
    UserModule, Witness, WitnessRequest, WitnessResponse, WorkerSpec, route_patterns,
};

const KEY: &str = "k";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1MSIsImV4cCI6NDEwMjQ0NDgwMH0.h_hkkj9D-caNwNEnJpBOhvwUhe9TG5PDA5ZFNjoIm2w";
const OLD_TOKEN: &str =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1MSIsImV4cCI6MX0.sFFYX1llZtJIJm3IDsToFHazYt8R-Awor6tv7lXhuMc";

/// All sample projects.
pub(crate) fn samples() -> Vec<WorkerSpec> {
    vec![redirect_host(), index_rewrite(), basic_auth(), jwt_kvs(), security_headers(), ab_cookie()]
}

fn function(id: &str, runtime: Runtime, text: &str) -> FunctionUnit {
    FunctionUnit {
        id: id.to_owned(),
        modules: vec![UserModule { path: "index.js".to_owned(), text: text.to_owned() }],
        source: format!("functions/{id}.js:1"),
        platform: Platform::CloudFrontFunctions,
        runtime,
        handler: "handler".to_owned(),
        kv_binding: None,
        printed: None,
    }
}

fn spec(name: &str, behavior: CacheBehavior, witnesses: Vec<Witness>) -> WorkerSpec {
    let hosts = vec!["shop.example".to_owned(), "www.shop.example".to_owned()];
    let pattern = behavior.path_pattern.clone().unwrap_or_else(|| "*".to_owned());
    WorkerSpec {
        name: name.to_owned(),
        zone: "shop.example".to_owned(),
        routes: route_patterns(&hosts, &[pattern]),
        hosts,
        compatibility_date: COMPATIBILITY_DATE.to_owned(),
        distribution: Distribution {
            domain_name: "d111111abcdef8.cloudfront.net".to_owned(),
            id: "E1EXAMPLE".to_owned(),
        },
        behaviors: vec![behavior],
        kv: Vec::new(),
        origins: BTreeMap::new(),
        mark_answers: None,
        witnesses,
    }
}

fn get(url: &str, headers: &[(&str, &str)]) -> WitnessRequest {
    WitnessRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        cf: serde_json::Map::new(),
        body: None,
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: &str) -> WitnessResponse {
    WitnessResponse {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: Some(body.to_owned()),
    }
}

fn answered(name: &str, request: WitnessRequest, response: WitnessResponse) -> Witness {
    let expected = Expected { origin_saw: None, response };
    Witness { name: name.to_owned(), request, origin: page(), kv: BTreeMap::new(), expected }
}

fn passed(name: &str, request: WitnessRequest, url: &str, headers: &[(&str, Option<&str>)]) -> Witness {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
    let origin_saw = Some(OriginSaw { url: url.to_owned(), headers });
    Witness {
        name: name.to_owned(),
        request,
        origin: page(),
        kv: BTreeMap::new(),
        expected: Expected { origin_saw, response: page() },
    }
}

fn page() -> WitnessResponse {
    response(200, &[("content-type", "text/html"), ("x-powered-by", "shop")], "a page")
}

fn redirect_host() -> WorkerSpec {
    let behavior = CacheBehavior {
        viewer_request: Some(function("redirect-host", Runtime::V1, include_str!("redirect-host.js"))),
        ..CacheBehavior::default()
    };
    let moved = |location| response(301, &[("location", location)], "");
    let mut spec = spec(
        "redirect-host",
        behavior,
        vec![
            answered(
                "the bare host is redirected with its query",
                get("https://shop.example/a%20b?x=1&y=%2F&x=2", &[("host", "shop.example")]),
                moved("https://www.shop.example/a%20b?x=1&x=2&y=%2F"),
            ),
            answered(
                "and without one",
                get("https://shop.example/", &[("host", "shop.example")]),
                moved("https://www.shop.example/"),
            ),
            passed(
                "the right host passes",
                get("https://www.shop.example/a?b=1", &[("host", "www.shop.example")]),
                "https://www.shop.example/a?b=1",
                &[],
            ),
        ],
    );
    spec.mark_answers = Some("x-edge-answer".to_owned());
    spec
}

fn index_rewrite() -> WorkerSpec {
    let behavior = CacheBehavior {
        path_pattern: Some("/docs/*".to_owned()),
        viewer_request: Some(function("index-rewrite", Runtime::V1, include_str!("index-rewrite.js"))),
        ..CacheBehavior::default()
    };
    let at = |path: &str| format!("https://www.shop.example{path}");
    spec(
        "index-rewrite",
        behavior,
        vec![
            passed("a folder", get(&at("/docs/a/?x=1"), &[]), &at("/docs/a/index.html?x=1"), &[]),
            passed("a page without slash", get(&at("/docs/a"), &[]), &at("/docs/a/index.html"), &[]),
            passed("a file", get(&at("/docs/a.css"), &[]), &at("/docs/a.css"), &[]),
            passed("another path", get(&at("/shop/"), &[]), &at("/shop/"), &[]),
        ],
    )
}

fn basic_auth() -> WorkerSpec {
    let behavior = CacheBehavior {
        viewer_request: Some(function("basic-auth", Runtime::V1, include_str!("basic-auth.js"))),
        ..CacheBehavior::default()
    };
    let url = "https://www.shop.example/";
    let denied = || response(401, &[("www-authenticate", "Basic realm=\"shop\"")], "");
    spec(
        "basic-auth",
        behavior,
        vec![
            answered("no credentials", get(url, &[]), denied()),
            answered("wrong credentials", get(url, &[("authorization", "Basic eDp5")]), denied()),
            passed("right credentials", get(url, &[("authorization", "Basic dXNlcjpwYXNz")]), url, &[]),
        ],
    )
}

fn jwt_kvs() -> WorkerSpec {
    let mut unit = function("jwt-kvs", Runtime::V2, include_str!("jwt-kvs.js"));
    unit.modules.push(UserModule { path: "lib/parts.ts".to_owned(), text: include_str!("lib/parts.ts").to_owned() });
    unit.kv_binding = Some("TOKENS".to_owned());
    let behavior = CacheBehavior {
        path_pattern: Some("/video/*".to_owned()),
        viewer_request: Some(unit),
        ..CacheBehavior::default()
    };
    let url = |query: &str| format!("https://www.shop.example/video/1.mp4{query}");
    let denied = |why| response(401, &[], why);
    let store = BTreeMap::from([("TOKENS".to_owned(), BTreeMap::from([("jwt.secret".to_owned(), KEY.to_owned())]))]);
    let mut witnesses = vec![
        answered("no token", get(&url(""), &[]), denied("no token")),
        answered("no key in the store", get(&url(&format!("?jwt={TOKEN}")), &[]), denied("failed")),
        answered("two parts", get(&url("?jwt=a.b"), &[]), denied("not a token")),
        answered("another signature", get(&url(&format!("?jwt={TOKEN}x")), &[]), denied("wrong signature")),
        answered("an old token", get(&url(&format!("?jwt={OLD_TOKEN}")), &[]), denied("too old")),
        passed(
            "a good token",
            get(&url(&format!("?a=1&jwt={TOKEN}&flag")), &[]),
            &url("?a=1&flag="),
            &[("x-user", Some("u1"))],
        ),
    ];
    for witness in witnesses.iter_mut().filter(|it| it.name != "no key in the store") {
        witness.kv.clone_from(&store);
    }
    let mut spec = spec("jwt-kvs", behavior, witnesses);
    spec.kv = vec![KvBinding { binding: "TOKENS".to_owned(), name: "shop-tokens".to_owned() }];
    spec
}

fn security_headers() -> WorkerSpec {
    let behavior = CacheBehavior {
        viewer_response: Some(function("security-headers", Runtime::V1, include_str!("security-headers.js"))),
        ..CacheBehavior::default()
    };
    let url = "https://www.shop.example/";
    let mut good = passed("a page gets them", get(url, &[]), url, &[]);
    good.expected.response = response(
        200,
        &[
            ("strict-transport-security", "max-age=63072000; includeSubDomains; preload"),
            ("x-content-type-options", "nosniff"),
            ("content-type", "text/html"),
        ],
        "a page",
    );
    let mut missing = passed("an error page does not", get(url, &[]), url, &[]);
    missing.origin = response(404, &[("x-powered-by", "shop")], "nothing");
    missing.expected.response = missing.origin.clone();
    spec("security-headers", behavior, vec![good, missing])
}

fn ab_cookie() -> WorkerSpec {
    let behavior = CacheBehavior {
        viewer_request: Some(function("ab-cookie", Runtime::V1, include_str!("ab-cookie.js"))),
        viewer_response: Some(function("security-headers", Runtime::V1, include_str!("security-headers.js"))),
        ..CacheBehavior::default()
    };
    let (from, to) = ("https://www.shop.example/x", "https://www.shop.example/b/x");
    let mut witnesses = vec![
        passed("the cookie's group", get(from, &[("cookie", "t=1; group=b")]), to, &[("cookie", Some("t=1; group=b"))]),
        passed("group a stays", get(from, &[("cookie", "group=a")]), from, &[("cookie", Some("group=a"))]),
        passed(
            "a new visitor gets a group",
            get(from, &[("cf-connecting-ip", "192.0.2.1"), ("cookie", "t=1")]),
            to,
            &[("cookie", Some("t=1; group=b"))],
        ),
        passed(
            "another one the other",
            get(from, &[("cf-connecting-ip", "192.0.2.4")]),
            from,
            &[("cookie", Some("group=a"))],
        ),
    ];
    for witness in &mut witnesses {
        witness.expected.response.headers = vec![("x-content-type-options".to_owned(), "nosniff".to_owned())];
    }
    spec("ab-cookie", behavior, witnesses)
}
