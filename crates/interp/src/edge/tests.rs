//! Whole exchanges under small hooks, and random expressions.

#![expect(clippy::panic, clippy::wildcard_enum_match_arm, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use edge::{
    Arm, Draw, Exit, ExitKind, ExprId, FieldKind, Fn, Hook, HookPoint, Node, Region, Slot, Store, Table, Ty, Why,
};
use source::{Sources, Span};

use super::{ORIGIN_LINE, run};
use crate::exchange::{Exchange, Headers, Inputs, Outcome, Request, Response};

fn span() -> Span {
    Span::new(Sources::new().add("f.js", ""), 0, 0)
}

fn hook(point: HookPoint) -> Hook {
    Hook { name: Arc::from("f"), point, span: span(), exits: Vec::new(), updates: BTreeMap::new() }
}

fn on_request() -> Hook {
    hook(HookPoint::ClientRequest)
}

fn on_response() -> Hook {
    hook(HookPoint::ClientResponse)
}

impl Headers {
    fn of(lines: &[(&str, &str)]) -> Headers {
        Headers(lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

fn exchange() -> Exchange {
    Exchange {
        request: Request {
            method: "GET".to_owned(),
            scheme: "https".to_owned(),
            host: "www.example.com".to_owned(),
            path: "/a/b".to_owned(),
            query: Some("x=1&y&x=2".to_owned()),
            headers: Headers::of(&[
                ("accept", "*/*"),
                ("cookie", "a=1; b=2; a=3"),
                ("x-t", "1"),
                ("x-real-ip", "6.6.6.6"),
            ]),
            client_ip: "192.0.2.7".to_owned(),
            visitor: BTreeMap::from([("country".to_owned(), "CH".to_owned())]),
            body: Vec::new(),
        },
        origin: Response {
            status: 200,
            headers: Headers::of(&[("server", "o"), ("set-cookie", "s=1; Path=/"), ("x-cache", "hit")]),
            body: b"origin".to_vec(),
        },
        inputs: Inputs { now_ms: 1_700_000_000_000, random_permille: vec![250, 750], kv: BTreeMap::new() },
    }
}

fn arm(guard: ExprId, value: ExprId) -> Arm {
    Arm { guard, value, why: Why::NONE, span: span() }
}

fn exit(guard: ExprId, kind: ExitKind) -> Exit {
    Exit { guard, kind, also: Vec::new(), why: Why::NONE, span: span() }
}

fn list(store: &mut Store, values: &[&str]) -> ExprId {
    let mut list = store.call(Fn::ListEmpty, &[]);
    for it in values {
        let value = store.string(it);
        list = store.call(Fn::ListPush, &[list, value]);
    }
    list
}

/// Sets one slot always.
fn set(store: &mut Store, hook: &mut Hook, slot: Slot, value: ExprId) {
    let yes = store.bool(true);
    hook.updates.insert(slot, vec![arm(yes, value)]);
}

fn saw(outcome: Outcome) -> Request {
    match outcome {
        Outcome::Answered { origin_saw: Some(request), .. } => request,
        other => panic!("{other:?}"),
    }
}

fn got(outcome: Outcome) -> Response {
    match outcome {
        Outcome::Answered { response, .. } => response,
        other => panic!("{other:?}"),
    }
}

fn undecided(outcome: Outcome) -> String {
    match outcome {
        Outcome::Undecided(words) => words,
        other => panic!("{other:?}"),
    }
}

fn failed(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(words) => words,
        other => panic!("{other:?}"),
    }
}

/// What a text expression is, seen as the body of an answer.
fn shown(store: &mut Store, text: ExprId) -> Result<String, String> {
    let optional = store.call(Fn::Some, &[text]);
    let (yes, status) = (store.bool(true), store.int(200));
    let mut hook = on_request();
    hook.exits.push(exit(yes, ExitKind::Respond { status, body: optional }));
    match run(store, Some(&hook), None, &exchange()) {
        Outcome::Answered { response, .. } => Ok(String::from_utf8_lossy(&response.body).into_owned()),
        Outcome::Failed(words) | Outcome::Undecided(words) => Err(words),
    }
}

/// The result of a function of texts.
fn called(function: Fn, args: &[&str]) -> Result<String, String> {
    let mut store = Store::new();
    let args: Vec<ExprId> = args.iter().map(|it| store.string(it)).collect();
    let value = store.call(function, &args);
    shown(&mut store, value)
}

#[test]
fn without_hooks_the_platform_only_drops_what_it_writes_itself() {
    let mut exchange = exchange();
    exchange.request.headers.append("cloudfront-viewer-country", "XX");
    let outcome = run(&Store::new(), None, None, &exchange);
    assert_eq!(got(outcome.clone()), exchange.origin);
    let request = saw(outcome);
    assert_eq!(request.headers, Headers::of(&[("accept", "*/*"), ("cookie", "a=1; b=2; a=3"), ("x-t", "1")]));
    assert_eq!(request.query.as_deref(), Some("x=1&y&x=2"));
}

#[test]
fn a_redirect_is_answered_without_the_origin_and_without_the_response_hook() {
    let mut store = Store::new();
    let (yes, path) = (store.bool(true), store.read(FieldKind::Path, None));
    let base = store.string("https://x.example");
    let to = store.call(Fn::Concat, &[base, path]);
    let mut request = on_request();
    let mut it = exit(yes, ExitKind::Redirect { status: 301, to });
    let cache = Slot::RespHeader(store.text("cache-control"));
    it.also.push((cache, list(&mut store, &["no-store"])));
    request.exits.push(it);
    let mut response = on_response();
    let status = store.int(500);
    set(&mut store, &mut response, Slot::Status, status);
    let outcome = run(&store, Some(&request), Some(&response), &exchange());
    let headers = Headers::of(&[("location", "https://x.example/a/b"), ("cache-control", "no-store")]);
    let response = Response { status: 301, headers, body: Vec::new() };
    assert_eq!(outcome, Outcome::Answered { origin_saw: None, response });
}

#[test]
fn the_first_exit_whose_guard_holds_wins_and_updates_are_skipped() {
    let mut store = Store::new();
    let (yes, no) = (store.bool(true), store.bool(false));
    let (first, second, status) = (store.string("1"), store.string("2"), store.int(403));
    let (first, second) = (store.call(Fn::Some, &[first]), store.call(Fn::Some, &[second]));
    let mut hook = on_request();
    hook.exits.push(exit(no, ExitKind::PlatformError(Arc::from("never"))));
    hook.exits.push(exit(yes, ExitKind::Respond { status, body: first }));
    hook.exits.push(exit(yes, ExitKind::Respond { status, body: second }));
    set(&mut store, &mut hook, Slot::Path, status);
    let response = got(run(&store, Some(&hook), None, &exchange()));
    assert_eq!((response.status, response.body.as_slice()), (403, b"1".as_slice()));
}

#[test]
fn platform_errors_and_bad_statuses_fail() {
    let mut store = Store::new();
    let (yes, body) = (store.bool(true), store.mk(Node::Absent));
    let mut hook = on_request();
    hook.exits.push(exit(yes, ExitKind::PlatformError(Arc::from("threw"))));
    assert_eq!(failed(run(&store, Some(&hook), None, &exchange())), "threw");
    let status = store.int(600);
    hook.exits = vec![exit(yes, ExitKind::Respond { status, body })];
    assert!(failed(run(&store, Some(&hook), None, &exchange())).contains("200 to 599"));
}

#[test]
fn the_first_arm_wins_and_no_arm_leaves_the_slot() {
    let mut store = Store::new();
    let (yes, no) = (store.bool(true), store.bool(false));
    let (one, two) = (store.string("/one"), store.string("/two"));
    let mut hook = on_request();
    hook.updates.insert(Slot::Path, vec![arm(no, one), arm(yes, two), arm(yes, one)]);
    assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).path, "/two");
    hook.updates.insert(Slot::Path, vec![arm(no, one)]);
    assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).path, "/a/b");
}

