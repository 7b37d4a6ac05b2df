//! QuickJS in this process: the engine that needs nothing installed.
//!
//! Two ways to run. A program that writes no global and no built-in is a function made anew for every exchange in one
//! context (fresh module state, shared built-ins); every 64th exchange is repeated in a fresh context, and a difference
//! makes the runner distrust itself. Any other program gets a fresh context per exchange.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::{CatchResultExt, Context, Ctx, Function, Object, Persistent};

use crate::engine::{Engine, EngineError, EngineKind, EventKind, Invocation, LegacyProgram, Returned, Runner, Runtime};
use crate::program::{Host, Linked, link};

/// Memory one program may use, in bytes. The platform gives 2 MB to a leaner engine.
const MEMORY: usize = 64 << 20;
/// Stack one program may use, in bytes; well below what a test thread has.
const STACK: usize = 768 << 10;
/// How often a run in a used context is checked against one in a fresh context.
const CHECK_EVERY: u64 = 64;
/// How many exchanges one context serves before it is replaced.
const CONTEXT_LIFE: u64 = 4096;

/// The embedded engine.
#[derive(Clone, Debug)]
pub struct QuickJs {
    /// Time one exchange may take.
    pub deadline: Duration,
    /// Never reuse a context, whatever the program looks like.
    pub always_fresh: bool,
}

impl Default for QuickJs {
    fn default() -> QuickJs {
        QuickJs { deadline: Duration::from_millis(500), always_fresh: false }
    }
}

impl Engine for QuickJs {
    fn name(&self) -> &'static str {
        "QuickJS"
    }

    fn kind(&self) -> EngineKind {
        EngineKind::Embedded
    }

    fn load(&self, program: &LegacyProgram) -> Result<Box<dyn Runner>, EngineError> {
        Ok(Box::new(self.open(program)?))
    }
}

impl QuickJs {
    /// As `load`, with the runner's own type.
    ///
    /// # Errors
    /// Where the program cannot be linked or the engine does not read it.
    pub fn open(&self, program: &LegacyProgram) -> Result<QuickJsRunner, EngineError> {
        let linked = link(program, Host::Bare)?;
        let engine = |error: rquickjs::Error| EngineError::Engine(error.to_string());
        let runtime = rquickjs::Runtime::new().map_err(engine)?;
        runtime.set_memory_limit(MEMORY);
        runtime.set_max_stack_size(STACK);
        let clock = Arc::new(Clock { start: Instant::now(), until: AtomicU64::new(u64::MAX), late: AtomicU64::new(0) });
        let watched = Arc::clone(&clock);
        runtime.set_interrupt_handler(Some(Box::new(move || watched.is_late())));
        let rejections = Arc::new(AtomicI64::new(0));
        let counted = Arc::clone(&rejections);
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |_, _, _, handled| {
            counted.fetch_add(if handled { -1 } else { 1 }, Ordering::Relaxed);
        })));
        let mut runner = QuickJsRunner {
            shared: None,
            host: None,
            fast: linked.contained && !self.always_fresh,
            linked,
            environment: Environment {
                runtime: program.runtime,
                event: program.event,
                kvs: program.kvs,
                handler: program.is_lambda().then(|| program.handler.clone()),
            },
            rejections,
            runtime,
            clock,
            deadline: self.deadline,
            served: 0,
            distrusts: false,
        };
        if !runner.fast {
            runner.host = Some(DriverContext::open(&runner.runtime, &runner.linked).map_err(EngineError::Engine)?);
        }
        // Reading the program once tells syntax that this engine does not know.
        let opened = runner.opened().map_err(|words| EngineError::Syntax {
            path: program.modules.first().map(|it| it.path.clone()).unwrap_or_default(),
            words,
        })?;
        if runner.fast {
            runner.shared = Some(opened);
        }
        Ok(runner)
    }
}

/// The deadline that the interrupt handler looks at, in microseconds since `start`.
struct Clock {
    start: Instant,
    until: AtomicU64,
    late: AtomicU64,
}

impl Clock {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn is_late(&self) -> bool {
        let late = self.now() > self.until.load(Ordering::Relaxed);
        if late {
            self.late.store(1, Ordering::Relaxed);
        }
        late
    }
}

/// A context that holds nothing but the driver, so that a fresh context need not read it again.
struct DriverContext {
    // The function must go before the context it lives in: fields drop in order.
    driver: Persistent<Function<'static>>,
    _context: Context,
}

