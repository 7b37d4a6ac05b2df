//! `migrate.toml`: what the user states about sources, zones and values. A key that is not known is an error that names the nearest one.

use std::collections::BTreeMap;

use edge::HookPoint;
use front::Platform;
use front_cloud::Touches;
use serde::Deserialize;
use target::plan::Plan;
use toml::Spanned;

/// A configuration as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Which files are what.
    #[serde(default)]
    pub source: Vec<SourceEntry>,
    /// Zones with their hosts and plans.
    #[serde(default)]
    pub zone: Vec<ZoneEntry>,
    /// Classes of approximation that may be used.
    #[serde(default)]
    pub accept: Vec<Spanned<String>>,
    /// Members of the profile that are switched off (`false`) or on.
    #[serde(default)]
    pub profile: BTreeMap<Spanned<String>, bool>,
    /// Values of holes.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Paths that are not read: a folder, a file, or a pattern with `*`.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// What constructs that are not read may touch.
    #[serde(default)]
    pub effect: Vec<EffectEntry>,
    /// Limits of reading.
    #[serde(default)]
    pub limits: LimitsEntry,
    /// How code is written.
    #[serde(default)]
    pub worker: WorkerEntry,
}

/// `[worker]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkerEntry {
    /// `adapted` or `printed`.
    #[serde(default)]
    pub code: WorkerCode,
}

/// What stands in a Worker for a function.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerCode {
    /// The user's own code.
    #[default]
    Adapted,
    /// Code printed from what is understood, where that is everything; the user's own code elsewhere.
    Printed,
}

/// `[[effect]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EffectEntry {
    /// The construct, as the finding names it.
    pub construct: String,
    /// The file it stands in; none: every file.
    pub path: Option<String>,
    /// `nothing`, `answers`, `response`, `path`, `origin` or `everything`.
    pub touches: String,
}

impl EffectEntry {
    fn touches(&self) -> Option<Touches> {
        match self.touches.as_str() {
            "nothing" => Some(Touches::Nothing),
            "answers" => Some(Touches::Answers),
            "response" => Some(Touches::Response),
            "path" => Some(Touches::Path),
            "origin" => Some(Touches::Origin),
            "everything" => Some(Touches::Everything),
            _ => None,
        }
    }
}

/// `[[source]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourceEntry {
    /// The file, relative to the root.
    pub path: String,
    /// `cloudfront-functions` or `lambda-edge`; the file itself decides.
    pub platform: Option<String>,
    /// `client_request`, `origin_request`, `origin_response` or `client_response`.
    pub hook: Option<String>,
    /// The path pattern it is attached to.
    pub route: Option<String>,
    /// The zone it belongs to, by name.
    pub zone: Option<String>,
}

impl SourceEntry {
    /// The hook as a point; CloudFront's own words for them are understood too.
    #[must_use]
    pub fn point(&self) -> Option<HookPoint> {
        match self.hook.as_deref() {
            Some("client_request" | "viewer-request") => Some(HookPoint::ClientRequest),
            Some("origin_request" | "origin-request") => Some(HookPoint::OriginRequest),
            Some("origin_response" | "origin-response") => Some(HookPoint::OriginResponse),
            Some("client_response" | "viewer-response") => Some(HookPoint::ClientResponse),
            Some(_) | None => None,
        }
    }
}

/// `[[zone]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ZoneEntry {
    /// Its name.
    pub name: String,
    /// Its hosts.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Its plan.
    pub plan: Option<String>,
}

/// `[limits]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LimitsEntry {
    /// The largest file that is read, in bytes.
    pub file_size: Option<u64>,
}

/// The member of the profile under which a module's variables begin anew with each request.
pub const MODULE_STATE: &str = "module-state";
/// The member of the profile under which a declared default fills what a deployment may fill otherwise.
pub const DEFAULT_VALUES: &str = "default-values";

/// Every key of the configuration, for the nearest one to a key that is none.
const KEYS: &[&str] = &[
    "source",
    "zone",
    "accept",
    "profile",
    "values",
    "ignore",
    "limits",
    "path",
    "platform",
    "hook",
    "route",
    "name",
    "hosts",
    "plan",
    "file-size",
    "effect",
    "construct",
    "touches",
    "worker",
    "code",
];

