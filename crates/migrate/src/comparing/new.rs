//! The migrated edge of one zone: request rules, then the Worker in workerd where a route leads to it, then response rules.
//!
//! Without a running Worker an exchange that reaches it has no answer: it is undecided, never agreement.

use interp::exchange::{Exchange, Outcome as Answer, Request};
use interp::rules::{self, Machine, Passed, RequestOutcome, Route};
use passes::Site;
use pipeline::Outcome;
use target::ruleset::ZoneRules;
use verify::cloudfront_functions::ORIGIN_LINE;
use verify::{Decider, Edge};

use super::workers::Worker;
use super::{fits, serves};

/// Hosts and path patterns of a hook that is code.
type Reach = (Vec<String>, Vec<Option<String>>);

/// The rules of one zone, and its Worker.
pub struct NewZone {
    machine: Machine,
    /// Where code runs, as the placement says: used as long as no Worker runs.
    code: Vec<Reach>,
    /// Where code of it runs that is the user's own.
    adapted: Vec<Reach>,
    /// Where functions run of which something is refused, so that nothing is written for it.
    refused: Vec<Site>,
    worker: Option<Worker>,
    decider: Decider,
}

impl NewZone {
    /// Compiles the rules of a zone.
    ///
    /// # Errors
    /// When the machine does not take a rule.
    pub fn load(outcome: &Outcome, zone: &str) -> Result<NewZone, rules::Refused> {
        let placement = &outcome.placement;
        let empty = ZoneRules { name: zone.to_owned(), ..ZoneRules::default() };
        let of_zone = placement.zones.iter().find(|it| it.name == zone).unwrap_or(&empty);
        let machine = Machine::new(of_zone, &placement.account, rules::Options::default())?;
        let workers = placement.workers.iter().filter(|it| it.zone == zone);
        let hooks: Vec<usize> = workers.flat_map(|it| it.hooks.iter().copied()).collect();
        let reach = |it: &pipeline::Attached| {
            let patterns: Vec<Option<String>> = it.site.routes.iter().map(|it| it.pattern.clone()).collect();
            (it.site.hosts.clone(), if patterns.is_empty() { vec![None] } else { patterns })
        };
        let places = |wanted: &dyn Fn(&usize) -> bool| -> Vec<Reach> {
            hooks.iter().filter(|it| wanted(it)).filter_map(|it| outcome.hooks.get(*it)).map(reach).collect()
        };
        let code = places(&|_| true);
        let adapted = places(&|it| !outcome.printed.contains(it));
        let refused = outcome.refused.keys().filter_map(|it| outcome.hooks.get(*it));
        let refused = refused.filter(|it| it.site.zone == zone).map(|it| it.site.clone()).collect();
        Ok(NewZone { machine, code, adapted, refused, worker: None, decider: Decider::Rules })
    }

    /// The zone with its Worker.
    #[must_use]
    pub fn with_worker(mut self, worker: Option<Worker>) -> NewZone {
        self.worker = worker;
        self
    }

    /// The Worker's own answer, without its mark; none where no Worker runs.
    pub(super) fn worker_alone(&mut self, exchange: &Exchange) -> Option<Answer> {
        let Some(Worker::Running { edge, .. }) = &mut self.worker else { return None };
        let mut answer = edge.run(exchange);
        if let Answer::Answered { origin_saw: _, response } = &mut answer {
            response.headers.remove(passes::ANSWER_MARK);
        }
        Some(answer)
    }

    /// Whether code takes the exchange; words where that is not known.
    fn reaches_code(&self, sent: &Request, passed: &Request) -> Result<bool, String> {
        match &self.worker {
            Some(Worker::Running { routes, .. }) => {
                let (before, after) = (routed(routes, sent), routed(routes, passed));
                if before == after {
                    Ok(after)
                } else {
                    Err("whether Worker routes see the rewritten URL is not documented".to_owned())
                }
            }
            Some(Worker::Missing(_)) | None => Ok(reaches(&self.code, sent, passed)),
        }
    }

    fn through_worker(&mut self, exchange: &Exchange, passed: &Passed) -> Answer {
        let edge = match &mut self.worker {
            Some(Worker::Running { edge, .. }) => edge,
            Some(Worker::Missing(words)) => {
                return Answer::Undecided(format!("the exchange reaches the Worker: {words}"));
            }
            None => return Answer::Undecided("the exchange reaches the Worker".to_owned()),
        };
        let own = reaches(&self.adapted, &exchange.request, &passed.request)
            || !reaches(&self.code, &exchange.request, &passed.request);
        self.decider = if own { Decider::Adapted } else { Decider::Printed };
        let inner = Exchange { request: passed.request.clone(), ..exchange.clone() };
        match edge.run(&inner) {
            Answer::Answered { origin_saw, response } => {
                let now = exchange.inputs.now_ms;
                let after = self.machine.run_response(&exchange.request, &passed.request, &response, now);
                // Origin rules run on the Worker's own fetch to the zone.
                let origin_saw = origin_saw.map(|saw| match saw.host == passed.request.host {
                    true => at_origin(saw, &passed.route),
                    false => saw,
                });
                Answer::Answered { origin_saw, response: after.response }
            }
            other @ (Answer::Failed(_) | Answer::Undecided(_)) => other,
        }
    }
}

