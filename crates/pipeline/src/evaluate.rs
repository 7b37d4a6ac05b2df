//! Evaluation of every attached function into the hooks of one edge program.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use diag::{Diagnostic, codes};
use edge::{ExitKind, InstanceId, Node, Program, Region, Ty, Why};
use rayon::prelude::*;
use script::{Pattern, StmtKind};
use source::{Sources, Span};

use crate::attach::{Attached, Estate};
use crate::config::{Config, MODULE_STATE};
use crate::ledger::Register;
use crate::lower::Modules;

/// What is known of each hook beside its behaviors, in the order of the hooks.
#[derive(Debug, Default)]
pub(crate) struct Evaluated {
    /// The statements that ran.
    pub(crate) executed: Vec<BTreeSet<Span>>,
    /// Whether something was not followed, so that what did not run may run all the same.
    pub(crate) partial: Vec<bool>,
    /// Whether there is a handler.
    pub(crate) handlers: Vec<bool>,
    /// Whether it writes to variables of its module, which are assumed to begin anew with each request.
    pub(crate) state: Vec<bool>,
    /// The built-ins and host functions that any of them called.
    pub(crate) called: BTreeSet<Arc<str>>,
}

/// Evaluates in the order of the hooks, which is the order of `program.hooks` afterwards. A function that does not parse, or has no
/// handler, is one exit of which nothing is known.
pub(crate) fn evaluate(
    program: &mut Program,
    estate: &mut Estate,
    register: &Register,
    modules: &Modules,
    sources: &Sources,
    config: &Config,
    findings: &mut Vec<Diagnostic>,
) -> Evaluated {
    let path = |file| -> Arc<str> { Arc::from(sources.file(file).path()) };
    let links: BTreeMap<(Arc<str>, Arc<str>), Arc<str>> = modules
        .links
        .iter()
        .map(|((importer, specifier), target)| ((path(*importer), specifier.clone()), path(*target)))
        .collect();
    let imported: BTreeSet<_> = modules.links.values().collect();
    let by_path: BTreeMap<Arc<str>, script::Module> = modules
        .by_file
        .iter()
        .filter(|(file, _)| imported.contains(file))
        .map(|(file, module)| (path(*file), module.clone()))
        .collect();
    let resolve = |importer: &str, specifier: &str| links.get(&(Arc::from(importer), Arc::from(specifier))).cloned();
    let mut out = Evaluated::default();
    // Each hook on a program of its own, side by side; they are absorbed in their order.
    let on_its_own = |(at, attached): (usize, &Attached)| {
        let unit = estate.units.get(attached.unit)?;
        let function = symex::Function {
            name: unit.name.clone(),
            entry: modules.by_file.get(&unit.file)?,
            modules: &by_path,
            resolve: &resolve,
            point: attached.point,
            instances: register.of_hook.get(at)?,
            host: unit.host,
            handler: &unit.handler,
            forwarded: None,
            origin: None,
        };
        let mut own = Program::default();
        let evaluated = symex::evaluate(&mut own, &function);
        Some((own, evaluated))
    };
    let evaluated: Vec<Option<(Program, symex::Evaluated)>> =
        estate.hooks.par_iter().enumerate().map(on_its_own).collect();
    for ((at, attached), evaluated) in estate.hooks.iter_mut().enumerate().zip(evaluated) {
        let unit = estate.units.get(attached.unit);
        let entry = unit.and_then(|it| modules.by_file.get(&it.file));
        let (Some(unit), Some(instances)) = (unit, register.of_hook.get(at)) else { continue };
        let Some((entry, (own, mut evaluated))) = entry.zip(evaluated) else {
            let span = Span::new(unit.file, 0, 0);
            let name = unit.name.clone();
            let point = attached.point.unwrap_or(edge::HookPoint::ClientRequest);
            let mut hook = edge::Hook { name, point, span, exits: Vec::new(), updates: BTreeMap::new() };
            let cause = if unit.missing.is_some() {
                "a function whose text is not known"
            } else {
                "a function that does not parse"
            };
            hook.exits.push(not_known(program, span, cause, instances));
            program.hooks.push(hook);
            out.executed.push(BTreeSet::new());
            out.partial.push(true);
            out.handlers.push(true);
            out.state.push(false);
            continue;
        };
        evaluated.hook = program.absorb(&own).hook(&evaluated.hook);
        evaluated.hook.span = handler(entry, sources).unwrap_or(evaluated.hook.span);
        let partial = evaluated.partial;
        findings.extend(evaluated.diagnostics);
        out.called.append(&mut evaluated.called);
        if !evaluated.has_handler {
            let message = format!("`{}` defines no function named `handler`", unit.name);
            findings.push(Diagnostic::new(&codes::NO_HANDLER, Span::new(unit.file, 0, 0), message));
            let span = evaluated.hook.span;
            // An empty text has nothing that could be refused; the finding says it.
            evaluated.hook.exits.clear();
            evaluated.hook.updates.clear();
            if !instances.is_empty() {
                evaluated.hook.exits.push(not_known(program, span, "a function without a handler", instances));
            }
        } else if evaluated.inferred_point {
            let point = evaluated.hook.point.text();
            let message = format!("no file says when `{}` runs; from what it reads: {point}", unit.name);
            let (file, _) = sources.locate(evaluated.hook.span);
            let help = format!("[[source]]\npath = \"{file}\"\nhook = \"{point}\"");
            findings.push(Diagnostic::new(&codes::UNKNOWN_EVENT_SHAPE, evaluated.hook.span, message).help(help));
        }
        let files = modules.closure(unit.file);
        let state = files.into_iter().find_map(|file| register.module_state(file, &evaluated.executed));
        if let Some((span, name)) = &state {
            findings.push(kept_between_requests(*span, &unit.name, name));
            if !config.is_on(MODULE_STATE) {
                let cause = "a variable of the module that requests share";
                evaluated.hook.exits = vec![not_known(program, *span, cause, instances)];
                evaluated.hook.updates.clear();
            }
        }
        program.hooks.push(evaluated.hook);
        out.executed.push(evaluated.executed);
        out.partial.push(partial);
        out.handlers.push(evaluated.has_handler);
        out.state.push(state.is_some() && config.is_on(MODULE_STATE));
    }
    out
}

