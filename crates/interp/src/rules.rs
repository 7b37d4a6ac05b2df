//! The rules machine: what Cloudflare does to one exchange under given rulesets, written from its documentation.
//!
//! Rules are compiled once. A request then meets the phases in their documented order; within a phase every filter and every value
//! sees the request as it was when the phase began. Where the documentation leaves a fact open, [`Readings`] picks one of its
//! readings, so that a caller can ask for each.

mod eval;
mod functions;
mod lists;
mod node;
mod run;
mod view;

use crate::exchange::{Request, Response};
use lists::Lists;
use run::Compiled;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use target::phase::Phase;
use target::ruleset::{Account, ZoneRules};

/// The reading taken of each open fact that shows in an exchange.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Readings {
    /// fact-53: `ne` on a missing value is true. Documented false.
    pub ne_on_missing: bool,
    /// fact-21: a missing part of a redirect target is an error for the visitor, not a rule that is skipped.
    pub missing_target_fails: bool,
    /// fact-21: a missing part of concat() in a URL rewrite is an error for the visitor, not an empty string.
    pub missing_in_rewrite_fails: bool,
    /// fact-17: what becomes of the request's query when the target has one too.
    pub query_merge: QueryMerge,
    /// fact-19: paths of bulk redirects compare without case.
    pub list_paths_ignore_case: bool,
    /// fact-22: a query rewritten to the empty string leaves a bare `?`.
    pub empty_query_keeps_mark: bool,
    /// fact-32: `http.request.uri` shows the bare `?` of an empty query.
    pub uri_shows_empty_query: bool,
    /// fact-54: the country of an unknown place is the empty string, not `XX`.
    pub unknown_country_is_empty: bool,
    /// fact-7: response rules see request headers as rules changed them.
    pub response_sees_changed_headers: bool,
    /// fact-1: response header rules run on redirects and blocks too.
    pub response_rules_on_own_answers: bool,
}

impl Default for Readings {
    /// The likelier readings; where nothing is likelier, the one that shows a mistake of ours.
    fn default() -> Self {
        Self {
            ne_on_missing: false,
            missing_target_fails: true,
            missing_in_rewrite_fails: true,
            query_merge: QueryMerge::Append,
            list_paths_ignore_case: false,
            empty_query_keeps_mark: false,
            uri_shows_empty_query: true,
            unknown_country_is_empty: false,
            response_sees_changed_headers: false,
            response_rules_on_own_answers: false,
        }
    }
}

impl Readings {
    /// These readings with one of them turned, for every open fact: what is right under all of them rests on none.
    #[must_use]
    pub fn alternatives(self) -> Vec<(&'static str, Self)> {
        let merges = [QueryMerge::Replace, QueryMerge::Append, QueryMerge::SecondMark];
        let mut all = vec![
            ("fact-53", Self { ne_on_missing: !self.ne_on_missing, ..self }),
            ("fact-21", Self { missing_target_fails: !self.missing_target_fails, ..self }),
            ("fact-21", Self { missing_in_rewrite_fails: !self.missing_in_rewrite_fails, ..self }),
            ("fact-19", Self { list_paths_ignore_case: !self.list_paths_ignore_case, ..self }),
            ("fact-22", Self { empty_query_keeps_mark: !self.empty_query_keeps_mark, ..self }),
            ("fact-32", Self { uri_shows_empty_query: !self.uri_shows_empty_query, ..self }),
            ("fact-54", Self { unknown_country_is_empty: !self.unknown_country_is_empty, ..self }),
            ("fact-7", Self { response_sees_changed_headers: !self.response_sees_changed_headers, ..self }),
            ("fact-1", Self { response_rules_on_own_answers: !self.response_rules_on_own_answers, ..self }),
        ];
        let merges = merges.into_iter().filter(|it| *it != self.query_merge);
        all.extend(merges.map(|query_merge| ("fact-17", Self { query_merge, ..self })));
        all
    }
}

/// Readings of fact-17.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum QueryMerge {
    /// The request's query replaces the target's.
    Replace,
    /// It is appended with `&`.
    Append,
    /// It is appended after a second `?`.
    SecondMark,
}

/// How the machine is set up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Options {
    /// Whether URL normalization (RFC 3986) runs before the rules, as it does by default. The origin still gets the path as sent.
    pub normalize: bool,
    /// The readings of open facts.
    pub readings: Readings,
}

/// Why a ruleset cannot run here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The rule, by its reference.
    pub reference: String,
    /// The reason.
    pub message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", self.reference, self.message)
    }
}

impl std::error::Error for Refused {}

/// The compiled rules of a zone and its account.
#[derive(Debug)]
pub struct Machine {
    options: Options,
    phases: BTreeMap<Phase, Vec<Compiled>>,
    lists: Lists,
}

