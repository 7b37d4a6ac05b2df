//! `report.md`: what a team plans from. One section per question a reader has, the most urgent first.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::markup::{block, cell, code, language, prose, sentences};
use crate::readiness::{Answer, readiness};
use crate::summary::{by_verdict, plans};
use crate::view::{Behavior, Counts, Evidence, Finding, Plan, Report, Span, Verdict, Zone};

/// The whole report in Markdown, with a line feed at its end.
#[must_use]
pub fn report_md(report: &Report) -> String {
    let mut out = String::from("# Migration report\n\n");
    security(&mut out, report);
    summary(&mut out, report);
    questions(&mut out, report);
    for zone in &report.zones {
        zone_section(&mut out, zone, report);
    }
    ledger(&mut out, report);
    limits(&mut out, report);
    findings(&mut out, report);
    verification(&mut out, report);
    readiness_section(&mut out, report);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn security(out: &mut String, report: &Report) {
    let mut lost = report.findings.iter().filter(|it| it.level == "security").peekable();
    if lost.peek().is_none() {
        return;
    }
    out.push_str(
        "## Security first\n\nChecks that would be lost or weakened. Do not move traffic before each is settled.\n\n",
    );
    for it in lost {
        let _ = writeln!(out, "- **{}** {}{}", it.code, prose(&it.message), at(it.spans.first()));
    }
    out.push('\n');
}

fn summary(out: &mut String, report: &Report) {
    let _ = writeln!(out, "## Summary\n\n{}\n", prose(&plans(&report.zones)));
    if report.behaviors.is_empty() {
        out.push_str("Nothing that runs at an edge was understood, so there is nothing to write.\n\n");
        return;
    }
    let count = |verdict: Verdict| report.behaviors.iter().filter(|it| it.verdict == verdict).count();
    let _ = writeln!(
        out,
        "A *behavior* is one thing the old edge does to a request or a response: one answer, or one change of a value. \
         Behaviors: {}. As Cloudflare rules, which need no code to run: {}. As code in a Worker: {}. Refused, to be \
         migrated by hand: {}. *Exact* means equal on every request; *assumed* names what it rests on; \
         *approximate* names a difference that `migrate.toml` accepted.\n",
        report.behaviors.len(),
        count(Verdict::Rule),
        count(Verdict::Worker),
        count(Verdict::Refused),
    );
    out.push_str("| Function | Platform | Runs on | Handler |\n|---|---|---|---|\n");
    for it in &report.sources {
        let files: Vec<String> = it.files.iter().map(|file| cell(file)).collect();
        let hooks: Vec<String> = it.hooks.iter().map(|hook| cell(hook)).collect();
        let entry = format!("{}:{}", it.entry.file, it.entry.line);
        let _ = writeln!(
            out,
            "| {} {} | {} | {} | {} |",
            prose(&it.id),
            files.join(", "),
            cell(&it.platform),
            hooks.join(", "),
            cell(&entry)
        );
    }
    out.push('\n');
}

fn questions(out: &mut String, report: &Report) {
    if report.questions.is_empty() {
        return;
    }
    out.push_str("## Questions worth most\n\nEach answer moves behaviors to a cheaper place. Paste the lines into `migrate.toml` where the answer is yes.\n\n");
    for (it, number) in report.questions.iter().zip(1..) {
        let _ =
            writeln!(out, "{number}. {} ({} from {} to {})\n", prose(&it.question), it.behaviors.len(), it.from, it.to);
        indented(out, &block("toml", &it.toml));
        out.push('\n');
    }
}

/// A block inside of a list item.
fn indented(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "   {line}");
    }
}

fn zone_section(out: &mut String, zone: &Zone, report: &Report) {
    let _ = writeln!(out, "## Zone {}\n", prose(&zone.name));
    let hosts: Vec<String> = zone.hosts.iter().map(|it| code(it)).collect();
    let hosts = if hosts.is_empty() { "none known".to_owned() } else { hosts.join(", ") };
    let _ = writeln!(out, "Plan: {}. Hosts: {hosts}.\n", zone.plan);
    out.push_str("| Plan | Behaviors |\n|---|---|\n");
    for plan in Plan::ALL {
        let counts = zone.by_plan.get(plan).map_or_else(|| "not computed".to_owned(), by_verdict);
        let mark = if *plan == zone.plan { " (chosen)" } else { "" };
        let _ = writeln!(out, "| {plan}{mark} | {counts} |");
    }
    out.push('\n');
    let all: Vec<&Behavior> = report.behaviors.iter().filter(|it| it.zone == zone.name).collect();
    if all.is_empty() {
        out.push_str("No behaviors.\n\n");
        return;
    }
    let shared = shared_assumptions(&all);
    if !shared.is_empty() {
        let names: Vec<String> = shared.iter().map(|it| prose(it)).collect();
        let _ = writeln!(
            out,
            "Everything here is assumed under: {}. Rows name what else they rest on.\n",
            names.join("; ")
        );
    }
    out.push_str("| # | Behavior | Verdict | Product | Fidelity | Why |\n|---|---|---|---|---|---|\n");
    for (it, number) in all.iter().zip(1..) {
        let why: Vec<String> =
            it.reasons.iter().map(|reason| format!("{} ({})", prose(&reason.message), reason.code)).collect();
        let products: Vec<String> = it.products.iter().map(|it| prose(&it.replace('_', " "))).collect();
        let _ = writeln!(
            out,
            "| {number} | {} | {} | {} | {} | {} |",
            prose(&it.summary),
            it.verdict,
            products.join(", "),
            fidelity(it, &shared),
            why.join("; ")
        );
    }
    out.push('\n');
    for (it, number) in all.iter().zip(1..) {
        behavior(out, it, number);
    }
}

