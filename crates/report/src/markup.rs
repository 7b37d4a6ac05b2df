//! Text from sources as Markdown: nothing in it may become markup, a link, HTML or a control sequence.

use diag::{mask, visible};

/// Prose: one line, every character with a meaning in Markdown or HTML escaped. What stands between backticks becomes
/// a code span, in which nothing has a meaning.
pub(crate) fn prose(text: &str) -> String {
    let clean = visible(&mask(text)).replace(['\n', '\t'], " ");
    let parts: Vec<&str> = clean.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(&clean);
    }
    let quoted =
        |it: &str| if it.trim().is_empty() || it.contains('|') { format!("\\`{}\\`", escaped(it)) } else { code(it) };
    let parts = parts.iter().enumerate();
    parts.map(|(at, it)| if at.is_multiple_of(2) { escaped(it) } else { quoted(it) }).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' | '@' => {
                out.push('\\');
                out.push(it);
            }
            other => out.push(other),
        }
    }
    // These would become links of their own.
    out.replace("://", "\\://").replace("www.", "www\\.")
}

/// Two sentences one after the other.
pub(crate) fn sentences(first: &str, second: Option<&str>) -> String {
    let end = if first.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    second.map_or_else(|| prose(first), |second| format!("{}{end} {}", prose(first), prose(second)))
}

/// A code span in a cell of a table, where a pipe would end the cell.
pub(crate) fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A code span of one line.
pub(crate) fn code(text: &str) -> String {
    let clean = visible(&mask(text)).replace(['\n', '\t'], " ");
    if clean.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&clean) + 1);
    let pad = if clean.starts_with('`') || clean.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{clean}{pad}{fence}")
}

/// A fenced block with a line feed at its end.
pub(crate) fn block(language: &str, text: &str) -> String {
    let clean = visible(&mask(text)).into_owned();
    let fence = "`".repeat(longest_run(&clean).max(2) + 1);
    let end = if clean.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{clean}{end}{fence}\n")
}

/// The language of a block, by the file's name.
pub(crate) fn language(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, end)| end) {
        "js" | "mjs" | "cjs" => "js",
        "ts" => "ts",
        "yaml" | "yml" => "yaml",
        "json" => "json",
        "tf" => "hcl",
        _ => "text",
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|it| it != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_has_no_markup_left() {
        assert_eq!(
            prose("<img src=x> **b** [a](http://x) `<c>`|\n\u{1b}[0m"),
            "&lt;img src=x&gt; \\*\\*b\\*\\* \\[a\\](http\\://x) `<c>`\\| \\\\u{1b}\\[0m"
        );
        assert_eq!(prose("one ` alone, `a|b`, ``"), "one ` alone, `a\\|b\\`, \\`\\`".replacen('`', "\\`", 2));
    }

    #[test]
    fn code_outgrows_the_backticks_it_holds() {
        assert_eq!(code("a | b"), "`a | b`");
        assert_eq!(cell("a | b"), "`a \\| b`");
        assert_eq!(code("``x`"), "``` ``x` ```");
        assert_eq!(block("js", "a\n````\nb"), "`````js\na\n````\nb\n`````\n");
        assert_eq!(code(" \n"), "(empty)");
    }
}