#[test]
fn updates_read_the_incoming_exchange_only() {
    let mut store = Store::new();
    let path = store.read(FieldKind::Path, None);
    let (new, empty) = (store.string("/new"), store.call(Fn::ListEmpty, &[]));
    let lines = store.call(Fn::ListPush, &[empty, path]);
    let mut hook = on_request();
    set(&mut store, &mut hook, Slot::Path, new);
    let slot = Slot::Header(store.text("x-was"));
    set(&mut store, &mut hook, slot, lines);
    let request = saw(run(&store, Some(&hook), None, &exchange()));
    assert_eq!((request.path.as_str(), request.headers.first("x-was")), ("/new", Some("/a/b")));
}

#[test]
fn paths_are_validated() {
    for (path, wanted) in [("x", "must begin"), ("/a b", "' '"), ("/é", "'é'"), ("/a?b", "'?'")] {
        let mut store = Store::new();
        let value = store.string(path);
        let mut hook = on_request();
        set(&mut store, &mut hook, Slot::Path, value);
        match run(&store, Some(&hook), None, &exchange()) {
            Outcome::Failed(words) | Outcome::Undecided(words) => assert!(words.contains(wanted), "{words}"),
            Outcome::Answered { .. } => panic!("{path}"),
        }
    }
}

#[test]
fn headers_are_set_in_place_added_at_the_end_and_removed() {
    let mut store = Store::new();
    let mut hook = on_request();
    for (name, values) in [("accept", &["text/html", "b"][..]), ("x-new", &["1"]), ("x-t", &[])] {
        let (slot, value) = (Slot::Header(store.text(name)), list(&mut store, values));
        set(&mut store, &mut hook, slot, value);
    }
    let request = saw(run(&store, Some(&hook), None, &exchange()));
    let wanted = [("accept", "text/html"), ("accept", "b"), ("cookie", "a=1; b=2; a=3"), ("x-new", "1")];
    assert_eq!(request.headers, Headers::of(&wanted));
}

