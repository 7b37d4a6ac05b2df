//! One cache behavior of CloudFront: up to four functions of either kind as one chain around a scripted origin.
//!
//! Every exchange is a cache miss. Who runs when is CloudFront's: an answer of viewer-request ends the exchange, an answer of
//! origin-request goes on to viewer-response, origin-response runs on errors of the origin too, and viewer-response is skipped
//! where the origin's status is 400 or above. Where the guide does not say whether a hook runs, it must make no difference, or
//! the outcome is [`Outcome::Undecided`]. Source: CloudFront Developer Guide, "CloudFront events that can trigger a
//! Lambda@Edge function" and "Restrictions on all edge functions", read 2026-04.

use std::collections::{BTreeMap, BTreeSet};

use interp::exchange::{Exchange, Outcome, Request, Response};

use crate::Edge;
use crate::cloudfront_functions::changes::Stop;
use crate::cloudfront_functions::{self, ORIGIN_LINE, computed, is_disallowed};
use crate::engine::{Engine, EngineError, EventKind, Invocation, LegacyProgram, Runner};
use crate::lambda_edge::{self, Forwarded, Origin};

/// What a function is written for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Model {
    /// A CloudFront Function.
    Functions {
        /// Whether it has a key-value store.
        kvs: bool,
    },
    /// A Lambda@Edge function.
    Lambda {
        /// Whether it is shown the request's body.
        body: bool,
    },
}

/// A function of a behavior: a loaded program.
pub struct Function {
    runner: Box<dyn Runner>,
    event: EventKind,
    model: Model,
}

impl Function {
    /// Loads `program` into `engine`.
    ///
    /// # Errors
    /// As [`Engine::load`], and where a CloudFront Function is attached to an event of the origin.
    pub fn load(engine: &dyn Engine, program: &LegacyProgram) -> Result<Function, EngineError> {
        let model = if program.is_lambda() {
            Model::Lambda { body: program.body }
        } else if matches!(program.event, EventKind::OriginRequest | EventKind::OriginResponse) {
            return Err(EngineError::Unsupported(format!("a CloudFront Function at {}", program.event.name())));
        } else {
            Model::Functions { kvs: program.kvs }
        };
        Ok(Function { runner: engine.load(program)?, event: program.event, model })
    }

    /// The event it is attached to.
    #[must_use]
    pub fn event(&self) -> EventKind {
        self.event
    }
}

/// One cache behavior with its functions. Without functions the visitor's request reaches the origin as it is.
#[derive(Default)]
pub struct CloudFrontEdge {
    functions: BTreeMap<EventKind, Function>,
    /// Why no exchange has an outcome here: functions that no engine runs.
    refused: BTreeMap<EventKind, String>,
    /// What of the visitor's request reaches origin hooks and the origin.
    pub forwarded: Forwarded,
    /// The origin of the behavior.
    pub origin: Origin,
    /// How often each counter of the programs was passed, summed over all exchanges (see [`crate::counters`]).
    pub hits: BTreeMap<String, u64>,
    /// Texts that the programs compared and that differed, of programs with counters.
    pub compared: BTreeSet<(String, String)>,
    /// Keys that the programs asked a store for, each with the format, of programs with counters.
    pub asked: BTreeSet<(String, String)>,
}

/// What a request hook decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// The request goes on.
    Continue(Request),
    /// The hook answers.
    Answer(Response),
}

/// An answer on its way to the visitor.
struct Answered {
    response: Response,
    origin_saw: Option<Request>,
    /// Whether viewer-response runs; `None` where the guide does not say.
    viewer_response: Option<bool>,
}

impl CloudFrontEdge {
    /// A behavior with one function.
    #[must_use]
    pub fn of(function: Function) -> CloudFrontEdge {
        let mut edge = CloudFrontEdge::default();
        edge.attach(function);
        edge
    }

    /// Attaches a function to the event it was loaded for, in place of an earlier one.
    pub fn attach(&mut self, function: Function) {
        self.functions.insert(function.event, function);
    }

    /// Notes a function that no engine runs, with the reason; every exchange is undecided then.
    pub fn refuse(&mut self, event: EventKind, words: String) {
        self.refused.insert(event, words);
    }

    /// Runs one exchange through the functions, around what the exchange says the origin answers.
    pub fn run_exchange(&mut self, exchange: &Exchange) -> Outcome {
        match self.steps(exchange) {
            Ok(outcome) => outcome,
            Err(Stop::Fails(words)) => Outcome::Failed(words),
            Err(Stop::Unknown(words)) => Outcome::Undecided(words),
        }
    }

