//! Speed of the embedded engine: ratios between its two ways of running, measured in one process.

#![expect(clippy::print_stderr, reason = "the figures are the point")]

use std::time::Instant;

use interp::exchange::{Exchange, Headers, Inputs, Request, Response};
use verify::Edge;
use verify::cloudfront_edge::{CloudFrontEdge, Function};
use verify::engine::{EventKind, LegacyProgram, Module, Runtime};
use verify::quickjs::QuickJs;

const PROGRAM: &str = r"
var moved = { '/old': '/new', '/shop': '/store' };
function handler(event) {
    var request = event.request;
    var uri = request.uri;
    if (moved[uri]) {
        return { statusCode: 301, statusDescription: 'Moved', headers: { location: { value: moved[uri] } } };
    }
    if (request.headers.host.value === 'www.example.com') {
        request.headers['x-site'] = { value: 'www' };
    }
    if (uri.endsWith('/')) {
        request.uri += 'index.html';
    }
    return request;
}";

fn exchange(path: &str) -> Exchange {
    Exchange {
        request: Request {
            method: "GET".into(),
            scheme: "https".into(),
            host: "www.example.com".into(),
            path: path.into(),
            query: Some("a=1&b=2".into()),
            headers: Headers(vec![
                ("accept".into(), "text/html".into()),
                ("user-agent".into(), "Mozilla/5.0".into()),
                ("cookie".into(), "a=1; b=2".into()),
            ]),
            client_ip: "198.51.100.7".into(),
            visitor: [("country".to_owned(), "DE".to_owned())].into(),
            body: Vec::new(),
        },
        origin: Response {
            status: 200,
            headers: Headers(vec![("content-type".into(), "text/html".into())]),
            body: b"hello".to_vec(),
        },
        inputs: Inputs { now_ms: 1_700_000_000_000, random_permille: vec![500], kv: [].into() },
    }
}

fn edge(fresh: bool) -> CloudFrontEdge {
    let program = LegacyProgram {
        platform: "cloudfront-functions",
        runtime: Runtime::V2,
        event: EventKind::ViewerRequest,
        modules: vec![Module { path: "index.js".into(), text: PROGRAM.into() }],
        kvs: false,
        ..LegacyProgram::default()
    };
    let engine = QuickJs { always_fresh: fresh, ..QuickJs::default() };
    Function::load(&engine, &program).map(CloudFrontEdge::of).unwrap_or_default()
}

fn per_second(edge: &mut CloudFrontEdge, count: u32) -> f64 {
    let paths = ["/old", "/a/", "/b.html", "/shop"];
    let asked: Vec<Exchange> = paths.iter().map(|it| exchange(it)).collect();
    let start = Instant::now();
    for _ in 0..count / 4 {
        for it in &asked {
            std::hint::black_box(edge.run(it));
        }
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

#[test]
fn sharing_a_context_pays() {
    let (mut shared, mut fresh) = (edge(false), edge(true));
    let fast = per_second(&mut shared, 8000);
    let slow = per_second(&mut fresh, 1000);
    eprintln!("QuickJS: {fast:.0} exchanges/s in one context, {slow:.0} in fresh contexts");
    assert!(!shared.distrusts_itself());
    assert!(fast > 2.0 * slow, "{fast:.0} in one context, {slow:.0} in fresh contexts");
}