#[test]
fn forbidden_headers_fail_unless_nothing_changes() {
    for (name, value, fails) in [
        ("host", "other.example", true),
        ("host", "www.example.com", false),
        ("via", "1", true),
        ("x-edge-a", "1", true),
        ("X-Upper", "1", true),
        ("x-ok", "a\nb", true),
        ("cloudfront-viewer-country", "CH", false),
    ] {
        let mut store = Store::new();
        let (slot, value) = (Slot::Header(store.text(name)), list(&mut store, &[value]));
        let mut hook = on_request();
        set(&mut store, &mut hook, slot, value);
        let outcome = run(&store, Some(&hook), None, &exchange());
        assert_eq!(matches!(outcome, Outcome::Failed(_)), fails, "{name}: {outcome:?}");
    }
}

#[test]
fn arguments_are_edited_and_the_query_is_rebuilt_grouped() {
    let mut store = Store::new();
    let mut hook = on_request();
    let (slot, value) = (Slot::Arg(store.text("z")), list(&mut store, &["9"]));
    set(&mut store, &mut hook, slot, value);
    assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).query.as_deref(), Some("x=1&x=2&y=&z=9"));
    let (slot, value) = (Slot::Arg(store.text("x")), list(&mut store, &[]));
    set(&mut store, &mut hook, slot, value);
    let (slot, value) = (Slot::Arg(store.text("7")), list(&mut store, &["n"]));
    set(&mut store, &mut hook, slot, value);
    assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).query.as_deref(), Some("7=n&y=&z=9"));
}

#[test]
fn an_argument_that_keeps_its_values_leaves_the_query_as_sent() {
    let mut store = Store::new();
    let mut hook = on_request();
    let (slot, value) = (Slot::Arg(store.text("x")), store.read(FieldKind::ArgAll, Some("x")));
    set(&mut store, &mut hook, slot, value);
    assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).query.as_deref(), Some("x=1&y&x=2"));
}

