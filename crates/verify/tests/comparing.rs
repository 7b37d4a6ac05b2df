//! Comparison, shrinking, the printed line and the counters, each on a small program.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use interp::exchange::{Exchange, Outcome};
use verify::Edge;
use verify::cloudfront_edge::{CloudFrontEdge, Function};
use verify::compare::{PLATFORM_HEADERS, Profile, Verdict, compare};
use verify::counters::count;
use verify::curl::curl;
use verify::engine::{EventKind, LegacyProgram, Module, Runtime};
use verify::mine::mine;
use verify::quickjs::QuickJs;
use verify::shrink::shrink;

fn program(event: EventKind, text: &str) -> LegacyProgram {
    LegacyProgram {
        platform: "cloudfront-functions",
        runtime: Runtime::V2,
        event,
        modules: vec![Module { path: "index.js".into(), text: text.into() }],
        kvs: false,
        ..LegacyProgram::default()
    }
}

fn edge(text: &str) -> CloudFrontEdge {
    let function = Function::load(&QuickJs::default(), &program(EventKind::ViewerRequest, text)).unwrap();
    CloudFrontEdge::of(function)
}

const REDIRECT: &str = r"function handler(event) {
    var request = event.request;
    if (request.uri === '/old' && request.headers['x-beta'] && request.headers['x-beta'].value === 'on') {
        return { statusCode: 301, headers: { location: { value: '/new' } } };
    }
    return request;
}";

fn mined(text: &str, count: usize) -> Vec<Exchange> {
    mine(&[text], &["www.example.com".to_owned()], count, 1)
}

#[test]
fn equal_programs_agree_and_mutants_are_found() {
    let exchanges = mined(REDIRECT, 800);
    let same = verify::run(&mut edge(REDIRECT), &mut edge(REDIRECT), &exchanges, &Profile::default());
    assert_eq!((same.exchanges, same.agreements, same.divergences.len()), (exchanges.len(), exchanges.len(), 0));
    for (from, to) in [
        ("=== '/old'", ".startsWith('/old')"),
        ("301", "302"),
        ("=== 'on'", ".toLowerCase() === 'on'"),
        (
            "&& request.headers['x-beta'] &&",
            "&& (!request.headers['x-beta'] || request.headers['x-beta'].value) && request.headers['x-beta'] &&",
        ),
        ("request.headers['x-beta'].value === 'on'", "true"),
        ("return request;", "request.headers['x-a'] = { value: '1' }; return request;"),
    ] {
        let mutant = REDIRECT.replace(from, to);
        assert_ne!(mutant, REDIRECT);
        let found = verify::run(&mut edge(REDIRECT), &mut edge(&mutant), &exchanges, &Profile::default());
        assert_eq!(
            found.exchanges,
            found.agreements + found.legacy_failures + found.undecided + found.divergences.len()
        );
        let equivalent = from.starts_with("&&");
        assert_eq!(found.divergences.is_empty(), equivalent, "{from} -> {to}");
    }
}

#[test]
fn a_difference_is_shortened_to_what_matters() {
    let exchanges = mined(REDIRECT, 800);
    let mutant = REDIRECT.replace("301", "308");
    let found = verify::run(&mut edge(REDIRECT), &mut edge(&mutant), &exchanges, &Profile::default());
    let first = &found.divergences[0];
    assert_eq!(first.differences[0].field, "status");
    let (mut old, mut new) = (edge(REDIRECT), edge(&mutant));
    let small = shrink(&first.exchange, |it| {
        matches!(compare(&Profile::default(), it, &old.run(it), &new.run(it)), Verdict::Differs(_))
    });
    assert_eq!(curl(&small), "curl -sS -i --path-as-is -H 'x-beta: on' https://www.example.com/old");
}

#[test]
fn a_line_survives_the_shell() {
    let mut it = mined("", 10)[0].clone();
    it.request.method = "POST".to_owned();
    it.request.path = "/it's".to_owned();
    it.request.query = Some("a=$x&b".to_owned());
    it.request.headers.0 = vec![("x-empty".to_owned(), String::new()), ("x-a".to_owned(), "`id`".to_owned())];
    it.request.visitor = [("country".to_owned(), "DE".to_owned())].into();
    it.origin.status = 404;
    assert_eq!(
        curl(&it),
        "curl -sS -i --path-as-is -X POST -H 'x-empty;' -H 'x-a: `id`' 'https://www.example.com/it'\\''s?a=$x&b'  # country=DE, origin answers 404"
    );
}

