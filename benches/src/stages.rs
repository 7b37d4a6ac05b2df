//! The stages of an analysis, each timed by itself on a program that the stages before it made.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edge::{ConstructId, Program};
use script::Block;
use source::{MemoryTree, Sources, Span};
use target::plan::Plan;

use crate::Shape;

/// The names of the stages, in the order of [`Costs`].
pub const STAGES: [&str; 5] = ["read and parse", "analysis", "placement", "text form", "whole run"];

/// What a stage took over several runs.
#[derive(Copy, Clone, Debug, Default)]
pub struct Cost {
    /// The median, for people.
    pub median: Duration,
    /// The fastest run, which other work on the machine disturbed least: ratios are taken of it.
    pub least: Duration,
}

/// What each stage took.
pub type Costs = [Cost; STAGES.len()];

/// What each stage took over `runs` runs on a program of `steps` steps.
///
/// # Errors
/// Where the generated program is not understood, or its text form is not read back.
pub fn measure(shape: Shape, steps: usize, runs: usize) -> anyhow::Result<Costs> {
    let text = shape.source(steps);
    let mut taken: Vec<Vec<Duration>> = vec![Vec::new(); STAGES.len()];
    for _ in 0..runs.max(1) {
        for (all, cost) in taken.iter_mut().zip(once(shape, &text)?) {
            all.push(cost);
        }
    }
    let mut costs = [Cost::default(); STAGES.len()];
    for (cost, mut all) in costs.iter_mut().zip(taken) {
        all.sort_unstable();
        let at = |it: usize| all.get(it).copied().unwrap_or_default();
        *cost = Cost { median: at(all.len() / 2), least: at(0) };
    }
    Ok(costs)
}

/// What each stage took in `times` runs together. Eight runs of a program are as long as one of a program eight times as large, so that
/// a busy machine interrupts both as often.
///
/// # Errors
/// As [`measure`].
pub fn together(shape: Shape, steps: usize, times: u32) -> anyhow::Result<[Duration; STAGES.len()]> {
    let text = shape.source(steps);
    let mut all = [Duration::ZERO; STAGES.len()];
    for _ in 0..times {
        for (all, cost) in all.iter_mut().zip(once(shape, &text)?) {
            *all += cost;
        }
    }
    Ok(all)
}

/// How much dearer a step of the larger program is than one of the smaller: 1 is linear. The cost of starting is taken away from both.
#[must_use]
pub fn growth(start: Duration, small: (usize, Duration), large: (usize, Duration)) -> f64 {
    let step = |(steps, cost): (usize, Duration)| {
        #[expect(clippy::cast_precision_loss, reason = "steps are few")]
        let steps = steps as f64;
        cost.saturating_sub(start).max(Duration::from_micros(1)).as_secs_f64() / steps
    };
    step(large) / step(small)
}

fn timed<T>(cost: &mut Duration, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = black_box(run());
    *cost = start.elapsed();
    value
}

fn once(shape: Shape, text: &str) -> anyhow::Result<[Duration; STAGES.len()]> {
    let [mut parsing, mut analysis, mut placement, mut printing, mut whole] = [Duration::ZERO; STAGES.len()];
    let mut sources = Sources::new();
    let file = sources.add("edge.js", text);
    let module = timed(&mut parsing, || front_js::parse(file, &sources, front_js::Kind::Script))
        .map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let mut program = Program::default();
    let instances = statements(&mut program, &module.body);
    let function = symex::Function {
        name: Arc::from("f"),
        entry: &module,
        modules: &BTreeMap::new(),
        resolve: &|_, _| None,
        point: Some(edge::HookPoint::ClientRequest),
        instances: &instances,
        host: symex::Host::CloudFrontFunctions,
        handler: "handler",
        forwarded: None,
        origin: None,
    };
    let evaluated = timed(&mut analysis, || symex::evaluate(&mut program, &function));
    anyhow::ensure!(evaluated.diagnostics.is_empty(), "{:?}", evaluated.diagnostics.first());
    program.hooks.push(evaluated.hook);
    let site = passes::Site {
        zone: "example.com".to_owned(),
        hosts: vec!["www.example.com".to_owned()],
        routes: Vec::new(),
        source: Arc::from("edge.js"),
    };
    let options = passes::Options {
        plan: Plan::Enterprise,
        overrides: BTreeMap::new(),
        accept: BTreeSet::new(),
        profile_off: BTreeSet::new(),
    };
    let placed = timed(&mut placement, || passes::place(&program, &[site], &options));
    anyhow::ensure!(!placed.behaviors.is_empty(), "{shape:?}: nothing was placed");
    let read = timed(&mut printing, || edge::parse(file, &edge::print(&program.store, &program.hooks)));
    anyhow::ensure!(read?.hooks.len() == 1, "{shape:?}: the text form was not read back");
    let tree = MemoryTree::new().with("edge.js", text);
    let options = pipeline::Options {
        host: Some("www.example.com".to_owned()),
        plan: Some(Plan::Enterprise),
        ..pipeline::Options::default()
    };
    let outcome = timed(&mut whole, || pipeline::run(&tree, &options));
    anyhow::ensure!(outcome.balances(), "{shape:?}: the ledger does not balance");
    Ok([parsing, analysis, placement, printing, whole])
}

/// Every statement as an instance of its own, as the pipeline registers them.
fn statements(program: &mut Program, body: &Block) -> HashMap<Span, edge::InstanceId> {
    let mut found = HashMap::new();
    let context: Arc<str> = Arc::from("f");
    script::statements(body, &mut |stmt| {
        let construct: ConstructId = program.ledger.construct("statement", stmt.span);
        found.insert(stmt.span, program.ledger.instance(construct, &context));
    });
    found
}