#[test]
fn a_missing_and_an_empty_query_both_leave_no_question_mark() {
    let mut store = Store::new();
    let absent = store.mk(Node::Absent);
    let empty = store.string("");
    let empty = store.call(Fn::Some, &[empty]);
    for value in [absent, empty] {
        let mut hook = on_request();
        set(&mut store, &mut hook, Slot::Query, value);
        assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).query, None);
    }
    let bad = store.string("a b");
    let bad = store.call(Fn::Some, &[bad]);
    let mut hook = on_request();
    set(&mut store, &mut hook, Slot::Query, bad);
    assert!(failed(run(&store, Some(&hook), None, &exchange())).contains("query"));
}

#[test]
fn cookies_are_edited_inside_their_header() {
    let mut store = Store::new();
    let mut hook = on_request();
    for (name, values) in [("b", &[][..]), ("c", &["4"]), ("a", &["0"])] {
        let (slot, value) = (Slot::Cookie(store.text(name)), list(&mut store, values));
        set(&mut store, &mut hook, slot, value);
    }
    let request = saw(run(&store, Some(&hook), None, &exchange()));
    assert_eq!(request.headers, Headers::of(&[("accept", "*/*"), ("cookie", "a=0; c=4"), ("x-t", "1")]));
    for name in ["a", "c"] {
        let (slot, value) = (Slot::Cookie(store.text(name)), list(&mut store, &[]));
        set(&mut store, &mut hook, slot, value);
    }
    assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).headers.first("cookie"), None);
}

#[test]
fn the_origin_is_named_by_a_line_when_it_is_another() {
    let mut store = Store::new();
    let mut hook = on_request();
    let name = store.string("Other.example");
    let (name, port) = (store.call(Fn::Some, &[name]), store.int(8443));
    set(&mut store, &mut hook, Slot::OriginHost, name);
    set(&mut store, &mut hook, Slot::OriginPort, port);
    let request = saw(run(&store, Some(&hook), None, &exchange()));
    assert_eq!(
        (request.host.as_str(), request.headers.first(ORIGIN_LINE)),
        ("other.example", Some("other.example:8443"))
    );
    let mut hook = on_request();
    set(&mut store, &mut hook, Slot::OriginHostHeader, name);
    let request = saw(run(&store, Some(&hook), None, &exchange()));
    assert_eq!((request.host.as_str(), request.headers.first(ORIGIN_LINE)), ("other.example", None));
}

#[test]
fn a_response_hook_edits_status_headers_cookies_and_body() {
    let mut store = Store::new();
    let mut hook = on_response();
    let (status, body) = (store.int(203), store.string("new"));
    let body = store.call(Fn::Some, &[body]);
    set(&mut store, &mut hook, Slot::Status, status);
    set(&mut store, &mut hook, Slot::Body, body);
    for (name, values) in [("server", &[][..]), ("x-frame-options", &["DENY"])] {
        let (slot, value) = (Slot::RespHeader(store.text(name)), list(&mut store, values));
        set(&mut store, &mut hook, slot, value);
    }
    let (slot, value) = (Slot::SetCookie(store.text("t")), list(&mut store, &["2; Secure"]));
    set(&mut store, &mut hook, slot, value);
    let wanted = [("set-cookie", "s=1; Path=/"), ("set-cookie", "t=2; Secure"), ("x-frame-options", "DENY")];
    let wanted = Response { status: 203, headers: Headers::of(&wanted), body: b"new".to_vec() };
    assert_eq!(got(run(&store, None, Some(&hook), &exchange())), wanted);
}

#[test]
fn a_set_cookie_reads_as_it_is_written() {
    let mut store = Store::new();
    let mut hook = on_response();
    let (slot, value) = (Slot::SetCookie(store.text("s")), store.read(FieldKind::RespCookieAll, Some("s")));
    set(&mut store, &mut hook, slot, value);
    assert_eq!(got(run(&store, None, Some(&hook), &exchange())).headers.first("set-cookie"), Some("s=1; Path=/"));
}

