//! The commands, their options and exit status.
//!
//! 0 done; 1 findings at or above `--fail-on`, or a divergence; 2 wrong usage, or nothing could be read; 3 a fault of the tool;
//! 4 a ledger that does not balance.

mod check;
mod verify;
mod whereabouts;

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use migrate::tree::FsTree;
use pipeline::{Options, Outcome};
use source::MemoryTree;
use target::plan::Plan;

/// Turns edge logic into Cloudflare rules and a Worker, and shows that nothing was lost.
#[derive(Parser, Debug)]
#[command(name = "migrate", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Read, classify, write everything, print the summary.
    Analyze {
        #[command(flatten)]
        input: Input,
        /// Where to write [default: `migration` in the folder that is read].
        #[arg(long)]
        out: Option<PathBuf>,
        /// How to print the summary.
        #[arg(long, value_enum, default_value = "text")]
        format: SummaryFormat,
    },
    /// Findings only.
    Check {
        #[command(flatten)]
        input: Input,
        /// How to print them.
        #[arg(long, value_enum, default_value = "text")]
        format: check::FindingsFormat,
        /// The lowest level that fails; `security` always does.
        #[arg(long, value_enum, default_value = "error")]
        fail_on: check::FailOn,
        /// When to color.
        #[arg(long, value_enum, default_value = "auto")]
        color: check::Color,
    },
    /// The rules, to standard output.
    Rules {
        #[command(flatten)]
        input: Input,
        /// JSON or Terraform.
        #[arg(long, value_enum, default_value = "json")]
        format: RulesFormat,
    },
    /// The report alone.
    Report {
        #[command(flatten)]
        input: Input,
        /// Markdown or JSON.
        #[arg(long, value_enum, default_value = "markdown")]
        format: ReportFormat,
    },
    /// Run the legacy edge and the migrated one on the same exchanges.
    Verify {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        how: verify::How,
    },
    /// What became of a source line, or where a rule comes from.
    Where {
        /// `FILE:LINE`, or the ref of a rule.
        place: String,
        #[command(flatten)]
        input: Input,
    },
    /// The page of a finding.
    Explain {
        /// `MIG0501` or its name.
        code: String,
    },
    /// The JSON Schema of `report.json`.
    Schema {
        /// What.
        #[arg(value_enum)]
        of: SchemaOf,
    },
}

/// What is read, and for which plan.
#[derive(Args, Clone, Debug)]
pub(crate) struct Input {
    /// A folder, a file, or `-` for one script from standard input.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// The plan of the zones [default: as migrate.toml says, else pro].
    #[arg(long, value_enum)]
    plan: Option<PlanName>,
    /// The configuration [default: `migrate.toml` in the folder that is read].
    #[arg(long)]
    config: Option<PathBuf>,
    /// The host of functions that nothing attaches.
    #[arg(long)]
    host: Option<String>,
    /// Threads [default: one for each core].
    #[arg(long)]
    jobs: Option<usize>,
    /// For measurements: how many scripts were parsed to see what they are; `all` parses each of them.
    #[arg(long, value_enum, hide = true)]
    scripts: Option<Scripts>,
}

#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
enum Scripts {
    Likely,
    All,
}

#[derive(ValueEnum, Copy, Clone, Debug)]
enum PlanName {
    Free,
    Pro,
    Business,
    Enterprise,
}

impl PlanName {
    fn plan(self) -> Plan {
        match self {
            PlanName::Free => Plan::Free,
            PlanName::Pro => Plan::Pro,
            PlanName::Business => Plan::Business,
            PlanName::Enterprise => Plan::Enterprise,
        }
    }
}

#[derive(ValueEnum, Copy, Clone, Debug)]
enum SummaryFormat {
    Text,
    Json,
}

#[derive(ValueEnum, Copy, Clone, Debug)]
enum RulesFormat {
    Json,
    Terraform,
}

#[derive(ValueEnum, Copy, Clone, Debug)]
enum ReportFormat {
    Markdown,
    Json,
}

#[derive(ValueEnum, Copy, Clone, Debug)]
enum SchemaOf {
    Report,
}

/// Words to standard error. There is nowhere to say that this failed.
pub(crate) fn complain(words: &str) {
    let _ = writeln!(std::io::stderr(), "migrate: {words}");
}

/// Data to standard output. A reader that has gone away is no fault.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Reads and compiles what the options name.
pub(crate) fn outcome(input: &Input) -> Result<Outcome> {
    outcome_for(input, &output(input, None))
}

/// A folder as the tree below another names it; none if it stands elsewhere.
fn inside(root: &Path, folder: &Path) -> Option<String> {
    let root = root.canonicalize().ok()?;
    let absolute = std::path::absolute(folder).ok()?;
    let parent = absolute.parent()?.canonicalize().ok()?;
    let path = parent.join(absolute.file_name()?);
    let parts: Option<Vec<&str>> = path.strip_prefix(root).ok()?.iter().map(|it| it.to_str()).collect();
    Some(parts?.join("/"))
}

