//! The same rulesets for Terraform, formatted as `terraform fmt` would.
//!
//! The provider's attribute names are those of the API, so a rule is its JSON in other punctuation.

use crate::json::{list_items, rule_json};
use serde_json::Value as Json;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use target::phase::Phase;
use target::ruleset::{Account, Rule, ZoneRules};

/// The version of the provider that the files are written for.
pub const PROVIDER_VERSION: &str = "5.28.0";

/// Files for a zone together with the account's bulk redirects.
#[must_use]
pub fn terraform(zone: &ZoneRules, account: &Account) -> BTreeMap<String, String> {
    let mut files = zone_terraform(zone);
    files.extend(account_terraform(account));
    files
}

/// Files for a zone.
#[must_use]
pub fn zone_terraform(zone: &ZoneRules) -> BTreeMap<String, String> {
    let mut out = String::new();
    for (phase, rules) in zone.phases.iter().filter(|(phase, rules)| !phase.row().own_api && !rules.is_empty()) {
        if !out.is_empty() {
            out.push('\n');
        }
        ruleset(&mut out, *phase, rules, &format!("{} of {}", phase.row().product, zone.name), &[]);
    }
    files("rules.tf", out, ("zone_variables.tf", "zone_id", "Identifier of the zone."))
}

/// Files for the account.
#[must_use]
pub fn account_terraform(account: &Account) -> BTreeMap<String, String> {
    let mut out = String::new();
    let mut lists = Vec::new();
    for list in &account.lists {
        let mut body = Body::default();
        body.raw("account_id", "var.account_id");
        body.text("kind", "redirect");
        body.text("name", &list.name);
        body.text("description", &list.description);
        let _ = writeln!(out, "resource \"cloudflare_list\" \"{}\" {{", label(&list.name));
        body.write(&mut out, "  ");
        out.push_str("  items = ");
        write_list(&mut out, "  ", list_items(list));
        out.push_str("\n}\n\n");
        lists.push(format!("cloudflare_list.{}", label(&list.name)));
    }
    if !account.bulk_rules.is_empty() {
        ruleset(&mut out, Phase::BulkRedirect, &account.bulk_rules, Phase::BulkRedirect.row().product, &lists);
    }
    out.truncate(out.trim_end_matches('\n').len());
    if !out.is_empty() {
        out.push('\n');
    }
    files("account.tf", out, ("account_variables.tf", "account_id", "Identifier of the account."))
}

fn files(name: &str, text: String, variable: (&str, &str, &str)) -> BTreeMap<String, String> {
    if text.is_empty() {
        return BTreeMap::new();
    }
    let (file, variable, description) = variable;
    let mut declared = String::new();
    let mut body = Body::default();
    body.raw("type", "string");
    body.text("description", description);
    block(&mut declared, &format!("variable \"{variable}\""), &body);
    BTreeMap::from([(name.to_owned(), text), (file.to_owned(), declared), ("versions.tf".to_owned(), versions())])
}

fn versions() -> String {
    format!(
        "terraform {{\n  required_providers {{\n    cloudflare = {{\n      source  = \"cloudflare/cloudflare\"\n      version = \"{PROVIDER_VERSION}\"\n    }}\n  }}\n}}\n"
    )
}

fn ruleset(out: &mut String, phase: Phase, rules: &[Rule], description: &str, depends_on: &[String]) {
    let mut body = Body::default();
    let kind = match phase.row().level {
        target::phase::Level::Zone => {
            body.raw("zone_id", "var.zone_id");
            "zone"
        }
        target::phase::Level::Account => {
            body.raw("account_id", "var.account_id");
            "root"
        }
    };
    body.text("name", "default");
    body.text("description", description);
    body.text("kind", kind);
    body.text("phase", phase.api_name());
    body.value("rules", &Json::Array(rules.iter().map(rule_json).collect()));
    if !depends_on.is_empty() {
        body.raw("depends_on", &format!("[{}]", depends_on.join(", ")));
    }
    out.push_str("# Terraform owns every rule of this phase: rules that are not listed here are deleted. An entry point that exists must be\n# imported first, and its rules added here.\n");
    block(out, &format!("resource \"cloudflare_ruleset\" \"{phase}\""), &body);
}