impl DriverContext {
    fn open(runtime: &rquickjs::Runtime, linked: &Linked) -> Result<DriverContext, String> {
        let context = Context::full(runtime).map_err(|error| error.to_string())?;
        let driver = context.with(|ctx| {
            let words = |error: rquickjs::CaughtError<'_>| error.to_string();
            // The program can reach functions of this context: it must not make code from text through them.
            let environment = Object::new(ctx.clone()).catch(&ctx).map_err(words)?;
            let shims = rquickjs::Array::new(ctx.clone()).catch(&ctx).map_err(words)?;
            environment.set("shims", shims).catch(&ctx).map_err(words)?;
            let globals: Function<'_> = ctx.eval(linked.globals).catch(&ctx).map_err(words)?;
            let _: Object<'_> = globals.call((environment,)).catch(&ctx).map_err(words)?;
            let driver: Function<'_> = ctx.eval(linked.driver).catch(&ctx).map_err(words)?;
            Ok::<_, String>(Persistent::save(&ctx, driver))
        })?;
        Ok(DriverContext { driver, _context: context })
    }
}

struct Opened {
    // The functions must go before the context they live in: fields drop in order.
    run: Persistent<Function<'static>>,
    take: Persistent<Function<'static>>,
    program: Persistent<Function<'static>>,
    context: Context,
}

/// What the shims are told about a program.
struct Environment {
    runtime: Runtime,
    event: EventKind,
    kvs: bool,
    /// The handler's name, of a Lambda@Edge function.
    handler: Option<String>,
}

/// A program loaded into QuickJS.
pub struct QuickJsRunner {
    shared: Option<Opened>,
    /// Of a program that gets a fresh context per exchange.
    host: Option<DriverContext>,
    linked: Linked,
    environment: Environment,
    /// Rejected promises that nothing handles.
    rejections: Arc<AtomicI64>,
    runtime: rquickjs::Runtime,
    clock: Arc<Clock>,
    deadline: Duration,
    fast: bool,
    served: u64,
    distrusts: bool,
}

impl QuickJsRunner {
    /// Whether runs share a context.
    #[must_use]
    pub fn shares_context(&self) -> bool {
        self.fast
    }

    /// A context for the program; making built-ins that it does not name costs a third of the time.
    fn context(&self) -> rquickjs::Result<Context> {
        if !self.linked.lean {
            return Context::full(&self.runtime);
        }
        Context::builder()
            .with::<intrinsic::Date>()
            .with::<intrinsic::Eval>()
            .with::<intrinsic::RegExpCompiler>()
            .with::<intrinsic::RegExp>()
            .with::<intrinsic::Json>()
            .build(&self.runtime)
    }

    fn opened(&self) -> Result<Opened, String> {
        let context = self.context().map_err(|error| error.to_string())?;
        let (run, take, program) = context.with(|ctx| {
            let words = |error: rquickjs::CaughtError<'_>| error.to_string();
            let Environment { runtime, event, kvs, handler } = &self.environment;
            let environment = Object::new(ctx.clone()).catch(&ctx).map_err(words)?;
            let shims = rquickjs::Array::new(ctx.clone()).catch(&ctx).map_err(words)?;
            for (at, shim) in self.linked.shims.iter().enumerate() {
                let shim: Function<'_> = ctx.eval(*shim).catch(&ctx).map_err(words)?;
                shims.set(at, shim).catch(&ctx).map_err(words)?;
            }
            let number = match runtime {
                Runtime::V1 => 1,
                Runtime::V2 => 2,
            };
            environment.set("runtime", number).catch(&ctx).map_err(words)?;
            environment.set("event", event.name()).catch(&ctx).map_err(words)?;
            environment.set("kvs", *kvs).catch(&ctx).map_err(words)?;
            environment.set("shims", shims).catch(&ctx).map_err(words)?;
            if let Some(handler) = handler {
                environment.set("lambda", true).catch(&ctx).map_err(words)?;
                environment.set("handler", handler.as_str()).catch(&ctx).map_err(words)?;
            }
            let globals: Function<'_> = ctx.eval(self.linked.globals).catch(&ctx).map_err(words)?;
            let globals: Object<'_> = globals.call((environment.clone(),)).catch(&ctx).map_err(words)?;
            let driver = match &self.host {
                Some(host) => host.driver.clone().restore(&ctx).catch(&ctx).map_err(words)?,
                None => ctx.eval(self.linked.driver).catch(&ctx).map_err(words)?,
            };
            let made: Object<'_> = driver.call((environment, globals)).catch(&ctx).map_err(words)?;
            let run: Function<'_> = made.get("run").catch(&ctx).map_err(words)?;
            let take: Function<'_> = made.get("take").catch(&ctx).map_err(words)?;
            // The text says itself what is strict.
            let mut options = EvalOptions::default();
            options.strict = false;
            let text = self.linked.program.as_str();
            let program: Function<'_> = ctx.eval_with_options(text, options).catch(&ctx).map_err(words)?;
            Ok::<_, String>((
                Persistent::save(&ctx, run),
                Persistent::save(&ctx, take),
                Persistent::save(&ctx, program),
            ))
        })?;
        Ok(Opened { run, take, program, context })
    }

