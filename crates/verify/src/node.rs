//! Node as an engine: one long-lived child process for all programs of an engine, one line of JSON per exchange.
//!
//! Each program has contexts of its own. The child has no environment, no network (`unshare -rn`, where that works) and, where node knows the flag, no files
//! and no processes. Where the network cannot be taken away, the caller must say that the program is trusted. A child
//! that does not answer in time is killed; the next exchange gets a new one, into which its program is loaded again.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::engine::{Engine, EngineError, EngineKind, Invocation, LegacyProgram, Returned, Runner, Runtime};
use crate::program::{Host, Linked, link};

const RUNNER: &str = include_str!("../shims/node_runner.js");
/// How often a run in a used context is checked against one in a fresh context.
const CHECK_EVERY: u64 = 64;
/// What a child may take beyond the deadline of an exchange: its start, and the pipe.
const GRACE: Duration = Duration::from_secs(10);

/// Node, found on the search path. Clones share one process.
#[derive(Clone, Debug)]
pub struct Node {
    trust_legacy: bool,
    deadline: Duration,
    pool: Arc<Mutex<Pool>>,
}

impl Default for Node {
    fn default() -> Node {
        Node::new(false)
    }
}

impl Node {
    /// An engine without a process yet. `trust_legacy`: run without isolation from the network where isolation is not
    /// available.
    #[must_use]
    pub fn new(trust_legacy: bool) -> Node {
        Node { trust_legacy, deadline: Duration::from_millis(1000), pool: Arc::default() }
    }

    /// The same engine with a process of its own.
    #[must_use]
    pub fn alone(&self) -> Node {
        Node { pool: Arc::default(), ..self.clone() }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The process and what was loaded into it.
#[derive(Default, Debug)]
struct Pool {
    child: Option<Running>,
    /// How many processes were started: a program loaded into an earlier one is not in this one.
    started: u64,
    programs: u64,
}

/// A program of this name on the search path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|it| it.join(name)).find(|it| it.is_file())
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
}

/// Whether `unshare -rn` works here. Asked once.
pub(crate) fn unshare() -> Option<&'static PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| on_path("unshare").filter(|it| succeeds(Command::new(it).args(["-rn", "true"])))).as_ref()
}

/// Node and the flag that closes files and processes to it. Asked once.
fn node() -> Option<&'static (PathBuf, Option<&'static str>)> {
    static FOUND: OnceLock<Option<(PathBuf, Option<&'static str>)>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let node = on_path("node")?;
            let flag = ["--permission", "--experimental-permission"]
                .into_iter()
                .find(|flag| succeeds(Command::new(&node).env_clear().args([*flag, "-e", "0"])));
            Some((node, flag))
        })
        .as_ref()
}

impl Engine for Node {
    fn name(&self) -> &'static str {
        "node"
    }

    fn kind(&self) -> EngineKind {
        EngineKind::RealEngine
    }

    fn load(&self, program: &LegacyProgram) -> Result<Box<dyn Runner>, EngineError> {
        let linked = link(program, Host::Node)?;
        let runtime = match program.runtime {
            Runtime::V1 => 1,
            Runtime::V2 => 2,
        };
        let number = {
            let mut pool = self.pool();
            pool.programs += 1;
            pool.programs
        };
        let setup = json!({
            "load": number,
            "runtime": runtime,
            "event": program.event.name(),
            "kvs": program.kvs,
            "lambda": program.is_lambda(),
            "handler": program.handler,
            "outside": linked.outside,
            "timeout": u64::try_from(self.deadline.as_millis()).unwrap_or(u64::MAX).max(1),
            "globals": linked.globals,
            "driver": linked.driver,
            "shims": linked.shims,
            "program": linked.program,
        })
        .to_string();
        let path = program.modules.first().map(|it| it.path.clone()).unwrap_or_default();
        let mut runner =
            NodeRunner { engine: self.clone(), number, linked, setup, path, loaded: 0, served: 0, distrusts: false };
        runner.loaded(&mut self.pool())?;
        Ok(Box::new(runner))
    }
}