#[test]
fn the_response_hook_is_skipped_on_errors_of_the_origin() {
    let mut store = Store::new();
    let mut hook = on_response();
    let status = store.int(203);
    set(&mut store, &mut hook, Slot::Status, status);
    for (given, wanted) in [(399, 203), (400, 400), (503, 503)] {
        let mut exchange = exchange();
        exchange.origin.status = given;
        assert_eq!(got(run(&store, None, Some(&hook), &exchange)).status, wanted);
    }
}

#[test]
fn read_only_response_headers_fail() {
    let mut store = Store::new();
    let mut hook = on_response();
    let (slot, value) = (Slot::RespHeader(store.text("via")), list(&mut store, &["x"]));
    set(&mut store, &mut hook, slot, value);
    assert!(failed(run(&store, None, Some(&hook), &exchange())).contains("read-only"));
}

#[test]
fn a_response_hook_that_tells_the_two_requests_apart_is_undecided() {
    let mut store = Store::new();
    let (path, method) = (store.read(FieldKind::Path, None), store.read(FieldKind::Method, None));
    let new = store.string("/new");
    let mut first = on_request();
    set(&mut store, &mut first, Slot::Path, new);
    let slot = Slot::RespHeader(store.text("x-path"));
    let empty = store.call(Fn::ListEmpty, &[]);
    let mut second = on_response();
    let value = store.call(Fn::ListPush, &[empty, path]);
    set(&mut store, &mut second, slot, value);
    assert!(undecided(run(&store, Some(&first), Some(&second), &exchange())).contains("wrote"));
    let value = store.call(Fn::ListPush, &[empty, method]);
    set(&mut store, &mut second, slot, value);
    assert_eq!(got(run(&store, Some(&first), Some(&second), &exchange())).headers.first("x-path"), Some("GET"));
}

#[test]
fn code_and_holes_matter_only_where_they_are_needed() {
    let mut store = Store::new();
    let region = store.region(Region { cause: Arc::from("eval"), span: span() });
    let code = store.mk(Node::Code(region, Ty::Bool, 0));
    let present = store.read(FieldKind::HeaderFirst, Some("x-none"));
    let no = store.call(Fn::Present, &[present]);
    let both = store.and(code, no);
    let value = store.string("/new");
    let mut hook = on_request();
    hook.updates.insert(Slot::Path, vec![arm(both, value)]);
    assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).path, "/a/b");
    let either = store.or(no, code);
    hook.updates.insert(Slot::Path, vec![arm(either, value)]);
    assert_eq!(undecided(run(&store, Some(&hook), None, &exchange())), "eval");
    let name = store.text("Bucket");
    let hole = store.mk(Node::Hole(name));
    assert!(shown(&mut store, hole).is_err_and(|it| it.contains("`Bucket`")));
    let chosen = store.ite(no, hole, value);
    assert_eq!(shown(&mut store, chosen).as_deref(), Ok("/new"));
}

#[test]
fn draws_and_the_clock_come_from_the_inputs_and_draws_start_over() {
    let mut store = Store::new();
    for (draw, wanted) in [(Draw::Random(1), "750"), (Draw::Random(2), "250"), (Draw::Now, "1700000000000")] {
        let input = store.mk(Node::Input(draw));
        let text = store.call(Fn::IntText, &[input]);
        assert_eq!(shown(&mut store, text).as_deref(), Ok(wanted));
    }
}

#[test]
fn fields_read_first_values_undecoded_and_tell_missing_from_empty() {
    let mut store = Store::new();
    let other = store.string("-");
    for (kind, name, wanted) in [
        (FieldKind::ArgFirst, "x", "1"),
        (FieldKind::ArgFirst, "y", ""),
        (FieldKind::ArgFirst, "z", "-"),
        (FieldKind::CookieFirst, "a", "1"),
        (FieldKind::HeaderFirst, "host", "www.example.com"),
        (FieldKind::HeaderFirst, "accept", "*/*"),
        (FieldKind::Visitor, "country", "CH"),
        (FieldKind::Visitor, "city", "-"),
    ] {
        let read = store.read(kind, Some(name));
        let text = store.call(Fn::Or, &[read, other]);
        assert_eq!(shown(&mut store, text).as_deref(), Ok(wanted), "{name}");
    }
    let early = store.read(FieldKind::Status, None);
    let early = store.call(Fn::IntText, &[early]);
    assert!(shown(&mut store, early).is_err());
}

