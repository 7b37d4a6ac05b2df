//! Just enough HTTP/1.1 for loopback: one message at a time, both directions.

use std::io::{BufRead, Read, Write};

use interp::exchange::Headers;

/// The most a body may hold.
const BODY: usize = 16 << 20;

/// A message: its first line, its headers (names lower-case), its body.
pub(super) struct Message {
    pub(super) start: String,
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}

fn bad(words: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, words.to_owned())
}

/// Bytes as text, one character per byte, so that nothing is lost.
fn line(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(256 << 10).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    while bytes.last().is_some_and(|it| matches!(it, b'\r' | b'\n')) {
        bytes.pop();
    }
    Ok(bytes.into_iter().map(char::from).collect())
}

/// Reads a message. `bodiless` says from the first line whether a body may follow at all.
pub(super) fn read(
    reader: &mut impl BufRead,
    bodiless: impl Fn(&str) -> bool,
    until_close: bool,
) -> std::io::Result<Message> {
    let start = line(reader)?;
    let mut headers = Headers::default();
    loop {
        let text = line(reader)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| bad("a header line without colon"))?;
        headers.append(name, value.trim());
    }
    let mut body = Vec::new();
    if !bodiless(&start) {
        if headers.first("transfer-encoding").is_some_and(|it| it.contains("chunked")) {
            loop {
                let size = usize::from_str_radix(line(reader)?.split(';').next().unwrap_or_default().trim(), 16)
                    .map_err(|_| bad("a chunk without size"))?;
                if size == 0 {
                    while !line(reader)?.is_empty() {}
                    break;
                }
                if body.len() + size > BODY {
                    return Err(bad("the body is too long"));
                }
                let read = reader.take(u64::try_from(size).unwrap_or(0)).read_to_end(&mut body)?;
                if read < size {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                line(reader)?;
            }
        } else if let Some(length) = headers.first("content-length") {
            let size: usize = length.parse().map_err(|_| bad("content-length is no number"))?;
            if size > BODY {
                return Err(bad("the body is too long"));
            }
            reader.take(u64::try_from(size).unwrap_or(0)).read_to_end(&mut body)?;
        } else if until_close {
            reader.take(u64::try_from(BODY).unwrap_or(0)).read_to_end(&mut body)?;
        }
    }
    Ok(Message { start, headers, body })
}

/// Writes a message; the body goes out with its length when `with_length`.
pub(super) fn write(writer: &mut impl Write, message: &Message, with_length: bool) -> std::io::Result<()> {
    let mut head: Vec<u8> = Vec::with_capacity(1024);
    let mut push = |text: &str| head.extend(text.chars().map(|it| u8::try_from(u32::from(it)).unwrap_or(b'?')));
    push(&message.start);
    push("\r\n");
    for (name, value) in &message.headers.0 {
        push(name);
        push(": ");
        push(value);
        push("\r\n");
    }
    if with_length {
        push(&format!("content-length: {}\r\n", message.body.len()));
    }
    push("\r\n");
    head.extend_from_slice(&message.body);
    writer.write_all(&head)?;
    writer.flush()
}
