//! The checker: what we emit has no problem, and each fault has its kind.

use target::lang::{Position, ProblemKind, check, parse};
use target::phase::Phase;
use target::plan::Plan;

fn kinds(text: &str, phase: Phase, position: Position, plan: Plan) -> Vec<ProblemKind> {
    match parse(text) {
        Ok(expr) => check(&expr, phase, position, plan).into_iter().map(|it| it.kind).collect(),
        Err(error) => unreachable!("{text}: {error}"),
    }
}

fn filter(text: &str) -> Vec<ProblemKind> {
    kinds(text, Phase::DynamicRedirect, Position::Filter, Plan::Business)
}

#[test]
fn what_we_emit_has_no_problem() {
    for text in [
        "true",
        r#"http.host eq "a.example" and http.request.uri.path in {"/a" "/b"}"#,
        r#"not any(http.request.headers["x"][*] ne "")"#,
        r#"not (http.request.headers["x"][0] eq "v")"#,
        r#"len(http.request.headers["x"]) ge 0"#,
        r#"starts_with(http.request.uri.path, "/a/")"#,
        r#"any(lower(http.request.headers["x"][*])[*] contains "v")"#,
        r#"ip.src in {192.0.2.0/24} and ip.src.country eq "DE""#,
        r#"http.request.uri.path matches r"^/(a|b)$""#,
        "ssl",
    ] {
        assert_eq!(filter(text), [], "{text}");
    }
}

#[test]
fn each_fault_has_its_kind() {
    for (text, kind) in [
        (r#"http.request.headers["x"][0] ne "v""#, ProblemKind::NullableNe),
        (r#"ssl eq "true""#, ProblemKind::Type),
        (r#"ip.src eq "192.0.2.1""#, ProblemKind::Type),
        ("http.host", ProblemKind::Type),
        ("true and ssl", ProblemKind::Type),
        (r#"any(http.request.headers["x"][*] eq "a" or http.request.headers["x"][*] eq "b")"#, ProblemKind::Type),
        (r#"starts_with("/a", "/")"#, ProblemKind::Form),
        (r#"lower(http.host) in $hosts"#, ProblemKind::Form),
        ("len() eq 1", ProblemKind::Arity),
        ("http.response.code eq 200", ProblemKind::Unavailable),
        (r#"ip.geoip.country eq "DE""#, ProblemKind::Unavailable),
        (r#"http.request.uri.path matches "(?=a)""#, ProblemKind::Pattern),
        (r#"http.request.uri.path matches "(a)\1""#, ProblemKind::Pattern),
        (r#"http.request.uri.path matches "\p{L}""#, ProblemKind::Pattern),
        (r#"http.request.uri.path wildcard "/**""#, ProblemKind::Pattern),
        (r#"http.request.uri.path eq raw.http.request.uri.path"#, ProblemKind::Unsure),
        (r#"has_key(http.request.headers, "x")"#, ProblemKind::Unsure),
        (r#"cf.bot_management.score lt 30"#, ProblemKind::Plan(Plan::Enterprise)),
    ] {
        assert!(filter(text).contains(&kind), "{text}: {:?}", filter(text));
    }
}

#[test]
fn plans_and_positions_decide() {
    let regex = r#"http.request.uri.path matches "a""#;
    assert_eq!(kinds(regex, Phase::DynamicRedirect, Position::Filter, Plan::Pro), [ProblemKind::Plan(Plan::Business)]);
    let cookie = r#"any(http.request.cookies["a"][*] eq "1")"#;
    assert_eq!(kinds(cookie, Phase::UrlRewrite, Position::Filter, Plan::Free), [ProblemKind::Plan(Plan::Pro)]);
    let target = r#"concat("https://a.example", http.request.uri.path)"#;
    assert_eq!(kinds(target, Phase::DynamicRedirect, Position::Value, Plan::Free), []);
    assert_eq!(kinds(target, Phase::DynamicRedirect, Position::Filter, Plan::Free), [ProblemKind::Type]);
    let strip = r#"remove_query_args(http.request.uri.query, "a")"#;
    assert_eq!(kinds(strip, Phase::UrlRewrite, Position::Value, Plan::Free), []);
    assert_eq!(kinds(strip, Phase::DynamicRedirect, Position::Value, Plan::Free), [ProblemKind::Unavailable]);
    let twice = r#"concat(regex_replace(http.host, "a", "b"), wildcard_replace(http.host, "a*", "b"))"#;
    assert!(kinds(twice, Phase::DynamicRedirect, Position::Value, Plan::Business).contains(&ProblemKind::TooMuch));
}

#[test]
fn long_expressions_are_refused() {
    let text = format!(r#"http.host eq "{}""#, "a".repeat(4096));
    assert_eq!(filter(&text), [ProblemKind::TooMuch]);
}
