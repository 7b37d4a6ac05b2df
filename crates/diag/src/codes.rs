//! The table of findings: one line per code, in the order of the numbers, which are never reused.
//!
//! Numbers are grouped by layer: 00 ourselves, 01 reading and discovery, 02 parsing, 03 front ends, 04 evaluation,
//! 05 placement, 06 equivalence, 07 security, 08 output, 09 verification. The page of a code is
//! `docs/codes/MIGnnnn.md`; `migrate explain` prints it.

use crate::Level;

/// A kind of finding.
#[derive(PartialEq, Eq, Debug)]
pub struct Code {
    /// `MIG` and four digits.
    pub id: &'static str,
    /// The name people say, in lower case with hyphens.
    pub name: &'static str,
    /// The level a diagnostic has unless it or the configuration says otherwise.
    pub level: Level,
    /// One sentence: what this finding says.
    pub summary: &'static str,
    /// The page of documentation, in Markdown.
    pub doc: &'static str,
}

impl Code {
    /// One part of the page: what stands below `## heading`, up to the next heading of that rank.
    #[must_use]
    pub fn section(&self, heading: &str) -> Option<&'static str> {
        let (_, rest) = self.doc.split_once(&format!("\n## {heading}\n"))?;
        Some(rest.split_once("\n## ").map_or(rest, |(part, _)| part).trim())
    }

    /// The files of the page's example, as path and text: the blocks whose fence names a path (`js index.js`). Empty
    /// for what no file alone can raise; the page then shows a session in a `text` block.
    #[must_use]
    pub fn example(&self) -> Vec<(&'static str, &'static str)> {
        let mut files = Vec::new();
        let mut rest = self.section("Example").unwrap_or_default();
        while let Some((_, after)) = rest.split_once("```") {
            let Some((info, body)) = after.split_once('\n') else { break };
            let Some((text, next)) = body.split_once("```") else { break };
            if let Some((_, path)) = info.trim().split_once(' ') {
                files.push((path, text));
            }
            rest = next;
        }
        files
    }
}

/// The code with this id (`MIG0501`, in any case) or name (`regex-needs-business`).
#[must_use]
pub fn find(wanted: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(wanted) || code.name == wanted)
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $constant:ident = $id:literal, $name:literal, $level:ident;)+) => {
        $(
            $(#[doc = $doc])+
            pub static $constant: Code = Code {
                id: $id,
                name: $name,
                level: Level::$level,
                summary: concat!($($doc),+).trim_ascii(),
                doc: include_str!(concat!("../../../docs/codes/", $id, ".md")),
            };
        )+

        /// Every code, in the order of the numbers.
        pub static ALL: &[&Code] = &[$(&$constant),+];
    };
}

