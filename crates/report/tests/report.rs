//! One report with every field, in every form: snapshots, the schema, and hostile text.

#![expect(clippy::indexing_slicing, reason = "tests look into documents whose shape they know")]

use report::view::*;
use report::{ledger_jsonl, report_json, report_md, report_schema, summary_text};
use serde_json::Value;
use std::collections::BTreeMap;

fn place(file: &str, line: u32) -> Span {
    Span { file: file.to_owned(), line: Some(line), column: Some(3), end_line: Some(line), end_column: Some(9) }
}

fn counts(rule: u32, worker: u32, refused: u32) -> ByVerdict {
    let all = [(Verdict::Rule, rule), (Verdict::Worker, worker), (Verdict::Refused, refused)];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn behavior(id: &str, summary: &str, verdict: Verdict) -> Behavior {
    Behavior {
        id: id.to_owned(),
        source: "s1".to_owned(),
        zone: "example.com".to_owned(),
        hook: "client_request".to_owned(),
        order: 1,
        route: "/shop/*".to_owned(),
        summary: summary.to_owned(),
        spans: vec![place("edge/index.js", 3)],
        verdict,
        products: Vec::new(),
        refs: Vec::new(),
        minimum_plan: Plan::Free,
        fidelity: Fidelity::Exact,
        assumptions: Vec::new(),
        held_back_by: Vec::new(),
        evidence: BehaviorEvidence { language: Evidence::None, platform: Evidence::Model },
        alternatives: Vec::new(),
        reasons: Vec::new(),
        emitted: Vec::new(),
        excerpt: String::new(),
    }
}

fn sample() -> Report {
    let redirect = Behavior {
        products: vec!["single_redirect".to_owned()],
        refs: vec!["migrate_1f2e".to_owned()],
        fidelity: Fidelity::Assumed,
        assumptions: vec!["domain-facts".to_owned()],
        evidence: BehaviorEvidence { language: Evidence::EmbeddedEngine, platform: Evidence::Model },
        emitted: vec![Emitted {
            reference: "migrate_1f2e".to_owned(),
            file: "zones/example.com/rules/http_request_dynamic_redirect.json".to_owned(),
            expression: "http.request.uri.path eq \"/old|er\"".to_owned(),
            action: "redirect 301 to https://www.example.com/new".to_owned(),
        }],
        excerpt: "if (request.uri === '/old|er') return moved('/new');".to_owned(),
        ..behavior("b1", "redirect /old|er to /new", Verdict::Rule)
    };
    let code = Behavior {
        products: vec!["worker".to_owned()],
        refs: vec!["worker/src/index.ts:12".to_owned()],
        held_back_by: vec!["a regular expression".to_owned()],
        alternatives: vec![Alternative { product: "access".to_owned(), why: "logins".to_owned() }],
        reasons: vec![Reason { code: "MIG0501".to_owned(), message: "regex needs Business".to_owned() }],
        excerpt: "if (/^\\/(\\d+)$/.test(uri)) { /* `ticks` */ }".to_owned(),
        ..behavior("b2", "deny <b>bots</b>", Verdict::Worker)
    };
    let mut ledger = Ledger::default();
    for verdict in [Verdict::Rule, Verdict::Rule, Verdict::Worker, Verdict::NoEffect] {
        ledger.constructs.add(Some(verdict));
        ledger.instances.add(Some(verdict));
    }
    let finding = |code: &str, name: &str, level: &str| Finding {
        id: format!("{code}-1"),
        code: code.to_owned(),
        name: name.to_owned(),
        level: level.to_owned(),
        message: format!("a message of {name}"),
        spans: vec![place("edge/index.js", 5)],
        help: Some("Set `plan`.".to_owned()),
        fingerprint: "0123456789abcdef".to_owned(),
    };
    Report {
        zones: vec![Zone {
            name: "example.com".to_owned(),
            plan: Plan::Pro,
            hosts: vec!["www.example.com".to_owned()],
            by_plan: BTreeMap::from([
                (Plan::Free, counts(0, 2, 0)),
                (Plan::Pro, counts(1, 1, 0)),
                (Plan::Business, counts(2, 0, 0)),
                (Plan::Enterprise, counts(2, 0, 0)),
            ]),
        }],
        sources: vec![Source {
            id: "s1".to_owned(),
            platform: "cloudfront-functions".to_owned(),
            files: vec!["edge/index.js".to_owned()],
            hooks: vec!["client_request".to_owned()],
            entry: Entry { file: "edge/index.js".to_owned(), line: 1 },
        }],
        behaviors: vec![redirect, code],
        ledger,
        limits: vec![
            Limit {
                scope: "zone".to_owned(),
                zone: Some("example.com".to_owned()),
                phase: "http_request_dynamic_redirect".to_owned(),
                used: 1,
                limit: 25,
            },
            Limit { scope: "account".to_owned(), zone: None, phase: "list items".to_owned(), used: 0, limit: 10_000 },
        ],
        findings: vec![
            finding("MIG0704", "security-not-shown-equal", "security"),
            finding("MIG0501", "regex-needs-business", "warning"),
        ],
        questions: vec![Question {
            question: "Is the zone on the Business plan?".to_owned(),
            behaviors: vec!["b2".to_owned()],
            from: Verdict::Worker,
            to: Verdict::Rule,
            toml: "[[zone]]\nname = \"example.com\"\nplan = \"business\"".to_owned(),
        }],
        verification: Some(Verification {
            exchanges: 1000,
            divergences: 0,
            legacy_failures: 3,
            engines: vec!["quickjs".to_owned(), "simulator".to_owned()],
            decided_by: BTreeMap::from([("rules".to_owned(), Decided { exchanges: 600, divergences: 0 })]),
            set_aside: BTreeMap::from([("domain-facts".to_owned(), 4)]),
        }),
        ..Report::new()
    }
}

#[test]
fn markdown() {
    insta::assert_snapshot!(report_md(&sample()));
}

#[test]
fn summary() {
    insta::assert_snapshot!(summary_text(&sample()));
}

#[test]
fn an_empty_report_reads_well_in_every_form() {
    let report = Report::new();
    assert_eq!(
        summary_text(&report),
        "No edge code was found.\n0 behaviors in 0 functions.\n0 constructs of source accounted for, 0 refused, 0 unaccounted.\n"
    );
    assert!(report_md(&report).contains("there is nothing to write"));
    assert_eq!(valid(&report), Vec::<String>::new());
}

#[test]
fn ledger_lines() {
    let line = |settled, by: Option<&str>| LedgerLine {
        kind: LedgerKind::Construct,
        id: "s1.c1".to_owned(),
        what: "if statement".to_owned(),
        span: place("edge/index.js", 3),
        settled,
        behaviors: vec!["b1".to_owned()],
        by: by.map(str::to_owned),
    };
    assert_eq!(
        ledger_jsonl(&[line(Some(Verdict::NoEffect), Some("console")), line(None, None)]),
        "{\"kind\":\"construct\",\"id\":\"s1.c1\",\"what\":\"if statement\",\"span\":{\"file\":\"edge/index.js\",\"line\":3,\"column\":3,\"endLine\":3,\"endColumn\":9},\"settled\":\"no_effect\",\"behaviors\":[\"b1\"],\"by\":\"console\"}\n\
         {\"kind\":\"construct\",\"id\":\"s1.c1\",\"what\":\"if statement\",\"span\":{\"file\":\"edge/index.js\",\"line\":3,\"column\":3,\"endLine\":3,\"endColumn\":9},\"settled\":null,\"behaviors\":[\"b1\"]}\n"
    );
}

#[test]
fn the_report_validates_and_the_schema_describes_every_field() {
    assert_eq!(valid(&sample()), Vec::<String>::new());
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema: Value = serde_json::from_str(report_schema()).unwrap_or_default();
    let good: Value = serde_json::from_str(&report_json(&sample())).unwrap_or_default();
    let edits: [fn(&mut Value); 6] = [
        |it| it["schema"] = "migrate-report/2".into(),
        |it| it["zones"][0]["plan"] = "gold".into(),
        |it| it["zones"][0]["byPlan"]["gold"] = serde_json::json!({}),
        |it| it["behaviors"][0]["summary"] = 2.into(),
        |it| it["findings"][0]["code"] = "E0308".into(),
        |it| drop(it["ledger"]["constructs"].as_object_mut().and_then(|it| it.remove("total"))),
    ];
    for edit in edits {
        let mut bad = good.clone();
        edit(&mut bad);
        let mut faults = Vec::new();
        check(&schema, &schema, &bad, "", &mut faults);
        assert_eq!(faults.len(), 1, "{faults:?}");
    }
}

#[test]
fn no_form_holds_a_secret() {
    let mut report = sample();
    let secret = "Basic c2hvcDpzZWNyZXQ=";
    for it in &mut report.behaviors {
        it.summary = format!("deny unless authorization is {secret}");
        it.excerpt = format!("if (sent !== '{secret}') return deny();");
        it.reasons = vec![Reason { code: "MIG0701".to_owned(), message: format!("compares with {secret}") }];
        for emitted in &mut it.emitted {
            emitted.expression = format!("http.request.headers[\"authorization\"][0] ne \"{secret}\"");
            emitted.action = format!("block unless {secret}");
        }
    }
    report.questions[0].question = format!("Is {secret} still used?");
    for form in [report_json(&report), report_md(&report), summary_text(&report)] {
        assert!(!form.contains("c2hvcDpzZWNyZXQ"), "{form}");
    }
}

#[test]
fn hostile_names_stay_text() {
    let mut report = sample();
    let evil = "x\u{1b}[31m</table><script>alert(1)</script> | [a](https://evil.example) `";
    report.zones[0].name = evil.to_owned();
    for it in &mut report.behaviors {
        it.zone = evil.to_owned();
        it.summary = evil.to_owned();
        it.route = evil.to_owned();
        it.excerpt = format!("```\n{evil}\n# no heading");
    }
    report.findings[0].message = evil.to_owned();
    let md = report_md(&report);
    let mut fence: Option<&str> = None;
    for line in md.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = line.get(..ticks),
            None => {
                let prose = outside_of_code(line);
                assert!(!prose.contains("<script") && !prose.contains("](https:"), "{line}");
            }
        }
    }
    assert_eq!(fence, None, "a block stays open");
    assert!(!md.contains('\u{1b}') && !summary_text(&report).contains('\u{1b}'));
}

