//! What a compiler gets wrong about Cloudflare's rules, one named test of the machine each. The numbers are those of the catalog of
//! hazards: 1 evaluation, 2 missing values, 3 literals and operators, 4 patterns, 5 headers, 6 URLs, 7 redirects.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod zone;

use interp::exchange::{Headers, Response};
use interp::rules::{Ending, Options, QueryMerge, Readings, RequestOutcome};
use target::lang::{Position, check, parse};
use target::phase::Phase;
use target::plan::Plan;
use zone::{Zone, get, matches};

#[test]
fn hazard_1_1_values_are_frozen_within_a_phase() {
    let zone = Zone::new().rewrite(r#"http.request.uri.path eq "/a""#, Some("/b"), None).rewrite(
        r#"http.request.uri.path eq "/b""#,
        Some("/c"),
        None,
    );
    let passed = zone.pass(&get("/a"));
    assert_eq!(passed.request.path, "/b", "the second filter sees the path before the phase");
}

#[test]
fn hazard_1_2_later_phases_see_the_rewritten_url_and_raw_does_not() {
    let zone = Zone::new()
        .rewrite(r#"http.request.uri.path eq "/a""#, Some("/b"), None)
        .request_header(r#"http.request.uri.path eq "/b""#, "x-now", "yes")
        .request_header(r#"raw.http.request.uri.path eq "/a""#, "x-raw", "yes")
        .request_header(r#"http.request.full_uri eq "https://shop.example/b""#, "x-full", "yes");
    let passed = zone.pass(&get("/a"));
    for name in ["x-now", "x-raw", "x-full"] {
        assert_eq!(passed.request.headers.first(name), Some("yes"), "{name}");
    }
}

#[test]
fn hazard_1_3_single_redirects_see_the_old_url_and_bulk_redirects_the_new_one() {
    let zone = Zone::new()
        .rewrite(r#"http.request.uri.path eq "/a""#, Some("/b"), None)
        .redirect(r#"http.request.uri.path eq "/b""#, "https://shop.example/single")
        .item("shop.example/b", "https://shop.example/bulk");
    assert_eq!(zone.location(&get("/a")).as_deref(), Some("https://shop.example/bulk"));
    assert_eq!(zone.location(&get("/b")).as_deref(), Some("https://shop.example/single"));
}

#[test]
fn hazard_1_3_a_raw_key_sees_the_old_url() {
    let zone = Zone::new()
        .rewrite(r#"http.request.uri.path eq "/a""#, Some("/b"), None)
        .raw_list()
        .item("shop.example/a", "https://shop.example/bulk");
    assert_eq!(zone.location(&get("/a")).as_deref(), Some("https://shop.example/bulk"));
    assert_eq!(zone.location(&get("/b")), None);
}

#[test]
fn hazard_1_4_a_single_redirect_runs_ahead_of_a_block() {
    let zone = Zone::new()
        .block(r#"starts_with(http.request.uri.path, "/a")"#)
        .redirect(r#"http.request.uri.path eq "/a""#, "https://shop.example/x")
        .item("shop.example/ab", "https://shop.example/y");
    assert_eq!(zone.answer(&get("/a")).response.status, 301);
    assert_eq!(zone.answer(&get("/ab")).response.status, 403, "the block runs ahead of the list");
}

#[test]
fn hazard_1_5_first_match_answers_and_last_writer_rewrites() {
    let zone = Zone::new()
        .redirect(r#"http.request.uri.path eq "/r""#, "https://shop.example/first")
        .redirect("true", "https://shop.example/second")
        .block("true");
    assert_eq!(zone.location(&get("/r")).as_deref(), Some("https://shop.example/first"));
    let zone = Zone::new().rewrite("true", Some("/one"), Some("a=1")).rewrite("true", Some("/two"), None);
    let passed = zone.pass(&get("/"));
    assert_eq!(
        (passed.request.path.as_str(), passed.request.query.as_deref()),
        ("/two", Some("a=1")),
        "each part has its own last writer"
    );
    let zone = Zone::new().request_header("true", "x", "1").request_header("true", "x", "2");
    assert_eq!(zone.pass(&get("/")).request.headers.all("x").collect::<Vec<_>>(), ["2"]);
    let zone = Zone::new().route("true", Some("a.example"), Some(8080)).route("true", None, Some(8443));
    let route = zone.pass(&get("/")).route;
    assert_eq!((route.host_header.as_deref(), route.port), (Some("a.example"), Some(8443)));
}

#[test]
fn hazard_1_6_the_list_of_the_account_serves_the_zone() {
    let zone = Zone::new().item("other.example/a", "https://other.example/b");
    assert_eq!(zone.location(&get("/a")), None, "an item names its host");
}

#[test]
fn hazard_1_9_true_is_every_request() {
    assert!(matches("true", &get("/anything")));
    assert!(!matches("false", &get("/anything")));
}

#[test]
fn hazard_2_1_any_comparison_of_a_missing_value_is_false() {
    for text in [
        r#"http.request.headers["x"][0] eq """#,
        r#"http.request.headers["x"][0] lt "z""#,
        r#"http.request.headers["x"][0] in {"" "v"}"#,
        r#"http.request.headers["host"][1] eq "shop.example""#,
        r#"starts_with(http.request.headers["x"][0], "")"#,
        r#"len(http.request.headers["x"][0]) ge 0"#,
    ] {
        assert!(!matches(text, &get("/")), "{text}");
    }
}

#[test]
fn hazard_2_2_not_of_a_missing_comparison_is_true() {
    assert!(matches(r#"not (http.request.headers["x"][0] eq "v")"#, &get("/")));
    assert!(matches(r#"not http.request.headers["x"][0] eq "v""#, &get("/").with("x", "w")));
    assert!(!matches(r#"not http.request.headers["x"][0] eq "v""#, &get("/").with("x", "v")));
}

#[test]
fn hazard_2_3_ne_on_missing() {
    let text = r#"http.request.headers["x"][0] ne "v""#;
    let zone = |ne_on_missing| {
        Zone::new()
            .options(Options { normalize: false, readings: Readings { ne_on_missing, ..Readings::default() } })
            .block(text)
    };
    assert!(!zone(false).blocks(&get("/")), "as documented");
    assert!(zone(true).blocks(&get("/")), "as the open engine does");
    assert!(zone(false).blocks(&get("/").with("x", "w")));
    let problems = check(&parse(text).unwrap(), Phase::WafCustom, Position::Filter, Plan::Enterprise);
    assert_eq!(problems.len(), 1, "so it is never emitted");
    assert!(!matches(r#"any(http.request.headers["x"][*] ne "v")"#, &get("/")));
}

#[test]
fn hazard_2_4_any_and_all_over_missing_arrays() {
    assert!(!matches(r#"any(http.request.headers["x"][*] eq "v")"#, &get("/")));
    assert!(matches(r#"all(http.request.headers["x"][*] eq "v")"#, &get("/")), "vacuous");
    assert!(!matches(r#"any(lower(http.request.headers["x"][*])[*] eq "v")"#, &get("/")));
    assert!(matches(r#"all(http.request.headers["x"][*] eq "v")"#, &get("/").with("x", "v").with("x", "v")));
    assert!(!matches(r#"all(http.request.headers["x"][*] eq "v")"#, &get("/").with("x", "v").with("x", "w")));
}

#[test]
fn hazard_2_5_presence_tests() {
    for text in [
        r#"http.request.headers["x"][0] contains """#,
        r#"http.request.headers["x"][0] matches ".*""#,
        r#"http.request.headers["x"][0] wildcard "*""#,
        r#"len(http.request.headers["x"]) ge 0"#,
        r#"has_key(http.request.headers, "x")"#,
    ] {
        assert!(!matches(text, &get("/")), "absent: {text}");
        assert!(matches(text, &get("/").with("x", "")), "empty: {text}");
        assert!(matches(text, &get("/").with("x", "v")), "present: {text}");
    }
    assert!(matches(r#"coalesce(http.request.headers["x"][0], "d") eq "d""#, &get("/")));
}

#[test]
fn hazard_2_6_empty_is_not_absent() {
    let empty = r#"http.request.headers["x"][0] eq """#;
    assert!(matches(empty, &get("/").with("x", "")));
    assert!(!matches(empty, &get("/")));
    let falsy = r#"not any(http.request.headers["x"][*] ne "")"#;
    assert!(matches(falsy, &get("/")) && matches(falsy, &get("/").with("x", "")));
    assert!(!matches(falsy, &get("/").with("x", "v")));
}

#[test]
fn hazard_2_7_concat_takes_missing_as_empty_but_a_rewrite_fails() {
    let value = r#"concat("/a", http.request.headers["x"][0])"#;
    let zone = Zone::new().request_header_value("true", "y", value);
    assert_eq!(zone.pass(&get("/")).request.headers.first("y"), Some("/a"));
    let rewrite = Zone::new().rewrite_value("true", value);
    assert_eq!(rewrite.failure(&get("/")), Some(1037));
    assert_eq!(rewrite.pass(&get("/").with("x", "b")).request.path, "/ab");
    let lax = Zone::new()
        .options(Options {
            normalize: false,
            readings: Readings { missing_in_rewrite_fails: false, ..Readings::default() },
        })
        .rewrite_value("true", value);
    assert_eq!(lax.pass(&get("/")).request.path, "/a");
    assert!(!matches(r#"join(http.request.headers["x"], ",") eq """#, &get("/")), "join of missing is missing");
}

#[test]
fn hazard_2_8_an_empty_or_missing_value_removes_the_header() {
    let zone = Zone::new()
        .request_header_value("true", "x", r#"http.request.headers["absent"][0]"#)
        .request_header_value("true", "y", r#"http.request.uri.query"#);
    let passed = zone.pass(&get("/").with("x", "old").with("y", "old"));
    assert_eq!(passed.request.headers.first("x"), None);
    assert_eq!(passed.request.headers.first("y"), None);
    let zone = Zone::new().response_header_value("true", "x", r#"http.request.uri.query"#);
    assert_eq!(zone.respond(&get("/"), &[("x", "old")]).headers.first("x"), None);
}

#[test]
fn hazard_2_9_an_empty_query_and_none_are_the_same_string() {
    for request in [get("/a"), get("/a?")] {
        assert!(matches(r#"http.request.uri.query eq """#, &request));
    }
    let shown = |uri_shows_empty_query| {
        let readings = Readings { uri_shows_empty_query, ..Readings::default() };
        Zone::new()
            .options(Options { normalize: false, readings })
            .block(r#"http.request.uri eq "/a?""#)
            .blocks(&get("/a?"))
    };
    assert!(shown(true) && !shown(false));
}

#[test]
fn hazard_3_2_precedence() {
    let request = get("/a");
    assert!(matches("ssl or ssl and not ssl", &request));
    assert!(!matches("(ssl or ssl) and not ssl", &request));
    assert!(matches("ssl or ssl xor ssl", &request), "xor binds closer than or");
    assert!(!matches("ssl xor ssl", &request));
    assert!(!matches(r#"not http.request.uri.path eq "/a""#, &request), "not takes the comparison with it");
}

#[test]
fn hazard_3_3_raw_strings_are_verbatim() {
    let request = get("/").with("x", r#"a\b"c"#);
    assert!(matches(r##"http.request.headers["x"][0] eq r#"a\b"c"#"##, &request));
    assert!(matches(r#"http.request.headers["x"][0] eq "a\\b\"c""#, &request));
}

#[test]
fn hazard_3_5_and_3_6_octal_and_ranges() {
    let zone = Zone::new().response_header("http.response.code eq 0310", "x", "octal").response_header(
        "http.response.code in {200..299 404}",
        "y",
        "set",
    );
    let response = zone.respond(&get("/"), &[]);
    assert_eq!((response.headers.first("x"), response.headers.first("y")), (Some("octal"), Some("set")));
    assert!(matches("ip.src in {192.0.2.0/24 2001:db8::/32}", &get("/")));
    assert!(!matches("ip.src in {198.51.100.0..198.51.100.255 ::/0}", &get("/")), "families never mix");
    assert!(matches("ip.src eq 192.0.2.7", &get("/")));
}

#[test]
fn hazard_4_1_regex_is_unanchored_on_bytes_without_unicode() {
    let request = get("/caf\u{e9}/\u{664}");
    assert!(matches(r#"http.request.uri.path matches "af""#, &request));
    assert!(matches(r#"http.request.uri.path matches "^/caf../""#, &request), "a letter beyond ASCII is two bytes");
    assert!(!matches(r#"http.request.uri.path matches "\d""#, &request), "digits are ASCII");
    assert!(!matches(r#"http.request.uri.path matches "(?i)CAF\xc3\x89""#, &request), "case is ASCII");
    assert!(matches(r#"http.request.uri.path matches "(?i)CAF""#, &request));
}

#[test]
fn hazard_4_3_dollar_is_the_very_end() {
    let request = get("/").with("x", "a\n");
    assert!(!matches(r#"http.request.headers["x"][0] matches "a$""#, &request));
    assert!(matches(r#"http.request.headers["x"][0] matches "a\n$""#, &request));
}

#[test]
fn hazard_4_5_lower_is_ascii() {
    let request = get("/").with("x", "K\u{212a}\u{c9}");
    assert!(matches("lower(http.request.headers[\"x\"][0]) eq \"k\u{212a}\u{c9}\"", &request));
    assert!(matches("upper(http.request.headers[\"x\"][0]) eq \"K\u{212a}\u{c9}\"", &request));
}

#[test]
fn hazard_4_7_wildcards_match_the_whole_value() {
    let request = get("/Blog/Post?");
    assert!(matches(r#"http.request.uri.path wildcard "/blog/*""#, &request), "without case");
    assert!(!matches(r#"http.request.uri.path strict wildcard "/blog/*""#, &request));
    assert!(!matches(r#"http.request.uri.path wildcard "/blog""#, &request));
    assert!(!matches(r#"http.request.uri.path wildcard "/blog/pos?""#, &request), "? is itself");
    assert!(matches(r#"http.request.uri.path wildcard r"/a\**""#, &get("/a*b")));
    assert!(!matches(r#"http.request.uri.path wildcard r"/a\**""#, &get("/ab")));
}

#[test]
fn hazard_4_8_wildcard_replace_is_lazy_whole_and_without_case() {
    let target =
        |text: &str, path: &str| Zone::new().redirect_value("true", text).location(&get(path)).unwrap_or_default();
    let text = r#"wildcard_replace(http.request.uri.path, "/*/*", "/${2}/${1}$$")"#;
    assert_eq!(target(text, "/a/b/c"), "/b/c/a$", "each star takes as little as it can");
    assert_eq!(target(text, "/a"), "/a", "no match leaves the value");
    let cased = r#"wildcard_replace(http.request.uri.path, "/A/*", "/x/${1}", "s")"#;
    assert_eq!(target(cased, "/a/b"), "/a/b");
    assert_eq!(target(cased, "/A/b"), "/x/b");
}

#[test]
fn hazard_4_9_regex_replace_takes_the_first_match_only() {
    let target =
        |text: &str, path: &str| Zone::new().redirect_value("true", text).location(&get(path)).unwrap_or_default();
    assert_eq!(target(r#"regex_replace(http.request.uri.path, "o", "0")"#, "/foo"), "/f0o");
    assert_eq!(target(r#"regex_replace(http.request.uri.path, "^/(a)(b)?", "/${2}-${1}-$$")"#, "/ac"), "/-a-$c");
    assert_eq!(target(r#"regex_replace(http.request.uri.path, "x", "y")"#, "/foo"), "/foo");
}

#[test]
fn hazard_5_1_header_keys_are_lower_case() {
    let request = get("/").with("x-a", "v");
    assert!(matches(r#"http.request.headers["x-a"][0] eq "v""#, &request));
    assert!(!matches(r#"http.request.headers["X-A"][0] eq "v""#, &request));
}

#[test]
fn hazard_5_2_and_5_3_duplicates_are_elements_and_commas_are_not() {
    let two = get("/").with("x", "a").with("x", "b");
    assert!(matches(r#"http.request.headers["x"][0] eq "a""#, &two));
    assert!(matches(r#"http.request.headers["x"][1] eq "b""#, &two));
    assert!(matches(r#"any(http.request.headers["x"][*] eq "b")"#, &two));
    assert!(matches(r#"len(http.request.headers["x"]) eq 2"#, &two));
    let one = get("/").with("x", "a, b");
    assert!(!matches(r#"any(http.request.headers["x"][*] eq "b")"#, &one));
    assert!(matches(r#"http.request.headers["x"][0] eq "a, b""#, &one));
}

#[test]
fn hazard_5_5_a_request_set_replaces_all_and_add_is_refused() {
    let zone = Zone::new().request_header("true", "x", "new");
    let passed = zone.pass(&get("/").with("x", "a").with("y", "b").with("x", "c"));
    assert_eq!(passed.request.headers.all("x").collect::<Vec<_>>(), ["new"]);
    assert!(Zone::new().request_add("x", "v").machine().is_err());
}

#[test]
fn hazard_5_8_set_cookie_by_set_deletes_and_by_add_keeps() {
    let cookies = [("set-cookie", "a=1"), ("set-cookie", "b=2")];
    let set = Zone::new().response_header("true", "set-cookie", "c=3");
    assert_eq!(set.respond(&get("/"), &cookies).headers.all("set-cookie").collect::<Vec<_>>(), ["c=3"]);
    let add = Zone::new().response_add("set-cookie", "c=3");
    assert_eq!(add.respond(&get("/"), &cookies).headers.all("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2", "c=3"]);
}

#[test]
fn hazard_5_10_response_rules_also_meet_errors_unless_guarded() {
    let zone =
        Zone::new().response_header("true", "x", "all").response_header("http.response.code lt 400", "y", "good");
    let response = Response { status: 502, headers: Headers::default(), body: Vec::new() };
    let changed = zone.respond_to(&get("/"), &response);
    assert_eq!((changed.headers.first("x"), changed.headers.first("y")), (Some("all"), None));
}

#[test]
fn hazard_5_10_response_rules_see_the_visitors_headers_and_the_rewritten_url() {
    let zone = Zone::new()
        .rewrite("true", Some("/new"), None)
        .request_header("true", "x", "changed")
        .response_header_value("true", "echo", r#"http.request.headers["x"][0]"#)
        .response_header_value("true", "path", "http.request.uri.path");
    let response = zone.respond(&get("/old").with("x", "sent"), &[]);
    assert_eq!((response.headers.first("echo"), response.headers.first("path")), (Some("sent"), Some("/new")));
}

#[test]
fn hazard_6_1_and_6_2_a_rewrite_keeps_the_host_and_the_part_it_does_not_name() {
    let passed = Zone::new().rewrite("true", Some("/b"), None).pass(&get("/a?q=1"));
    assert_eq!((passed.request.host.as_str(), passed.request.query.as_deref()), ("shop.example", Some("q=1")));
    let passed = Zone::new().rewrite("true", None, Some("")).pass(&get("/a?q=1"));
    assert_eq!((passed.request.path.as_str(), passed.request.query), ("/a", None));
    let readings = Readings { empty_query_keeps_mark: true, ..Readings::default() };
    let passed = Zone::new()
        .options(Options { normalize: false, readings })
        .rewrite("true", None, Some(""))
        .pass(&get("/a?q=1"));
    assert_eq!(passed.request.query.as_deref(), Some(""));
}

#[test]
fn hazard_6_4_a_bad_path_is_an_error_for_the_visitor() {
    for path in ["relative", "", "/cdn-cgi/x"] {
        assert_eq!(Zone::new().rewrite("true", Some(path), None).failure(&get("/")), Some(1035), "{path}");
    }
}

#[test]
fn hazard_6_5_arguments_are_not_decoded() {
    let request = get("/?a=x%20y&a=2&B=&c");
    assert!(matches(r#"http.request.uri.args["a"][0] eq "x%20y""#, &request));
    assert!(matches(r#"any(url_decode(http.request.uri.args["a"][*])[*] eq "x y")"#, &request));
    assert!(matches(r#"http.request.uri.args["a"][1] eq "2""#, &request));
    assert!(!matches(r#"len(http.request.uri.args["b"]) ge 0"#, &request), "case is kept");
    assert!(matches(r#"http.request.uri.args["c"][0] eq """#, &request));
    assert!(matches(r#"url_decode(http.request.uri.query) contains "x y""#, &request));
}

#[test]
fn hazard_6_6_cookie_names_are_decoded_and_merged_values_are_not() {
    let request = get("/").with("cookie", "a=1; %61=2; b=x%20y");
    assert!(matches(r#"http.request.cookies["a"][1] eq "2""#, &request));
    assert!(matches(r#"http.request.cookies["b"][0] eq "x%20y""#, &request));
    assert!(matches(r#"http.cookie contains "%61=2""#, &request));
}

#[test]
fn hazard_6_7_remove_query_args_keeps_the_order_of_the_others() {
    let zone = Zone::new().rewrite_query_value("true", r#"remove_query_args(http.request.uri.query, "b", "d")"#);
    assert_eq!(zone.pass(&get("/?a=1&b=2&c=3&b=4&d")).request.query.as_deref(), Some("a=1&c=3"));
}

#[test]
fn hazard_6_8_normalization_is_for_the_rules_and_not_for_the_origin() {
    let options = Options { normalize: true, readings: Readings::default() };
    let zone = Zone::new().options(options).request_header(r#"http.request.uri.path eq "/A%2F/c""#, "x", "seen");
    let passed = zone.pass(&get("/%41%2f/b/../c"));
    assert_eq!((passed.request.headers.first("x"), passed.request.path.as_str()), (Some("seen"), "/%41%2f/b/../c"));
    assert!(!matches(r#"http.request.uri.path eq "/A%2F/c""#, &get("/%41%2f/b/../c")), "without normalization");
}

#[test]
fn hazard_6_9_extensions() {
    for (path, extension) in [("/a/b.TAR.GZ", "gz"), ("/a/.mp3", ""), ("/a/b.", ""), ("/a.b/c", ""), ("/", "")] {
        assert!(matches(&format!("http.request.uri.path.extension eq \"{extension}\""), &get(path)), "{path}");
    }
}

#[test]
fn hazard_6_10_lengths_are_bytes() {
    let request = get("/").with("x", "caf\u{e9}");
    assert!(matches(r#"len(http.request.headers["x"][0]) eq 5"#, &request));
    assert!(matches(r#"substring(http.request.headers["x"][0], 0, 3) eq "caf""#, &request));
    assert!(matches("substring(http.request.headers[\"x\"][0], -2) eq \"\u{e9}\"", &request));
}

#[test]
fn hazard_7_2_preserve_query_string() {
    let plain = Zone::new().redirect("true", "https://shop.example/t");
    assert_eq!(plain.location(&get("/s?b=2")).as_deref(), Some("https://shop.example/t"), "off by default");
    let kept = Zone::new().redirect_keeping_query("https://shop.example/t#f");
    assert_eq!(kept.location(&get("/s?b=2")).as_deref(), Some("https://shop.example/t?b=2#f"));
    assert_eq!(kept.location(&get("/s")).as_deref(), Some("https://shop.example/t#f"));
    for (query_merge, expected) in
        [(QueryMerge::Replace, "/t?b=2"), (QueryMerge::Append, "/t?a=1&b=2"), (QueryMerge::SecondMark, "/t?a=1?b=2")]
    {
        let readings = Readings { query_merge, ..Readings::default() };
        let zone = Zone::new().options(Options { normalize: false, readings }).redirect_keeping_query("/t?a=1");
        assert_eq!(zone.location(&get("/s?b=2")).as_deref(), Some(expected));
    }
}

#[test]
fn hazard_7_3_the_target_is_sent_as_computed() {
    let zone = Zone::new().redirect_value("true", r#"concat("https://shop.example/x y", http.request.uri.path)"#);
    assert_eq!(zone.location(&get("/%20")).as_deref(), Some("https://shop.example/x y/%20"));
}

#[test]
fn hazard_7_4_a_target_without_a_value_has_two_readings() {
    let zone = |missing_target_fails| {
        let readings = Readings { missing_target_fails, ..Readings::default() };
        Zone::new()
            .options(Options { normalize: false, readings })
            .redirect_value("true", r#"http.request.headers["x"][0]"#)
    };
    assert_eq!(zone(true).failure(&get("/")), Some(1037));
    assert_eq!(zone(false).location(&get("/")), None);
}

#[test]
fn hazard_7_7_bulk_items_match_without_query_and_with_case() {
    let zone = Zone::new().item("shop.example/Old", "https://shop.example/new");
    assert_eq!(zone.location(&get("/Old?x=1")).as_deref(), Some("https://shop.example/new"));
    assert_eq!(zone.location(&get("/old")), None);
    assert_eq!(zone.location(&get("/Old/")), None);
    let readings = Readings { list_paths_ignore_case: true, ..Readings::default() };
    let folded = Zone::new()
        .options(Options { normalize: false, readings })
        .item("shop.example/Old", "https://shop.example/new");
    assert!(folded.location(&get("/OLD")).is_some());
}

#[test]
fn hazard_7_7_subpaths_suffixes_and_subdomains() {
    let zone = Zone::new().change_item("shop.example/blog", "https://shop.example/news", |it| {
        it.subpath_matching = true;
        it.preserve_path_suffix = true;
        it.include_subdomains = true;
    });
    assert_eq!(zone.location(&get("/blog/a/b")).as_deref(), Some("https://shop.example/news/a/b"));
    assert_eq!(zone.location(&get("/blog")).as_deref(), Some("https://shop.example/news"));
    assert_eq!(zone.location(&get("/blogs")), None);
    assert_eq!(zone.location(&get("/blog").on("a.b.shop.example")).as_deref(), Some("https://shop.example/news"));
    assert_eq!(zone.location(&get("/blog").on("myshop.example")), None);
    let all = Zone::new().change_item("shop.example/", "https://shop.example/one", |it| it.subpath_matching = true);
    assert_eq!(
        all.location(&get("/x/y")).as_deref(),
        Some("https://shop.example/one"),
        "without the suffix: one page for everything"
    );
}

#[test]
fn hazard_7_7_ties() {
    let zone = Zone::new()
        .change_item("shop.example/a", "https://t.example/short", |it| it.subpath_matching = true)
        .change_item("shop.example/a/b", "https://t.example/long", |it| it.subpath_matching = true);
    assert_eq!(zone.location(&get("/a/b/c")).as_deref(), Some("https://t.example/long"), "the most specific path");
    let zone = Zone::new()
        .change_item("example/a", "https://t.example/wide", |it| it.include_subdomains = true)
        .change_item("shop.example/a", "https://t.example/exact", |_| {});
    assert_eq!(zone.location(&get("/a")).as_deref(), Some("https://t.example/exact"), "the exact host");
    let zone = Zone::new()
        .item("shop.example/a", "https://t.example/both")
        .item("https://shop.example/a", "https://t.example/https");
    assert_eq!(zone.location(&get("/a")).as_deref(), Some("https://t.example/https"), "the explicit scheme");
    let zone = Zone::new().item("http://shop.example/a", "https://t.example/http");
    assert_eq!(zone.location(&get("/a")), None);
}

#[test]
fn hazard_7_7_duplicate_sources_are_refused() {
    let zone = Zone::new().item("shop.example/a", "https://t.example/1").item("shop.example/a", "https://t.example/2");
    assert!(zone.machine().is_err());
}

#[test]
fn hazard_7_8_a_single_redirect_beats_a_bulk_redirect() {
    let zone =
        Zone::new().item("shop.example/a", "https://t.example/bulk").redirect("true", "https://t.example/single");
    assert_eq!(zone.location(&get("/a")).as_deref(), Some("https://t.example/single"));
}

#[test]
fn the_trace_names_every_rule_that_matched() {
    let zone = Zone::new()
        .rewrite("true", Some("/b"), None)
        .request_header("false", "x", "1")
        .request_header("true", "y", "2");
    let result = zone.machine().unwrap().run_request(&get("/a").0, 0);
    let names: Vec<(Phase, String)> = result.trace.iter().map(|it| (it.phase, it.reference.to_string())).collect();
    assert_eq!(names, [(Phase::UrlRewrite, "rule_0".to_owned()), (Phase::RequestHeaders, "rule_2".to_owned())]);
    assert!(matches!(result.outcome, RequestOutcome::Passed(_)));
}

#[test]
fn every_reading_belongs_to_an_open_fact_and_differs() {
    let likely = Readings::default();
    for (fact, turned) in likely.alternatives() {
        assert!(target::facts::fact(fact).is_some(), "{fact}");
        assert_ne!(turned, likely);
    }
    assert_eq!(likely.alternatives().len(), 11);
}

#[test]
fn hazard_1_response_rules_on_redirects_have_two_readings() {
    let ending = |response_rules_on_own_answers| {
        let readings = Readings { response_rules_on_own_answers, ..Readings::default() };
        let zone = Zone::new()
            .options(Options { normalize: false, readings })
            .redirect("true", "https://shop.example/x")
            .response_header("true", "x", "1");
        let origin = |_: &interp::exchange::Request| -> Response { unreachable!("a redirect asks no origin") };
        match zone.machine().unwrap().run(&get("/").0, 0, origin) {
            Ending::Response { origin_saw: None, response } => response.headers.first("x").map(str::to_owned),
            other @ (Ending::Response { .. } | Ending::Failed(_)) => panic!("{other:?}"),
        }
    };
    assert_eq!(ending(false), None);
    assert_eq!(ending(true).as_deref(), Some("1"));
}

#[test]
fn what_the_platform_computes_about_the_visitor() {
    let mut request = get("/");
    for (name, value) in [
        ("country", "DE"),
        ("asn", "64500"),
        ("tls", "TLSv1.3:TLS_AES_128_GCM_SHA256:fullHandshake"),
        ("http_version", "2.0"),
    ] {
        request.0.visitor.insert(name.to_owned(), value.to_owned());
    }
    for text in [
        r#"ip.src.country eq "DE""#,
        "ip.src.asnum in {64500}",
        r#"cf.tls_version eq "TLSv1.3" and cf.tls_cipher eq "TLS_AES_128_GCM_SHA256""#,
        r#"http.request.version eq "HTTP/2""#,
        r#"ip.src.city eq """#,
    ] {
        assert!(matches(text, &request), "{text}");
    }
    let unknown = |unknown_country_is_empty| {
        let readings = Readings { unknown_country_is_empty, ..Readings::default() };
        Zone::new().options(Options { normalize: false, readings }).block(r#"ip.src.country eq "XX""#).blocks(&get("/"))
    };
    assert!(unknown(false) && !unknown(true));
}