/// Whether a request, as it was sent or as rules left it, comes to one of some places.
fn reaches(places: &[Reach], sent: &Request, passed: &Request) -> bool {
    let fits_either = |it: &Option<String>| fits(it.as_deref(), &passed.path) || fits(it.as_deref(), &sent.path);
    places.iter().any(|(hosts, patterns)| serves(hosts, &passed.host) && patterns.iter().any(fits_either))
}

/// Whether a request comes to a site: one of its patterns takes the path and none of those before it does.
fn runs_at(site: &Site, sent: &Request) -> bool {
    let takes = |it: &passes::Route| {
        fits(it.pattern.as_deref(), &sent.path) && !it.excluded.iter().any(|it| fits(Some(it), &sent.path))
    };
    serves(&site.hosts, &sent.host) && (site.routes.is_empty() || site.routes.iter().any(takes))
}

/// A request as the origin sees it, with the line that says where it went when an origin rule says so.
fn at_origin(mut request: Request, route: &Route) -> Request {
    let Route { host_header, sni: _, host, port } = route;
    let own = request.host.clone();
    if let Some(host) = host_header {
        request.host.clone_from(host);
    }
    let place = host.clone().unwrap_or_else(|| own.clone());
    let line = match port.filter(|it| !matches!(it, 80 | 443)) {
        None => place,
        Some(port) => format!("{place}:{port}"),
    };
    if line != own && request.headers.first(ORIGIN_LINE).is_none() {
        request.headers.append(ORIGIN_LINE, &line);
    }
    request
}

/// Whether a route takes a request; a Worker without routes belongs to no host yet and is taken to run everywhere.
fn routed(routes: &[String], request: &Request) -> bool {
    let query = request.query.as_ref().map(|it| format!("?{it}")).unwrap_or_default();
    let path = format!("{}{query}", request.path);
    routes.is_empty()
        || routes.iter().any(|route| {
            let at = route.find('/').unwrap_or(route.len());
            let (host, pattern) = route.split_at(at);
            let host_fits = match host.strip_prefix('*') {
                Some(ending) => request.host.ends_with(ending),
                None => host == request.host,
            };
            host_fits && pipeline::wildcard(if pattern.is_empty() { "/*" } else { pattern }, &path)
        })
}

impl Edge for NewZone {
    fn run(&mut self, exchange: &Exchange) -> Answer {
        self.decider = Decider::Rules;
        let now = exchange.inputs.now_ms;
        let passed = match self.machine.run_request(&exchange.request, now).outcome {
            RequestOutcome::Answered(answer) => {
                return Answer::Answered { origin_saw: None, response: answer.response };
            }
            RequestOutcome::Failed(failure) => {
                return Answer::Failed(format!("error {} in rule {}", failure.code, failure.reference));
            }
            RequestOutcome::Passed(passed) => passed,
        };
        if self.refused.iter().any(|it| runs_at(it, &exchange.request)) {
            return Answer::Undecided("a part of the function is refused".to_owned());
        }
        match self.reaches_code(&exchange.request, &passed.request) {
            Ok(true) => self.through_worker(exchange, &passed),
            Ok(false) => {
                let after = self.machine.run_response(&exchange.request, &passed.request, &exchange.origin, now);
                let saw = at_origin(passed.request, &passed.route);
                Answer::Answered { origin_saw: Some(saw), response: after.response }
            }
            Err(words) => Answer::Undecided(words),
        }
    }

    fn decider(&self) -> Decider {
        self.decider
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn request(host: &str, path: &str, query: Option<&str>) -> Request {
        Request {
            method: "GET".to_owned(),
            scheme: "https".to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers: interp::exchange::Headers::default(),
            client_ip: String::new(),
            visitor: BTreeMap::new(),
            body: Vec::new(),
        }
    }

    #[test]
    fn routes_compare_host_and_the_beginning_of_the_url() {
        let routes = ["www.example.com/shop/*".to_owned(), "*.example.org/*".to_owned()];
        assert!(routed(&routes, &request("www.example.com", "/shop/a", Some("b=1"))));
        assert!(!routed(&routes, &request("www.example.com", "/shopping", None)));
        assert!(!routed(&routes, &request("example.com", "/shop/a", None)));
        assert!(routed(&routes, &request("a.example.org", "/", None)));
        assert!(!routed(&routes, &request("example.org", "/", None)));
        assert!(routed(&[], &request("anything", "/", None)));
    }

    #[test]
    fn an_origin_rule_is_a_line_of_what_the_origin_saw() {
        let route = Route { host: Some("b.example".to_owned()), port: Some(8443), ..Route::default() };
        let saw = at_origin(request("a.example", "/", None), &route);
        assert_eq!((saw.host.as_str(), saw.headers.first(ORIGIN_LINE)), ("a.example", Some("b.example:8443")));
        let plain = at_origin(request("a.example", "/", None), &Route::default());
        assert_eq!(plain.headers.first(ORIGIN_LINE), None);
    }
}