    /// Runs in `opened`; the flag says whether the context may be used again.
    fn run_in(&self, opened: &Opened, input: &str) -> (Invocation, bool) {
        self.clock.late.store(0, Ordering::Relaxed);
        self.rejections.store(0, Ordering::Relaxed);
        let micros = u64::try_from(self.deadline.as_micros()).unwrap_or(u64::MAX);
        self.clock.until.store(self.clock.now().saturating_add(micros), Ordering::Relaxed);
        let answer = opened.context.with(|ctx| self.call(&ctx, opened, input));
        self.clock.until.store(u64::MAX, Ordering::Relaxed);
        match answer {
            Ok(text) => (Invocation::from_json(&text), true),
            Err(words) => {
                let late = self.clock.late.load(Ordering::Relaxed) != 0;
                let words = if late { "ran past its time".to_owned() } else { words };
                (Invocation::ended(Returned::Exhausted(words)), false)
            }
        }
    }

    fn call(&self, ctx: &Ctx<'_>, opened: &Opened, input: &str) -> Result<String, String> {
        let words = |error: rquickjs::CaughtError<'_>| error.to_string();
        let run = opened.run.clone().restore(ctx).catch(ctx).map_err(words)?;
        let program = opened.program.clone().restore(ctx).catch(ctx).map_err(words)?;
        let answer: Option<String> = run.call((program, input)).catch(ctx).map_err(words)?;
        if let Some(answer) = answer {
            // Jobs that a synchronous handler left behind have no one to tell, but must not wait for the next exchange.
            while ctx.execute_pending_job() {
                if self.clock.is_late() {
                    return Err("jobs without end".to_owned());
                }
            }
            return Ok(answer);
        }
        let take = opened.take.clone().restore(ctx).catch(ctx).map_err(words)?;
        loop {
            while ctx.execute_pending_job() {
                if self.clock.is_late() {
                    return Err("jobs without end".to_owned());
                }
            }
            let rejections = self.rejections.load(Ordering::Relaxed).max(0);
            let answer: Option<String> = take.call((rejections,)).catch(ctx).map_err(words)?;
            match answer {
                // Something ran (a timer), and may have left jobs.
                Some(answer) if answer.is_empty() => {
                    if self.clock.is_late() {
                        return Err("timers without end".to_owned());
                    }
                }
                Some(answer) => return Ok(answer),
                None => return Ok("{\"k\":\"pending\"}".to_owned()),
            }
        }
    }

    fn run_fresh(&self, input: &str) -> Invocation {
        match self.opened() {
            Ok(opened) => self.run_in(&opened, input).0,
            Err(words) => Invocation::ended(Returned::NoModel(format!("no context: {words}"))),
        }
    }
}

impl Runner for QuickJsRunner {
    fn run(&mut self, input: &str) -> Invocation {
        if !self.fast {
            if self.host.is_none() {
                self.host = DriverContext::open(&self.runtime, &self.linked).ok();
            }
            return self.run_fresh(input);
        }
        if self.served % CONTEXT_LIFE == CONTEXT_LIFE - 1 {
            self.shared = None;
        }
        let opened = match self.shared.take() {
            Some(opened) => opened,
            None => match self.opened() {
                Ok(opened) => opened,
                Err(words) => return Invocation::ended(Returned::NoModel(format!("no context: {words}"))),
            },
        };
        let (answer, usable) = self.run_in(&opened, input);
        if usable {
            self.shared = Some(opened);
        }
        self.served += 1;
        if self.served.is_multiple_of(CHECK_EVERY) && self.run_fresh(input) != answer {
            self.fast = false;
            self.distrusts = true;
            self.shared = None;
            return self.run_fresh(input);
        }
        answer
    }

    fn distrusts_itself(&self) -> bool {
        self.distrusts
    }
}
