//! Every renderer on the same findings: embedded code, a secret, control characters, a file that is no source.

#![expect(clippy::indexing_slicing, reason = "tests look into documents whose shape they know")]

use serde_json::Value;
use source::{FileId, Piece, Sources, Span, SpanMap};

use super::{Format, render};
use crate::{Code, Diagnostic, Level, codes};

const HANDLER: &str = "function handler(event) {
  var request = event.request;
  var token = '0123456789abcdefABCDEF==';
  if (request.headers.authorization.value !== 'Basic c2hvcDpzZWNyZXQ=') return deny();
  var ä = '𝄞'; if (/^\\/(\\d+)$/.test(request.uri)) return moved(ä);
  return request;
}
";

/// The span of the first `needle` in a file.
fn span(sources: &Sources, file: FileId, needle: &str) -> Span {
    let at = sources.file(file).text().find(needle).map_or(0, |at| u32::try_from(at).unwrap_or(0));
    Span::new(file, at, at + u32::try_from(needle.len()).unwrap_or(0))
}

fn sample() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let js = sources.add("edge/a b.js", HANDLER);
    let yaml = sources.add("template.yaml", "Code: |\n  while (true) {\u{1b}[31m}\n");
    let map = SpanMap::new(vec![Piece { text: 0, host: 10, len: 22 }]);
    let inline = sources.add_embedded(yaml, "while (true) {\u{1b}[31m}\n", map);
    let at = |needle| span(&sources, js, needle);
    let findings = vec![
        Diagnostic::new(
            &codes::FUEL_EXHAUSTED,
            span(&sources, inline, "while (true)"),
            "this loop never ends\u{1b}[2J",
        )
        .related(at("event.request"), "the handler that runs it"),
        Diagnostic::new(&codes::REGEX_NEEDS_BUSINESS, at("/^\\/(\\d+)$/"), "`matches` is not part of the pro plan")
            .help("Set `plan = \"business\"`, or list the paths.")
            .label(at("moved(ä)"), "this redirect, 100% [of](it) {0}"),
        Diagnostic::new(&codes::SECURITY_REFUSED, at("deny()"), "the check `Basic c2hvcDpzZWNyZXQ=` is refused"),
        Diagnostic::new(&codes::SECRET_IN_SOURCE, at("'0123456789abcdefABCDEF=='"), "a token stands in the source"),
        Diagnostic::about_file(&codes::UNREADABLE_FILE, "edge/\u{1b}x.js", "permission denied"),
        Diagnostic::new(&codes::WORKER_GENERATED, None, "one Worker, 2 behaviors").level(Level::Note),
    ];
    (sources, findings)
}

fn rendered(format: Format) -> String {
    let (sources, findings) = sample();
    render(format, &findings, &sources)
}

fn parsed(format: Format) -> Value {
    serde_json::from_str(&rendered(format)).unwrap_or(Value::Null)
}

const ALL: [Format; 8] = [
    Format::Text { color: false },
    Format::Text { color: true },
    Format::Json,
    Format::JsonLines,
    Format::Sarif,
    Format::Github,
    Format::Gitlab,
    Format::Rdjson,
];

#[test]
fn text() {
    insta::assert_snapshot!(rendered(Format::Text { color: false }));
}

#[test]
fn json() {
    insta::assert_snapshot!(rendered(Format::Json));
}

#[test]
fn github() {
    insta::assert_snapshot!(rendered(Format::Github));
}

#[test]
fn gitlab() {
    insta::assert_snapshot!(rendered(Format::Gitlab));
}

#[test]
fn rdjson() {
    insta::assert_snapshot!(rendered(Format::Rdjson));
}

#[test]
fn no_format_prints_a_secret_or_a_control_character() {
    for format in ALL {
        let out = rendered(format);
        assert!(!out.contains("c2hvcDpzZWNyZXQ") && !out.contains("0123456789abcdef"), "{format:?}: {out}");
        if format != (Format::Text { color: true }) {
            assert!(out.chars().all(|it| it == '\n' || !it.is_control()), "{format:?}: {out:?}");
        }
    }
}

#[test]
fn color_changes_nothing_but_color() {
    let colored = rendered(Format::Text { color: true });
    let mut plain = String::new();
    let mut parts = colored.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    parts.for_each(|part| plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest)));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    assert_eq!(words(&plain), words(&rendered(Format::Text { color: false })));
}

