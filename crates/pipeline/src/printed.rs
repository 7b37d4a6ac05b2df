//! Which hooks of the Workers are printed code, and why the others stay the user's own.

use std::collections::BTreeMap;

use edge::Program;
use emit_worker::Printed;
use passes::Placement;
use source::Sources;

use crate::config::{Config, WorkerCode};
use crate::evaluate::Evaluated;

/// Every hook that is code, printed or with the reason why it is not; empty where the user's own code is wanted.
pub(crate) type PrintedHooks = BTreeMap<usize, Result<Printed, String>>;

/// Prints what is code, where the configuration asks for it.
pub(crate) fn printed(
    program: &Program,
    placement: &Placement,
    evaluated: &Evaluated,
    config: &Config,
    sources: &Sources,
) -> PrintedHooks {
    match config.worker.code {
        WorkerCode::Adapted => return PrintedHooks::new(),
        WorkerCode::Printed => {}
    }
    let locate = |span| {
        let (file, at) = sources.locate(span);
        format!("{file}:{}", at.line)
    };
    let hooks = placement.workers.iter().flat_map(|it| it.hooks.iter().copied());
    hooks
        .filter_map(|at| {
            let hook = program.hooks.get(at)?;
            // What was not followed may do what no expression of the program says.
            let came = match evaluated.partial.get(at) {
                Some(false) => emit_worker::printed(program, hook, &locate),
                Some(true) | None => Err("something in it was not followed".to_owned()),
            };
            Some((at, came))
        })
        .collect()
}
