//! A Worker in workerd against a function in QuickJS, on mined exchanges.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::wildcard_enum_match_arm, reason = "tests")]

use std::collections::BTreeMap;

use interp::exchange::Outcome;
use verify::cloudfront_edge::{CloudFrontEdge, Function};
use verify::cloudfront_functions::ORIGIN_LINE;
use verify::compare::Profile;
use verify::engine::{EngineError, EventKind, LegacyProgram, Module, Runtime};
use verify::mine::mine;
use verify::quickjs::QuickJs;
use verify::workerd::{WorkerBundle, WorkerdEdge, bundle as bundle_all, start_all};
use verify::{Decider, Edge};

fn bundle(text: &str) -> WorkerBundle {
    WorkerBundle {
        modules: vec![("index.js".into(), text.into())],
        main: "index.js".into(),
        compatibility_date: "2025-09-01".into(),
        compatibility_flags: vec!["nodejs_compat".into()],
        kv_bindings: vec!["STORE".into()],
        routes: Vec::new(),
    }
}

fn start(text: &str) -> Option<WorkerdEdge> {
    match WorkerdEdge::start(&bundle(text)) {
        Ok(edge) => Some(edge),
        Err(EngineError::Missing(words)) if std::env::var_os("CI").is_none() => {
            // The engine is absent: a failure under CI, a printed skip elsewhere.
            println!("skipped: {words}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

const FUNCTION: &str = r#"
import cf from 'cloudfront';
const store = cf.kvs();
async function handler(event) {
    const request = event.request;
    if (request.uri === '/old') return { statusCode: 301, headers: { location: { value: '/new?country=' + request.headers['cloudfront-viewer-country']?.value } }, cookies: { a: { value: '1', attributes: 'Path=/' }, b: { value: '2' } } };
    if (await store.exists(request.uri)) request.headers['x-kv'] = { value: await store.get(request.uri) };
    request.headers['x-draw'] = { value: Math.random() < 0.3 ? 'a' : 'b' };
    request.headers['x-year'] = { value: String(new Date().getFullYear()) };
    request.headers['x-ip'] = { value: event.viewer.ip };
    if (request.uri.endsWith('/')) request.uri += 'index.html';
    return request;
}"#;

const WORKER: &str = r#"
export default {
  async fetch(request, env) {
    const scheme = request.url.slice(0, request.url.indexOf(":"));
    const rest = request.url.slice(request.url.indexOf("/", 8));
    const host = request.url.slice(scheme.length + 3, request.url.indexOf("/", 8));
    const at = rest.indexOf("?");
    let path = at < 0 ? rest : rest.slice(0, at);
    if (path === "/old") {
      const headers = new Headers({ location: "/new?country=" + request.cf?.country });
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "b=2");
      return new Response(null, { status: 301, headers });
    }
    const headers = new Headers(request.headers);
    const kept = await env.STORE.get(path);
    if (kept !== null) headers.set("x-kv", kept);
    headers.set("x-draw", Math.random() < 0.3 ? "a" : "b");
    headers.set("x-year", String(new Date().getFullYear()));
    headers.set("x-ip", request.headers.get("cf-connecting-ip"));
    if (path.endsWith("/")) path += "index.html";
    return fetch(new Request(`${scheme}://${host}${path}${at < 0 ? "" : rest.slice(at)}`, request), { headers, redirect: "manual" });
  },
};"#;

fn legacy() -> CloudFrontEdge {
    let program = LegacyProgram {
        platform: "cloudfront-functions",
        runtime: Runtime::V2,
        event: EventKind::ViewerRequest,
        modules: vec![Module { path: "index.js".into(), text: FUNCTION.into() }],
        kvs: true,
        ..LegacyProgram::default()
    };
    CloudFrontEdge::of(Function::load(&QuickJs::default(), &program).unwrap())
}

#[test]
fn a_worker_answers_as_the_function_does() {
    let Some(mut worker) = start(WORKER) else { return };
    let exchanges = mine(&[FUNCTION], &["www.example.com".to_owned()], 500, 3);
    let summary = verify::run(&mut legacy(), &mut worker, &exchanges, &Profile::default());
    let undecided = exchanges.iter().find(|it| matches!(worker.run(it), Outcome::Undecided(_))).map(verify::curl::curl);
    let first = summary.divergences.first().map(|it| (verify::curl::curl(&it.exchange), &it.differences));
    assert!(
        summary.divergences.is_empty(),
        "{} of {}: {first:#?} {}",
        summary.divergences.len(),
        summary.exchanges,
        worker.last_words()
    );
    assert_eq!(summary.agreements + summary.legacy_failures, 500, "{:?} {undecided:?}", summary.reasons);
    assert!(summary.agreements >= 450, "{:?}", summary.reasons);
}

#[test]
fn differences_are_seen() {
    let Some(mut worker) = start(&WORKER.replace("status: 301", "status: 302").replace("x-year", "x-other")) else {
        return;
    };
    let exchanges = mine(&[FUNCTION], &["www.example.com".to_owned()], 60, 3);
    let summary = verify::run(&mut legacy(), &mut worker, &exchanges, &Profile::default());
    assert!(summary.divergences.iter().any(|it| it.differences.iter().any(|it| it.field == "origin header x-year")));
}

#[test]
fn another_origin_is_a_line_of_what_the_origin_saw() {
    let text = r#"export default { fetch: (request) => fetch("https://other.example.com/v2", { cf: { resolveOverride: "third.example.com" }, headers: request.headers }) };"#;
    let Some(mut worker) = start(text) else { return };
    let exchange = mine(&[""], &["www.example.com".to_owned()], 1, 1).remove(0);
    let Outcome::Answered { origin_saw: Some(saw), .. } = worker.run(&exchange) else {
        panic!("no answer: {}", worker.last_words())
    };
    assert_eq!(
        (saw.host.as_str(), saw.path.as_str(), saw.headers.first(ORIGIN_LINE)),
        ("other.example.com", "/v2", Some("third.example.com"))
    );
}

fn project(function: &str) -> BTreeMap<String, String> {
    let index = "import { answer } from \"./answer\";\nconst worker: { fetch(request: Request): Response } = { fetch: (request) => answer(request.url as string) };\nexport default worker;\n";
    let configuration = "// A comment.\n{ \"compatibility_date\": \"2025-09-01\", \"compatibility_flags\": [\"nodejs_compat\"], \"kv_namespaces\": [{ \"binding\": \"STORE\" }], \"env\": { \"production\": { \"routes\": [{ \"pattern\": \"www.example.com/*\" }] } } }\n";
    [("src/index.ts", index), ("src/answer.ts", function), ("wrangler.jsonc", configuration)]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect()
}

#[test]
fn projects_are_bundled_and_served_by_one_process() {
    let projects = [
        project("export const answer = (url: string) => new Response(`one ${url}`);"),
        project("export const answer = (url: string) => new Response(`two ${missing(url)`);"),
        project("export const answer = (url: string) => new Response(`three ${url}`, { status: 201 });"),
    ];
    let bundled = match bundle_all(&projects.iter().collect::<Vec<_>>()) {
        Ok(bundled) => bundled,
        Err(EngineError::Missing(words)) if std::env::var_os("CI").is_none() => return println!("skipped: {words}"),
        Err(error) => panic!("{error}"),
    };
    assert!(matches!(bundled.get(1), Some(Err(EngineError::Engine(words))) if words.contains("answer.ts")));
    let whole: Vec<WorkerBundle> = bundled.into_iter().filter_map(Result::ok).collect();
    assert_eq!(whole.len(), 2);
    let first = whole.first().unwrap();
    assert_eq!(
        (first.routes.concat(), first.kv_bindings.concat()),
        ("www.example.com/*".to_owned(), "STORE".to_owned())
    );
    let exchange = mine(&[""], &["www.example.com".to_owned()], 1, 1).remove(0);
    let mut answers = Vec::new();
    for edge in start_all(&whole) {
        match edge {
            Ok(mut edge) => match edge.run(&exchange) {
                Outcome::Answered { response, .. } => {
                    let body = String::from_utf8_lossy(&response.body).into_owned();
                    answers.push((response.status, body.split(' ').next().unwrap_or_default().to_owned()));
                }
                other => panic!("{other:?}"),
            },
            Err(EngineError::Missing(words)) if std::env::var_os("CI").is_none() => {
                return println!("skipped: {words}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(answers, [(200, "one".to_owned()), (201, "three".to_owned())]);
}

/// The function of [`SHOWN`] behind an event model as small as it needs.
const SHOWN_WORKER: &str = r#"
export default {
  async fetch(request) {
    const headers = new Headers(request.headers);
    if (request.headers.get("x-a") === "1") headers.set("x-first", "yes");
    if (request.headers.has("content-type")) headers.set("x-typed", "yes");
    return fetch(new Request(request.url, request), { headers, redirect: "manual" });
  },
};"#;

const SHOWN: &str = r#"function handler(event) {
    const headers = event.request.headers;
    if (headers['x-a'] && headers['x-a'].value === '1') headers['x-first'] = { value: 'yes' };
    if (headers['content-type']) headers['x-typed'] = { value: 'yes' };
    if (headers['cloudfront-is-mobile-viewer'] && headers['cloudfront-is-mobile-viewer'].value === 'true') headers['x-mobile'] = { value: 'yes' };
    return event.request;
}"#;

/// Code decides every exchange.
struct Code(WorkerdEdge);

impl Edge for Code {
    fn run(&mut self, exchange: &interp::exchange::Exchange) -> Outcome {
        self.0.run(exchange)
    }

    fn decider(&self) -> Decider {
        Decider::Adapted
    }
}

#[test]
fn what_a_worker_is_shown_is_set_aside() {
    let Some(worker) = start(SHOWN_WORKER) else { return };
    let program = LegacyProgram {
        platform: "cloudfront-functions",
        runtime: Runtime::V2,
        event: EventKind::ViewerRequest,
        modules: vec![Module { path: "index.js".into(), text: SHOWN.into() }],
        kvs: false,
        ..LegacyProgram::default()
    };
    let function = Function::load(&QuickJs::default(), &program).unwrap();
    let mut legacy = CloudFrontEdge::of(function);
    let plain = mine(&[""], &["www.example.com".to_owned()], 1, 1).remove(0);
    let with = |lines: &[(&str, &str)], visitor: &[(&str, &str)]| {
        let mut it = plain.clone();
        for (name, value) in lines {
            it.request.headers.append(name, value);
        }
        it.request.visitor.extend(visitor.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        it
    };
    let exchanges = [
        with(&[("x-a", "1"), ("x-a", "2")], &[]),
        with(&[("content-type", "")], &[]),
        with(&[], &[("is_mobile", "true")]),
        with(&[("x-a", "1"), ("x-a", "2"), ("content-type", "")], &[("is_mobile", "true")]),
        with(&[("x-a", "1"), ("content-type", "text/plain")], &[]),
    ];
    let summary = verify::run(&mut legacy, &mut Code(worker), &exchanges, &Profile::default());
    let aside: Vec<(&str, usize)> = summary.set_aside.iter().map(|(member, it)| (member.name(), *it)).collect();
    assert_eq!(
        aside,
        [("joined-lines-in-code", 2), ("empty-header-in-code", 1), ("computed-header-no-source", 1)],
        "{:#?}",
        summary.divergences
    );
    assert_eq!((summary.agreements, summary.divergences.len()), (1, 0), "{:#?}", summary.divergences);
    // A fault of the code itself is not set aside.
    let Some(wrong) = start(&SHOWN_WORKER.replace("x-typed", "x-other")) else { return };
    let summary = verify::run(&mut legacy, &mut Code(wrong), &exchanges, &Profile::default());
    assert_eq!(summary.divergences.len(), 1, "{:?}", summary.set_aside);
}