#[test]
fn a_table_gives_the_row_of_an_exact_key() {
    let mut store = Store::new();
    let table = store.table(Table { rows: BTreeMap::from([(Arc::from("/a/b"), Arc::from("hit"))]) });
    let (path, other) = (store.read(FieldKind::Path, None), store.string("miss"));
    let upper = store.call(Fn::JsUpper, &[path]);
    for (key, wanted) in [(path, "hit"), (upper, "miss")] {
        let row = store.mk(Node::Lookup(table, key));
        let text = store.call(Fn::Or, &[row, other]);
        assert_eq!(shown(&mut store, text).as_deref(), Ok(wanted));
    }
}

#[test]
fn text_functions_mean_what_their_names_say() {
    for (function, args, wanted) in [
        (Fn::Before, &["a/b/c", "/"][..], "a"),
        (Fn::Before, &["abc", "/"], "abc"),
        (Fn::AfterLast, &["a/b/c", "/"], "c"),
        (Fn::AfterLast, &["abc", "/"], "abc"),
        (Fn::JsLower, &["ÀΣ"], "àς"),
        (Fn::JsUpper, &["straße"], "STRASSE"),
        (Fn::JsTrim, &["\u{feff} x\n"], "x"),
        (Fn::ReplaceFirst, &["a-b-c", "-", "$&"], "a$&b-c"),
        (Fn::ReplaceAll, &["a-b-c", "-", "+"], "a+b+c"),
        (Fn::JsReplace, &["/old/x", "^\\/old\\/(.*)$", "", "/new/$1"], "/new/x"),
        (Fn::JsEncodeComponent, &["a&b=é"], "a%26b%3D%C3%A9"),
    ] {
        assert_eq!(called(function, args).as_deref(), Ok(wanted), "{function:?}");
    }
}

#[test]
fn numbers_are_exact_or_have_no_value() {
    let mut store = Store::new();
    let text = store.string("a😀");
    let length = store.call(Fn::JsLength, &[text]);
    let two = store.int(2);
    let sum = store.call(Fn::IntAdd, &[length, two]);
    let text = store.call(Fn::IntText, &[sum]);
    assert_eq!(shown(&mut store, text).as_deref(), Ok("5"));
    let big = store.int((1 << 53) - 1);
    let sum = store.call(Fn::IntAdd, &[big, two]);
    let text = store.call(Fn::IntText, &[sum]);
    assert!(shown(&mut store, text).is_err());
    let negative = store.int(-1);
    let text = store.call(Fn::IntText, &[negative]);
    assert_eq!(shown(&mut store, text).as_deref(), Ok("-1"));
}

#[test]
fn the_first_of_a_list_is_replaced_and_an_empty_list_gets_one() {
    let mut store = Store::new();
    let value = store.string("0");
    for (name, wanted) in [("a", "a=0; a=3; b=2"), ("n", "a=1; a=3; b=2; n=0")] {
        let all = store.read(FieldKind::CookieAll, Some(name));
        let (slot, all) = (Slot::Cookie(store.text(name)), store.call(Fn::ListSetFirst, &[all, value]));
        let mut hook = on_request();
        set(&mut store, &mut hook, slot, all);
        assert_eq!(saw(run(&store, Some(&hook), None, &exchange())).headers.first("cookie"), Some(wanted));
    }
}

#[test]
fn doubling_text_ends_in_a_cause_and_deep_chains_end() {
    let mut store = Store::new();
    let mut text = store.read(FieldKind::Path, None);
    for _ in 0..64 {
        text = store.call(Fn::Concat, &[text, text]);
    }
    assert!(shown(&mut store, text).is_err_and(|it| it.contains("1 MiB")));
    let mut deep = store.read(FieldKind::Path, None);
    for _ in 0..20_000 {
        deep = store.call(Fn::JsTrim, &[deep]);
    }
    assert_eq!(shown(&mut store, deep).as_deref(), Ok("/a/b"));
}

