//! Bodies that a handler sets: text or base64, and how much of it a hook may set.

use base64::Engine as _;

use super::shown;
use crate::cloudfront_functions::changes::Stop;
use crate::engine::EventKind;

/// Decodes base64. What is base64 to a lenient reader alone has no documented meaning.
fn decode(text: &str) -> Result<Vec<u8>, Stop> {
    base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| {
        let lenient = text.chars().all(|it| it.is_ascii_alphanumeric() || "+/-_=\r\n".contains(it));
        if lenient {
            Stop::Unknown("the body is base64 without its padding, in another alphabet or in lines".to_owned())
        } else {
            Stop::Fails("the body is not base64".to_owned())
        }
    })
}

/// The bytes of a body in one of the two encodings.
pub(super) fn bytes(text: &str, encoding: &str) -> Result<Vec<u8>, Stop> {
    match encoding {
        "text" => Ok(text.as_bytes().to_vec()),
        "base64" => decode(text),
        other => Err(Stop::Fails(format!("`{other}` is no encoding of a body"))),
    }
}

/// Checks a size against the limit of a hook. The guide's KB may be 1,000 or 1,024 bytes and what it counts may be the encoded or
/// the decoded text: between the least and the most of it nothing is known.
pub(super) fn check_size(event: EventKind, least: usize, most: usize, what: &str) -> Result<(), Stop> {
    let (low, high) = match event {
        EventKind::ViewerRequest | EventKind::ViewerResponse => (40_000, shown(event)),
        EventKind::OriginRequest | EventKind::OriginResponse => (1_000_000, shown(event)),
    };
    if least > high {
        return Err(Stop::Fails(format!("{what} is larger than the platform allows")));
    }
    if most > low {
        return Err(Stop::Unknown(format!("{what} is about as large as the platform allows")));
    }
    Ok(())
}
