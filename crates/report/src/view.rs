//! The report as data: names and shapes are those of `report.json`, which scripts rely on.
//!
//! Fields are added, never renamed. Everything is ordered by its producer or by a `BTreeMap`.

use serde::Serialize;
use source::Sources;
use std::collections::BTreeMap;
use std::fmt;

/// The whole report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Zones by name, each with its counts per plan.
    pub zones: Vec<Zone>,
    /// Functions that were read.
    pub sources: Vec<Source>,
    /// Exits and guarded updates, the user's unit, in the order of the sources.
    pub behaviors: Vec<Behavior>,
    /// What became of every construct and instance.
    pub ledger: Ledger,
    /// Quotas that our rules count against.
    pub limits: Vec<Limit>,
    /// What a reader has to know or decide.
    pub findings: Vec<Finding>,
    /// Answers that would move behaviors, those worth most first.
    pub questions: Vec<Question>,
    /// What `migrate verify --write` saw, if it saw this input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
}

/// Name and version of the format.
pub const SCHEMA: &str = "migrate-report/1";

impl Report {
    /// An empty report.
    #[must_use]
    pub fn new() -> Report {
        Report {
            schema: SCHEMA,
            zones: Vec::new(),
            sources: Vec::new(),
            behaviors: Vec::new(),
            ledger: Ledger::default(),
            limits: Vec::new(),
            findings: Vec::new(),
            questions: Vec::new(),
            verification: None,
        }
    }
}

impl Default for Report {
    fn default() -> Report {
        Report::new()
    }
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word in every output.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.word())
            }
        }
    };
}

/// Text that may quote the source: secrets are covered in the JSON, as they are in every other form.
fn masked<S: serde::Serializer>(text: &str, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&diag::mask(text))
}

words! {
    /// A plan of the zone, smallest first.
    Plan {
        /// Free.
        Free = "free",
        /// Pro.
        Pro = "pro",
        /// Business.
        Business = "business",
        /// Enterprise.
        Enterprise = "enterprise",
    }
}

words! {
    /// Where something ended up. `Default` and `NoEffect` are for constructs only.
    Verdict {
        /// A rule.
        Rule = "rule",
        /// A zone setting.
        Setting = "setting",
        /// A Snippet.
        Snippet = "snippet",
        /// The Worker.
        Worker = "worker",
        /// It stays on the old server.
        Kept = "kept",
        /// Cloudflare does the same anyway.
        Default = "default",
        /// It does nothing to any exchange.
        NoEffect = "no_effect",
        /// It can never run.
        Dead = "dead",
        /// A product that is not equal, accepted in `migrate.toml`.
        Replaced = "replaced",
        /// Not migrated, by name.
        Refused = "refused",
    }
}

words! {
    /// How far a behavior is known to act like its source.
    Fidelity {
        /// Equal on every request.
        Exact = "exact",
        /// Equal if the named assumptions hold.
        Assumed = "assumed",
        /// Different on requests of the accepted classes.
        Approximate = "approximate",
    }
}

words! {
    /// Who confirmed it.
    Evidence {
        /// The legacy platform's own engine.
        RealEngine = "real-engine",
        /// An engine of the same language that we embed.
        EmbeddedEngine = "embedded-engine",
        /// Events and outputs the vendor publishes.
        PublishedSamples = "published-samples",
        /// Our model alone.
        Model = "model",
        /// Nobody yet.
        None = "none",
    }
}

/// Behaviors by verdict.
pub type ByVerdict = BTreeMap<Verdict, u32>;

/// One zone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Zone {
    /// The registrable domain, or `unattached-<name>`.
    pub name: String,
    /// The plan that the output was made for.
    pub plan: Plan,
    /// Its hosts.
    pub hosts: Vec<String>,
    /// What the behaviors would become on each plan.
    pub by_plan: BTreeMap<Plan, ByVerdict>,
}

/// One function.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `s1`, `s2`, …
    pub id: String,
    /// `cloudfront-functions`, …
    pub platform: String,
    /// Files it is made of, the entry first.
    pub files: Vec<String>,
    /// Hooks it runs on: `client_request`, `client_response`.
    pub hooks: Vec<String>,
    /// Where its handler is.
    pub entry: Entry,
}

/// A file and a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// A place in a source; lines and columns from 1, columns in UTF-8 bytes, the end after the last byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// The file, through embedding.
    pub file: String,
    /// First line; absent when the whole file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// First column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// Column after the last byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
}

