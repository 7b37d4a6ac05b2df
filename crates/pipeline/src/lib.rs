//! The pure composition of the compiler: a tree of files in, findings, rules, code and report out.
//!
//! Nothing here touches files, clocks or the environment; the same tree and options give the same bytes.

mod attach;
pub mod config;
mod defaults;
mod describe;
mod discover;
mod evaluate;
mod lambda;
mod law;
mod ledger;
mod lower;
mod origin_calls;
mod output;
mod printed;
mod refuse;
mod texts;
mod view;
mod worker;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use diag::{Diagnostic, codes};
use report::view::{BehaviorEvidence, Emitted, Evidence, LedgerLine, Report, Verification};
use source::{Sources, Span, Tree};
use target::plan::Plan;

pub use attach::{Attached, LegacyBehavior, Unit};
pub use config::Config;
pub use discover::{SCRIPT_LIMIT, TEMPLATE_LIMIT};
pub use law::landed;
pub use output::digest;
pub use symex::Host;
pub use worker::KV as KV_BINDING;
/// The value of `migrate.toml` that states the folder in which Terraform runs.
const RUN_FOLDER: &str = "path.cwd";
/// The file that says a folder is our output.
pub const MARKER: &str = ".migrate";

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The plan of the zones; none: as `migrate.toml` says, else `pro`.
    pub plan: Option<Plan>,
    /// The text of a configuration that stands outside of the tree; none: `migrate.toml` at its root.
    pub config: Option<String>,
    /// Hosts of functions that nothing attaches.
    pub host: Option<String>,
    /// Parse every script, whatever its content.
    pub every_script: bool,
    /// Parse every script to see what it is, without a look at its words first.
    pub unfiltered: bool,
    /// The folder of the tree that is written, skipped without a word.
    pub out: Option<String>,
    /// Threads; none: one for each core.
    pub jobs: Option<usize>,
    /// What `verify` saw, with the input it saw; shown when that is the input at hand.
    pub verified: Option<Verified>,
}

/// What an earlier run of `verify` kept.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The input it saw.
    pub input: String,
    /// The counts.
    pub verification: Verification,
    /// Who confirmed each behavior that an exchange reached, by the behavior's id.
    pub evidence: BTreeMap<String, Evidence>,
    /// What it wrote for the own test of each Worker project, by path.
    pub witnesses: BTreeMap<String, String>,
}

/// One module of a function as an engine runs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EngineModule {
    /// The file it is; its offsets are those of the text.
    pub file: source::FileId,
    /// Relative path.
    pub path: String,
    /// The text.
    pub text: String,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Every file that was read.
    pub sources: Sources,
    /// Findings, in no order; renderers sort.
    pub findings: Vec<Diagnostic>,
    /// The hooks.
    pub program: edge::Program,
    /// The chains of hooks that were placed: hooks of one route, one after the other, as one.
    pub composed: edge::Program,
    /// Where each of the hooks runs, in their order.
    pub hooks: Vec<Attached>,
    /// Hooks whose code cannot be written, each with the reason; what of them is no rule is refused.
    pub refused: BTreeMap<usize, passes::Reason>,
    /// Hooks whose code in the Worker is printed; that of the others is the user's own.
    pub printed: BTreeSet<usize>,
    /// The functions.
    pub units: Vec<Unit>,
    /// The cache behaviors with their functions, in the order in which they are tried.
    pub legacy: Vec<LegacyBehavior>,
    /// Rules and code.
    pub placement: passes::Placement,
    /// The report.
    pub report: Report,
    /// What became of every construct.
    pub ledger: Vec<LedgerLine>,
    /// The output tree, by path.
    pub files: BTreeMap<String, String>,
    /// The hash of everything that was read.
    pub input: String,
    /// How many scripts were seen, and how many of them were parsed to see what they are.
    pub scripts: (usize, usize),
    /// Built-ins and host functions that a function called, by dotted name.
    pub called: BTreeSet<std::sync::Arc<str>>,
    modules: lower::Modules,
}