/// What each of several behaviors rests on, refused ones aside: it is said once.
fn shared_assumptions(all: &[&Behavior]) -> Vec<String> {
    let mut written = all.iter().filter(|it| it.verdict != Verdict::Refused);
    let Some(first) = written.next().filter(|_| all.len() > 1) else { return Vec::new() };
    let others: Vec<_> = written.collect();
    let everywhere = |name: &&String| others.iter().all(|it| it.assumptions.contains(name));
    first.assumptions.iter().filter(everywhere).cloned().collect()
}

fn fidelity(it: &Behavior, shared: &[String]) -> String {
    if it.verdict == Verdict::Refused {
        return "not written".to_owned();
    }
    let names: Vec<String> = it.assumptions.iter().filter(|it| !shared.contains(it)).map(|it| prose(it)).collect();
    if names.is_empty() {
        return it.fidelity.word().to_owned();
    }
    format!("{}: {}", it.fidelity, names.join(", "))
}

fn behavior(out: &mut String, it: &Behavior, number: usize) {
    let _ = writeln!(out, "### {number}. {}\n", prose(&it.summary));
    let _ = writeln!(
        out,
        "**{}** on {}, route {}{}. Smallest plan: {}.",
        it.verdict,
        code(&it.hook),
        code(&it.route),
        at(it.spans.first()),
        it.minimum_plan
    );
    if !it.held_back_by.is_empty() {
        let names: Vec<String> = it.held_back_by.iter().map(|it| prose(it)).collect();
        let _ = writeln!(out, "Held back by: {}.", names.join("; "));
    }
    match it.evidence.language {
        Evidence::None => out.push_str("No exchange has confirmed it yet.\n\n"),
        Evidence::RealEngine | Evidence::EmbeddedEngine | Evidence::PublishedSamples | Evidence::Model => {
            let _ = writeln!(out, "Evidence: language {}, platform {}.\n", it.evidence.language, it.evidence.platform);
        }
    }
    if !it.excerpt.is_empty() {
        let file = it.spans.first().map_or("", |it| it.file.as_str());
        // What stands in a template is the code of a script all the same.
        let words = match language(file) {
            "hcl" | "yaml" | "json" => "js",
            other => other,
        };
        let _ = writeln!(out, "Source:\n\n{}", block(words, &it.excerpt));
    }
    for emitted in &it.emitted {
        let _ = writeln!(
            out,
            "Emitted as {} in {}: {}\n",
            code(&emitted.reference),
            code(&emitted.file),
            code(&emitted.action)
        );
        if !emitted.expression.is_empty() {
            let _ = writeln!(out, "{}", block("txt", &emitted.expression));
        }
    }
    for other in &it.alternatives {
        let _ = writeln!(out, "Worth a thought: {}: {}\n", prose(&other.product), prose(&other.why));
    }
}

fn at(span: Option<&Span>) -> String {
    match span {
        Some(span) => match span.line {
            Some(line) => format!(", {}", code(&format!("{}:{line}", span.file))),
            None => format!(", {}", code(&span.file)),
        },
        None => String::new(),
    }
}

fn ledger(out: &mut String, report: &Report) {
    out.push_str(
        "## Ledger\n\nEvery construct of the source and every instance of it on a route, by what became of it. The two are \
         counted by code that shares nothing with the analysis; *unaccounted* has to be 0.\n\n",
    );
    let parts = Verdict::ALL.iter().map(|it| it.word().replace('_', " "));
    let head: Vec<String> =
        ["", "total"].map(str::to_owned).into_iter().chain(parts).chain(["unaccounted".to_owned()]).collect();
    let _ = writeln!(out, "| {} |\n|{}", head.join(" | ").trim_start(), "---|".repeat(head.len()));
    for (name, counts) in [("constructs", report.ledger.constructs), ("instances", report.ledger.instances)] {
        row(out, name, counts);
    }
    out.push('\n');
}

fn row(out: &mut String, name: &str, counts: Counts) {
    let parts: Vec<String> = Verdict::ALL.iter().map(|it| counts.part(*it).to_string()).collect();
    let _ = writeln!(out, "| {name} | {} | {} | {} |", counts.total, parts.join(" | "), counts.unaccounted);
}