impl Span {
    /// The place of a span, in the file that a person can open.
    #[must_use]
    pub fn of(span: source::Span, sources: &Sources) -> Span {
        Span::from(&diag::Place::of(span, sources))
    }
}

impl From<&diag::Place> for Span {
    fn from(place: &diag::Place) -> Span {
        let range = place.range;
        Span {
            file: place.file.clone(),
            line: range.map(|it| it.line),
            column: range.map(|it| it.column),
            end_line: range.map(|it| it.end_line),
            end_column: range.map(|it| it.end_column),
        }
    }
}

/// One exit or one guarded update.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Behavior {
    /// Hashes what it is, not where it stands.
    pub id: String,
    /// The id of its [`Source`].
    pub source: String,
    /// The name of its [`Zone`].
    pub zone: String,
    /// The hook it belongs to.
    pub hook: String,
    /// Its place among the behaviors of the hook.
    pub order: u32,
    /// The path pattern it is attached to.
    pub route: String,
    /// What it does, in a newcomer's words.
    #[serde(serialize_with = "masked")]
    pub summary: String,
    /// Where it comes from.
    pub spans: Vec<Span>,
    /// Where it went.
    pub verdict: Verdict,
    /// Products that carry it.
    pub products: Vec<String>,
    /// Refs of rules, or `file:line` of the Worker.
    pub refs: Vec<String>,
    /// The smallest plan on which it has this place.
    pub minimum_plan: Plan,
    /// How equal it is.
    pub fidelity: Fidelity,
    /// Profile members, facts and accepted classes it rests on.
    pub assumptions: Vec<String>,
    /// What kept it from a cheaper place.
    pub held_back_by: Vec<String>,
    /// Who confirmed it.
    pub evidence: BehaviorEvidence,
    /// Products worth a thought instead.
    pub alternatives: Vec<Alternative>,
    /// Why it is where it is.
    pub reasons: Vec<Reason>,
    /// What was written for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emitted: Vec<Emitted>,
    /// Its source text, from [`excerpt`]; shown by `report.md`.
    #[serde(skip)]
    pub excerpt: String,
}

/// Two kinds of evidence: of the language and of the platform around it.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BehaviorEvidence {
    /// Who ran the code.
    pub language: Evidence,
    /// Who said what the platform does with the result.
    pub platform: Evidence,
}

/// A product that could do it otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct Alternative {
    /// The product.
    pub product: String,
    /// Why it is worth a thought.
    #[serde(serialize_with = "masked")]
    pub why: String,
}

/// A reason with the code that explains it.
#[derive(Clone, Debug, Serialize)]
pub struct Reason {
    /// `MIGnnnn`.
    pub code: String,
    /// One sentence.
    #[serde(serialize_with = "masked")]
    pub message: String,
}

/// A rule or a piece of the Worker, as it was written.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Emitted {
    /// The rule's ref, or `file:line`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The file it is in, below the output folder.
    pub file: String,
    /// The rule's expression; of code, the condition of its route.
    #[serde(serialize_with = "masked")]
    pub expression: String,
    /// What is done: `redirect 301 to …`, as text.
    #[serde(serialize_with = "masked")]
    pub action: String,
}

/// Constructs and instances, each counted by where they went.
#[derive(Clone, Default, Debug, Serialize)]
pub struct Ledger {
    /// Syntax, counted by the visitor that knows no effects.
    pub constructs: Counts,
    /// Occurrences of constructs on a route.
    pub instances: Counts,
}

/// A total and its parts.
#[derive(Copy, Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Counts {
    /// All of them.
    pub total: u32,
    /// Rules.
    pub rule: u32,
    /// Zone settings.
    pub setting: u32,
    /// Snippets.
    pub snippet: u32,
    /// Worker code.
    pub worker: u32,
    /// Kept on the old server.
    pub kept: u32,
    /// Cloudflare does the same anyway.
    pub default: u32,
    /// No effect on any exchange.
    pub no_effect: u32,
    /// Can never run.
    pub dead: u32,
    /// Replaced by an accepted product.
    pub replaced: u32,
    /// Refused by name.
    pub refused: u32,
    /// Nobody says what became of it. Anything but 0 is a failed run.
    pub unaccounted: u32,
}

impl Counts {
    /// Counts one more; `None` is unaccounted.
    pub fn add(&mut self, settled: Option<Verdict>) {
        self.total += 1;
        *match settled {
            Some(verdict) => self.part_mut(verdict),
            None => &mut self.unaccounted,
        } += 1;
    }

