//! A zone under test: rules written as text, requests written as a path.

use interp::exchange::{Headers, Request, Response};
use interp::rules::{Answer, Machine, Options, Passed, Refused, RequestOutcome};
use std::collections::BTreeMap;
use target::lang::{Expr, parse};
use target::phase::Phase;
use target::ruleset::{Account, Action, BulkItem, BulkList, HeaderOp, ListKey, Rule, Value, ZoneRules};

/// A request on `https://shop.example`.
pub(crate) struct Asked(pub(crate) Request);

pub(crate) fn get(target: &str) -> Asked {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    Asked(Request {
        method: "GET".into(),
        scheme: "https".into(),
        host: "shop.example".into(),
        path: path.into(),
        query,
        headers: Headers::default(),
        client_ip: "192.0.2.7".into(),
        visitor: BTreeMap::new(),
        body: Vec::new(),
    })
}

impl Asked {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.headers.append(name, value);
        self
    }

    pub(crate) fn on(mut self, host: &str) -> Self {
        self.0.host = host.into();
        self
    }
}

/// Whether a filter matches: a block on it answers.
pub(crate) fn matches(text: &str, asked: &Asked) -> bool {
    Zone::new().block(text).blocks(asked)
}

pub(crate) struct Zone {
    zone: ZoneRules,
    items: Vec<BulkItem>,
    key: ListKey,
    options: Options,
    count: usize,
}

fn fixed(text: &str) -> Value {
    Value::Static(text.into())
}