impl Outcome {
    /// Whether every construct is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.report.ledger.constructs.balances() && self.report.ledger.instances.balances()
    }

    /// The texts of a function, its entry first.
    #[must_use]
    pub fn modules_of(&self, unit: &Unit) -> Vec<EngineModule> {
        let files = self.modules.closure(unit.file);
        let modules = worker::user_modules(&files, &self.modules, &self.sources);
        files.into_iter().zip(modules).map(|(file, it)| EngineModule { file, path: it.path, text: it.text }).collect()
    }

    /// The path of a module of a function that could not be read, if there is one.
    #[must_use]
    pub fn unread_module(&self, unit: &Unit) -> Option<&str> {
        let broken = self.modules.closure(unit.file).into_iter().find(|it| self.modules.broken.contains(it))?;
        Some(self.sources.file(broken).path())
    }

    /// Every module that was lowered.
    pub fn modules(&self) -> impl Iterator<Item = &script::Module> {
        self.modules.by_file.values()
    }

    /// What the statements of a script make and use, outer ones first.
    #[must_use]
    pub fn flow(&self, file: source::FileId) -> Option<Vec<front_js::Flow>> {
        self.modules.by_file.get(&file).map(front_js::flow)
    }

    /// Every rule as it was written, by its reference.
    #[must_use]
    pub fn rules(&self) -> BTreeMap<String, Emitted> {
        view::rules(&self.placement)
    }
}

/// Whether a path fits a pattern in which `*` stands for any text and `?` for one character.
#[must_use]
pub fn wildcard(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.as_bytes(), path.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < path.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == path.get(t) => {
                p += 1;
                t += 1;
            }
            Some(_) | None => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|it| *it == b'*'))
}

/// Reads, evaluates, places and writes.
#[must_use]
pub fn run(tree: &dyn Tree, options: &Options) -> Outcome {
    discover::on_large_stacks(options.jobs, || whole(tree, options))
}