/// A line of Markdown without its code spans and its escaped characters.
fn outside_of_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let after = rest.get(ticks..).unwrap_or_default();
        let ends = |at: &usize| {
            let tail = after.get(*at..).unwrap_or_default();
            tail.len() - tail.trim_start_matches('`').len() == ticks
                && !after.get(..*at).unwrap_or_default().ends_with('`')
        };
        let skip = match first {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '`' => match after.match_indices('`').map(|(at, _)| at).find(ends) {
                Some(at) => ticks + at + ticks,
                None => ticks,
            },
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = rest.get(skip..).unwrap_or_default();
    }
    out
}

/// Faults of a report against the schema, read strictly: a field the schema does not name is a fault.
fn valid(report: &Report) -> Vec<String> {
    let schema: Value = serde_json::from_str(report_schema()).unwrap_or_default();
    let value: Value = serde_json::from_str(&report_json(report)).unwrap_or_default();
    let mut faults = Vec::new();
    check(&schema, &schema, &value, "", &mut faults);
    faults
}

/// The part of JSON Schema that our schema uses; an unknown keyword is a fault of the schema.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else { return faults.push(format!("{at}: not a schema")) };
    for (keyword, rule) in rules {
        let ok = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let name = rule.as_str().unwrap_or_default().trim_start_matches("#/$defs/");
                check(root, &root["$defs"][name], value, at, faults);
                true
            }
            "const" => value == rule,
            "enum" => rule.as_array().is_some_and(|it| it.contains(value)),
            "type" => {
                let is = |word: &Value| match word.as_str().unwrap_or_default() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "null" => value.is_null(),
                    _ => false,
                };
                rule.as_array().map_or_else(|| is(rule), |words| words.iter().any(is))
            }
            "minimum" => value.as_i64() >= rule.as_i64(),
            "pattern" => {
                rule == "^MIG[0-9]{4}$"
                    && value.as_str().is_some_and(|it| {
                        it.len() == 7 && it.starts_with("MIG") && it.bytes().skip(3).all(|byte| byte.is_ascii_digit())
                    })
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}/{index}"), faults);
                }
                true
            }
            "required" => {
                rule.as_array().into_iter().flatten().all(|it| value.get(it.as_str().unwrap_or_default()).is_some())
            }
            "properties" => {
                for (name, item) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(rule) => check(root, rule, item, &format!("{at}/{name}"), faults),
                        None => faults.push(format!("{at}/{name}: not in the schema")),
                    }
                }
                true
            }
            "additionalProperties" => {
                for (name, item) in value.as_object().into_iter().flatten() {
                    check(root, rule, item, &format!("{at}/{name}"), faults);
                }
                true
            }
            "propertyNames" => {
                for name in value.as_object().into_iter().flat_map(|it| it.keys()) {
                    check(root, rule, &Value::from(name.as_str()), &format!("{at}/{name}"), faults);
                }
                true
            }
            _ => false,
        };
        if !ok {
            faults.push(format!("{at}: {keyword} {rule} refuses {value}"));
        }
    }
}