#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // The child may be gone already; either way it must not be left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(trust_legacy: bool) -> Result<Running, EngineError> {
    let Some((node, flag)) = node() else {
        return Err(EngineError::Missing("no `node` on PATH".to_owned()));
    };
    let mut command = match unshare() {
        Some(unshare) => {
            let mut command = Command::new(unshare);
            command.arg("-rn").arg(node);
            command
        }
        None if trust_legacy => Command::new(node),
        None => {
            return Err(EngineError::Untrusted(
                "`unshare -rn` does not work here, so node would have the network".to_owned(),
            ));
        }
    };
    command.args(*flag).args(["--max-old-space-size=512", "-e", RUNNER]);
    command.env_clear().env("TZ", "UTC").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let failed = |error: std::io::Error| EngineError::Engine(format!("node: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(EngineError::Engine("node has no pipes".to_owned()));
    };
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    Ok(Running { child, input, lines })
}

struct NodeRunner {
    engine: Node,
    number: u64,
    linked: Linked,
    setup: String,
    path: String,
    /// The process that has the program, by the count of processes.
    loaded: u64,
    served: u64,
    distrusts: bool,
}

impl NodeRunner {
    /// Sees to it that the process runs and has the program.
    fn loaded(&mut self, pool: &mut Pool) -> Result<(), EngineError> {
        if pool.child.is_none() {
            pool.child = Some(start(self.engine.trust_legacy)?);
            pool.started += 1;
        }
        if self.loaded == pool.started {
            return Ok(());
        }
        let answer = pool.child.as_mut().and_then(|it| ask(it, &self.setup, GRACE));
        match answer {
            Some(answer) if answer.starts_with("{\"k\":\"ready\"") => {
                self.loaded = pool.started;
                Ok(())
            }
            Some(words) => Err(EngineError::Syntax { path: self.path.clone(), words }),
            None => {
                pool.child = None;
                Err(EngineError::Engine("node did not start".to_owned()))
            }
        }
    }

    fn exchange(&mut self, input: &str, fresh: bool) -> Invocation {
        let engine = self.engine.clone();
        let mut pool = engine.pool();
        if let Err(error) = self.loaded(&mut pool) {
            return Invocation::ended(Returned::NoModel(error.to_string()));
        }
        let line = json!({ "run": self.number, "input": input, "fresh": fresh }).to_string();
        match pool.child.as_mut().and_then(|it| ask(it, &line, engine.deadline + GRACE)) {
            Some(answer) => Invocation::from_json(&answer),
            None => {
                pool.child = None;
                Invocation::ended(Returned::Exhausted("was stuck and its process was killed".to_owned()))
            }
        }
    }
}

impl Drop for NodeRunner {
    fn drop(&mut self) {
        let mut pool = self.engine.pool();
        let started = pool.started;
        if let Some(child) = pool.child.as_mut().filter(|_| self.loaded == started) {
            // A process that is gone holds nothing to forget.
            let _ = writeln!(child.input, "{}", json!({ "forget": self.number }));
        }
    }
}

fn ask(running: &mut Running, line: &str, patience: Duration) -> Option<String> {
    running.input.write_all(line.as_bytes()).ok()?;
    running.input.write_all(b"\n").ok()?;
    running.input.flush().ok()?;
    running.lines.recv_timeout(patience).ok()
}

impl Runner for NodeRunner {
    fn run(&mut self, input: &str) -> Invocation {
        let shared = self.linked.contained && !self.distrusts;
        let answer = self.exchange(input, !shared);
        self.served += 1;
        if shared && self.served.is_multiple_of(CHECK_EVERY) {
            let again = self.exchange(input, true);
            if again != answer {
                self.distrusts = true;
                return again;
            }
        }
        answer
    }

    fn distrusts_itself(&self) -> bool {
        self.distrusts
    }
}
