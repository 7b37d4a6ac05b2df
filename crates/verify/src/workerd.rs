//! A Worker in workerd, Cloudflare's own runtime, as the new side.
//!
//! The Worker's only way out is a loopback origin, which records and answers by script. Clock, draws and key-value data
//! come with the request, through a small module loaded before the Worker. One exchange is in flight at a time.

mod http;
mod origin;

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use interp::exchange::{Exchange, Headers, Outcome, Request, Response};
use serde_json::{Map, Value, json};

use crate::Edge;
use crate::cloudfront_functions::ORIGIN_LINE;
use crate::engine::EngineError;
use crate::node::on_path;
use http::{Message, read, write};
use origin::Origin;

/// Carries `request.cf` between this program and workerd.
const CF_HEADER: &str = "x-exchange-cf";
/// Carries the scheme between this program and workerd.
const PROTO_HEADER: &str = "x-exchange-proto";
const INPUTS: &str = include_str!("../shims/workerd_inputs.js");
/// How long workerd may take to start.
const START: Duration = Duration::from_secs(20);
/// How long workerd may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// After so many exchanges in a row without an answer the Worker is given up: none is waited for any more.
const SILENT: u32 = 3;

/// A Worker as wrangler bundles it.
#[derive(Clone, Debug)]
pub struct WorkerBundle {
    /// The directory; every `.js`, `.mjs` and `.json` file below it is a module.
    pub directory: PathBuf,
    /// The main module, relative to the directory.
    pub main: String,
    /// As in the Worker's configuration.
    pub compatibility_date: String,
    /// As in the Worker's configuration.
    pub compatibility_flags: Vec<String>,
    /// Names of KV bindings: each reads the exchange's key-value data.
    pub kv_bindings: Vec<String>,
}

/// Workerd from `WORKERD`, from `.tools/node_modules` of this directory or one above, or from the search path.
#[must_use]
pub fn find_workerd() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("WORKERD") {
        return Some(PathBuf::from(path)).filter(|it| it.is_file());
    }
    let here = std::env::current_dir().ok();
    here.iter()
        .flat_map(|it| it.ancestors())
        .map(|it| it.join(".tools/node_modules/.bin/workerd"))
        .find(|it| it.is_file())
        .or_else(|| on_path("workerd"))
}

/// The last lines that workerd has written to its standard error.
type Said = Arc<Mutex<VecDeque<String>>>;

/// Reads standard error as it comes: a full pipe would stop workerd.
fn drained(child: &mut Child) -> Said {
    let said = Said::default();
    if let Some(errors) = child.stderr.take() {
        let kept = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                let mut lines = kept.lock().unwrap_or_else(PoisonError::into_inner);
                lines.push_back(line);
                if lines.len() > 20 {
                    lines.pop_front();
                }
            }
        });
    }
    said
}