/// A configuration that cannot be read: one sentence, and the bytes it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invalid {
    /// What is wrong.
    pub message: String,
    /// Where, in the text.
    pub range: (usize, usize),
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Text that is no TOML, keys that are not known, and words that are none of those allowed.
    pub fn parse(text: &str) -> Result<Config, Invalid> {
        let config: Config = toml::from_str(text).map_err(|fault| {
            let range = fault.span().map_or((0, 0), |it| (it.start, it.end));
            let message = match fault.message().strip_prefix("unknown field `").and_then(|it| it.split_once('`')) {
                Some((key, _)) => unknown(key),
                None => fault.message().to_owned(),
            };
            Invalid { message, range }
        })?;
        config.words().map_or(Ok(config.clone()), |message| Err(Invalid { message, range: (0, 0) }))
    }

    /// The first word that is none of those allowed.
    fn words(&self) -> Option<String> {
        for source in &self.source {
            if source.hook.is_some() && source.point().is_none() {
                return Some(format!(
                    "`{}`: a hook is client_request, origin_request, origin_response or client_response",
                    source.hook.as_deref().unwrap_or("")
                ));
            }
            let read = |it: &&str| Platform::parse(it).is_some_and(Platform::is_read);
            if let Some(platform) = source.platform.as_deref().filter(|it| !read(it)) {
                return Some(format!("`{platform}` is not read yet; `cloudfront-functions` and `lambda-edge` are"));
            }
        }
        if let Some(it) = self.effect.iter().find(|it| it.touches().is_none()) {
            let words = "nothing, answers, response, path, origin or everything";
            return Some(format!("`{}`: a construct touches {words}", it.touches));
        }
        self.zone
            .iter()
            .filter_map(|it| it.plan.as_deref())
            .find(|it| Plan::from_name(it).is_none())
            .map(|it| format!("`{it}`: a plan is free, pro, business or enterprise"))
    }

    /// What the user says a construct of a file touches.
    #[must_use]
    pub fn effect_of(&self, construct: &str, path: &str) -> Option<Touches> {
        let here = |it: &&EffectEntry| it.construct == construct && it.path.as_deref().is_none_or(|it| it == path);
        self.effect.iter().find(here).and_then(EffectEntry::touches)
    }

    /// Whether a member of the profile is on.
    #[must_use]
    pub fn is_on(&self, member: &str) -> bool {
        self.profile.iter().find(|(name, _)| name.as_ref() == member).is_none_or(|(_, on)| *on)
    }

    /// Names under `[profile]` and in `accept` that mean nothing; the rest of the configuration holds.
    #[must_use]
    pub fn unknown_names(&self) -> Vec<Invalid> {
        let at = |name: &Spanned<String>| (name.span().start, name.span().end);
        let say = |name: &Spanned<String>, what: &str, known: &[&str]| {
            let near = nearest(name.as_ref(), known);
            Invalid { message: format!("`{}` is no {what}; the nearest is `{near}`", name.as_ref()), range: at(name) }
        };
        let members = members();
        let unknown = self.profile.keys().filter(|it| !members.contains(&it.as_ref().as_str()));
        let mut out: Vec<Invalid> = unknown.map(|it| say(it, "member of the profile", &members)).collect();
        let unknown = self.accept.iter().filter(|it| !passes::CLASSES.contains(&it.as_ref().as_str()));
        out.extend(unknown.map(|it| say(it, "class of approximation", passes::CLASSES)));
        out
    }

    /// Whether a path is ignored.
    #[must_use]
    pub fn ignores(&self, path: &str) -> bool {
        self.ignore.iter().any(|it| {
            let it = it.trim_end_matches('/');
            path == it || path.strip_prefix(it).is_some_and(|rest| rest.starts_with('/')) || crate::wildcard(it, path)
        })
    }
}

/// Every name that `[profile]` takes.
#[must_use]
pub fn members() -> Vec<&'static str> {
    let facts = target::facts::unsure().iter().map(|it| it.id);
    passes::MEMBERS.iter().copied().chain([DEFAULT_VALUES, MODULE_STATE]).chain(facts).collect()
}

/// The known word that is most like another.
fn nearest<'a>(word: &str, known: &[&'a str]) -> &'a str {
    let like = |it: &&&str| strsim::jaro_winkler(word, it);
    let best = known.iter().max_by(|a, b| like(a).total_cmp(&like(b)).then_with(|| b.cmp(a)));
    best.copied().unwrap_or_default()
}

fn unknown(key: &str) -> String {
    format!("`{key}` is not a key; the nearest is `{}`", nearest(key, KEYS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_words_that_are_none_are_said() {
        let message = |text: &str| Config::parse(text).map(|_| String::new()).unwrap_or_else(|it| it.message);
        assert_eq!(message("ignor = []"), "`ignor` is not a key; the nearest is `ignore`");
        assert_eq!(
            message("[[source]]\npath='a.js'\nhook='x'"),
            "`x`: a hook is client_request, origin_request, origin_response or client_response"
        );
        assert_eq!(message("[[zone]]\nname='a'\nplan='gold'"), "`gold`: a plan is free, pro, business or enterprise");
        assert_eq!(message("[[source]]\npath='a.js'\nhook='viewer-response'"), "");
    }

    #[test]
    fn names_of_members_and_classes_are_known_or_said_with_their_place() {
        let text = "accept = [\"repeated-key\", \"repeated-kex\"]\n[profile]\ndomain-facts = false\ngeo-databse = false\nfact-15 = true\n";
        let config = Config::parse(text).unwrap_or_default();
        assert!(!config.is_on("domain-facts") && config.is_on("geo-database") && config.is_on("fact-15"));
        let said: Vec<(String, &str)> =
            config.unknown_names().into_iter().map(|it| (it.message, &text[it.range.0..it.range.1])).collect();
        let member = "`geo-databse` is no member of the profile; the nearest is `geo-database`";
        let class = "`repeated-kex` is no class of approximation; the nearest is `repeated-key`";
        assert_eq!(said, [(member.to_owned(), "geo-databse"), (class.to_owned(), "\"repeated-kex\"")]);
    }

    #[test]
    fn effects_are_stated_in_known_words() {
        let text = "[[effect]]\nconstruct = 'distribution.web_acl'\ntouches = 'nothing'";
        let config = Config::parse(text).unwrap_or_default();
        assert_eq!(config.effect_of("distribution.web_acl", "a.tf"), Some(Touches::Nothing));
        assert_eq!(config.effect_of("distribution.staging", "a.tf"), None);
        assert!(Config::parse("[[effect]]\nconstruct = 'x'\ntouches = 'all'").is_err());
    }

    #[test]
    fn ignored_paths_are_files_folders_and_patterns() {
        let config = Config { ignore: vec!["dist/".into(), "*.test.js".into()], ..Config::default() };
        assert!(config.ignores("dist/a.js") && config.ignores("src/a.test.js"));
        assert!(!config.ignores("distant/a.js"));
    }
}