#[test]
fn failures_are_never_agreement() {
    let exchange = &mined("", 10)[0];
    let failed = Outcome::Failed("threw".to_owned());
    let passed = edge("function handler(event) { return event.request; }").run(exchange);
    let denied = edge("function handler(event) { return { statusCode: 403 }; }").run(exchange);
    let strict = Profile { failures_must_deny: true, ..Profile::default() };
    assert!(matches!(compare(&Profile::default(), exchange, &failed, &passed), Verdict::LegacyFailure(_)));
    assert!(matches!(compare(&Profile::default(), exchange, &failed, &failed), Verdict::LegacyFailure(_)));
    assert!(matches!(compare(&strict, exchange, &failed, &passed), Verdict::Differs(_)));
    assert!(matches!(compare(&strict, exchange, &failed, &denied), Verdict::LegacyFailure(_)));
    assert!(matches!(compare(&Profile::default(), exchange, &passed, &failed), Verdict::Differs(_)));
    assert!(matches!(
        compare(&Profile::default(), exchange, &passed, &Outcome::Undecided(String::new())),
        Verdict::Undecided(_)
    ));
}

#[test]
fn every_field_is_compared() {
    let exchange = &mined("", 10)[0];
    let base = "function handler(event) { var request = event.request; request.headers['x-m'] = { value: 'a', multiValue: [{ value: 'a' }, { value: 'b' }] }; return request; }";
    let answer = |text: &str| edge(text).run(exchange);
    let fields = |new: &str| match compare(
        &Profile::default(),
        exchange,
        &answer(base),
        &answer(&base.replace("return request;", &format!("{new} return request;"))),
    ) {
        Verdict::Differs(list) => list.into_iter().map(|it| it.field).collect::<Vec<_>>().join(),
        Verdict::Agrees => "none".to_owned(),
        other => panic!("{other:?}"),
    };
    trait Join {
        fn join(self) -> String;
    }
    impl Join for Vec<String> {
        fn join(self) -> String {
            self.as_slice().join("|")
        }
    }
    assert_eq!(fields(""), "none");
    assert_eq!(fields("request.uri = '/elsewhere';"), "origin path");
    assert_eq!(fields("request.querystring = 'other=1';"), "origin query");
    assert_eq!(fields("request.cookies.a9 = { value: '1' };"), "origin header cookie");
    assert_eq!(fields("request.headers['x-m'].multiValue = [{ value: 'b' }, { value: 'a' }];"), "origin header x-m");
    assert_eq!(fields("request.headers['x-m'] = { value: 'a, b' };"), "none", "lines of a list may be joined");
    assert_eq!(
        fields(
            "return { statusCode: 200, headers: { 'content-type': { value: 'text/plain' } }, cookies: { a: { value: '1' } }, body: 'x' };"
        ),
        "header content-type|set-cookie|body|origin"
    );
    assert!(PLATFORM_HEADERS.iter().all(|it| !it.reason.is_empty() && it.name == it.name.to_ascii_lowercase()));
}

#[test]
fn counters_see_every_outcome_and_change_nothing() {
    let text = r"function handler(event) {
    var r = event.request, kind = r.uri.endsWith('/') ? 'dir' : 'file';
    for (var i = 0; i < 2; i++) r.headers['x-' + i] = { value: kind };
    var agent = (r.headers['user-agent'] ?? { value: 'none' }).value || 'empty';
    switch (r.method) {
        case 'GET': break;
        case 'POST':
        case 'PUT': r.headers['x-write'] = { value: agent }; break;
        default: r.headers['x-other'] = { value: '1' };
    }
    if (r.uri === '/' && r.querystring.a) return { statusCode: 302, headers: { location: { value: '/a' } } }
    else if (r.uri === '/never-asked-for' + Math.PI) r.uri = '/x';
    while (false) {}
    return r;
}";
    let counted = count(&program(EventKind::ViewerRequest, text), 10).unwrap();
    assert_eq!(counted.conditions[0].id, 10);
    assert!(counted.conditions.windows(2).all(|it| it[0].id + 1 == it[1].id));
    let exchanges = mined(text, 900);
    let function = Function::load(&QuickJs::default(), &counted.program).unwrap();
    let mut with = CloudFrontEdge::of(function);
    let summary = verify::run(&mut edge(text), &mut with, &exchanges, &Profile::default());
    assert_eq!(summary.agreements + summary.legacy_failures, exchanges.len(), "{:?}", summary.divergences.first());
    let unmet: Vec<String> = counted
        .unmet(&with.hits)
        .iter()
        .map(|it| format!("{} {}", &text[it.condition.start..it.condition.end], it.outcome))
        .collect();
    assert_eq!(unmet, ["r.uri === '/never-asked-for' + Math.PI true", "false true"], "impossible conditions only");
}