fn last_words(said: &Said) -> String {
    let lines = said.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// A running Worker.
pub struct WorkerdEdge {
    child: Child,
    origin: Origin,
    port: u16,
    connection: Option<BufReader<TcpStream>>,
    silent: u32,
    said: Said,
    /// Holds the configuration as long as workerd may read it.
    _directory: tempfile::TempDir,
}

impl Drop for WorkerdEdge {
    fn drop(&mut self) {
        // It may have ended by itself; either way it must not be left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl WorkerdEdge {
    /// Starts `bundle`.
    ///
    /// # Errors
    /// Where workerd is not found, or does not take the bundle.
    pub fn start(bundle: &WorkerBundle) -> Result<WorkerdEdge, EngineError> {
        let Some(workerd) = find_workerd() else {
            return Err(EngineError::Missing("workerd is neither in WORKERD nor in .tools nor on PATH".to_owned()));
        };
        let failed = |words: &str, error: std::io::Error| EngineError::Engine(format!("{words}: {error}"));
        let modules = modules(&bundle.directory).map_err(|error| failed("the bundle cannot be read", error))?;
        let origin = Origin::start().map_err(|error| failed("no loopback origin", error))?;
        let directory = tempfile::tempdir().map_err(|error| failed("no temporary directory", error))?;
        let config = directory.path().join("config.capnp");
        std::fs::write(&config, configuration(bundle, &modules, origin.address.port()))
            .map_err(|error| failed("no configuration", error))?;
        let mut child = Command::new(workerd)
            .arg("serve")
            .arg("--control-fd=1")
            .arg(&config)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed("workerd does not start", error))?;
        let said = drained(&mut child);
        match listening(&mut child) {
            Some(port) => {
                Ok(WorkerdEdge { child, origin, port, connection: None, silent: 0, said, _directory: directory })
            }
            None => {
                let _ = child.kill();
                let _ = child.wait();
                Err(EngineError::Engine(format!("workerd does not listen: {}", last_words(&said))))
            }
        }
    }

    /// The last lines that workerd wrote to its standard error: uncaught exceptions of the Worker are among them.
    #[must_use]
    pub fn last_words(&self) -> String {
        last_words(&self.said)
    }

    fn ask(&mut self, exchange: &Exchange) -> std::io::Result<Message> {
        let request = &exchange.request;
        let query = request.query.as_ref().map(|it| format!("?{it}")).unwrap_or_default();
        let mut headers = Headers(vec![
            ("host".to_owned(), request.host.clone()),
            (PROTO_HEADER.to_owned(), request.scheme.clone()),
            (CF_HEADER.to_owned(), cf(exchange).to_string()),
            ("cf-connecting-ip".to_owned(), request.client_ip.clone()),
        ]);
        headers.0.extend(request.headers.0.iter().cloned());
        let message = Message {
            start: format!("{} {}{query} HTTP/1.1", request.method, request.path),
            headers,
            body: request.body.clone(),
        };
        let mut reader = match self.connection.take() {
            Some(reader) => reader,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", self.port))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(ANSWER))?;
                BufReader::new(stream)
            }
        };
        let with_length =
            !message.body.is_empty() || !matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "DELETE");
        write(&mut reader.get_ref(), &message, with_length)?;
        reader.get_ref().flush()?;
        let head = request.method == "HEAD";
        let bodiless = |start: &str| {
            head || [" 204", " 304"].iter().any(|it| start.get(8..).is_some_and(|rest| rest.starts_with(it)))
        };
        let answer = read(&mut reader, bodiless, true)?;
        if !answer.headers.first("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) {
            self.connection = Some(reader);
        }
        Ok(answer)
    }
}

impl Edge for WorkerdEdge {
    fn run(&mut self, exchange: &Exchange) -> Outcome {
        if self.silent >= SILENT {
            return Outcome::Undecided("workerd does not answer any more".to_owned());
        }
        // An idle connection may have been closed meanwhile: then one more try, on a new one.
        let idle = self.connection.is_some();
        self.origin.expect(&exchange.origin);
        let mut answer = self.ask(exchange);
        if idle && answer.as_ref().is_err_and(|it| !matches!(it.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)) {
            self.origin.expect(&exchange.origin);
            answer = self.ask(exchange);
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.silent += 1;
                return Outcome::Undecided(format!("workerd: {error}"));
            }
        };
        self.silent = 0;
        let Some(status) = answer.start.split(' ').nth(1).and_then(|it| it.parse::<u16>().ok()) else {
            return Outcome::Undecided("workerd answers no HTTP".to_owned());
        };
        let mut headers = answer.headers;
        for name in ["connection", "transfer-encoding", "content-length"] {
            headers.remove(name);
        }
        let saw = self.origin.saw();
        if saw.len() > 1 {
            return Outcome::Failed(format!("the Worker asked the origin {} times", saw.len()));
        }
        let origin_saw = saw.into_iter().next().map(|it| adjusted(it, exchange));
        Outcome::Answered { origin_saw, response: Response { status, headers, body: answer.body } }
    }
}

/// What the origin saw, in the terms of the exchange: a fetch of another host than the visitor's goes to another origin.
fn adjusted(mut saw: Request, exchange: &Exchange) -> Request {
    saw.client_ip.clone_from(&exchange.request.client_ip);
    saw.visitor.clone_from(&exchange.request.visitor);
    if saw.host != exchange.request.host && saw.headers.first(ORIGIN_LINE).is_none() {
        let host = saw.host.clone();
        saw.headers.append(ORIGIN_LINE, &host);
    }
    saw
}