codes! {
    /// The tool itself is at fault; the rest of the output stands.
    INTERNAL_FAULT = "MIG0001", "internal-fault", Error;
    /// A construct was counted but nothing says what became of it.
    CONSTRUCT_UNACCOUNTED = "MIG0002", "construct-unaccounted", Error;
    /// `migrate.toml` says something that cannot be read.
    CONFIGURATION_INVALID = "MIG0003", "configuration-invalid", Error;

    /// A file could not be read.
    UNREADABLE_FILE = "MIG0101", "unreadable-file", Error;
    /// A file is larger than the stated limit and was not read.
    FILE_TOO_LARGE = "MIG0102", "file-too-large", Warning;
    /// A file is not valid UTF-8 and was not parsed.
    INVALID_UTF8 = "MIG0103", "invalid-utf8", Error;
    /// A path or a link leads out of the repository and was not followed.
    PATH_OUTSIDE_REPOSITORY = "MIG0104", "path-outside-repository", Error;
    /// A folder is the output of an earlier run and was skipped.
    OUR_OWN_OUTPUT_SKIPPED = "MIG0105", "our-own-output-skipped", Note;
    /// Nothing that runs at an edge was found.
    NO_EDGE_CODE_FOUND = "MIG0106", "no-edge-code-found", Warning;
    /// Edge code of a platform that is recognized but not read yet; it counts as refused.
    PLATFORM_NOT_READ_YET = "MIG0107", "platform-not-read-yet", Warning;
    /// A file that is named by the source does not exist.
    MISSING_FILE_REFERENCE = "MIG0108", "missing-file-reference", Error;
    /// The same function stands in several places and was analyzed once.
    DUPLICATE_FUNCTION_ANALYZED_ONCE = "MIG0109", "duplicate-function-analyzed-once", Note;

    /// JavaScript or TypeScript that does not parse.
    SYNTAX_ERROR_JAVASCRIPT = "MIG0201", "syntax-error-javascript", Error;
    /// YAML that does not parse.
    SYNTAX_ERROR_YAML = "MIG0202", "syntax-error-yaml", Error;
    /// HCL (Terraform) that does not parse.
    SYNTAX_ERROR_HCL = "MIG0203", "syntax-error-hcl", Error;
    /// JSON that does not parse.
    SYNTAX_ERROR_JSON = "MIG0204", "syntax-error-json", Error;
    /// Brackets or blocks are nested deeper than the stated limit.
    NESTING_TOO_DEEP = "MIG0205", "nesting-too-deep", Error;
    /// TypeScript that is more than types: it must be compiled before it runs.
    TYPESCRIPT_NOT_ERASABLE = "MIG0206", "typescript-not-erasable", Error;

    /// A file looks like edge code but defines no handler.
    NO_HANDLER = "MIG0301", "no-handler", Error;
    /// No file says on which event the function runs; it was inferred from what the handler reads.
    UNKNOWN_EVENT_SHAPE = "MIG0302", "unknown-event-shape", Warning;
    /// No distribution attaches the function, so its hosts and paths are unknown.
    UNATTACHED_FUNCTION = "MIG0303", "unattached-function", Warning;
    /// Modules import each other in a cycle.
    IMPORT_CYCLE = "MIG0304", "import-cycle", Warning;
    /// An imported module was not found in the repository.
    MISSING_MODULE = "MIG0305", "missing-module", Error;
    /// A package outside of the repository's own code was not followed.
    PACKAGE_NOT_FOLLOWED = "MIG0306", "package-not-followed", Warning;
    /// A reference to another resource could not be resolved.
    UNRESOLVED_REFERENCE = "MIG0307", "unresolved-reference", Warning;
    /// A value is filled in at deployment and is not known here.
    OPEN_HOLE = "MIG0308", "open-hole", Warning;
    /// An attribute of the distribution is recognized but not read yet; it counts as refused.
    DISTRIBUTION_ATTRIBUTE_NOT_READ_YET = "MIG0309", "distribution-attribute-not-read-yet", Warning;
    /// The function uses syntax that its own runtime does not accept.
    RUNTIME_SYNTAX_NOT_IN_CFF = "MIG0310", "runtime-syntax-not-in-cff", Warning;
    /// A Lambda@Edge function has environment variables, which the platform does not give it.
    ENVIRONMENT_NOT_GIVEN = "MIG0311", "environment-not-given", Warning;

    /// Code that is not understood; what depends on it becomes Worker code.
    NOT_UNDERSTOOD = "MIG0401", "not-understood", Warning;
    /// Evaluation reached its limit of steps, depth or memory.
    FUEL_EXHAUSTED = "MIG0402", "fuel-exhausted", Warning;
    /// A call to something the platform does not document.
    HOST_CALL_UNKNOWN = "MIG0403", "host-call-unknown", Warning;
    /// The function writes a header that its platform forbids to write there.
    HEADER_PLATFORM_FORBIDS = "MIG0404", "header-platform-forbids", Warning;
    /// On some requests the legacy platform fails; the new edge does not reproduce that.
    LEGACY_FAILURE_EXIT = "MIG0405", "legacy-failure-exit", Note;

    /// A regular expression in a rule needs the Business plan.
    REGEX_NEEDS_BUSINESS = "MIG0501", "regex-needs-business", Warning;
    /// The plan lacks a feature that a rule would need.
    PLAN_FEATURE_MISSING = "MIG0502", "plan-feature-missing", Warning;
    /// There are more rules or list items than the plan allows.
    OVER_QUOTA = "MIG0503", "over-quota", Warning;
    /// A rule's expression is longer than Cloudflare accepts.
    EXPRESSION_TOO_LONG = "MIG0504", "expression-too-long", Warning;
    /// A look-up table has no form as a rule or a list.
    TABLE_NOT_EXPRESSIBLE = "MIG0505", "table-not-expressible", Warning;
    /// A regular expression means something that the rules language cannot say.
    REGEX_NOT_EXPRESSIBLE = "MIG0506", "regex-not-expressible", Warning;
    /// A behavior stays in the Worker so that answers keep their order.
    STAYS_IN_WORKER_EXIT_ORDER = "MIG0507", "stays-in-worker-exit-order", Note;
    /// A behavior stays beside code that reads or writes the same value.
    STAYS_WITH_CODE = "MIG0508", "stays-with-code", Note;
    /// A header the legacy platform computes has no counterpart on Cloudflare.
    COMPUTED_HEADER_NO_SOURCE = "MIG0510", "computed-header-no-source", Warning;
    /// A key-value store becomes a KV namespace that has to be created and filled.
    KV_BINDING_NEEDED = "MIG0511", "kv-binding-needed", Warning;
    /// Changing the origin by rule needs the Enterprise plan.
    ORIGIN_CHANGE_NEEDS_ENTERPRISE = "MIG0512", "origin-change-needs-enterprise", Warning;
    /// The rules have no answer or redirect with this status, body or header.
    ANSWER_NOT_NATIVE = "MIG0513", "answer-not-native", Note;
    /// A value is computed in a way the rules language has no function for.
    VALUE_NOT_EXPRESSIBLE = "MIG0514", "value-not-expressible", Note;
    /// A response header belongs to Cloudflare; nothing that is emitted changes what the visitor is shown there.
    HEADER_OWNED_BY_CLOUDFLARE = "MIG0515", "header-owned-by-cloudflare", Warning;
    /// A condition holds on no request, because of when the platform runs the function.
    NEVER_HAPPENS = "MIG0516", "never-happens", Warning;
    /// No route says when the code of a zone is needed, so its Worker runs on every request of a host.
    WORKER_ON_EVERY_REQUEST = "MIG0517", "worker-on-every-request", Note;
    /// A function picks among the origins of its distribution, which are not read yet; its code is refused.
    ORIGIN_CHOICE_NOT_READ = "MIG0518", "origin-choice-not-read", Error;

    /// A rule is equal on every request that is inside the stated profile.
    ASSUMED_DOMAIN_FACTS = "MIG0601", "assumed-domain-facts", Note;
    /// A rule rests on a fact about Cloudflare that is documented but unproven.
    ASSUMED_FACT = "MIG0602", "assumed-fact", Note;
    /// A rule would be close, but not equal; it is used once its class is accepted.
    APPROXIMATE_CLASS_AVAILABLE = "MIG0603", "approximate-class-available", Warning;
    /// A behavior may be touched by a construct that is refused or missing.
    TAINTED_BY_REFUSED = "MIG0604", "tainted-by-refused", Warning;

    /// A check that denies or authenticates stays code.
    SECURITY_CONTROL_IN_CODE = "MIG0701", "security-control-in-code", Note;
    /// A check that denies or authenticates is refused and would be lost.
    SECURITY_REFUSED = "MIG0702", "security-refused", Security;
    /// A secret stands in the source.
    SECRET_IN_SOURCE = "MIG0703", "secret-in-source", Warning;
    /// A check that denies or authenticates is not shown to be equal.
    SECURITY_NOT_SHOWN_EQUAL = "MIG0704", "security-not-shown-equal", Security;
    /// A check compares with the declared default of a variable.
    CHECK_RESTS_ON_DEFAULT = "MIG0705", "check-rests-on-default", Security;

    /// A file of an earlier run was edited; ours was written beside it.
    OUTPUT_USER_EDITED = "MIG0801", "output-user-edited", Warning;
    /// A Worker was written for what rules cannot do.
    WORKER_GENERATED = "MIG0802", "worker-generated", Note;

    /// The legacy edge and the migrated one differ on a request.
    VERIFY_DIVERGENCE = "MIG0901", "verify-divergence", Error;
    /// An engine that was asked for is not installed.
    ENGINE_MISSING = "MIG0902", "engine-missing", Warning;
}