fn whole(tree: &dyn Tree, options: &Options) -> Outcome {
    let mut sources = Sources::new();
    let mut findings = Vec::new();
    let config = configuration(tree, options, &mut sources, &mut findings);
    let mut found = discover::discover(tree, &config, options, &mut sources, &mut findings);
    let mut clouds = front_cloud::read_all(&found.clouds, &mut sources);
    let paths: BTreeSet<String> = tree.list().into_iter().map(|it| it.path).collect();
    let exists = |path: &str| paths.contains(path) || tree.read(path).is_ok();
    front_cloud::check_targets(&mut clouds, exists, config.values.get(RUN_FOLDER).map(String::as_str));
    problems(&clouds, &mut findings);
    foreign(&found, &mut findings);
    let mut estate = attach::attach(tree, &config, &mut found, &clouds, &mut sources, &mut findings);
    let modules = lower::lower(tree, &estate.units, &mut sources, &mut findings);
    let imported: BTreeSet<_> = modules.links.values().copied().collect();
    let units = &estate.units;
    estate.hooks.retain(|it| {
        units.get(it.unit).is_some_and(|unit| {
            let parsed = modules.by_file.contains_key(&unit.file);
            let known = it.attached && (parsed || modules.broken.contains(&unit.file));
            known || parsed && !imported.contains(&unit.file) || unit.missing.is_some()
        })
    });
    if let Some(host) = &options.host {
        attach::at_host(&mut estate, host, &config);
    }
    let mut program = edge::Program::default();
    let register = ledger::register(&mut program.ledger, &found, &clouds, &estate, &modules, &sources);
    let evaluated =
        evaluate::evaluate(&mut program, &mut estate, &register, &modules, &sources, &config, &mut findings);
    texts::look(&estate, &modules, &sources, &mut findings);
    let mut refused = refuse::refused_hooks(&estate, &modules, &evaluated.handlers);
    origin_calls::refuse(&program, &mut refused, &mut findings);
    let taints = refuse::taints(&estate, &clouds, &refused, &config, &sources);
    let defaults = defaults::defaults(&estate, &modules);
    attach::not_run(&mut estate, &refused);
    for fault in edge::verify(&program) {
        findings.push(Diagnostic::new(&codes::INTERNAL_FAULT, None, fault.0));
    }
    if estate.hooks.is_empty() && found.foreign.is_empty() {
        let message = "nothing that runs at an edge was found";
        findings.push(Diagnostic::new(&codes::NO_EDGE_CODE_FOUND, None, message));
    }
    let plan = options.plan.or_else(|| stated_plan(&config)).unwrap_or(Plan::Pro);
    let sites: Vec<passes::Site> = estate.hooks.iter().map(|it| it.site.clone()).collect();
    let chains = passes::Chains::of(&program, &sites);
    let mut by_plan: BTreeMap<Plan, passes::Placement> = BTreeMap::new();
    for at in Plan::ALL {
        let options = passes::Options {
            plan: at,
            overrides: BTreeMap::new(),
            accept: config.accept.iter().map(|it| it.as_ref().clone()).collect(),
            profile_off: config.profile.iter().filter(|it| !*it.1).map(|it| it.0.as_ref().clone()).collect(),
        };
        let mut placement = passes::place_chains(&chains, &options);
        describe::describe(&mut placement, &program, &sources);
        refuse::apply(&mut placement, &program, &estate, &refused, &taints, &evaluated.state, &defaults);
        by_plan.insert(at, placement);
    }
    let placement = by_plan.get(&plan).cloned().unwrap_or_default();
    findings.extend(placement.diagnostics.iter().cloned());
    let composed = chains.program();
    findings.extend(law::faults(&composed, &placement));
    refuse::findings(&placement, &program, &taints, &mut findings);
    defaults::checks(&defaults, &placement, &program, &sources, &mut findings);
    let settled = ledger::settle(&program, &register, &estate, &evaluated, &placement, &sources, &refused);
    unaccounted(&settled, &mut findings);
    let printed = printed::printed(&program, &placement, &evaluated, &config, &sources);
    let mut files = output::emitted(&program, &placement, &estate, &modules, &sources, &printed, &mut findings);
    let mut report = view::report(&view::Parts {
        program: &program,
        placement: &placement,
        by_plan: &by_plan,
        plan,
        estate: &estate,
        modules: &modules,
        sources: &sources,
        settled: &settled,
        register: &register,
    });
    report.findings = report::view::findings(&findings, &sources);
    let input = output::input_hash(&sources);
    // Without a current result nothing is confirmed, and nothing judged the platform's part either.
    let current = options.verified.as_ref().filter(|it| it.input == input);
    for it in &mut report.behaviors {
        let confirmed = current.and_then(|kept| kept.evidence.get(&it.id));
        it.evidence = match confirmed {
            Some(language) => BehaviorEvidence { language: *language, platform: Evidence::Model },
            None => BehaviorEvidence { language: Evidence::None, platform: Evidence::None },
        };
    }
    report.verification = current.map(|it| it.verification.clone());
    for (path, text) in current.iter().flat_map(|it| &it.witnesses) {
        if let Some(place) = files.get_mut(path) {
            place.clone_from(text);
        }
    }
    output::finish(&mut files, &report, &settled.lines, &findings, &sources, &input);
    let scripts = (found.seen, found.parsed);
    let called = evaluated.called;
    let attach::Estate { units, hooks, legacy, refused: _, policies: _ } = estate;
    let ledger = settled.lines;
    Outcome {
        sources,
        findings,
        program,
        composed,
        hooks,
        refused,
        printed: printed.iter().filter(|it| it.1.is_ok()).map(|it| *it.0).collect(),
        units,
        legacy,
        placement,
        report,
        ledger,
        files,
        input,
        scripts,
        called,
        modules,
    }
}

fn stated_plan(config: &Config) -> Option<Plan> {
    config.zone.iter().filter_map(|it| Plan::from_name(it.plan.as_deref()?)).max()
}

/// The configuration, read first: it says what is ignored. One that is broken is a finding, and the defaults hold.
fn configuration(tree: &dyn Tree, options: &Options, sources: &mut Sources, findings: &mut Vec<Diagnostic>) -> Config {
    let text = match &options.config {
        Some(text) => text.clone(),
        None => match tree.read("migrate.toml").ok().and_then(|it| String::from_utf8(it).ok()) {
            Some(text) => text,
            None => return Config::default(),
        },
    };
    let file = sources.add("migrate.toml", text.as_str());
    let mut say = |fault: config::Invalid| {
        let offset = |at: usize| u32::try_from(at).unwrap_or(0);
        let span = Span::new(file, offset(fault.range.0), offset(fault.range.1));
        findings.push(Diagnostic::new(&codes::CONFIGURATION_INVALID, span, fault.message));
    };
    match Config::parse(&text) {
        Ok(config) => {
            config.unknown_names().into_iter().for_each(say);
            config
        }
        Err(fault) => {
            say(fault);
            Config::default()
        }
    }
}

fn foreign(found: &discover::Found, findings: &mut Vec<Diagnostic>) {
    for (file, platform) in &found.foreign {
        let message = format!("`{platform}` is recognized and not read yet; it counts as refused");
        findings.push(Diagnostic::new(&codes::PLATFORM_NOT_READ_YET, Span::new(*file, 0, 0), message));
    }
}