/// `request.cf`: the visitor's values under the names that Workers have, and the inputs of the exchange.
fn cf(exchange: &Exchange) -> Value {
    let visitor = &exchange.request.visitor;
    let mut cf = Map::new();
    for (entry, name) in [
        ("country", "country"),
        ("city", "city"),
        ("region", "region"),
        ("region_code", "regionCode"),
        ("postal_code", "postalCode"),
        ("timezone", "timezone"),
        ("latitude", "latitude"),
        ("longitude", "longitude"),
        ("metro_code", "metroCode"),
        ("continent", "continent"),
        ("colo", "colo"),
    ] {
        if let Some(value) = visitor.get(entry) {
            cf.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(number) = visitor.get("asn").and_then(|it| it.parse::<u64>().ok()) {
        cf.insert("asn".to_owned(), json!(number));
    }
    if let Some(version) = visitor.get("http_version") {
        cf.insert("httpProtocol".to_owned(), json!(format!("HTTP/{}", version.strip_suffix(".0").unwrap_or(version))));
    }
    if let Some((version, rest)) = visitor.get("tls").and_then(|it| it.split_once(':')) {
        cf.insert("tlsVersion".to_owned(), json!(version));
        cf.insert("tlsCipher".to_owned(), json!(rest.split(':').next().unwrap_or_default()));
    }
    let inputs = &exchange.inputs;
    cf.insert(
        "exchangeInputs".to_owned(),
        json!({ "now": inputs.now_ms, "draws": inputs.random_permille, "kv": inputs.kv }),
    );
    Value::Object(cf)
}

/// Waits for the line that tells the port.
fn listening(child: &mut Child) -> Option<u16> {
    let output = child.stdout.take()?;
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Workers may print later: reading on keeps their pipe from filling.
            let _ = send.send(line);
        }
    });
    loop {
        let line = lines.recv_timeout(START).ok()?;
        let message: Option<Value> = serde_json::from_str(&line).ok();
        if let Some(port) = message.as_ref().and_then(|it| it.get("port")).and_then(Value::as_u64) {
            return u16::try_from(port).ok();
        }
    }
}

/// The module files below `directory`, by their relative names, sorted.
fn modules(directory: &Path) -> std::io::Result<Vec<(String, String)>> {
    let mut open = vec![directory.to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "js" || it == "mjs" || it == "json")
                && let Ok(name) = path.strip_prefix(directory)
            {
                let name = name.to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A Cap'n Proto text literal.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other if other.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

fn configuration(bundle: &WorkerBundle, modules: &[(String, String)], origin: u16) -> String {
    let WorkerBundle { directory: _, main, compatibility_date, compatibility_flags, kv_bindings } = bundle;
    let entry = format!(
        "import {{ begin }} from \"./exchange-inputs.js\";\nimport worker from {};\nexport * from {};\nconst bindings = {};\nexport default {{ fetch: (request, env, context) => worker.fetch(request, begin(request, env, bindings), context) }};\n",
        json!(format!("./{main}")),
        json!(format!("./{main}")),
        json!(kv_bindings),
    );
    let mut list = format!(
        "(name = \"exchange-main.js\", esModule = {}),\n(name = \"exchange-inputs.js\", esModule = {}),\n",
        literal(&entry),
        literal(INPUTS)
    );
    for (name, text) in modules {
        let kind = if name.ends_with(".json") { "json" } else { "esModule" };
        list.push_str(&format!("(name = {}, {kind} = {}),\n", literal(name), literal(text)));
    }
    let flags: Vec<String> = compatibility_flags.iter().map(|it| literal(it)).collect();
    let options = format!("(cfBlobHeader = \"{CF_HEADER}\", forwardedProtoHeader = \"{PROTO_HEADER}\")");
    format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (\n  services = [\n    (name = \"main\", worker = .w),\n    (name = \"origin\", external = (address = \"127.0.0.1:{origin}\", http = {options})),\n  ],\n  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = {options}, service = \"main\")],\n);\nconst w :Workerd.Worker = (\n  modules = [\n{list}  ],\n  compatibilityDate = {},\n  compatibilityFlags = [{}],\n  globalOutbound = \"origin\",\n);\n",
        literal(compatibility_date),
        flags.join(", "),
    )
}
