//! Node as an engine: one long-lived child process per program, one line of JSON per exchange.
//!
//! The child has no environment, no network (`unshare -rn`, where that works) and, where node knows the flag, no files
//! and no processes. Where the network cannot be taken away, the caller must say that the program is trusted. A child
//! that does not answer in time is killed, and the next exchange gets a new one.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::json;

use crate::engine::{Engine, EngineError, EngineKind, Invocation, LegacyProgram, Returned, Runner, Runtime};
use crate::program::{Host, Linked, link};

const RUNNER: &str = include_str!("../shims/node_runner.js");
/// How often a run in a used context is checked against one in a fresh context.
const CHECK_EVERY: u64 = 64;
/// What a child may take beyond the deadline of an exchange: its start, and the pipe.
const GRACE: Duration = Duration::from_secs(10);

/// Node, found on the search path.
#[derive(Clone, Debug)]
pub struct Node {
    /// Run without isolation from the network where isolation is not available.
    pub trust_legacy: bool,
    /// Time one exchange may take.
    pub deadline: Duration,
}

impl Default for Node {
    fn default() -> Node {
        Node { trust_legacy: false, deadline: Duration::from_millis(1000) }
    }
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
        let setup = json!({
            "runtime": runtime,
            "event": program.event.name(),
            "kvs": program.kvs,
            "timeout": u64::try_from(self.deadline.as_millis()).unwrap_or(u64::MAX).max(1),
            "driver": linked.driver,
            "shims": linked.shims,
            "program": linked.program,
        })
        .to_string();
        let mut runner = NodeRunner { engine: self.clone(), linked, setup, child: None, served: 0, distrusts: false };
        let path = program.modules.first().map(|it| it.path.clone()).unwrap_or_default();
        runner.child = Some(runner.start(&path)?);
        Ok(Box::new(runner))
    }
}

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

struct NodeRunner {
    engine: Node,
    linked: Linked,
    setup: String,
    child: Option<Running>,
    served: u64,
    distrusts: bool,
}

impl NodeRunner {
    fn start(&self, path: &str) -> Result<Running, EngineError> {
        let Some((node, flag)) = node() else {
            return Err(EngineError::Missing("no `node` on PATH".to_owned()));
        };
        let mut command = match unshare() {
            Some(unshare) => {
                let mut command = Command::new(unshare);
                command.arg("-rn").arg(node);
                command
            }
            None if self.engine.trust_legacy => Command::new(node),
            None => {
                return Err(EngineError::Untrusted(
                    "`unshare -rn` does not work here, so node would have the network".to_owned(),
                ));
            }
        };
        command.args(*flag).args(["--max-old-space-size=256", "-e", RUNNER]);
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
        let mut running = Running { child, input, lines };
        let answer = ask(&mut running, &self.setup, GRACE)
            .ok_or_else(|| EngineError::Engine("node did not start".to_owned()))?;
        if answer.starts_with("{\"k\":\"ready\"") {
            Ok(running)
        } else {
            Err(EngineError::Syntax { path: path.to_owned(), words: answer })
        }
    }

    fn exchange(&mut self, input: &str, fresh: bool) -> Invocation {
        let mut running = match self.child.take() {
            Some(it) => it,
            None => match self.start("") {
                Ok(it) => it,
                Err(error) => return Invocation::ended(Returned::NoModel(error.to_string())),
            },
        };
        let line = json!({ "input": input, "fresh": fresh }).to_string();
        match ask(&mut running, &line, self.engine.deadline + GRACE) {
            Some(answer) => {
                self.child = Some(running);
                Invocation::from_json(&answer)
            }
            None => Invocation::ended(Returned::Exhausted("was stuck and its process was killed".to_owned())),
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
