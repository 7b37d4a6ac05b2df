//! An exchange's request as a line for a shell.

use interp::exchange::Exchange;

/// `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./:=@%,+".contains(it);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// The request of `exchange` as a `curl` line. What a client cannot send (its country, its address, the clock) follows
/// as a shell comment.
#[must_use]
pub fn curl(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let mut line = String::from("curl -sS -i --path-as-is");
    match request.method.as_str() {
        "GET" => {}
        "HEAD" => line.push_str(" --head"),
        other => line.push_str(&format!(" -X {}", quoted(other))),
    }
    for (name, value) in &request.headers.0 {
        // `name;` is how curl sends a header without a value.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        line.push_str(&format!(" -H {}", quoted(&header)));
    }
    if !request.body.is_empty() {
        line.push_str(&format!(" --data-binary {}", quoted(&String::from_utf8_lossy(&request.body))));
    }
    let query = request.query.as_ref().map(|it| format!("?{it}")).unwrap_or_default();
    line.push(' ');
    line.push_str(&quoted(&format!("{}://{}{}{query}", request.scheme, request.host, request.path)));
    let mut beside: Vec<String> = request.visitor.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if exchange.origin.status != 200 {
        beside.push(format!("origin answers {}", exchange.origin.status));
    }
    if !beside.is_empty() {
        line.push_str(&format!("  # {}", beside.join(", ").replace(['\n', '\r'], " ")));
    }
    line
}