#[test]
fn slots_of_the_other_side_and_wrong_types_are_undecided() {
    let mut store = Store::new();
    let (status, path) = (store.int(200), store.string("/x"));
    let mut hook = on_request();
    set(&mut store, &mut hook, Slot::Status, status);
    assert!(undecided(run(&store, Some(&hook), None, &exchange())).contains("status"));
    let mut hook = on_response();
    set(&mut store, &mut hook, Slot::Path, path);
    assert!(undecided(run(&store, None, Some(&hook), &exchange())).contains("path"));
    let mut hook = on_request();
    set(&mut store, &mut hook, Slot::Path, status);
    assert!(undecided(run(&store, Some(&hook), None, &exchange())).contains("type"));
}

#[test]
fn random_expressions_print_and_run_without_a_panic() {
    arbtest::arbtest(|u| {
        let mut store = Store::new();
        let region = store.region(Region { cause: Arc::from("code"), span: span() });
        let table = store.table(Table { rows: BTreeMap::from([(Arc::from("/"), Arc::from("é"))]) });
        let mut ids = vec![store.mk(Node::Absent), store.bool(true), store.call(Fn::ListEmpty, &[])];
        for _ in 0..u.int_in_range(1..=60)? {
            let mut child = || u.choose(&ids).copied();
            let (a, b, c) = (child()?, child()?, child()?);
            let id = match u.int_in_range(0..=14)? {
                0 => store.int(u.arbitrary()?),
                1 => store.string(u.choose(&["", "/", "^a", "(a*)*", "[", "gi", "$1", "😀", "\u{7f}", "a=1; b"])?),
                2 => store.string(u.arbitrary()?),
                3 | 4 => {
                    let kind = *u.choose(FieldKind::ALL)?;
                    store.read(kind, kind.keyed().then_some("a"))
                }
                5 => store.mk(Node::Input(Draw::Random(u.arbitrary()?))),
                6 => store.mk(Node::Code(region, Ty::Str, 0)),
                7 => store.not(a),
                8 => store.and(a, b),
                9 => store.or(a, b),
                10 => store.ite(a, b, c),
                11 => store.mk(Node::Lookup(table, a)),
                _ => {
                    // Mostly of the right types, sometimes not: both must be survived.
                    let function = *u.choose(Fn::ALL)?;
                    let mut args = Vec::new();
                    for ty in function.row().args {
                        let fitting: Vec<ExprId> = ids.iter().copied().filter(|it| store.ty(*it) == *ty).collect();
                        args.push(if fitting.is_empty() || u.ratio(1, 16)? { a } else { *u.choose(&fitting)? });
                    }
                    store.call(function, &args)
                }
            };
            ids.push(id);
        }
        let name = store.text("x-a");
        let slots =
            [Slot::Path, Slot::Query, Slot::Arg(name), Slot::Header(name), Slot::Cookie(name), Slot::OriginPort];
        let (mut first, mut second) = (on_request(), on_response());
        for slot in slots {
            first.updates.insert(slot, vec![arm(*u.choose(&ids)?, *u.choose(&ids)?)]);
        }
        for slot in [Slot::Status, Slot::RespHeader(name), Slot::SetCookie(name), Slot::Body] {
            second.updates.insert(slot, vec![arm(*u.choose(&ids)?, *u.choose(&ids)?)]);
        }
        let (status, body) = (*u.choose(&ids)?, *u.choose(&ids)?);
        first.exits.push(exit(*u.choose(&ids)?, ExitKind::Respond { status, body }));
        let hooks = [first, second];
        assert!(edge::print(&store, &hooks).starts_with("client_request"));
        let [first, second] = &hooks;
        let once = run(&store, Some(first), Some(second), &exchange());
        assert_eq!(once, run(&store, Some(first), Some(second), &exchange()));
        let alone = run(&store, None, Some(second), &exchange());
        assert_eq!(alone, run(&store, None, Some(second), &exchange()));
        Ok(())
    })
    .size_max(4096)
    .budget_ms(500);
}