fn limits(out: &mut String, report: &Report) {
    if report.limits.is_empty() {
        return;
    }
    out.push_str("## Limits\n\nWhat our rules use; rules you already have count on top.\n\n| Scope | Phase | Used | Limit |\n|---|---|---|---|\n");
    for it in &report.limits {
        let scope = it.zone.as_ref().unwrap_or(&it.scope);
        let _ = writeln!(out, "| {} | {} | {} | {} |", prose(scope), cell(&it.phase), it.used, it.limit);
    }
    out.push('\n');
}

fn findings(out: &mut String, report: &Report) {
    if report.findings.is_empty() {
        return;
    }
    out.push_str("## Findings\n\n`migrate explain CODE` prints the page of a code.\n\n");
    for level in ["security", "error", "warning", "note"] {
        let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for it in report.findings.iter().filter(|it| it.level == level) {
            groups.entry(&it.code).or_default().push(it);
        }
        // What is said often comes last: it would bury the rest.
        let mut groups: Vec<Vec<&Finding>> = groups.into_values().collect();
        groups.sort_by_key(|it| (it.len() > FEW, it.first().map(|it| it.code.clone())));
        for group in groups {
            let Some(first) = group.first() else { continue };
            if group.len() > FEW {
                let _ = writeln!(out, "- **{} {}** ({level}, {} times)", first.code, first.name, group.len());
                for it in group {
                    let place = at(it.spans.first());
                    let _ = writeln!(out, "  - {}{place}", prose(&it.message));
                    paste(out, it.help.as_deref(), "    ");
                }
                continue;
            }
            for it in group {
                let place = at(it.spans.first());
                let help = it.help.as_deref().filter(|it| !it.contains('\n'));
                let text = sentences(&it.message, help);
                let _ = writeln!(out, "- **{} {}** ({level}{place}): {text}", it.code, it.name);
                paste(out, it.help.as_deref(), "  ");
            }
        }
    }
    out.push('\n');
}

/// Findings of one code from which on they stand together.
const FEW: usize = 3;

/// Lines to paste, as they are: help that has some says in its first line what they are for.
fn paste(out: &mut String, help: Option<&str>, indent: &str) {
    let Some((what, lines)) = help.and_then(|it| it.split_once('\n')) else { return };
    let _ = writeln!(out, "\n{indent}{}\n", prose(what));
    for line in block("toml", lines).lines() {
        let _ = writeln!(out, "{}", format!("{indent}{line}").trim_end());
    }
    out.push('\n');
}

fn verification(out: &mut String, report: &Report) {
    out.push_str("## Verification\n\n");
    let Some(it) = &report.verification else {
        out.push_str("Nothing was run for this input yet. `migrate verify --write` runs the old edge and the new one on the same requests.\n\n");
        return;
    };
    let engines: Vec<String> = it.engines.iter().map(|it| prose(it)).collect();
    let _ = writeln!(
        out,
        "{} distinct exchanges on {}: {} divergences. On {} the legacy edge itself fails; they are not counted as agreement.\n",
        it.exchanges,
        engines.join(", "),
        it.divergences,
        it.legacy_failures
    );
    if !it.decided_by.is_empty() {
        out.push_str("| Decided by | Exchanges | Divergences |\n|---|---|---|\n");
        for (name, decided) in &it.decided_by {
            let _ = writeln!(out, "| {} | {} | {} |", prose(name), decided.exchanges, decided.divergences);
        }
        out.push_str("\nAdapted code is the user's own and agrees by construction.\n\n");
    }
    if !it.set_aside.is_empty() {
        out.push_str("Set aside because they are outside of the profile:");
        for (member, count) in &it.set_aside {
            let _ = write!(out, " {} {count};", prose(member));
        }
        out.truncate(out.len() - 1);
        out.push_str(".\n\n");
    }
}

fn readiness_section(out: &mut String, report: &Report) {
    out.push_str(
        "## Production readiness\n\nWhat the analysis answers, what a person decides, what does not arise.\n\n",
    );
    let all = readiness(report);
    let shown: Vec<(&str, &String)> = all
        .iter()
        .filter_map(|(item, answer)| match answer {
            Answer::Shown(text) => Some((*item, text)),
            Answer::Decide(..) | Answer::NotApplicable(_) => None,
        })
        .collect();
    out.push_str("**Answered**\n\n");
    for (item, text) in shown {
        let _ = writeln!(out, "- {item}: {text}");
    }
    let mut roles: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    let mut absent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (item, answer) in &all {
        match answer {
            Answer::Shown(_) => {}
            Answer::Decide(role, look) => roles.entry(role).or_default().push((item, look)),
            Answer::NotApplicable(reason) => absent.entry(reason).or_default().push(item),
        }
    }
    for (role, items) in roles {
        let _ = writeln!(out, "\n**To decide: {role}**\n");
        for (item, look) in items {
            let _ = writeln!(out, "- [ ] {item}: {look}");
        }
    }
    out.push_str("\n**Not applicable**\n\n");
    for (reason, items) in absent {
        let _ = writeln!(out, "- {} ({reason})", items.join(", "));
    }
}