fn expr(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn computed(text: &str) -> Value {
    Value::Dynamic(expr(text))
}

fn headers(name: &str, op: HeaderOp) -> BTreeMap<String, HeaderOp> {
    BTreeMap::from([(name.to_owned(), op)])
}

impl Zone {
    pub(crate) fn new() -> Self {
        Self {
            zone: ZoneRules::default(),
            items: Vec::new(),
            key: ListKey::FullUri,
            options: Options::default(),
            count: 0,
        }
    }

    pub(crate) fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    pub(crate) fn raw_list(mut self) -> Self {
        self.key = ListKey::RawFullUri;
        self
    }

    fn rule(mut self, phase: Phase, filter: &str, action: Action) -> Self {
        let reference = format!("rule_{}", self.count);
        self.count += 1;
        let rule = Rule { reference, description: String::new(), expression: expr(filter), action, enabled: true };
        self.zone.phases.entry(phase).or_default().push(rule);
        self
    }

    pub(crate) fn block(self, filter: &str) -> Self {
        self.rule(Phase::WafCustom, filter, Action::Block { status: 403, content_type: None, content: None })
    }

    pub(crate) fn redirect(self, filter: &str, target: &str) -> Self {
        self.rule(
            Phase::DynamicRedirect,
            filter,
            Action::Redirect { target: fixed(target), status: 301, preserve_query: false },
        )
    }

    pub(crate) fn redirect_keeping_query(self, target: &str) -> Self {
        self.rule(
            Phase::DynamicRedirect,
            "true",
            Action::Redirect { target: fixed(target), status: 302, preserve_query: true },
        )
    }

    pub(crate) fn redirect_value(self, filter: &str, target: &str) -> Self {
        self.rule(
            Phase::DynamicRedirect,
            filter,
            Action::Redirect { target: computed(target), status: 302, preserve_query: false },
        )
    }

    pub(crate) fn rewrite(self, filter: &str, path: Option<&str>, query: Option<&str>) -> Self {
        self.rule(Phase::UrlRewrite, filter, Action::RewriteUrl { path: path.map(fixed), query: query.map(fixed) })
    }

    pub(crate) fn rewrite_value(self, filter: &str, path: &str) -> Self {
        self.rule(Phase::UrlRewrite, filter, Action::RewriteUrl { path: Some(computed(path)), query: None })
    }

    pub(crate) fn rewrite_query_value(self, filter: &str, query: &str) -> Self {
        self.rule(Phase::UrlRewrite, filter, Action::RewriteUrl { path: None, query: Some(computed(query)) })
    }

    pub(crate) fn request_header(self, filter: &str, name: &str, value: &str) -> Self {
        self.rule(Phase::RequestHeaders, filter, Action::RequestHeaders(headers(name, HeaderOp::Set(fixed(value)))))
    }

    pub(crate) fn request_header_value(self, filter: &str, name: &str, value: &str) -> Self {
        self.rule(Phase::RequestHeaders, filter, Action::RequestHeaders(headers(name, HeaderOp::Set(computed(value)))))
    }

    pub(crate) fn request_add(self, name: &str, value: &str) -> Self {
        self.rule(Phase::RequestHeaders, "true", Action::RequestHeaders(headers(name, HeaderOp::Add(fixed(value)))))
    }

    pub(crate) fn response_header(self, filter: &str, name: &str, value: &str) -> Self {
        self.rule(Phase::ResponseHeaders, filter, Action::ResponseHeaders(headers(name, HeaderOp::Set(fixed(value)))))
    }

    pub(crate) fn response_header_value(self, filter: &str, name: &str, value: &str) -> Self {
        self.rule(
            Phase::ResponseHeaders,
            filter,
            Action::ResponseHeaders(headers(name, HeaderOp::Set(computed(value)))),
        )
    }

    pub(crate) fn response_add(self, name: &str, value: &str) -> Self {
        self.rule(Phase::ResponseHeaders, "true", Action::ResponseHeaders(headers(name, HeaderOp::Add(fixed(value)))))
    }

    pub(crate) fn route(self, filter: &str, host_header: Option<&str>, origin_port: Option<u16>) -> Self {
        let action =
            Action::Route { host_header: host_header.map(str::to_owned), sni: None, origin_host: None, origin_port };
        self.rule(Phase::Origin, filter, action)
    }

    pub(crate) fn item(self, source: &str, target: &str) -> Self {
        self.change_item(source, target, |_| {})
    }

    pub(crate) fn change_item(mut self, source: &str, target: &str, change: impl FnOnce(&mut BulkItem)) -> Self {
        let mut item = BulkItem {
            source_url: source.into(),
            target_url: target.into(),
            status: 301,
            preserve_query: false,
            subpath_matching: false,
            include_subdomains: false,
            preserve_path_suffix: false,
        };
        change(&mut item);
        self.items.push(item);
        self
    }

    pub(crate) fn machine(&self) -> Result<Machine, Refused> {
        let mut account = Account::default();
        if !self.items.is_empty() {
            account.lists.push(BulkList {
                name: "moved".into(),
                description: String::new(),
                items: self.items.clone(),
            });
            account.bulk_rules.push(Rule {
                reference: "bulk".into(),
                description: String::new(),
                expression: expr(&format!("{} in $moved", self.key.field())),
                action: Action::RedirectFromList { list: "moved".into(), key: self.key },
                enabled: true,
            });
        }
        Machine::new(&self.zone, &account, self.options)
    }

    fn outcome(&self, asked: &Asked) -> RequestOutcome {
        let machine = self.machine().unwrap_or_else(|refused| panic!("{refused}"));
        machine.run_request(&asked.0, 1_700_000_000_123).outcome
    }

    pub(crate) fn answer(&self, asked: &Asked) -> Answer {
        match self.outcome(asked) {
            RequestOutcome::Answered(answer) => answer,
            other @ (RequestOutcome::Passed(_) | RequestOutcome::Failed(_)) => panic!("no answer but {other:?}"),
        }
    }

    pub(crate) fn pass(&self, asked: &Asked) -> Passed {
        match self.outcome(asked) {
            RequestOutcome::Passed(passed) => passed,
            other @ (RequestOutcome::Answered(_) | RequestOutcome::Failed(_)) => panic!("not passed but {other:?}"),
        }
    }

    pub(crate) fn failure(&self, asked: &Asked) -> Option<u16> {
        match self.outcome(asked) {
            RequestOutcome::Failed(failure) => Some(failure.code),
            RequestOutcome::Answered(_) | RequestOutcome::Passed(_) => None,
        }
    }

    pub(crate) fn blocks(&self, asked: &Asked) -> bool {
        matches!(self.outcome(asked), RequestOutcome::Answered(_))
    }

    pub(crate) fn location(&self, asked: &Asked) -> Option<String> {
        match self.outcome(asked) {
            RequestOutcome::Answered(answer) => answer.response.headers.first("location").map(str::to_owned),
            RequestOutcome::Passed(_) | RequestOutcome::Failed(_) => None,
        }
    }

    pub(crate) fn respond(&self, asked: &Asked, lines: &[(&str, &str)]) -> Response {
        let mut headers = Headers::default();
        for (name, value) in lines {
            headers.append(name, value);
        }
        self.respond_to(asked, &Response { status: 200, headers, body: Vec::new() })
    }

    pub(crate) fn respond_to(&self, asked: &Asked, response: &Response) -> Response {
        let machine = self.machine().unwrap_or_else(|refused| panic!("{refused}"));
        let passed = self.pass(asked);
        machine.run_response(&asked.0, &passed.request, response, 1_700_000_000_123).response
    }
}