#[test]
fn what_is_said_often_is_said_once() {
    let mut report = sample();
    for it in &mut report.behaviors {
        it.fidelity = Fidelity::Assumed;
        it.assumptions = vec![format!("own-{}", it.id), "distribution.restrictions does not interfere".to_owned()];
    }
    let Some(often) = report.findings.first().cloned() else { return };
    report.findings.extend((0..5).map(|at| Finding {
        id: format!("MIG0309-{at}"),
        code: "MIG0309".to_owned(),
        name: "not-read".to_owned(),
        level: "warning".to_owned(),
        message: format!("attribute {at}"),
        help: Some("Say so in migrate.toml:\n[[effect]]\ntouches = \"nothing\"".to_owned()),
        ..often.clone()
    }));
    let text = report_md(&report);
    assert_eq!(text.matches("distribution.restrictions does not interfere").count(), 1, "{text}");
    assert!(text.contains("| assumed: own-b1 |") && text.contains("Everything here is assumed under"), "{text}");
    assert!(text.contains("- **MIG0309 not-read** (warning, 5 times)\n  - attribute 0, "), "{text}");
    let pasted = "\n    Say so in migrate.toml:\n\n    ```toml\n    [[effect]]\n    touches = \"nothing\"\n    ```\n";
    assert!(text.contains(pasted), "{text}");
    // Rare findings stand in front of frequent ones.
    assert!(text.find("MIG0501 regex") < text.find("MIG0309 not-read"));
    assert!(summary_text(&report).lines().next().is_some_and(|it| it.contains("on free")));
    for zone in &mut report.zones {
        zone.by_plan = Plan::ALL.iter().map(|plan| (*plan, counts(1, 1, 0))).collect();
    }
    assert!(summary_text(&report).starts_with("Plan pro: 1 rule, 1 in a Worker (the same on every plan)."));
}

#[test]
fn what_is_refused_is_neither_exact_nor_assumed() {
    let mut report = sample();
    for it in &mut report.behaviors {
        it.verdict = Verdict::Refused;
    }
    assert!(summary_text(&report).contains("2 behaviors in 1 function.\n"));
    assert!(report_md(&report).contains("| refused | single redirect | not written |"));
}