#[test]
fn order_does_not_depend_on_the_order_found() {
    let (sources, mut findings) = sample();
    for format in ALL {
        let forward = render(format, &findings, &sources);
        findings.reverse();
        assert_eq!(forward, render(format, &findings, &sources));
    }
}

#[test]
fn json_lines_hold_the_same_findings_as_json() {
    let lines = rendered(Format::JsonLines);
    let lines: Vec<Value> = lines.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
    assert_eq!(Value::Array(lines), parsed(Format::Json)["findings"]);
}

/// What the SARIF 2.1.0 schema asks of the parts we write; the whole schema is a judge of `cargo xtask test`.
#[test]
fn sarif_is_whole() {
    let log = parsed(Format::Sarif);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let rules = run["tool"]["driver"]["rules"].as_array().cloned().unwrap_or_default();
    assert_eq!(rules.len(), 6);
    for rule in &rules {
        assert!(rule["help"]["markdown"].as_str().is_some_and(|it| it.contains("## What to do")), "{rule}");
        assert!(["none", "note", "warning", "error"].iter().any(|it| rule["defaultConfiguration"]["level"] == *it));
    }
    let results = run["results"].as_array().cloned().unwrap_or_default();
    assert_eq!(results.len(), 6);
    for result in &results {
        let at = result["ruleIndex"].as_u64().map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX));
        assert_eq!(rules.get(at).map(|it| &it["id"]), Some(&result["ruleId"]));
        assert!(result["message"]["text"].as_str().is_some_and(|it| !it.is_empty()));
        assert!(result["partialFingerprints"]["migrate/v1"].is_string());
    }
    let regex = results.iter().find(|it| it["ruleId"] == "MIG0501").cloned().unwrap_or_default();
    let place = &regex["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "edge/a%20b.js");
    // Column 21 in UTF-16 code units; `ä` has two bytes and the clef four, so it is 24 in bytes.
    assert_eq!(place["region"]["startColumn"], 21);
    assert_eq!(regex["relatedLocations"][0]["message"]["text"], "this redirect, 100% [of\\](it) {{0}");
}

#[test]
fn annotations_keep_to_githubs_budget_and_count_the_rest() {
    let sources = Sources::new();
    let many =
        |code: &'static Code, count: usize| (0..count).map(move |n| Diagnostic::new(code, None, format!("n{n:02}")));
    let findings: Vec<Diagnostic> = many(&codes::SECURITY_REFUSED, 4)
        .chain(many(&codes::NO_HANDLER, 9))
        .chain(many(&codes::OVER_QUOTA, 12))
        .collect();
    let out = render(Format::Github, &findings, &sources);
    let count = |command: &str| out.lines().filter(|it| it.starts_with(command)).count();
    assert_eq!((count("::error "), count("::warning "), count("::notice ")), (10, 10, 0));
    assert!(out.ends_with("10 per level and step): 3 errors, 2 warnings more.\n"), "{out}");
}

#[test]
fn long_lines_and_long_places_are_cut_and_nothing_breaks_at_their_borders() {
    let mut sources = Sources::new();
    let long = format!("{}é;needle();{}", "a;".repeat(40_000), "é".repeat(40_000));
    let wide = sources.add("bundle.js", long);
    let tall = sources.add("tall.js", "line();\n".repeat(5_000));
    let empty = sources.add("empty.js", "");
    let end = u32::try_from(sources.file(wide).text().len()).unwrap_or(0);
    let findings = [
        Diagnostic::new(&codes::NOT_UNDERSTOOD, span(&sources, wide, "needle()"), "wide"),
        Diagnostic::new(&codes::NOT_UNDERSTOOD, Span::new(wide, end, end), "end"),
        Diagnostic::new(&codes::NOT_UNDERSTOOD, Span::new(tall, 0, 40_000), "tall"),
        Diagnostic::new(&codes::NOT_UNDERSTOOD, Span::new(empty, 0, 0), "empty"),
        Diagnostic::new(&codes::NOT_UNDERSTOOD, Span::new(empty, 7, 90), "beyond"),
        Diagnostic::new(&codes::NOT_UNDERSTOOD, Span::new(wide, 80_001, 80_002), "inside a character"),
    ];
    let out = render(Format::Text { color: false }, &findings, &sources);
    assert!(out.len() < 20_000, "{}", out.len());
    assert!(out.contains("bundle.js:1:80004") && out.contains("needle();") && out.contains("tall.js:1:1"), "{out}");
    for message in ["wide", "end", "tall", "empty", "beyond", "inside a character"] {
        assert!(out.contains(message), "{message}: {out}");
    }
}