    /// Runs the function with the input that `input` writes for its kind; `None` where nothing is attached.
    fn call(
        &mut self,
        event: EventKind,
        exchange: &Exchange,
        request: &Request,
        response: Option<&Response>,
        lambda_event: &dyn Fn(bool) -> serde_json::Value,
    ) -> Option<(Model, Invocation)> {
        let function = self.functions.get_mut(&event)?;
        let input = match function.model {
            Model::Functions { kvs } => {
                cloudfront_functions::event::driver_input(event, kvs, exchange, request, response)
            }
            Model::Lambda { body } => lambda_edge::driver_input(&lambda_event(body), exchange),
        };
        let (model, invocation) = (function.model, function.runner.run(&input));
        self.note(&invocation);
        Some((model, invocation))
    }

    fn note(&mut self, invocation: &Invocation) {
        self.asked.extend(invocation.asked.iter().cloned());
        self.compared.extend(invocation.compared.iter().cloned());
        for (key, count) in &invocation.hits {
            match self.hits.get_mut(key) {
                Some(sum) => *sum += count,
                None => {
                    self.hits.insert(key.clone(), *count);
                }
            }
        }
    }

    fn steps(&mut self, exchange: &Exchange) -> Result<Outcome, Stop> {
        if let Some(words) = self.refused.values().next() {
            return Err(Stop::Unknown(words.clone()));
        }
        let request = match self.viewer_request(exchange)? {
            Step::Answer(response) => return Ok(Outcome::Answered { origin_saw: None, response }),
            Step::Continue(request) => request,
        };
        let answered = self.origin_side(exchange, &request)?;
        let response = self.viewer_response(exchange, &request, &answered)?;
        Ok(Outcome::Answered { origin_saw: answered.origin_saw, response })
    }

    fn viewer_request(&mut self, exchange: &Exchange) -> Result<Step, Stop> {
        let visitor = &exchange.request;
        let event = EventKind::ViewerRequest;
        let called = self.call(event, exchange, visitor, None, &|body| {
            lambda_edge::request_event(event, visitor, &lambda_edge::viewer_headers(visitor), None, body)
        });
        let given = carried(visitor);
        match called {
            None => Ok(Step::Continue(given)),
            Some((Model::Functions { .. }, invocation)) => cloudfront_functions::request_step(visitor, invocation),
            Some((Model::Lambda { body }, invocation)) => {
                lambda_edge::viewer_request_step(visitor, &given, body, invocation)
            }
        }
    }

    /// Origin-request, the origin, origin-response.
    fn origin_side(&mut self, exchange: &Exchange, request: &Request) -> Result<Answered, Stop> {
        let origin = self.origin.at(&request.host);
        let mut sent = lambda_edge::forwarded::Sent { request: self.forwarded.apply(request, &origin), origin };
        if self.functions.contains_key(&EventKind::OriginRequest) {
            match self.origin_request(exchange, request, &sent)? {
                lambda_edge::OriginStep::Answer(response) => {
                    // Skipped for errors of the origin; whether an error that the hook makes is one is not stated.
                    let viewer_response = (response.status < 400).then_some(true);
                    return Ok(Answered { response, origin_saw: None, viewer_response });
                }
                lambda_edge::OriginStep::Continue(changed) => sent = *changed,
            }
        }
        let mut response = exchange.origin.clone();
        if self.functions.contains_key(&EventKind::OriginResponse) {
            response = self.origin_response(exchange, request, &sent)?;
        }
        let viewer_response = match (exchange.origin.status < 400, response.status < 400) {
            (true, true) => Some(true),
            (false, false) => Some(false),
            (true, false) | (false, true) => None,
        };
        let own = self.origin.at(&request.host);
        let mut saw = sent.arrives(&own, &exchange.request.host);
        if self.forwarded.origin_sees_all {
            self.forwarded.restore(request, &own, &mut saw);
        }
        Ok(Answered { response, origin_saw: Some(saw), viewer_response })
    }

