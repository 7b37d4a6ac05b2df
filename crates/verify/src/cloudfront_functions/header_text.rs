//! Which header names and values can be sent.

use super::changes::Stop;

/// A name written by code must be a lower-case token.
pub(crate) fn check_name(name: &str) -> Result<(), Stop> {
    let token = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(it);
    if name.is_empty() || !name.chars().all(token) {
        return Err(Stop::Fails(format!("{name:?} is no header name")));
    }
    if name.chars().any(|it| it.is_ascii_uppercase()) {
        return Err(Stop::Fails(format!("the header name `{name}` is not lower-case")));
    }
    Ok(())
}

/// A value must be one line of text; what becomes of text beyond ASCII is not documented.
pub(crate) fn check_value(name: &str, value: &str) -> Result<(), Stop> {
    if value.chars().any(|it| it.is_ascii_control() && it != '\t') {
        return Err(Stop::Fails(format!("`{name}` holds a control character")));
    }
    // A browser that is sent nowhere stays where it is; whether an empty line is sent at all is not documented.
    if name == "location" && value.is_empty() {
        return Err(Stop::Unknown("`location` was set to an empty text".to_owned()));
    }
    if !value.is_ascii() {
        return Err(Stop::Unknown(format!("`{name}` was set to text beyond ASCII")));
    }
    Ok(())
}
