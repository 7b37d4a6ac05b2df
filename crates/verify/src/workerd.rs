//! Workers in workerd, Cloudflare's own runtime, as the new side.
//!
//! One process serves any number of Workers, each on a port of its own. A Worker's only way out is a loopback origin, which records and answers by script. Clock, draws and key-value data
//! come with the request, through a small module loaded before the Worker. One exchange is in flight at a time.

mod bundle;
mod config;
mod http;
mod origin;

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use interp::exchange::{Exchange, Headers, Outcome, Request, Response};
use serde_json::{Map, Value, json};

use crate::Edge;
use crate::cloudfront_functions::{ORIGIN_LINE, REQUEST_ID};
use crate::engine::EngineError;
use crate::node::on_path;
use http::{Message, read, write};
use origin::Origin;

pub use bundle::{bundle, find_esbuild};

/// Carries `request.cf` between this program and workerd.
const CF_HEADER: &str = "x-exchange-cf";
/// Carries the scheme between this program and workerd.
const PROTO_HEADER: &str = "x-exchange-proto";
/// Says on an answer that the Worker refused what the function asked for.
const REFUSED_HEADER: &str = "x-exchange-refused";
/// How long workerd may take to start.
const START: Duration = Duration::from_secs(60);
/// How long workerd may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// After so many exchanges in a row without an answer the Worker is given up: none is waited for any more.
const SILENT: u32 = 3;

/// A Worker as wrangler bundles it, with what its configuration says.
#[derive(Clone, Debug)]
pub struct WorkerBundle {
    /// Its modules by name, with their texts.
    pub modules: Vec<(String, String)>,
    /// The name of the main module.
    pub main: String,
    /// As in the Worker's configuration.
    pub compatibility_date: String,
    /// As in the Worker's configuration.
    pub compatibility_flags: Vec<String>,
    /// Names of KV bindings: each reads the exchange's key-value data.
    pub kv_bindings: Vec<String>,
    /// The routes in production; none for a Worker that no host is known for.
    pub routes: Vec<String>,
}

/// Workerd from `WORKERD`, from `.tools/node_modules` of this directory or one above, or from the search path.
#[must_use]
pub fn find_workerd() -> Option<PathBuf> {
    find_tool("WORKERD", "workerd")
}

/// A program of the pinned npm packages: from a variable, from `.tools` of this directory or one above, or the search path.
fn find_tool(variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Some(PathBuf::from(path)).filter(|it| it.is_file());
    }
    let here = std::env::current_dir().ok();
    here.iter()
        .flat_map(|it| it.ancestors())
        .map(|it| it.join(".tools/node_modules/.bin").join(name))
        .find(|it| it.is_file())
        .or_else(|| on_path(name))
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