    fn origin_request(
        &mut self,
        exchange: &Exchange,
        request: &Request,
        sent: &lambda_edge::forwarded::Sent,
    ) -> Result<lambda_edge::OriginStep, Stop> {
        if request.headers.first(ORIGIN_LINE).is_some() {
            return Err(Stop::Unknown("a function changed the origin before an origin-request hook".to_owned()));
        }
        let event = EventKind::OriginRequest;
        let forwarded = self.forwarded.clone();
        let less = forwarded.without_listed_query(sent);
        let mut ask = |sent: &lambda_edge::forwarded::Sent| {
            let headers = forwarded.event_headers(request, sent);
            let called = self.call(event, exchange, &sent.request, None, &|body| {
                lambda_edge::request_event(event, &sent.request, &headers, Some(&sent.origin), body)
            });
            match called {
                Some((Model::Lambda { body }, invocation)) => {
                    lambda_edge::origin_request_step(sent, &headers, body, invocation)
                }
                // Loading refuses a CloudFront Function here.
                Some((Model::Functions { .. }, _)) | None => {
                    Ok(lambda_edge::OriginStep::Continue(Box::new(sent.clone())))
                }
            }
        };
        let step = ask(sent)?;
        // The guide asks for all arguments where a hook is to see any: with a list, both readings must agree.
        if let Some(less) = less
            && ask(&less).map(|it| it.without_query_of(&less)) != Ok(step.clone().without_query_of(sent))
        {
            return Err(Stop::Unknown(
                "an origin hook reads a query of which only listed arguments are forwarded".to_owned(),
            ));
        }
        Ok(step)
    }

    fn origin_response(
        &mut self,
        exchange: &Exchange,
        request: &Request,
        sent: &lambda_edge::forwarded::Sent,
    ) -> Result<Response, Stop> {
        let event = EventKind::OriginResponse;
        let headers = self.forwarded.event_headers(request, sent);
        let called = self.call(event, exchange, &sent.request, Some(&exchange.origin), &|_| {
            let seen = lambda_edge::request_event(event, &sent.request, &headers, Some(&sent.origin), false);
            lambda_edge::with_response(seen, &exchange.origin)
        });
        match called {
            Some((_, invocation)) => lambda_edge::changed_response(event, &exchange.origin, invocation),
            None => Ok(exchange.origin.clone()),
        }
    }

    fn viewer_response(
        &mut self,
        exchange: &Exchange,
        request: &Request,
        answered: &Answered,
    ) -> Result<Response, Stop> {
        let given = &answered.response;
        if answered.viewer_response == Some(false) || !self.functions.contains_key(&EventKind::ViewerResponse) {
            return Ok(given.clone());
        }
        let event = EventKind::ViewerResponse;
        let seen = Request { visitor: exchange.request.visitor.clone(), ..request.clone() };
        let after = self.viewer_response_of(event, exchange, &seen, given);
        if answered.viewer_response.is_none() && after.as_ref() != Ok(given) {
            return Err(Stop::Unknown(
                "whether viewer-response runs after a hook changed the class of the status is not documented"
                    .to_owned(),
            ));
        }
        after
    }

    fn viewer_response_of(
        &mut self,
        event: EventKind,
        exchange: &Exchange,
        seen: &Request,
        given: &Response,
    ) -> Result<Response, Stop> {
        // The request as viewer-request left it: so says the guide of Lambda@Edge.
        let called = self.call(event, exchange, seen, Some(given), &|_| {
            let seen = lambda_edge::request_event(event, seen, &lambda_edge::viewer_headers(seen), None, false);
            lambda_edge::with_response(seen, given)
        });
        match called {
            None => Ok(given.clone()),
            Some((Model::Lambda { .. }, invocation)) => lambda_edge::changed_response(event, given, invocation),
            Some((Model::Functions { kvs: _ }, invocation)) => {
                let after = cloudfront_functions::response_step(given, invocation);
                // For CloudFront Functions the guide does not say whose request it is: both must agree.
                if *seen != exchange.request {
                    let other =
                        self.call(event, exchange, &exchange.request, Some(given), &|_| serde_json::Value::Null);
                    let other = other.map(|(_, it)| cloudfront_functions::response_step(given, it));
                    if other.as_ref() != Some(&after) {
                        return Err(Stop::Unknown(
                            "the viewer-response function reads what the viewer-request function wrote".to_owned(),
                        ));
                    }
                }
                after
            }
        }
    }
}

/// What of a request goes on by itself: not what no function sees and both platforms write themselves.
fn carried(request: &Request) -> Request {
    let mut carried = request.clone();
    carried.headers.0.retain(|(name, _)| !is_disallowed(name) && !computed::is_computed(name));
    carried
}

impl Edge for CloudFrontEdge {
    fn run(&mut self, exchange: &Exchange) -> Outcome {
        self.run_exchange(exchange)
    }

    fn distrusts_itself(&self) -> bool {
        self.functions.values().any(|it| it.runner.distrusts_itself())
    }
}