impl Machine {
    /// Compiles every rule that is enabled.
    pub fn new(zone: &ZoneRules, account: &Account, options: Options) -> Result<Self, Refused> {
        let lists = Lists::new(&account.lists, options.readings.list_paths_ignore_case)?;
        let mut phases: BTreeMap<Phase, Vec<Compiled>> = BTreeMap::new();
        let of_zone = zone.phases.iter().map(|(phase, rules)| (*phase, rules));
        for (phase, rules) in of_zone.chain([(Phase::BulkRedirect, &account.bulk_rules)]) {
            for rule in rules.iter().filter(|it| it.enabled) {
                phases.entry(phase).or_default().push(run::compile(rule, phase, &lists)?);
            }
        }
        Ok(Self { options, phases, lists })
    }

    /// Runs the request phases. `now_ms` is the clock, in milliseconds since 1970.
    #[must_use]
    pub fn run_request(&self, request: &Request, now_ms: i64) -> RequestResult {
        run::request(self, request, now_ms)
    }

    /// Runs the response phases. `original` is what the visitor sent, `passed` what the request phases made of it (the same where
    /// they answered).
    #[must_use]
    pub fn run_response(
        &self,
        original: &Request,
        passed: &Request,
        response: &Response,
        now_ms: i64,
    ) -> ResponseResult {
        run::response(self, original, passed, response, now_ms)
    }

    /// Runs request phases, origin and response phases: what the visitor gets from a zone without a Worker.
    #[must_use]
    pub fn run(&self, request: &Request, now_ms: i64, origin: impl FnOnce(&Request) -> Response) -> Ending {
        let before = self.run_request(request, now_ms);
        match before.outcome {
            RequestOutcome::Passed(passed) => {
                let saw = passed.origin_saw();
                let answer = origin(&saw);
                let after = self.run_response(request, &passed.request, &answer, now_ms);
                Ending::Response { origin_saw: Some(saw), response: after.response }
            }
            RequestOutcome::Answered(answer) => {
                let response = if self.options.readings.response_rules_on_own_answers {
                    self.run_response(request, request, &answer.response, now_ms).response
                } else {
                    answer.response
                };
                Ending::Response { origin_saw: None, response }
            }
            RequestOutcome::Failed(failure) => Ending::Failed(failure),
        }
    }
}

/// What the request phases made of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestResult {
    /// How it ended.
    pub outcome: RequestOutcome,
    /// Rules that matched, in order.
    pub trace: Vec<Match>,
}

/// A rule that matched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match {
    /// Where.
    pub phase: Phase,
    /// Its reference.
    pub reference: Arc<str>,
}

/// How the request phases ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RequestOutcome {
    /// A rule answered.
    Answered(Answer),
    /// The request goes on: to a Worker, to the cache, to the origin.
    Passed(Passed),
    /// The visitor gets an error of Cloudflare's.
    Failed(Failure),
}

/// An answer by a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Where.
    pub phase: Phase,
    /// The rule.
    pub reference: Arc<str>,
    /// The source of the bulk redirect that matched.
    pub item: Option<Arc<str>>,
    /// The answer.
    pub response: Response,
}

/// A request that goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Passed {
    /// As a Worker sees it: rewritten, with changed headers, with the Host of the visitor.
    pub request: Request,
    /// Where the origin is.
    pub route: Route,
}

impl Passed {
    /// The request as the origin sees it: with the Host that an origin rule set.
    #[must_use]
    pub fn origin_saw(&self) -> Request {
        let mut request = self.request.clone();
        if let Some(host) = &self.route.host_header {
            request.host.clone_from(host);
        }
        request
    }
}

/// What origin rules set; `None` is the default.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Route {
    /// The Host header.
    pub host_header: Option<String>,
    /// The SNI.
    pub sni: Option<String>,
    /// The name that is resolved.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
}

/// An error that the visitor gets because a rule could not be carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Where.
    pub phase: Phase,
    /// The rule.
    pub reference: Arc<str>,
    /// Cloudflare's number: 1035 an invalid path, 1037 an expression without a value.
    pub code: u16,
}

/// What the response phases made of a response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResponseResult {
    /// What the visitor gets.
    pub response: Response,
    /// Rules that matched, in order.
    pub trace: Vec<Match>,
}

/// The end of a whole exchange.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "made once per exchange and taken apart at once")]
pub enum Ending {
    /// The visitor got a response.
    Response {
        /// What the origin saw; `None` when it was not asked.
        origin_saw: Option<Request>,
        /// The response.
        response: Response,
    },
    /// The visitor got an error of Cloudflare's.
    Failed(Failure),
}
