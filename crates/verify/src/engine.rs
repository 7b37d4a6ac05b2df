//! What runs a legacy program: the contract of script engines, and the values that cross it.
//!
//! An engine knows JavaScript, not CloudFront. It is handed an event and gives back what the handler returned; what the
//! platform makes of that is the platform model's business, so both engines are judged by the same model.

use std::collections::BTreeMap;

use serde_json::Value;

/// How much an engine's answer is worth as evidence about the language.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum EngineKind {
    /// Compiled into this program.
    Embedded,
    /// An engine that people run in production.
    RealEngine,
}

/// The JavaScript runtime a CloudFront Function was written for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Runtime {
    /// `cloudfront-js-1.0`.
    V1,
    /// `cloudfront-js-2.0`.
    V2,
}

/// The event a function is attached to.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EventKind {
    /// Before the cache is asked.
    ViewerRequest,
    /// Before the origin is asked, where the cache has no answer.
    OriginRequest,
    /// Before the origin's answer is stored.
    OriginResponse,
    /// Before the answer goes to the visitor.
    ViewerResponse,
}

impl EventKind {
    /// The platform's word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EventKind::ViewerRequest => "viewer-request",
            EventKind::OriginRequest => "origin-request",
            EventKind::OriginResponse => "origin-response",
            EventKind::ViewerResponse => "viewer-response",
        }
    }
}

/// The platform name of CloudFront Functions.
pub const CLOUDFRONT_FUNCTIONS: &str = "cloudfront-functions";
/// The platform name of Lambda@Edge.
pub const LAMBDA_EDGE: &str = "lambda-edge";

/// One file of a program, as JavaScript text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Module {
    /// Relative path with `/` between its parts; relative imports are resolved against it.
    pub path: String,
    /// JavaScript (types already blanked).
    pub text: String,
}

/// A program to run: its entry first, then what it imports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LegacyProgram {
    /// [`CLOUDFRONT_FUNCTIONS`] or [`LAMBDA_EDGE`].
    pub platform: &'static str,
    /// The runtime it was written for. Of Lambda@Edge it is not read: node, as Lambda runs it.
    pub runtime: Runtime,
    /// The name the entry exports its handler by: what follows the file's name in Lambda's setting (`index.handler`), dots and
    /// all. Of CloudFront Functions it is not read: the platform calls `handler`.
    pub handler: String,
    /// The event it is attached to.
    pub event: EventKind,
    /// The files, the entry first.
    pub modules: Vec<Module>,
    /// Whether a key-value store is associated with it (CloudFront Functions).
    pub kvs: bool,
    /// Whether the function is shown the request's body (`IncludeBody` of a Lambda@Edge association).
    pub body: bool,
}

impl Default for LegacyProgram {
    /// A CloudFront Function of runtime 2.0 at viewer-request, without files.
    fn default() -> LegacyProgram {
        LegacyProgram {
            platform: CLOUDFRONT_FUNCTIONS,
            runtime: Runtime::V2,
            handler: "handler".to_owned(),
            event: EventKind::ViewerRequest,
            modules: Vec::new(),
            kvs: false,
            body: false,
        }
    }
}

impl LegacyProgram {
    /// Whether it is a Lambda@Edge function.
    #[must_use]
    pub fn is_lambda(&self) -> bool {
        self.platform == LAMBDA_EDGE
    }
}

/// Why an engine cannot take a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EngineError {
    /// The engine is not here; the words say what was looked for.
    Missing(String),
    /// The program's text is not JavaScript this engine reads.
    Syntax {
        /// The file.
        path: String,
        /// The parser's words.
        words: String,
    },
    /// The program imports what is not among its modules.
    Import {
        /// The importing file.
        path: String,
        /// The specifier as written.
        specifier: String,
    },
    /// The program uses a form that this engine's linker does not carry.
    Unsupported(String),
    /// The engine is not isolated from the network and the caller has not said that the program is trusted.
    Untrusted(String),
    /// The engine itself failed.
    Engine(String),
}

impl std::fmt::Display for EngineError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EngineError::Missing(words) => write!(out, "engine not found: {words}"),
            EngineError::Syntax { path, words } => write!(out, "{path}: {words}"),
            EngineError::Import { path, specifier } => write!(out, "{path}: nothing to import as `{specifier}`"),
            EngineError::Unsupported(words) => write!(out, "not supported: {words}"),
            EngineError::Untrusted(words) => write!(out, "will not run an untrusted program: {words}"),
            EngineError::Engine(words) => write!(out, "engine failed: {words}"),
        }
    }
}

