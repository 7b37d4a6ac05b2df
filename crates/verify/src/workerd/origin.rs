//! The origin of a Worker under test: a loopback server that records what it was asked and answers what the exchange says.

use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use interp::exchange::{Headers, Request, Response};
use serde_json::Value;

use super::http::{Message, read, write};
use super::{CF_HEADER, PROTO_HEADER};
use crate::cloudfront_functions::ORIGIN_LINE;

#[derive(Default)]
struct Script {
    answer: Option<Response>,
    saw: Vec<Request>,
}

/// The server. Dropping it stops the listening thread.
pub(super) struct Origin {
    pub(super) address: SocketAddr,
    script: Arc<Mutex<Script>>,
    stop: Arc<AtomicBool>,
}

impl Origin {
    pub(super) fn start() -> std::io::Result<Origin> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let script = Arc::new(Mutex::new(Script::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, stopped) = (Arc::clone(&script), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let script = Arc::clone(&shared);
                // A connection that breaks off is the Worker's business; the next request opens another.
                std::thread::spawn(move || serve(stream, &script).ok());
            }
        });
        Ok(Origin { address, script, stop })
    }

    /// Sets the answer to come and forgets what was seen.
    pub(super) fn expect(&self, answer: &Response) {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.answer = Some(answer.clone());
        script.saw.clear();
    }

    /// What was seen since `expect`.
    pub(super) fn saw(&self) -> Vec<Request> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).saw.clone()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread, which then sees the flag.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    loop {
        let asked = read(&mut reader, |_| false, false)?;
        let head = asked.start.starts_with("HEAD ");
        let answer = {
            let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
            script.saw.push(request(asked));
            script.answer.clone().unwrap_or(Response { status: 500, headers: Headers::default(), body: Vec::new() })
        };
        let bodiless = head || matches!(answer.status, 204 | 304);
        let message = Message {
            start: format!("HTTP/1.1 {} Answer", answer.status),
            headers: answer.headers,
            body: if bodiless { Vec::new() } else { answer.body },
        };
        write(&mut writer, &message, !bodiless)?;
    }
}

fn request(message: Message) -> Request {
    let Message { start, mut headers, body } = message;
    let mut words = start.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or("/");
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query.to_owned())));
    let authority = headers.first("host").unwrap_or_default().to_ascii_lowercase();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|it| it.is_ascii_digit()) => (host.to_owned(), Some(port.to_owned())),
        Some(_) | None => (authority.clone(), None),
    };
    let scheme = headers.first(PROTO_HEADER).unwrap_or("https").to_owned();
    let resolve = headers
        .first(CF_HEADER)
        .and_then(|it| serde_json::from_str::<Value>(it).ok())
        .and_then(|it| it.get("resolveOverride").and_then(Value::as_str).map(str::to_owned));
    for name in ["host", PROTO_HEADER, CF_HEADER] {
        headers.remove(name);
    }
    if resolve.is_some() || port.is_some() {
        let place = resolve.unwrap_or_else(|| host.clone());
        headers.append(ORIGIN_LINE, &port.map_or(place.clone(), |port| format!("{place}:{port}")));
    }
    let path = path.to_owned();
    Request { method, scheme, host, path, query, headers, client_ip: String::new(), visitor: [].into(), body }
}