/// What the readers of templates could not read, as findings. Refused attributes are one finding for each kind.
fn problems(clouds: &[front_cloud::CloudFile], findings: &mut Vec<Diagnostic>) {
    use front_cloud::{Class, Format, ProblemKind};
    for cloud in clouds {
        for it in &cloud.problems {
            let code = match it.kind {
                ProblemKind::Syntax => match cloud.format {
                    Format::CloudFormationYaml => &codes::SYNTAX_ERROR_YAML,
                    Format::CloudFormationJson | Format::TerraformJson => &codes::SYNTAX_ERROR_JSON,
                    Format::Cdk => &codes::SYNTAX_ERROR_JAVASCRIPT,
                    Format::Terraform => &codes::SYNTAX_ERROR_HCL,
                },
                ProblemKind::TooDeep => &codes::NESTING_TOO_DEEP,
                ProblemKind::NotRead => &codes::PLATFORM_NOT_READ_YET,
                ProblemKind::OutsideRepository => &codes::PATH_OUTSIDE_REPOSITORY,
                ProblemKind::MissingFile => &codes::MISSING_FILE_REFERENCE,
                ProblemKind::OpenBlock | ProblemKind::Repeated | ProblemKind::AssumedFolder => &codes::OPEN_HOLE,
                ProblemKind::UnknownReference | ProblemKind::Duplicate | ProblemKind::Malformed => {
                    &codes::UNRESOLVED_REFERENCE
                }
            };
            let finding = Diagnostic::new(code, it.span, it.message.clone());
            let folder = "State the folder in migrate.toml:\n[values]\n\"path.cwd\" = \"…\"";
            let help = (it.kind == ProblemKind::AssumedFolder).then_some(folder);
            findings.push(match help {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
        // One finding for all that one reader will read.
        let mut later: BTreeMap<&str, (Span, Vec<&str>)> = BTreeMap::new();
        for it in &cloud.constructs {
            match it.class {
                Class::Refused { row: _, later: reader, touches: _ } => {
                    let (_, kinds) = later.entry(reader).or_insert((it.span, Vec::new()));
                    if !kinds.contains(&it.kind) {
                        kinds.push(it.kind);
                    }
                }
                Class::Read { row: _, feeds: _ }
                | Class::NoEffect { row: _, why: _ }
                | Class::Default { row: _, why: _ } => {}
            }
        }
        for (reader, (span, kinds)) in later {
            let names: Vec<String> = kinds.iter().take(ATTRIBUTES).map(|it| format!("`{it}`")).collect();
            let more = kinds.len().saturating_sub(names.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let are = if kinds.len() == 1 { "is" } else { "are" };
            let message =
                format!("{}{more} {are} recognized and left to {reader}, which does not exist yet", names.join(", "));
            findings.push(Diagnostic::new(&codes::DISTRIBUTION_ATTRIBUTE_NOT_READ_YET, span, message));
        }
    }
}

/// Attributes that one finding names.
const ATTRIBUTES: usize = 12;

fn unaccounted(settled: &ledger::Settled, findings: &mut Vec<Diagnostic>) {
    for span in &settled.open {
        let message = "nothing says what became of this construct";
        findings.push(Diagnostic::new(&codes::CONSTRUCT_UNACCOUNTED, *span, message));
    }
    let counts = settled.ledger.constructs;
    if counts.unaccounted as usize > settled.open.len() {
        let message =
            format!("the readers and the counting visitors differ; {} constructs are unaccounted", counts.unaccounted);
        findings.push(Diagnostic::new(&codes::CONSTRUCT_UNACCOUNTED, None, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_any_text() {
        assert!(wildcard("/images/*", "/images/a/b") && wildcard("*.jpg", "/a.jpg") && wildcard("/a?c", "/abc"));
        assert!(!wildcard("/images/*", "/image") && !wildcard("/A", "/a") && wildcard("*", "/"));
    }

    #[test]
    fn an_empty_tree_is_a_finding_and_balances() {
        let outcome = run(&source::MemoryTree::new(), &Options::default());
        assert!(outcome.balances());
        assert_eq!(outcome.findings.first().map(|it| it.code.name), Some("no-edge-code-found"));
        assert!(outcome.files.contains_key("report.json") && outcome.files.contains_key(MARKER));
    }
}