    fn part_mut(&mut self, verdict: Verdict) -> &mut u32 {
        match verdict {
            Verdict::Rule => &mut self.rule,
            Verdict::Setting => &mut self.setting,
            Verdict::Snippet => &mut self.snippet,
            Verdict::Worker => &mut self.worker,
            Verdict::Kept => &mut self.kept,
            Verdict::Default => &mut self.default,
            Verdict::NoEffect => &mut self.no_effect,
            Verdict::Dead => &mut self.dead,
            Verdict::Replaced => &mut self.replaced,
            Verdict::Refused => &mut self.refused,
        }
    }

    /// How many went there.
    #[must_use]
    pub fn part(mut self, verdict: Verdict) -> u32 {
        *self.part_mut(verdict)
    }

    /// Whether the parts make the total and none is unaccounted.
    #[must_use]
    pub fn balances(self) -> bool {
        let parts: u32 = Verdict::ALL.iter().map(|verdict| self.part(*verdict)).sum();
        self.unaccounted == 0 && parts == self.total
    }
}

/// One line of `ledger.jsonl`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerLine {
    /// `construct` or `instance`.
    pub kind: LedgerKind,
    /// Stable within the run: `s1.c4`.
    pub id: String,
    /// What it is: `if statement`, `behavior attribute compress`.
    pub what: String,
    /// Where it is.
    pub span: Span,
    /// Where it went; `null` is unaccounted.
    pub settled: Option<Verdict>,
    /// Behaviors that carry it.
    pub behaviors: Vec<String>,
    /// The finding or row that settled it, if no behavior did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

words! {
    /// What a line of the ledger counts.
    LedgerKind {
        /// Syntax.
        Construct = "construct",
        /// A construct on a route.
        Instance = "instance",
    }
}

/// A quota and how much of it our rules use.
#[derive(Clone, Debug, Serialize)]
pub struct Limit {
    /// `zone` or `account`.
    pub scope: String,
    /// The zone, if it is a zone's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The phase, or the thing that is counted.
    pub phase: String,
    /// Ours.
    pub used: u64,
    /// Allowed on the zone's plan.
    pub limit: u64,
}

/// A finding, as every JSON output shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Unique in the report.
    pub id: String,
    /// `MIGnnnn`.
    pub code: String,
    /// The name of the code.
    pub name: String,
    /// `security`, `error`, `warning`, `note`.
    pub level: String,
    /// One sentence.
    pub message: String,
    /// Where it is; the first is the main place.
    pub spans: Vec<Span>,
    /// What the reader can do.
    pub help: Option<String>,
    /// Stable across moves of the file.
    pub fingerprint: String,
}

/// The findings in the order of every output, masked and resolved.
#[must_use]
pub fn findings(findings: &[diag::Diagnostic], sources: &Sources) -> Vec<Finding> {
    let one = |it: diag::Located<'_>| Finding {
        spans: it.place.iter().chain(it.related.iter().map(|(place, _)| place)).map(Span::from).collect(),
        code: it.raw.code.id.to_owned(),
        name: it.raw.code.name.to_owned(),
        level: it.raw.level.word().to_owned(),
        id: it.id,
        message: it.message,
        help: it.help,
        fingerprint: it.fingerprint,
    };
    diag::located(findings, sources).into_iter().map(one).collect()
}

/// An answer that would move behaviors.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// The question, in words.
    #[serde(serialize_with = "masked")]
    pub question: String,
    /// Ids of the behaviors that it moves.
    pub behaviors: Vec<String>,
    /// Where they are now.
    pub from: Verdict,
    /// Where they would go.
    pub to: Verdict,
    /// Lines to paste into `migrate.toml`.
    pub toml: String,
}

/// What the engines saw.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Distinct exchanges that were compared.
    pub exchanges: u64,
    /// Those on which both sides differed.
    pub divergences: u64,
    /// Those on which the legacy side failed; counted apart.
    pub legacy_failures: u64,
    /// Who ran: `quickjs`, `simulator`, `workerd`.
    pub engines: Vec<String>,
    /// Exchanges by who decided them: `rules`, `printed`, `adapted`. Adapted code agrees by construction.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub decided_by: BTreeMap<String, Decided>,
    /// Exchanges outside the profile, by member; not compared.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set_aside: BTreeMap<String, u64>,
}

