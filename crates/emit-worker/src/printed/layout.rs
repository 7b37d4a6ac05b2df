//! How printed code stands on the page: indentation, blank lines, answers over several lines.

use super::literal::text_literal;

/// Columns after which something is broken over several lines.
pub(super) const WIDTH: usize = 100;

/// Lines with their depth.
#[derive(Default)]
pub(super) struct Lines {
    lines: Vec<(usize, String)>,
    depth: usize,
}

impl Lines {
    pub(super) fn line(&mut self, text: &str) {
        self.lines.push((self.depth, text.to_owned()));
    }

    pub(super) fn lines(&mut self, all: &[String]) {
        for it in all {
            self.line(it);
        }
    }

    /// A blank line, between statements only.
    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|it| !it.1.is_empty()) {
            self.lines.push((0, String::new()));
        }
    }

    pub(super) fn inside(&mut self, write: impl FnOnce(&mut Lines)) {
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    pub(super) fn text(&self, depth: usize) -> String {
        let mut out = String::new();
        for (inner, line) in &self.lines {
            if !line.is_empty() {
                out.push_str(&"  ".repeat(depth + inner));
                out.push_str(line);
            }
            out.push('\n');
        }
        out
    }
}

/// `return { … };`, on one line where it fits.
pub(super) fn answer(
    status: &str,
    headers: &[(String, String)],
    cookies: &[(String, String)],
    body: Option<&str>,
) -> Vec<String> {
    let table = |name: &str, rows: &[(String, String)]| -> Vec<String> {
        let rows: Vec<String> = rows.iter().map(|(key, value)| format!("{}: {value}", property(key))).collect();
        let flat = format!("{name}: {{ {} }},", rows.join(", "));
        if flat.len() <= WIDTH {
            return vec![flat];
        }
        let inner = rows.iter().map(|it| format!("  {it},"));
        std::iter::once(format!("{name}: {{")).chain(inner).chain(["},".to_owned()]).collect()
    };
    let mut members = vec![format!("status: {status},")];
    for (name, rows) in [("headers", headers), ("cookies", cookies)] {
        if !rows.is_empty() {
            members.extend(table(name, rows));
        }
    }
    members.extend(body.map(|it| format!("body: {it},")));
    let flat = format!("return {{ {} }};", members.join(" ").trim_end_matches(','));
    if flat.len() <= WIDTH {
        return vec![flat];
    }
    let inner = members.iter().map(|it| format!("  {it}"));
    std::iter::once("return {".to_owned()).chain(inner).chain(["};".to_owned()]).collect()
}

/// A key of an object: bare where it is an identifier. `__proto__` in brackets is a key like any other.
fn property(key: &str) -> String {
    let plain = !key.is_empty()
        && !key.starts_with(|it: char| it.is_ascii_digit())
        && key.chars().all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '$');
    match key {
        "__proto__" => format!("[{}]", text_literal(key)),
        _ if plain => key.to_owned(),
        _ => text_literal(key),
    }
}

/// Text inside a block comment that cannot end it.
pub(super) fn block_comment(text: &str) -> String {
    text.replace("*/", "* /").replace(['\n', '\r', '\u{2028}', '\u{2029}'], " ")
}