/// The same, for an output that stands at `out`: it is skipped without a word, and what `verify` kept there is shown.
fn outcome_for(input: &Input, out: &Path) -> Result<Outcome> {
    let config = match &input.config {
        Some(path) => Some(std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?),
        None => None,
    };
    let options = Options {
        plan: input.plan.map(PlanName::plan),
        config,
        host: input.host.clone(),
        every_script: input.path == Path::new("-"),
        unfiltered: input.scripts == Some(Scripts::All),
        out: inside(&input.path, out),
        jobs: input.jobs,
        verified: verify::kept(out),
    };
    if input.path == Path::new("-") {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).context("cannot read standard input")?;
        let ending = if text.trim_ascii_start().starts_with(b"{") { "json" } else { "js" };
        return Ok(pipeline::run(&MemoryTree::new().with(format!("stdin.{ending}"), text), &options));
    }
    let tree = FsTree::open(&input.path).with_context(|| format!("cannot read `{}`", input.path.display()))?;
    Ok(pipeline::run(&tree, &options))
}

/// 4 when constructs are unaccounted for.
fn balance(outcome: &Outcome, status: u8) -> u8 {
    if outcome.balances() { status } else { 4 }
}

/// Runs a command.
///
/// # Errors
/// What the user has to put right: exit status 2.
pub(crate) fn run(cli: &Cli) -> Result<u8> {
    match &cli.command {
        Command::Analyze { input, out, format } => analyze(input, out.as_deref(), *format),
        Command::Check { input, format, fail_on, color } => {
            let outcome = outcome(input)?;
            let status = check::run(&outcome, *format, *fail_on, *color)?;
            Ok(balance(&outcome, status))
        }
        Command::Rules { input, format } => {
            let outcome = outcome(input)?;
            say(&match format {
                RulesFormat::Json => rules_json(&outcome),
                RulesFormat::Terraform => terraform(&outcome),
            })?;
            Ok(balance(&outcome, 0))
        }
        Command::Report { input, format } => {
            let outcome = outcome(input)?;
            say(&match format {
                ReportFormat::Markdown => report::report_md(&outcome.report),
                ReportFormat::Json => report::report_json(&outcome.report),
            })?;
            Ok(balance(&outcome, 0))
        }
        Command::Verify { input, how } => {
            let outcome = outcome(input)?;
            let status = verify::run(&outcome, how, &output(input, None))?;
            Ok(balance(&outcome, status))
        }
        Command::Where { place, input } => {
            let outcome = outcome(input)?;
            say(&whereabouts::of(&outcome, place)?)?;
            Ok(0)
        }
        Command::Explain { code } => match diag::codes::find(code) {
            Some(code) => {
                say(code.doc)?;
                Ok(0)
            }
            None => bail!("`{code}` is no code; codes look like MIG0501 or regex-needs-business"),
        },
        Command::Schema { of: SchemaOf::Report } => {
            say(report::report_schema())?;
            Ok(0)
        }
    }
}

/// Where the output of an input stands.
fn output(input: &Input, out: Option<&Path>) -> PathBuf {
    match out {
        Some(out) => out.to_path_buf(),
        None if input.path == Path::new("-") => PathBuf::from("migration"),
        None if input.path.is_dir() => input.path.join("migration"),
        None => input.path.parent().map_or_else(|| PathBuf::from("migration"), |it| it.join("migration")),
    }
}

fn analyze(input: &Input, out: Option<&Path>, format: SummaryFormat) -> Result<u8> {
    let out = output(input, out);
    let outcome = outcome_for(input, &out)?;
    let edited = migrate::writing::write(&out, &outcome.files)?;
    say(&match format {
        SummaryFormat::Text => report::summary_text(&outcome.report),
        SummaryFormat::Json => report::report_json(&outcome.report),
    })?;
    if input.scripts.is_some() {
        let (seen, parsed) = outcome.scripts;
        say(&format!("scripts: {seen} seen, {parsed} parsed to see what they are\n"))?;
    }
    for path in &edited {
        let code = &diag::codes::OUTPUT_USER_EDITED;
        complain(&format!("{} `{path}` was edited and stays; ours is `{path}.new`", code.id));
    }
    if std::io::stderr().is_terminal() {
        complain(&format!("{} files written to `{}`", outcome.files.len(), out.display()));
    }
    Ok(balance(&outcome, 0))
}

/// One object with the rules of every zone and of the account.
fn rules_json(outcome: &Outcome) -> String {
    let mut zones = serde_json::Map::new();
    for zone in &outcome.placement.zones {
        let mut phases = serde_json::Map::new();
        for (phase, rules) in zone.phases.iter().filter(|(phase, rules)| !phase.row().own_api && !rules.is_empty()) {
            let description = format!("{} of {}", phase.row().product, zone.name);
            phases.insert(phase.to_string(), emit_rules::rules_json(rules, *phase, &description));
        }
        zones.insert(zone.name.clone(), phases.into());
    }
    let placed = &outcome.placement.account;
    let mut account = serde_json::Map::new();
    if !placed.bulk_rules.is_empty() {
        let phase = target::phase::Phase::BulkRedirect;
        account.insert(phase.to_string(), emit_rules::rules_json(&placed.bulk_rules, phase, phase.row().product));
        let lists = placed.lists.iter().map(|it| (it.name.clone(), emit_rules::list_items_json(it)));
        account.insert("lists".to_owned(), lists.collect::<serde_json::Map<_, _>>().into());
    }
    format!("{:#}\n", serde_json::json!({ "zones": zones, "account": account }))
}

fn terraform(outcome: &Outcome) -> String {
    let mut out = String::new();
    let mut add = |name: &str, files: std::collections::BTreeMap<String, String>| {
        for (path, text) in files {
            out.push_str(&format!("# {name}/{path}\n{text}\n"));
        }
    };
    for zone in &outcome.placement.zones {
        add(&zone.name, emit_rules::zone_terraform(zone));
    }
    add("account", emit_rules::account_terraform(&outcome.placement.account));
    out
}
