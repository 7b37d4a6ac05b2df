//! The platform model of CloudFront Functions: from an exchange to the event, and from what the functions returned to
//! what visitor and origin see.
//!
//! Written from the vendor's documentation; `fixtures/platform/cloudfront-events` holds the published forms as tests.
//! Where the documentation is silent the outcome is [`Outcome::Undecided`], so that a guess never becomes agreement.
//! One stated limit: an object whose names look like whole numbers is listed by script engines numbers first, while the
//! platform's own engine may keep the order of insertion; a rebuilt query follows the script engine.

mod changes;
pub mod computed;
mod event;
mod header_rules;
mod header_text;
mod origin;
mod request;
mod response;

use std::collections::{BTreeMap, BTreeSet};

use interp::exchange::{Exchange, Outcome, Request, Response};
use serde_json::{Map, Value};

use crate::Edge;
use crate::engine::{Engine, EngineError, EventKind, Invocation, LegacyProgram, Returned, Runner};
use changes::Stop;

pub(crate) use event::REQUEST_ID;
pub use header_rules::{is_disallowed, is_read_only};
pub use origin::ORIGIN_LINE;

/// A function of a behavior: a loaded program.
pub struct Function {
    runner: Box<dyn Runner>,
    event: EventKind,
    kvs: bool,
}

impl Function {
    /// Loads `program` into `engine`.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn load(engine: &dyn Engine, program: &LegacyProgram) -> Result<Function, EngineError> {
        Ok(Function { runner: engine.load(program)?, event: program.event, kvs: program.kvs })
    }

    fn call(&mut self, exchange: &Exchange, request: &Request, response: Option<&Response>) -> Invocation {
        self.runner.run(&event::driver_input(self.event, self.kvs, exchange, request, response))
    }
}

/// One cache behavior with its functions.
#[derive(Default)]
pub struct CffEdge {
    /// The viewer-request function.
    pub request_fn: Option<Function>,
    /// The viewer-response function.
    pub response_fn: Option<Function>,
    /// How often each counter of the two programs was passed, summed over all exchanges (see [`crate::counters`]).
    pub hits: BTreeMap<String, u64>,
    /// Texts that the two programs compared and that differed, of programs with counters.
    pub compared: BTreeSet<(String, String)>,
}

enum Step {
    Continue(Request),
    Answer(Response),
}

impl CffEdge {
    /// Runs one exchange through both functions, around what the exchange says the origin answers.
    pub fn run_exchange(&mut self, exchange: &Exchange) -> Outcome {
        match self.steps(exchange) {
            Ok(outcome) => outcome,
            Err(Stop::Fails(words)) => Outcome::Failed(words),
            Err(Stop::Unknown(words)) => Outcome::Undecided(words),
        }
    }

    fn steps(&mut self, exchange: &Exchange) -> Result<Outcome, Stop> {
        let continued = match &mut self.request_fn {
            None => {
                let mut request = exchange.request.clone();
                request.headers.0.retain(|(name, _)| !is_disallowed(name) && !computed::is_computed(name));
                request
            }
            Some(function) => {
                let invocation = function.call(exchange, &exchange.request, None);
                note(&mut self.hits, &mut self.compared, &invocation);
                match request_step(&exchange.request, invocation)? {
                    Step::Continue(request) => request,
                    Step::Answer(response) => return Ok(Outcome::Answered { origin_saw: None, response }),
                }
            }
        };
        let mut response = exchange.origin.clone();
        // The guide's reading: skipped when the origin's status is 400 or above.
        if let Some(function) = self.response_fn.as_mut().filter(|_| exchange.origin.status < 400) {
            // Whether the event's request is the visitor's or the changed one is not documented: both must agree.
            let seen = Request { visitor: exchange.request.visitor.clone(), ..continued.clone() };
            let invocation = function.call(exchange, &seen, Some(&exchange.origin));
            note(&mut self.hits, &mut self.compared, &invocation);
            let answered = response_step(&exchange.origin, invocation);
            if continued != exchange.request {
                let other = function.call(exchange, &exchange.request, Some(&exchange.origin));
                if response_step(&exchange.origin, other) != answered {
                    return Err(Stop::Unknown(
                        "the viewer-response function reads what the viewer-request function wrote".to_owned(),
                    ));
                }
            }
            response = answered?;
        }
        Ok(Outcome::Answered { origin_saw: Some(continued), response })
    }
}

fn note(hits: &mut BTreeMap<String, u64>, compared: &mut BTreeSet<(String, String)>, invocation: &Invocation) {
    compared.extend(invocation.compared.iter().cloned());
    for (key, count) in &invocation.hits {
        match hits.get_mut(key) {
            Some(sum) => *sum += count,
            None => {
                hits.insert(key.clone(), *count);
            }
        }
    }
}

impl Edge for CffEdge {
    fn run(&mut self, exchange: &Exchange) -> Outcome {
        self.run_exchange(exchange)
    }

    fn distrusts_itself(&self) -> bool {
        [&self.request_fn, &self.response_fn].into_iter().flatten().any(|it| it.runner.distrusts_itself())
    }
}

fn object(returned: Returned) -> Result<Map<String, Value>, Stop> {
    match returned {
        Returned::Object(Value::Object(map)) => Ok(map),
        Returned::Object(_) => Err(Stop::Fails("the function returned no object".to_owned())),
        Returned::NotAnObject(kind) => Err(Stop::Fails(format!("the function returned {kind}"))),
        Returned::Threw(words) => Err(Stop::Fails(format!("the function threw {words}"))),
        Returned::Exhausted(words) => Err(Stop::Fails(format!("the function {words}"))),
        Returned::NoModel(words) => Err(Stop::Unknown(words)),
    }
}

fn request_step(given: &Request, invocation: Invocation) -> Result<Step, Stop> {
    let returned = object(invocation.returned)?;
    if returned.contains_key("statusCode") {
        return response::generated(&returned).map(Step::Answer);
    }
    if !returned.contains_key("uri") {
        return Err(Stop::Fails("the function returned an object that is neither request nor response".to_owned()));
    }
    let mut request = request::continued(given, &returned)?;
    if let Some(recorded) = &invocation.origin {
        origin::apply(&mut request, recorded)?;
    }
    Ok(Step::Continue(request))
}

fn response_step(given: &Response, invocation: Invocation) -> Result<Response, Stop> {
    response::changed(given, &object(invocation.returned)?)
}
