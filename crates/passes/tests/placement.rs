//! Programs built by hand, and where their behaviors land.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::wildcard_enum_match_arm, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{
    Arm, Exit, ExitKind, ExprId, FieldKind, Fn, Hook, HookPoint, Node, Place, Program, Region, Slot, Store, Table, Ty,
    Why,
};
use passes::{Behavior, Fidelity, Options, Part, Placement, Route, Site, place};
use source::{Sources, Span};
use target::lang::print;
use target::phase::Phase;
use target::plan::Plan;
use target::ruleset::{Action, HeaderOp, Rule, Value};

struct Build {
    store: Store,
    span: Span,
    hook: Hook,
}

impl Build {
    fn new(point: HookPoint) -> Build {
        let mut sources = Sources::new();
        let file = sources.add("edge.js", "function handler() {}");
        let span = Span::new(file, 0, 8);
        let hook = Hook { name: Arc::from("handler"), point, span, exits: Vec::new(), updates: BTreeMap::new() };
        Build { store: Store::new(), span, hook }
    }

    fn request() -> Build {
        Build::new(HookPoint::ClientRequest)
    }

    fn path(&mut self) -> ExprId {
        self.store.read(FieldKind::Path, None)
    }

    fn on(&mut self, function: Fn, of: ExprId, with: &str) -> ExprId {
        let with = self.store.string(with);
        self.store.call(function, &[of, with])
    }

    fn path_is(&mut self, text: &str) -> ExprId {
        let path = self.path();
        self.on(Fn::StrEq, path, text)
    }

    fn header(&mut self, name: &str) -> ExprId {
        let read = self.store.read(FieldKind::HeaderFirst, Some(name));
        self.on(Fn::Or, read, "")
    }

    fn matches(&mut self, of: ExprId, pattern: &str, flags: &str) -> ExprId {
        let (pattern, flags) = (self.store.string(pattern), self.store.string(flags));
        self.store.call(Fn::JsMatches, &[of, pattern, flags])
    }

    fn code(&mut self) -> ExprId {
        let region = self.store.region(Region { cause: Arc::from("call of `verify`"), span: self.span });
        self.store.mk(Node::Code(region, Ty::Bool, 0))
    }

    fn redirect(&mut self, guard: ExprId, to: ExprId, status: u16) {
        let kind = ExitKind::Redirect { status, to };
        self.hook.exits.push(Exit { guard, kind, also: Vec::new(), why: Why::NONE, span: self.span });
    }

    fn redirect_to(&mut self, guard: ExprId, to: &str) {
        let to = self.store.string(to);
        self.redirect(guard, to, 301);
    }

    fn deny(&mut self, guard: ExprId, status: i64) {
        let (status, body) = (self.store.int(status), self.store.mk(Node::Absent));
        let kind = ExitKind::Respond { status, body };
        self.hook.exits.push(Exit { guard, kind, also: Vec::new(), why: Why::NONE, span: self.span });
    }

    fn set(&mut self, slot: Slot, guard: ExprId, value: ExprId) {
        self.hook.updates.entry(slot).or_default().push(Arm { guard, value, why: Why::NONE, span: self.span });
    }

    fn one(&mut self, value: ExprId) -> ExprId {
        let empty = self.store.call(Fn::ListEmpty, &[]);
        self.store.call(Fn::ListPush, &[empty, value])
    }

    fn set_header(&mut self, name: &str, guard: ExprId, value: &str) {
        let value = self.store.string(value);
        let value = self.one(value);
        let name = self.store.text(name);
        let slot = if self.hook.point.of_response() { Slot::RespHeader(name) } else { Slot::Header(name) };
        self.set(slot, guard, value);
    }

    fn place(self, plan: Plan) -> Placement {
        self.place_with(Options { plan, ..Options::default() }, Route::default())
    }

    fn place_with(self, options: Options, route: Route) -> Placement {
        let program = Program { store: self.store, hooks: vec![self.hook], ledger: edge::Ledger::default() };
        let placement = place(&program, &[site(route)], &options);
        let again = place(&program, &[site(Route::default())], &options);
        assert_eq!(placement.behaviors.len(), again.behaviors.len());
        placement
    }
}

