//! What a file may look like: its first line, its length, its name, and words that do not belong in a repository.

use crate::repository::TextFile;

/// A file longer than this is split, unless it is one thing.
const LINES: usize = 900;

/// (file, why it is one thing). An entry for a file that is not long, or not there, is a fault.
const LONG: &[(&str, &str)] = &[];

/// Names that say nothing about what a file holds.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "util", "utils"];

type Word = (&'static [&'static str], fn(&str) -> bool, &'static str);

/// (words, where they must not be, why). Written in two parts so that this file does not hold them.
const WORDS: &[Word] = &[
    (
        &["#[", "ignore"],
        is_rust,
        "a test that does not run tests nothing; a known fault is a fixture in fixtures/fixme",
    ),
    (&["#[", "should_panic"], is_rust, "input never panics us, so no test expects it"),
    (&["to", "do!("], is_rust, "a refusal by name instead"),
    (&["unimple", "mented!("], is_rust, "a refusal by name instead"),
    (&["db", "g!("], is_rust, "left over"),
    (&["TO", "DO"], is_code, "an issue, or the work itself"),
    (&["FIX", "ME"], is_code, "an issue, or the work itself"),
    (&["XX", "X:"], is_code, "an issue, or the work itself"),
    (&["/wo", "rk/"], anywhere, "a path of one machine"),
    (&["/root/", "."], anywhere, "a path of one machine"),
    (&["file:///", "home/"], anywhere, "a path of one machine"),
];

fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

/// Sources of ours; fixtures and examples quote what other people write.
fn is_code(path: &str) -> bool {
    let ours = path.starts_with("crates/") || path.starts_with("templates/") || path.starts_with("benches/");
    ours && [".rs", ".ts", ".mts", ".js", ".mjs", ".py", ".sh"].iter().any(|it| path.ends_with(it))
}

fn anywhere(_: &str) -> bool {
    true
}

pub(super) fn faults(files: &[TextFile]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files {
        if is_rust(&file.path) && !file.text.starts_with("//! ") {
            faults.push(format!("{}: does not begin with `//! ` and what it owns", file.path));
        }
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        if is_code(&file.path) && EMPTY_NAMES.contains(&stem) {
            faults.push(format!("{}: the name says nothing; name it after what the user knows", file.path));
        }
        let long = LONG.iter().any(|(path, _)| *path == file.path);
        let lines = file.text.lines().count();
        if is_code(&file.path) && (lines > LINES) != long {
            let what = if long { "is listed as long and is not" } else { "is too long" };
            faults.push(format!("{}: {what} ({lines} lines, {LINES} are allowed)", file.path));
        }
        for (parts, _, why) in WORDS.iter().filter(|(_, applies, _)| applies(&file.path)) {
            let word = parts.concat();
            for (_, number) in file.text.lines().zip(1..).filter(|(line, _)| line.contains(&word)) {
                faults.push(format!("{}:{number}: `{word}`: {why}", file.path));
            }
        }
        if is_code(&file.path) && !file.text.is_empty() && !file.text.ends_with('\n') {
            faults.push(format!("{}: no line feed at the end", file.path));
        }
    }
    for (path, _) in LONG.iter().filter(|(path, _)| files.iter().all(|it| it.path != *path)) {
        faults.push(format!("{path}: listed as long and not there"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        faults(&[TextFile { path: path.to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn what_is_tidy_passes() {
        assert_eq!(found("crates/edge/src/text.rs", "//! Text.\n"), Vec::<String>::new());
        assert_eq!(found("fixtures/a.md", "```js utils.js\n// TO\u{44}O\n```\n"), Vec::<String>::new());
    }

    #[test]
    fn each_rule_finds_its_fault() {
        let long = format!("//! Long.\n{}", "// line\n".repeat(LINES));
        for (path, text, part) in [
            ("crates/edge/src/a.rs", "fn a() {}\n", "does not begin"),
            ("crates/edge/src/utils.rs", "//! Words.\n", "the name says nothing"),
            ("crates/edge/src/a.rs", long.as_str(), "is too long"),
            ("crates/edge/src/a.rs", "//! A.\n#[\u{69}gnore]\n", ":2: "),
            ("crates/edge/src/a.rs", "//! A.\n// \u{54}ODO\n", ":2: "),
            ("docs/a.md", "see /wor\u{6b}/shared/x\n", "a path of one machine"),
            ("crates/edge/src/a.rs", "//! A.", "no line feed"),
        ] {
            let found = found(path, text);
            assert!(matches!(found.as_slice(), [one] if one.contains(part)), "{path}: {part}: {found:?}");
        }
    }
}