/// Attributes in order, each with the text of its value; a value of several lines is indented as if it began a line.
#[derive(Default)]
struct Body(Vec<(String, String)>);

impl Body {
    fn raw(&mut self, name: &str, text: &str) {
        self.0.push((name.to_owned(), text.to_owned()));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.raw(name, &quoted(text));
    }

    fn value(&mut self, name: &str, value: &Json) {
        let text = render(value);
        self.raw(name, &text);
    }

    /// One attribute per line behind the indent. Neighbors of one line each have their `=` in one column, as the formatter wants it.
    fn write(&self, out: &mut String, indent: &str) {
        let mut run: Vec<&(String, String)> = Vec::new();
        for attribute in &self.0 {
            if attribute.1.contains('\n') {
                align(out, indent, &mut run);
                let mut texts = attribute.1.lines();
                // Writing into a string cannot fail.
                let _ = writeln!(out, "{indent}{} = {}", attribute.0, texts.next().unwrap_or_default());
                texts.for_each(|it| {
                    let _ = writeln!(out, "{indent}{it}");
                });
            } else {
                run.push(attribute);
            }
        }
        align(out, indent, &mut run);
    }
}

fn align(out: &mut String, indent: &str, run: &mut Vec<&(String, String)>) {
    let width = run.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, text) in run.drain(..) {
        let space = " ".repeat(width - name.chars().count());
        let _ = writeln!(out, "{indent}{name}{space} = {text}");
    }
}

fn block(out: &mut String, head: &str, body: &Body) {
    let _ = writeln!(out, "{head} {{");
    body.write(out, "  ");
    out.push_str("}\n");
}

/// A list whose items are made one by one; its lines but the first stand behind the indent.
fn write_list(out: &mut String, indent: &str, items: impl Iterator<Item = impl Borrow<Json>>) {
    out.push_str("[\n");
    for item in items {
        for line in format!("{},", render(item.borrow())).lines() {
            let _ = writeln!(out, "{indent}  {line}");
        }
    }
    out.push_str(indent);
    out.push(']');
}

/// A value of the JSON in Terraform's syntax.
fn render(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(it) => it.to_string(),
        Json::Number(it) => it.to_string(),
        Json::String(it) => quoted(it),
        Json::Array(items) => {
            let mut out = String::new();
            write_list(&mut out, "", items.iter());
            out
        }
        Json::Object(entries) => {
            let mut body = Body::default();
            for (name, value) in entries {
                body.value(&key(name), value);
            }
            let mut out = String::from("{\n");
            body.write(&mut out, "  ");
            out.push('}');
            out
        }
    }
}

/// A key of an object: bare when it is an identifier.
fn key(name: &str) -> String {
    let bare = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    if bare { name.to_owned() } else { quoted(name) }
}

/// A name of a resource.
fn label(name: &str) -> String {
    let cleaned: String =
        name.chars().map(|it| if it.is_ascii_alphanumeric() || it == '_' { it } else { '_' }).collect();
    if cleaned.starts_with(|it: char| it.is_ascii_digit()) { format!("_{cleaned}") } else { cleaned }
}

/// A string literal in which nothing is interpolated. `${` is written `$${`; where another dollar stands before it, that would be
/// read as a dollar and an interpolation, so the second one becomes an escape.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if letters.peek() == Some(&'{') => {
                if before == letter {
                    let _ = write!(out, "\\u{:04x}", u32::from(letter));
                } else {
                    out.push(letter);
                    out.push(letter);
                }
            }
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            plain => out.push(plain),
        }
        before = letter;
    }
    out.push('"');
    out
}