impl std::error::Error for EngineError {}

/// What a handler gave back.
#[derive(Clone, PartialEq, Debug)]
pub enum Returned {
    /// An object, as JSON data.
    Object(Value),
    /// Something that is no object; the word is its type.
    NotAnObject(String),
    /// It threw, or its promise was rejected; the words are the error's.
    Threw(String),
    /// It ran past its time or memory.
    Exhausted(String),
    /// It met a host function that has no model here; nothing may be concluded.
    NoModel(String),
}

/// One run of a handler.
#[derive(Clone, PartialEq, Debug)]
pub struct Invocation {
    /// What came back.
    pub returned: Returned,
    /// The call that changed the origin, as recorded by the `cloudfront` shim.
    pub origin: Option<Value>,
    /// How often each counter was passed, by its key (`t7`: condition 7 was true).
    pub hits: BTreeMap<String, u64>,
    /// Texts that were compared and differed, of a program with counters.
    pub compared: Vec<(String, String)>,
    /// Keys of the key-value store that were asked for, each with the format.
    pub asked: Vec<(String, String)>,
}

impl Invocation {
    /// An invocation that did nothing but end this way.
    #[must_use]
    pub fn ended(returned: Returned) -> Invocation {
        Invocation { returned, origin: None, hits: BTreeMap::new(), compared: Vec::new(), asked: Vec::new() }
    }

    /// Reads the one line of JSON that the driver answers.
    #[must_use]
    pub fn from_json(text: &str) -> Invocation {
        let Ok(Value::Object(mut answer)) = serde_json::from_str::<Value>(text) else {
            return Invocation::ended(Returned::NoModel("the engine's answer is not JSON".to_owned()));
        };
        let words = |it: Option<Value>| match it {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let hits = match answer.remove("c") {
            Some(Value::Object(hits)) => {
                hits.into_iter().filter_map(|(key, count)| Some((key, count.as_u64()?))).collect()
            }
            Some(_) | None => BTreeMap::new(),
        };
        let pair = |it: Value| match it {
            Value::Array(pair) => match pair.as_slice() {
                [Value::String(left), Value::String(right)] => Some((left.clone(), right.clone())),
                _ => None,
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
        };
        let mut pairs = |name: &str| match answer.remove(name) {
            Some(Value::Array(pairs)) => pairs.into_iter().filter_map(pair).collect(),
            Some(_) | None => Vec::new(),
        };
        let (compared, asked) = (pairs("s"), pairs("a"));
        let origin = answer.remove("o");
        let unknown = answer.remove("u");
        let given = answer.remove("v");
        let returned = match (unknown, answer.get("k").and_then(Value::as_str)) {
            (Some(unknown), _) => Returned::NoModel(words(Some(unknown))),
            (None, Some("value")) => match given {
                Some(it @ Value::Object(_)) => Returned::Object(it),
                Some(Value::Array(_)) => Returned::NotAnObject("array".to_owned()),
                Some(other) => Returned::NotAnObject(other.to_string()),
                None => Returned::NotAnObject("nothing".to_owned()),
            },
            (None, Some("nothing")) => Returned::NotAnObject(words(given)),
            (None, Some("threw")) => Returned::Threw(words(given)),
            (None, Some("late")) => Returned::Exhausted("ran past its time".to_owned()),
            (None, Some("pending")) => Returned::Exhausted("the handler's promise was never settled".to_owned()),
            (None, Some(_) | None) => Returned::NoModel("the engine's answer is not understood".to_owned()),
        };
        Invocation { returned, origin, hits, compared, asked }
    }
}

/// A loaded program, ready to run its handler any number of times; every run starts from fresh module state.
pub trait Runner {
    /// Runs the handler. `input` is the JSON text that the platform models build: event, clock, draws, data.
    fn run(&mut self, input: &str) -> Invocation;

    /// Whether an earlier run was found to differ from one in a fresh context: then everything this runner has answered
    /// must be asked again, and from now on it answers from fresh contexts only.
    fn distrusts_itself(&self) -> bool {
        false
    }
}

/// Something that can load legacy programs.
pub trait Engine {
    /// The name used in reports.
    fn name(&self) -> &'static str;

    /// How much its answer is worth.
    fn kind(&self) -> EngineKind;

    /// Prepares a program.
    ///
    /// # Errors
    /// Where the program cannot be read or the engine cannot start.
    fn load(&self, program: &LegacyProgram) -> Result<Box<dyn Runner>, EngineError>;
}