/// The process that serves any number of Workers.
struct Process {
    child: Child,
    said: Said,
    /// Holds the configuration as long as workerd may read it.
    _directory: tempfile::TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way it must not be left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running Worker.
pub struct WorkerdEdge {
    process: Arc<Process>,
    origin: Origin,
    port: u16,
    connection: Option<BufReader<TcpStream>>,
    silent: u32,
}

/// Starts all Workers in one process, each with an origin of its own. Where the process does not take all of them, each is
/// tried in a process by itself, so that one that is broken stands alone.
#[must_use]
pub fn start_all(bundles: &[WorkerBundle]) -> Vec<Result<WorkerdEdge, EngineError>> {
    match started(bundles) {
        Ok(edges) => edges.into_iter().map(Ok).collect(),
        Err(error) => match bundles {
            [_] => vec![Err(error)],
            _ if matches!(error, EngineError::Missing(_)) => bundles.iter().map(|_| Err(error.clone())).collect(),
            _ => bundles.iter().map(WorkerdEdge::start).collect(),
        },
    }
}

fn started(bundles: &[WorkerBundle]) -> Result<Vec<WorkerdEdge>, EngineError> {
    let Some(workerd) = find_workerd() else {
        return Err(EngineError::Missing("workerd is neither in WORKERD nor in .tools nor on PATH".to_owned()));
    };
    let failed = |words: &str, error: std::io::Error| EngineError::Engine(format!("{words}: {error}"));
    let origins: Vec<Origin> = bundles
        .iter()
        .map(|_| Origin::start())
        .collect::<Result<_, _>>()
        .map_err(|error| failed("no loopback origin", error))?;
    let directory = tempfile::tempdir().map_err(|error| failed("no temporary directory", error))?;
    let config = directory.path().join("config.capnp");
    let services: Vec<(&WorkerBundle, u16)> =
        bundles.iter().zip(&origins).map(|(bundle, origin)| (bundle, origin.address.port())).collect();
    std::fs::write(&config, config::text(&services)).map_err(|error| failed("no configuration", error))?;
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
    let output = child.stdout.take();
    let process = Arc::new(Process { child, said, _directory: directory });
    match output.and_then(|it| listening(it, bundles.len())) {
        Some(ports) => Ok(origins
            .into_iter()
            .zip(ports)
            .map(|(origin, port)| WorkerdEdge {
                process: Arc::clone(&process),
                origin,
                port,
                connection: None,
                silent: 0,
            })
            .collect()),
        None => Err(EngineError::Engine(format!("workerd does not listen: {}", last_words(&process.said)))),
    }
}

impl WorkerdEdge {
    /// Starts one Worker.
    ///
    /// # Errors
    /// Where workerd is not found, or does not take the bundle.
    pub fn start(bundle: &WorkerBundle) -> Result<WorkerdEdge, EngineError> {
        let mut all = started(std::slice::from_ref(bundle))?;
        all.pop().ok_or_else(|| EngineError::Engine("workerd does not listen".to_owned()))
    }

    /// The last lines that workerd wrote to its standard error: uncaught exceptions of the Worker are among them.
    #[must_use]
    pub fn last_words(&self) -> String {
        last_words(&self.process.said)
    }

    fn ask(&mut self, exchange: &Exchange) -> std::io::Result<Message> {
        let request = &exchange.request;
        let query = request.query.as_ref().map(|it| format!("?{it}")).unwrap_or_default();
        let mut headers = Headers(vec![
            ("host".to_owned(), request.host.clone()),
            (PROTO_HEADER.to_owned(), request.scheme.clone()),
            (CF_HEADER.to_owned(), ascii(&cf(exchange).to_string())),
            ("cf-connecting-ip".to_owned(), request.client_ip.clone()),
            ("cf-ray".to_owned(), REQUEST_ID.to_owned()),
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
        if let Some(words) = answer.headers.first(REFUSED_HEADER) {
            return Outcome::Undecided(format!("refused: {words}"));
        }
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

/// `request.cf`: the visitor's values under the names that Workers have.
#[must_use]
pub fn visitor_cf(exchange: &Exchange) -> Map<String, Value> {
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
    cf
}

/// The same, and the inputs of the exchange.
fn cf(exchange: &Exchange) -> Value {
    let inputs = &exchange.inputs;
    let mut cf = visitor_cf(exchange);
    cf.insert(
        "exchangeInputs".to_owned(),
        json!({ "now": inputs.now_ms, "draws": inputs.random_permille, "kv": inputs.kv }),
    );
    Value::Object(cf)
}

/// Waits for the lines that tell the ports.
fn listening(output: ChildStdout, count: usize) -> Option<Vec<u16>> {
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Workers may print later: reading on keeps their pipe from filling.
            let _ = send.send(line);
        }
    });
    let mut ports: BTreeMap<usize, u16> = BTreeMap::new();
    while ports.len() < count {
        let line = lines.recv_timeout(START).ok()?;
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
        let socket = message.get("socket").and_then(Value::as_str).and_then(|it| it.strip_prefix("http")?.parse().ok());
        let port = message.get("port").and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
        if let (Some(socket), Some(port)) = (socket, port) {
            ports.insert(socket, port);
        }
    }
    Some(ports.into_values().collect())
}

/// JSON with escapes for everything beyond ASCII: a header carries bytes, which the other side does not read as UTF-8.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        if char.is_ascii() {
            out.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