/// What a reader of a function with memory has to know.
fn kept_between_requests(span: Span, function: &str, name: &str) -> Diagnostic {
    let message =
        format!("`{function}` writes `{name}`, a variable of the module; each request is assumed to begin anew");
    let help = format!(
        "If requests do share it, say so in migrate.toml; the function becomes code:\n[profile]\n{MODULE_STATE} = false"
    );
    Diagnostic::new(&codes::ASSUMED_DOMAIN_FACTS, span, message).help(help)
}

/// The exit of a function of which nothing is known; every construct of it is a reason.
fn not_known(program: &mut Program, span: Span, cause: &str, instances: &HashMap<Span, InstanceId>) -> edge::Exit {
    let region = program.store.region(Region { cause: Arc::from(cause), span });
    let status = program.store.mk(Node::Code(region, Ty::Int, 1));
    let body = program.store.mk(Node::Code(region, Ty::OptStr, 1));
    let mut all: Vec<InstanceId> = instances.values().copied().collect();
    all.sort_unstable();
    let set = &mut program.ledger.why;
    let why = all.into_iter().fold(Why::NONE, |why, it| {
        let one = set.one(it);
        set.union(why, one)
    });
    let guard = program.store.bool(true);
    edge::Exit { guard, kind: ExitKind::Respond { status, body }, also: Vec::new(), why, span }
}

/// The first line of the handler.
pub(crate) fn handler(entry: &script::Module, sources: &Sources) -> Option<Span> {
    let named = |name: Option<&str>| name == Some("handler");
    let span = entry.body.iter().find_map(|it| {
        if let StmtKind::Function(function) = &it.kind {
            return named(function.name.as_deref()).then_some(function.span);
        }
        let StmtKind::Declare(all) = &it.kind else { return None };
        let declares = |pattern: &Pattern| matches!(pattern, Pattern::Name(name, _) if named(Some(name.as_ref())));
        all.iter().any(|(pattern, _)| declares(pattern)).then_some(it.span)
    })?;
    let line = sources.text(span).find('\n').map_or(span.end, |at| span.start + u32::try_from(at).unwrap_or(0));
    Some(Span::new(span.file, span.start, line))
}
