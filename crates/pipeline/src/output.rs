//! Every file of the output tree, by path, and the marker that says it is ours.

use std::collections::BTreeMap;

use diag::{Diagnostic, Format, codes};
use report::view::{LedgerLine, Report};
use sha2::{Digest, Sha256};
use source::Sources;

use crate::attach::Estate;
use crate::lower::Modules;
use crate::printed::PrintedHooks;

/// Lower-case hexadecimal digits of a SHA-256.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|it| format!("{it:02x}")).collect()
}

/// The hash of everything that was read, in order, with its names.
pub(crate) fn input_hash(sources: &Sources) -> String {
    let mut hash = Sha256::new();
    for (_, file) in sources.iter() {
        hash.update(file.path().as_bytes());
        hash.update([0]);
        hash.update(file.text().as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|it| format!("{it:02x}")).collect()
}

/// Rules and code: what does not depend on the findings.
pub(crate) fn emitted(
    program: &edge::Program,
    placement: &passes::Placement,
    estate: &Estate,
    modules: &Modules,
    sources: &Sources,
    printed: &PrintedHooks,
    findings: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (path, text) in emit_rules::account_files(&placement.account) {
        files.insert(format!("account/{path}"), text);
    }
    for zone in &placement.zones {
        for (path, text) in emit_rules::zone_files(zone) {
            files.insert(format!("zones/{}/{path}", zone.name), text);
        }
    }
    for part in &placement.workers {
        let spec = crate::worker::spec(part, program, estate, modules, sources, printed);
        match emit_worker::project(&spec) {
            Ok(project) => {
                for (path, text) in project {
                    files.insert(format!("zones/{}/worker/{path}", part.zone), text);
                }
                let names: Vec<&str> =
                    part.hooks.iter().filter_map(|it| program.hooks.get(*it)).map(|it| it.name.as_ref()).collect();
                let how = how_written(part, program, printed);
                let message = format!("a Worker was written for {} in {}{how}", names.join(", "), part.zone);
                let span = part.hooks.first().and_then(|it| program.hooks.get(*it)).map(|it| it.span);
                findings.push(Diagnostic::new(&codes::WORKER_GENERATED, span, message));
                let units = part.hooks.iter().filter_map(|it| estate.hooks.get(*it));
                if units.filter_map(|it| estate.units.get(it.unit)).any(|it| it.kvs) {
                    let message =
                        format!("the Worker of {} reads a KV namespace that has to be made and filled", part.zone);
                    findings.push(Diagnostic::new(&codes::KV_BINDING_NEEDED, span, message));
                }
            }
            Err(fault) => {
                let message = format!("the Worker of {} was not written: {fault}", part.zone);
                findings.push(Diagnostic::new(&codes::NOT_UNDERSTOOD, None, message));
            }
        }
    }
    files
}

/// Which functions were printed and why others were not; nothing where nobody asked.
fn how_written(part: &passes::WorkerPart, program: &edge::Program, printed: &PrintedHooks) -> String {
    let mut text = String::new();
    for at in &part.hooks {
        let name = program.hooks.get(*at).map_or("", |it| &it.name);
        match printed.get(at) {
            Some(Ok(_)) => text.push_str(&format!("; `{name}` is printed")),
            Some(Err(because)) => text.push_str(&format!("; `{name}` stays the source's own code: {because}")),
            None => {}
        }
    }
    text
}

/// Adds the report in its forms, the findings, and at last the marker.
pub(crate) fn finish(
    files: &mut BTreeMap<String, String>,
    report: &Report,
    lines: &[LedgerLine],
    findings: &[Diagnostic],
    sources: &Sources,
    input: &str,
) {
    files.insert("report.json".to_owned(), report::report_json(report));
    files.insert("report.md".to_owned(), report::report_md(report));
    files.insert("ledger.jsonl".to_owned(), report::ledger_jsonl(lines));
    files.insert("findings.sarif".to_owned(), diag::render(Format::Sarif, findings, sources));
    let hashes: serde_json::Map<String, serde_json::Value> =
        files.iter().map(|(path, text)| (path.clone(), digest(text.as_bytes()).into())).collect();
    let marker = serde_json::json!({ "schema": "migrate-output/1", "input": input, "files": hashes });
    files.insert(crate::MARKER.to_owned(), format!("{marker:#}\n"));
}