fn site(route: Route) -> Site {
    Site {
        zone: "shop.example".into(),
        hosts: vec!["www.shop.example".into()],
        routes: vec![route],
        source: Arc::from("edge.js"),
    }
}

fn rules(placement: &Placement, phase: Phase) -> Vec<Rule> {
    placement.zones.iter().filter_map(|it| it.phases.get(&phase)).flatten().cloned().collect()
}

fn filters(placement: &Placement, phase: Phase) -> Vec<String> {
    rules(placement, phase).iter().map(|it| print(&it.expression)).collect()
}

fn verdicts(placement: &Placement) -> Vec<Place> {
    placement.behaviors.iter().map(|it| it.verdict).collect()
}

fn codes(behavior: &Behavior) -> Vec<&'static str> {
    behavior.reasons.iter().map(|it| it.code.name).collect()
}

const HOST: &str = r#"http.host eq "www.shop.example""#;

#[test]
fn a_static_redirect_is_a_single_redirect() {
    let mut it = Build::request();
    let guard = it.path_is("/old");
    it.redirect_to(guard, "https://www.shop.example/new");
    let placement = it.place(Plan::Free);
    assert_eq!(filters(&placement, Phase::DynamicRedirect), [format!(r#"{HOST} and http.request.uri.path eq "/old""#)]);
    assert_eq!(verdicts(&placement), [Place::Rule]);
    assert_eq!(placement.behaviors[0].fidelity, Fidelity::Assumed(vec!["domain-facts".into()]));
    assert!(placement.workers.is_empty());
}

#[test]
fn a_bot_check_in_front_of_a_redirect_is_negated_in_it() {
    let mut it = Build::request();
    let agent = it.header("user-agent");
    let bot = it.on(Fn::Contains, agent, "badbot");
    it.deny(bot, 403);
    let old = it.path_is("/old");
    it.redirect_to(old, "https://www.shop.example/new");
    let placement = it.place(Plan::Free);
    assert_eq!(verdicts(&placement), [Place::Rule, Place::Rule]);
    assert_eq!(filters(&placement, Phase::WafCustom).len(), 1);
    let redirect = &filters(&placement, Phase::DynamicRedirect)[0];
    assert!(redirect.contains(r#"not http.request.headers["user-agent"][0] contains "badbot""#), "{redirect}");
}

#[test]
fn a_login_check_in_code_keeps_the_redirect_behind_it() {
    let mut it = Build::request();
    let code = it.code();
    it.deny(code, 401);
    let old = it.path_is("/old");
    it.redirect_to(old, "https://www.shop.example/new");
    let placement = it.place(Plan::Enterprise);
    assert_eq!(verdicts(&placement), [Place::Worker, Place::Worker]);
    assert_eq!(codes(&placement.behaviors[1]), ["stays-in-worker-exit-order"]);
    assert_eq!(placement.workers[0].hooks, [0]);
}

#[test]
fn a_redirect_on_other_paths_may_pass_a_login_check() {
    let mut it = Build::request();
    let code = it.code();
    let path = it.path();
    let admin = it.on(Fn::StartsWith, path, "/admin/");
    let both = it.store.and(admin, code);
    it.deny(both, 401);
    let old = it.path_is("/old");
    it.redirect_to(old, "https://www.shop.example/new");
    assert_eq!(verdicts(&it.place(Plan::Free)), [Place::Worker, Place::Rule]);
}

#[test]
fn equal_answers_commute() {
    let mut it = Build::request();
    let code = it.code();
    it.redirect_to(code, "https://www.shop.example/new");
    let old = it.path_is("/old");
    it.redirect_to(old, "https://www.shop.example/new");
    assert_eq!(verdicts(&it.place(Plan::Free)), [Place::Worker, Place::Rule]);
}

#[test]
fn a_table_of_many_values_makes_room_for_other_redirects() {
    let build = |rows: usize| {
        let mut it = Build::request();
        let (guard, to) = table(&mut it, "/t", rows);
        let host = it.store.read(FieldKind::Host, None);
        let to = it.store.call(Fn::Concat, &[host, to]);
        let scheme = it.store.string("https://");
        let to = it.store.call(Fn::Concat, &[scheme, to]);
        it.redirect(guard, to, 301);
        let old = it.path_is("/old");
        it.redirect_to(old, "https://www.shop.example/new");
        verdicts(&it.place(Plan::Free))
    };
    assert_eq!(build(9), [Place::Rule, Place::Rule]);
    assert_eq!(build(10), [Place::Worker, Place::Rule], "ten rules are all that there are");
    assert_eq!(build(11), [Place::Worker, Place::Rule]);
}

/// A table of so many paths, `/a0` and on.
fn table(it: &mut Build, target: &str, rows: usize) -> (ExprId, ExprId) {
    let rows = (0..rows).map(|n| (Arc::from(format!("/a{n}")), Arc::from(format!("{target}{n}")))).collect();
    let table = it.store.table(Table { rows });
    let path = it.path();
    let lookup = it.store.mk(Node::Lookup(table, path));
    let present = it.store.call(Fn::Present, &[lookup]);
    let to = it.on(Fn::Or, lookup, "");
    (present, to)
}

#[test]
fn a_table_becomes_a_list_and_later_redirects_stay_behind_it() {
    let mut it = Build::request();
    let (guard, to) = table(&mut it, "https://www.shop.example/t", 300);
    it.redirect(guard, to, 301);
    let path = it.path();
    let any = it.on(Fn::EndsWith, path, "1");
    it.redirect_to(any, "https://www.shop.example/");
    let placement = it.place(Plan::Free);
    assert_eq!(verdicts(&placement), [Place::Rule, Place::Worker]);
    assert_eq!(placement.account.lists[0].items.len(), 300);
    assert_eq!(placement.account.lists[0].items[0].source_url, "www.shop.example/a0");
    assert!(print(&placement.account.bulk_rules[0].expression).starts_with("http.request.full_uri in $migrate_"));
    assert_eq!(codes(&placement.behaviors[1]), ["stays-in-worker-exit-order"]);
}

#[test]
fn a_redirect_beside_every_row_passes_a_table_and_a_short_table_is_negated() {
    for (rows, ending, negated) in [(300, ".html", false), (30, "1", true)] {
        let mut it = Build::request();
        let (guard, to) = table(&mut it, "https://www.shop.example/t", rows);
        it.redirect(guard, to, 301);
        let path = it.path();
        let any = it.on(Fn::EndsWith, path, ending);
        it.redirect_to(any, "https://www.shop.example/");
        let placement = it.place(Plan::Free);
        assert_eq!(verdicts(&placement), [Place::Rule, Place::Rule]);
        let filter = &filters(&placement, Phase::DynamicRedirect)[0];
        assert_eq!(filter.contains(r#"not http.request.uri.path in {"/a1" "/a11" "/a21"}"#), negated, "{filter}");
    }
}

#[test]
fn a_short_table_is_rules_of_its_own_where_there_is_no_list() {
    let mut it = Build::request();
    let (guard, to) = table(&mut it, "/t", 2);
    it.redirect(guard, to, 302);
    let placement = it.place(Plan::Free);
    assert_eq!(verdicts(&placement), [Place::Rule]);
    assert_eq!(filters(&placement, Phase::DynamicRedirect).len(), 2);
}

#[test]
fn relative_targets_of_a_table_are_offered_as_a_class() {
    let mut it = Build::request();
    let (guard, to) = table(&mut it, "/t", 20);
    it.redirect(guard, to, 301);
    let placement = it.place(Plan::Free);
    assert_eq!(verdicts(&placement), [Place::Worker]);
    assert_eq!(placement.behaviors[0].held_back_by, ["location-form"]);
    let mut it = Build::request();
    let (guard, to) = table(&mut it, "/t", 20);
    it.redirect(guard, to, 301);
    let accept = std::collections::BTreeSet::from(["location-form".to_owned()]);
    let placement = it.place_with(Options { accept, ..Options::default() }, Route::default());
    assert_eq!(verdicts(&placement), [Place::Rule]);
    assert_eq!(placement.behaviors[0].fidelity, Fidelity::Approximate(vec!["location-form".to_owned()]));
    assert!(placement.account.lists[0].items[0].target_url.starts_with("https://"));
}

#[test]
fn tables_over_the_quota_are_code_as_a_whole() {
    let mut it = Build::request();
    let (guard, to) = table(&mut it, "https://www.shop.example/t", 20);
    it.redirect(guard, to, 301);
    let overrides = BTreeMap::from([(target::limits::Limit::BulkRedirectItems, 1)]);
    let placement = it.place_with(Options { overrides, ..Options::default() }, Route::default());
    assert_eq!(verdicts(&placement), [Place::Worker]);
    assert!(placement.account.lists.is_empty() && placement.account.bulk_rules.is_empty());
    assert_eq!(codes(&placement.behaviors[0]), ["over-quota"]);
}

#[test]
fn a_chain_of_arms_is_written_in_reverse() {
    let mut it = Build::request();
    let a = it.path_is("/a");
    let path = it.path();
    let all = it.on(Fn::StartsWith, path, "/a");
    it.set_header("x-kind", a, "one");
    it.set_header("x-kind", all, "many");
    let placement = it.place(Plan::Free);
    let values: Vec<HeaderOp> = rules(&placement, Phase::RequestHeaders)
        .into_iter()
        .map(|it| match it.action {
            Action::RequestHeaders(ops) => ops["x-kind"].clone(),
            _ => HeaderOp::Remove,
        })
        .collect();
    assert_eq!(values, [HeaderOp::Set(Value::Static("many".into())), HeaderOp::Set(Value::Static("one".into()))]);
}

#[test]
fn headers_of_one_guard_share_a_rule() {
    let mut it = Build::new(HookPoint::ClientResponse);
    let always = it.store.bool(true);
    for name in ["x-frame-options", "x-content-type-options", "referrer-policy"] {
        it.set_header(name, always, "value");
    }
    let placement = it.place(Plan::Free);
    assert_eq!(filters(&placement, Phase::ResponseHeaders), [format!("{HOST} and http.response.code lt 400")]);
    assert_eq!(verdicts(&placement), [Place::Rule; 3]);
    assert_eq!(placement.behaviors[0].fidelity, Fidelity::Assumed(vec!["viewer-response-runs-below-400".into()]));
}

#[test]
fn redirects_beyond_the_quota_stay_code() {
    let mut it = Build::request();
    for n in 0..12 {
        let guard = it.path_is(&format!("/old{n}"));
        it.redirect_to(guard, "https://www.shop.example/new");
    }
    let placement = it.place(Plan::Free);
    assert_eq!(rules(&placement, Phase::DynamicRedirect).len(), 10);
    assert_eq!(codes(&placement.behaviors[11]), ["over-quota"]);
}

#[test]
fn a_regular_expression_needs_business() {
    for (plan, verdict) in [(Plan::Pro, Place::Worker), (Plan::Business, Place::Rule)] {
        let mut it = Build::request();
        let path = it.path();
        let guard = it.matches(path, "^/p/[0-9]+$", "");
        it.redirect_to(guard, "https://www.shop.example/");
        let placement = it.place(plan);
        assert_eq!(verdicts(&placement), [verdict]);
        if verdict == Place::Worker {
            assert_eq!(codes(&placement.behaviors[0]), ["regex-needs-business"]);
        } else {
            assert_eq!(placement.behaviors[0].minimum_plan, Plan::Business);
        }
    }
}

#[test]
fn a_plain_expression_needs_no_plan() {
    let mut it = Build::request();
    let path = it.path();
    let guard = it.matches(path, r"^\/blog\/", "");
    it.redirect_to(guard, "https://blog.example/");
    let placement = it.place(Plan::Free);
    assert!(filters(&placement, Phase::DynamicRedirect)[0].contains(r#"starts_with(http.request.uri.path, "/blog/")"#));
}

#[test]
fn a_missing_header_is_the_default() {
    let mut it = Build::request();
    let header = it.header("x-a");
    let empty = it.on(Fn::StrEq, header, "");
    it.redirect_to(empty, "https://a.example/");
    let placement = it.place(Plan::Free);
    let filter = &filters(&placement, Phase::DynamicRedirect)[0];
    assert!(filter.contains(r#"not len(http.request.headers["x-a"][0]) ge 0"#), "{filter}");
    assert!(filter.contains(r#"http.request.headers["x-a"][0] eq """#), "{filter}");
}

#[test]
fn a_value_with_a_missing_part_is_split() {
    let mut it = Build::request();
    let always = it.store.bool(true);
    let (prefix, header) = (it.store.string("v="), it.header("x-a"));
    let value = it.store.call(Fn::Concat, &[prefix, header]);
    let value = it.one(value);
    let slot = Slot::Header(it.store.text("x-b"));
    it.set(slot, always, value);
    let placement = it.place(Plan::Free);
    let filters = filters(&placement, Phase::RequestHeaders);
    assert_eq!(filters.len(), 2);
    assert_eq!(filters[0], format!(r#"{HOST} and len(http.request.headers["x-a"][0]) ge 0"#));
    assert_eq!(placement.behaviors[0].refs.len(), 2);
}

#[test]
fn a_header_that_may_become_empty_is_code() {
    let mut it = Build::request();
    let always = it.store.bool(true);
    let header = it.header("x-a");
    let value = it.one(header);
    let slot = Slot::Header(it.store.text("x-b"));
    it.set(slot, always, value);
    assert_eq!(verdicts(&it.place(Plan::Enterprise)), [Place::Worker]);
}

#[test]
fn an_index_rewrite_is_a_rule() {
    let mut it = Build::request();
    let path = it.path();
    let guard = it.on(Fn::EndsWith, path, "/");
    let value = it.on(Fn::Concat, path, "index.html");
    it.set(Slot::Path, guard, value);
    let placement = it.place(Plan::Free);
    let rule = &rules(&placement, Phase::UrlRewrite)[0];
    let Action::RewriteUrl { path: Some(Value::Dynamic(value)), query: None } = &rule.action else {
        unreachable!("{rule:?}")
    };
    assert_eq!(print(value), r#"concat(http.request.uri.path, "index.html")"#);
}

#[test]
fn a_rewrite_that_may_lose_its_slash_is_code() {
    let mut it = Build::request();
    let path = it.path();
    let guard = it.on(Fn::StartsWith, path, "/v1/");
    let at = it.store.int(4);
    let cut = it.store.call(Fn::JsSliceFrom, &[path, at]);
    it.set(Slot::Path, guard, cut);
    assert_eq!(verdicts(&it.place(Plan::Free)), [Place::Worker]);
    let mut it = Build::request();
    let path = it.path();
    let guard = it.on(Fn::StartsWith, path, "/v1/");
    let at = it.store.int(3);
    let cut = it.store.call(Fn::JsSliceFrom, &[path, at]);
    it.set(Slot::Path, guard, cut);
    assert_eq!(verdicts(&it.place(Plan::Free)), [Place::Rule]);
}

#[test]
fn later_phases_read_the_path_as_it_was() {
    let mut it = Build::request();
    let a = it.path_is("/a");
    let b = it.store.string("/b");
    it.set(Slot::Path, a, b);
    it.set_header("x-a", a, "1");
    let placement = it.place(Plan::Free);
    assert!(filters(&placement, Phase::UrlRewrite)[0].contains(r#" http.request.uri.path eq "/a""#));
    assert!(filters(&placement, Phase::RequestHeaders)[0].contains(r#"raw.http.request.uri.path eq "/a""#));
}

#[test]
fn updates_stay_with_the_code_of_their_function() {
    let mut it = Build::request();
    let always = it.store.bool(true);
    it.set_header("x-a", always, "1");
    let code = it.code();
    it.set_header("x-b", code, "1");
    let placement = it.place(Plan::Free);
    assert_eq!(verdicts(&placement), [Place::Worker; 2]);
    assert!(placement.behaviors.iter().any(|it| codes(it) == ["stays-with-code"]));
}

#[test]
fn redirects_with_headers_and_odd_answers_are_code() {
    let mut it = Build::request();
    let guard = it.path_is("/a");
    it.redirect_to(guard, "https://a.example/");
    let value = it.store.string("no-store");
    let value = it.one(value);
    let slot = Slot::RespHeader(it.store.text("cache-control"));
    it.hook.exits[0].also.push((slot, value));
    let guard = it.path_is("/b");
    it.deny(guard, 503);
    let placement = it.place(Plan::Enterprise);
    assert_eq!(verdicts(&placement), [Place::Worker; 2]);
    assert!(placement.behaviors.iter().all(|it| codes(it) == ["answer-not-native"]));
}

#[test]
fn failures_are_no_behaviors_except_in_front_of_a_denial() {
    for (denies, verdict) in [(false, Place::Rule), (true, Place::Worker)] {
        let mut it = Build::request();
        let code = it.code();
        let kind = ExitKind::PlatformError(Arc::from("throw"));
        it.hook.exits.push(Exit { guard: code, kind, also: Vec::new(), why: Why::NONE, span: it.span });
        let old = it.path_is("/old");
        it.redirect_to(old, "https://a.example/");
        if denies {
            let private = it.path_is("/private");
            it.deny(private, 403);
        }
        let placement = it.place(Plan::Free);
        let redirect = placement.behaviors.iter().find(|it| it.part == Part::Exit(1)).map(|it| it.verdict);
        assert_eq!(redirect, Some(verdict));
        let failing = placement.behaviors.iter().find(|it| it.part == Part::Exit(0));
        assert_eq!(
            failing.map(|it| (it.verdict, it.summary.as_str())),
            denies.then_some((Place::Worker, "fails: throw"))
        );
        assert_eq!(placement.workers.is_empty(), !denies);
        assert_eq!(found(&placement).iter().any(|it| it.contains("does not reproduce")), !denies);
    }
}

fn found(placement: &Placement) -> Vec<String> {
    placement.diagnostics.iter().map(|it| it.message.clone()).collect()
}

#[test]
fn a_function_that_only_fails_is_a_behavior_and_a_worker() {
    let mut it = Build::request();
    let missing = it.path_is("/x");
    let kind = ExitKind::PlatformError(Arc::from("the host is read-only"));
    it.hook.exits.push(Exit { guard: missing, kind, also: Vec::new(), why: Why::NONE, span: it.span });
    let placement = it.place(Plan::Free);
    assert_eq!(verdicts(&placement), [Place::Worker]);
    assert_eq!(codes(&placement.behaviors[0]), ["legacy-failure-exit"]);
    assert_eq!(placement.workers[0].hooks, [0]);
}

#[test]
fn a_header_that_no_rule_changes_leaves_the_others_in_theirs() {
    for name in ["server", "cf-ray", "eh-cache-tag"] {
        let mut it = Build::new(HookPoint::ClientResponse);
        let always = it.store.bool(true);
        it.set_header("x-a", always, "1");
        let none = it.store.call(Fn::ListEmpty, &[]);
        let slot = Slot::RespHeader(it.store.text(name));
        it.set(slot, always, none);
        let placement = it.place(Plan::Free);
        let of = |slot_is: bool| {
            placement.behaviors.iter().filter(|it| (it.part == Part::Update(slot, 0)) == slot_is).collect::<Vec<_>>()
        };
        let place = if name == "server" { Place::Default } else { Place::Refused };
        assert_eq!(of(true)[0].verdict, place, "{name}");
        assert_eq!(codes(of(true)[0]), ["header-owned-by-cloudflare"]);
        assert_eq!(of(false)[0].verdict, Place::Rule);
        let [rule] = rules(&placement, Phase::ResponseHeaders).try_into().unwrap_or_else(|_| panic!("one rule"));
        assert_eq!(
            rule.action,
            Action::ResponseHeaders(BTreeMap::from([("x-a".into(), HeaderOp::Set(Value::Static("1".into())))]))
        );
        assert!(placement.workers.is_empty());
    }
}

#[test]
fn a_status_at_which_the_platform_skips_the_function_is_dead() {
    let mut it = Build::new(HookPoint::ClientResponse);
    let status = it.store.read(FieldKind::Status, None);
    let missing = it.store.int(404);
    let missing = it.store.call(Fn::IntEq, &[status, missing]);
    it.set_header("x-robots-tag", missing, "noindex");
    let (least, end) = (it.store.int(200), it.store.int(400));
    let (from, below) = (it.store.call(Fn::IntLe, &[least, status]), it.store.call(Fn::IntLt, &[status, end]));
    let fine = it.store.and(below, from);
    it.set_header("cache-control", fine, "max-age=1");
    let placement = it.place(Plan::Free);
    assert_eq!(
        filters(&placement, Phase::ResponseHeaders),
        [format!("{HOST} and http.response.code lt 400 and http.response.code ge 200")]
    );
    let robots = placement.behaviors.iter().find(|it| it.verdict == Place::Dead).map(codes);
    assert_eq!(robots.as_deref(), Some(&["never-happens"][..]));
    let cache = placement.behaviors.iter().find(|it| it.verdict == Place::Rule).map(|it| it.fidelity.clone());
    assert_eq!(cache, Some(Fidelity::Exact));
}

#[test]
fn a_worker_has_the_routes_that_its_guards_begin_with() {
    let build = |everywhere: bool| {
        let mut it = Build::request();
        let (code, path) = (it.code(), it.path());
        let (admin, status) = (it.on(Fn::StartsWith, path, "/admin/"), it.path_is("/status page"));
        let either = it.store.or(admin, status);
        let guarded = it.store.and(code, if everywhere { code } else { either });
        it.deny(guarded, 401);
        it.place(Plan::Free)
    };
    let narrow = build(false);
    assert_eq!(narrow.workers[0].narrowed, BTreeMap::from([(0, vec!["/admin/*".to_owned(), "/status*".to_owned()])]));
    let everywhere = |it: &Placement| it.diagnostics.iter().any(|it| it.code.id == "MIG0517");
    assert!(!everywhere(&narrow));
    let wide = build(true);
    assert!(wide.workers[0].narrowed.is_empty() && everywhere(&wide), "{:?}", found(&wide));
}

#[test]
fn routes_stand_in_front_of_rules() {
    let route = |pattern: &str| Route { pattern: Some(pattern.into()), excluded: vec!["/api/v1/*".into()] };
    let build = || {
        let mut it = Build::request();
        let always = it.store.bool(true);
        it.set_header("x-a", always, "1");
        it
    };
    let placement = build().place_with(Options::default(), route("/api/*"));
    assert_eq!(
        filters(&placement, Phase::RequestHeaders),
        [format!(
            "{HOST} and starts_with(http.request.uri.path, \"/api/\") and not starts_with(http.request.uri.path, \"/api/v1/\")"
        )]
    );
    let placement = build().place_with(Options::default(), route("/a?b"));
    assert_eq!(verdicts(&placement), [Place::Worker]);
    assert_eq!(placement.workers[0].routes, ["/a?b"]);
}

#[test]
fn what_rests_on_a_member_that_is_off_is_code() {
    let mut it = Build::request();
    let guard = it.path_is("/old");
    it.redirect_to(guard, "https://www.shop.example/new");
    let options = Options { profile_off: BTreeSet::from(["domain-facts".to_owned()]), ..Options::default() };
    assert_eq!(verdicts(&it.place_with(options, Route::default())), [Place::Worker]);
}

#[test]
fn a_value_with_alternatives_becomes_several_rules() {
    let mut it = Build::request();
    let always = it.path_is("/old");
    let country = it.store.read(FieldKind::Visitor, Some("country"));
    let country = it.on(Fn::Or, country, "");
    let german = it.on(Fn::StrEq, country, "DE");
    let (de, en) = (it.store.string("https://shop.example/de"), it.store.string("https://shop.example/en"));
    let to = it.store.ite(german, de, en);
    it.redirect(always, to, 302);
    let placement = it.place(Plan::Free);
    let filters = filters(&placement, Phase::DynamicRedirect);
    assert_eq!(filters.len(), 2);
    assert!(filters[0].ends_with(r#"ip.src.country eq "DE""#) && filters[1].ends_with(r#"not ip.src.country eq "DE""#));
    let notes = ["domain-facts", "fact-54", "geo-database"].map(str::to_owned).to_vec();
    assert_eq!(placement.behaviors[0].fidelity, Fidelity::Assumed(notes));
}

#[test]
fn thousands_of_exits_take_linear_space() {
    let mut it = Build::request();
    for n in 0..2000 {
        let guard = it.path_is(&format!("/old{n}"));
        it.redirect_to(guard, "https://www.shop.example/new");
    }
    let placement = it.place(Plan::Enterprise);
    assert_eq!(rules(&placement, Phase::DynamicRedirect).len(), 300);
    assert_eq!(placement.workers[0].hooks, [0]);
}