/// Exchanges decided by one kind of output.
#[derive(Copy, Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Decided {
    /// How many.
    pub exchanges: u64,
    /// On how many both sides differed.
    pub divergences: u64,
}

/// Lines of an excerpt that are shown; what is longer ends with a line that counts the rest.
const EXCERPT_LINES: usize = 14;
/// Characters of a line that are shown.
const EXCERPT_WIDTH: usize = 160;

/// The source text of spans, whole lines without their common indentation, secrets masked, control characters shown. Where not all
/// have room, the first spans do; they stand in the order of the source.
#[must_use]
pub fn excerpt(spans: &[source::Span], sources: &Sources) -> String {
    let lines = |ranges: &[(source::FileId, u32, u32)]| -> usize {
        ranges.iter().map(|(_, from, to)| (to - from) as usize + 1).sum()
    };
    let total = lines(&line_ranges(spans, sources));
    let mut ranges = Vec::new();
    for end in 1..=spans.len() {
        let more = line_ranges(spans.get(..end).unwrap_or(spans), sources);
        let fits = lines(&more) <= EXCERPT_LINES;
        if fits || lines(&ranges) == 0 {
            ranges = more;
        }
        if !fits {
            break;
        }
    }
    let mut out: Vec<&str> = Vec::new();
    let mut shown = 0;
    for (id, from, to) in ranges {
        if shown > 0 && shown < EXCERPT_LINES {
            out.push("…");
        }
        let file = sources.file(id);
        for line in (from..=to).take(EXCERPT_LINES - shown) {
            let start = file.lines().start(line).unwrap_or(0) as usize;
            out.push(file.text().get(start..).and_then(|it| it.lines().next()).unwrap_or(""));
            shown += 1;
        }
    }
    let text = diag::visible(&diag::mask(&out.join("\n"))).replace('\t', "  ");
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let indent = text.lines().filter(|it| !it.trim().is_empty() && *it != "…").map(depth).min().unwrap_or(0);
    let mut lines: Vec<String> = text.lines().map(|it| cut(it.get(indent..).unwrap_or(it))).collect();
    if total > shown {
        lines.push(format!("… {} more lines", total - shown));
    }
    lines.join("\n")
}

/// The lines that spans touch, as ranges in order that neither overlap nor touch.
fn line_ranges(spans: &[source::Span], sources: &Sources) -> Vec<(source::FileId, u32, u32)> {
    let mut all: Vec<(source::FileId, u32, u32)> = spans
        .iter()
        .map(|span| {
            let span = sources.resolve(*span);
            let lines = sources.file(span.file).lines();
            let last = span.end.saturating_sub(1).max(span.start);
            (span.file, lines.position(span.start).line, lines.position(last).line)
        })
        .collect();
    all.sort_unstable();
    let mut merged: Vec<(source::FileId, u32, u32)> = Vec::new();
    for (id, from, to) in all {
        match merged.last_mut().filter(|last| last.0 == id && from <= last.2 + 1) {
            Some(last) => last.2 = last.2.max(to),
            None => merged.push((id, from, to)),
        }
    }
    merged
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(EXCERPT_WIDTH) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or("")),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_balance_only_when_everything_is_settled() {
        let mut counts = Counts::default();
        for verdict in Verdict::ALL {
            counts.add(Some(*verdict));
        }
        assert!(counts.balances());
        assert!(Verdict::ALL.iter().all(|verdict| counts.part(*verdict) == 1));
        counts.add(None);
        assert!(!counts.balances());
        assert_eq!((counts.total, counts.unaccounted), (11, 1));
    }

    #[test]
    fn excerpts_join_lines_drop_indentation_and_mask() {
        let mut sources = Sources::new();
        let text = "a {\n  if (x) {\n\treturn 'Basic c2VjcmV0';\n  }\n\n\n  last();\n}\n";
        let file = sources.add("a.js", text);
        let span = |word: &str| {
            let start = u32::try_from(text.find(word).unwrap_or(0)).unwrap_or(0);
            source::Span::new(file, start, start + 2)
        };
        assert_eq!(
            excerpt(&[span("last"), span("if"), span("return")], &sources),
            "if (x) {\nreturn 'Basic ***';\n…\nlast();"
        );
        let long = sources.add("b.js", "x();\n".repeat(100));
        let cut = excerpt(&[source::Span::new(long, 0, 500)], &sources);
        assert_eq!(cut.lines().count(), 15);
        assert!(cut.ends_with("\n… 86 more lines"));
    }
}
