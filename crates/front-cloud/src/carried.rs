//! Works out what of a request reaches the origin and what is in the cache key, from policies or from the settings they replaced.
//!
//! Every value that is not known leaves a note with its place; what does not depend on it is worked out all the same.

use crate::attributes::Listed;
use crate::forwarding::{AcceptEncoding, Caching, Carried, Forwarding, OpenPart, SaidBy, Ttl};
use crate::headers::{Unlisted, computed_header, to_origin_rows};
use crate::managed::{
    ManagedCachePolicy, ManagedOriginRequestPolicy, Selected, managed_cache_policy, managed_origin_request_policy,
};
use crate::model::{CacheBehavior, Hole, Text};
use crate::names::Names;
use crate::policies::{CachePolicy, OriginRequestPolicy, PolicyBody, Selection};
use crate::policy_lookup::{Named, Policies, open_text};
use crate::settings::{BehaviorSettings, ForwardedValues, PolicyRef};
use source::Span;
use std::collections::BTreeSet;

/// What of a request reaches the origin of a behavior, and what is in its cache key.
#[must_use]
pub fn forwarding(behavior: &CacheBehavior, policies: &Policies<'_>) -> Forwarding {
    let settings = &behavior.settings;
    let mut work = Work { fill: policies.fill, open: Vec::new(), unsure: Vec::new() };
    match (&settings.cache_policy, &settings.forwarded_values) {
        (Some(reference), _) => by_policies(reference, settings, policies, work),
        (None, Some(values)) => legacy(values, settings, work),
        (None, None) => {
            let why = "the behavior names neither a cache policy nor forwarded values".to_owned();
            work.say("cache policy", why.clone(), behavior.span);
            work.unknown(&why, SaidBy::Nothing)
        }
    }
}

/// What is collected on the way.
struct Work<'a> {
    fill: &'a dyn Fn(&Hole) -> Option<String>,
    open: Vec<OpenPart>,
    unsure: Vec<&'static str>,
}

/// One side of a request: the viewer's headers, those that CloudFront makes, cookies, query.
struct Side {
    headers: Names,
    computed: Names,
    cookies: Names,
    query: Names,
}

impl Side {
    fn none() -> Side {
        Side { headers: Names::none(), computed: Names::none(), cookies: Names::none(), query: Names::none() }
    }

    fn unknown(why: &str) -> Side {
        let unknown = || Names::Unknown(why.to_owned());
        Side { headers: unknown(), computed: unknown(), cookies: unknown(), query: unknown() }
    }

    fn carried(self) -> Carried {
        Carried { headers: self.headers, computed: self.computed, cookies: self.cookies, query: self.query }
    }

    fn union(self, other: Side) -> Side {
        Side {
            headers: self.headers.union(other.headers),
            computed: self.computed.union(other.computed),
            cookies: self.cookies.union(other.cookies),
            query: self.query.union(other.query),
        }
    }
}

impl Clone for Side {
    fn clone(&self) -> Side {
        Side {
            headers: self.headers.clone(),
            computed: self.computed.clone(),
            cookies: self.cookies.clone(),
            query: self.query.clone(),
        }
    }
}

impl Work<'_> {
    fn say(&mut self, what: &'static str, why: String, span: Span) {
        self.open.push(OpenPart { what, why, span });
    }

    fn unknown(self, why: &str, by: SaidBy) -> Forwarding {
        Forwarding {
            to_origin: Side::unknown(why).carried(),
            in_key: Side::unknown(why).carried(),
            accept_encoding: AcceptEncoding::Unknown(why.to_owned()),
            caching: Caching::Unknown,
            ttl: None,
            by,
            open: self.open,
            unsure: self.unsure,
        }
    }

    fn value(&mut self, what: &'static str, text: &Text, place: Span) -> Option<String> {
        let value = text.filled(self.fill);
        if value.is_none() {
            self.say(what, open_text(text), text.span().unwrap_or(place));
        }
        value
    }

    fn flag(&mut self, what: &'static str, text: Option<&Text>, place: Span) -> Option<bool> {
        let Some(text) = text else { return Some(false) };
        match self.value(what, text, place)?.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => {
                self.say(what, "it is neither true nor false".to_owned(), text.span().unwrap_or(place));
                None
            }
        }
    }

    fn seconds(&mut self, text: Option<&Text>, default: u64, place: Span) -> Option<u64> {
        let Some(text) = text else { return Some(default) };
        let value = self.value("times", text, place)?;
        // Terraform and YAML may write whole numbers with a fraction or an exponent.
        let whole = value.parse::<u64>().ok().or_else(|| value.strip_suffix(".0")?.parse().ok());
        if whole.is_none() {
            self.say("times", format!("`{value}` is no number of seconds"), text.span().unwrap_or(place));
        }
        whole
    }

    fn listed(&mut self, what: &'static str, list: Option<&Listed>) -> Option<Vec<String>> {
        let Some(list) = list else { return Some(Vec::new()) };
        let names = list.filled(self.fill);
        if names.is_none() {
            self.say(what, "the list is known at deployment only".to_owned(), list.open.unwrap_or(list.span));
        }
        names
    }

    /// What a selection of a policy that a file defines stands for; headers in lower case.
    fn selection(&mut self, what: &'static str, selection: &Selection, place: Span) -> Option<Chosen> {
        if let Some(span) = selection.open {
            self.say(what, "an expression makes the list".to_owned(), span);
            return None;
        }
        let Some(behavior) = &selection.behavior else {
            self.say(what, format!("the policy does not say which {what}"), place);
            return None;
        };
        let behavior = self.value(what, behavior, place)?;
        let names = selection.names.as_ref();
        match behavior.as_str() {
            "none" => Some(Chosen::Names(Names::none())),
            "all" | "allViewer" => Some(Chosen::Names(Names::All)),
            "whitelist" => Some(Chosen::Names(Names::Only(self.listed(what, names)?.into_iter().collect()))),
            "allExcept" => Some(Chosen::Names(Names::Except(self.listed(what, names)?.into_iter().collect()))),
            "allViewerAndWhitelistCloudFront" => Some(Chosen::AllAnd(self.listed(what, names)?.into_iter().collect())),
            other => {
                self.say(what, format!("`{other}` is no selection that is known"), place);
                None
            }
        }
    }

    fn side(&mut self, headers: &Selection, cookies: &Selection, query: &Selection, place: Span) -> Side {
        let unknown = || Names::Unknown("a policy leaves it open".to_owned());
        let plain = |chosen: Option<Chosen>| match chosen {
            None => unknown(),
            Some(Chosen::Names(names)) => names,
            Some(Chosen::AllAnd(_)) => Names::All,
        };
        let (headers, computed) = match self.selection("headers", headers, place) {
            None => (unknown(), unknown()),
            Some(Chosen::Names(names)) => split(names),
            Some(Chosen::AllAnd(names)) => (Names::All, split(Names::Only(names)).1),
        };
        let cookies = plain(self.selection("cookies", cookies, place));
        let query = plain(self.selection("query", query, place));
        Side { headers, computed, cookies, query }
    }
}

/// What a selection stands for.
enum Chosen {
    Names(Names),
    /// All that the viewer sent, and these that CloudFront makes.
    AllAnd(BTreeSet<String>),
}

/// Headers of the viewer in lower case, and those that CloudFront makes.
fn split(names: Names) -> (Names, Names) {
    let lower = |names: BTreeSet<String>| names.into_iter().map(|it| it.to_ascii_lowercase()).collect();
    match names {
        Names::Only(names) => {
            let names: BTreeSet<String> = lower(names);
            let (made, sent) = names.into_iter().partition(|it| computed_header(it).is_some());
            (Names::Only(sent), Names::Only(made))
        }
        Names::Except(names) => (Names::Except(lower(names)), Names::none()),
        Names::All | Names::Like(_) | Names::Unknown(_) => (names, Names::none()),
    }
}

fn selected(of: Selected) -> Names {
    let set = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    match of {
        Selected::None => Names::none(),
        Selected::All => Names::All,
        Selected::Only(names) => Names::Only(set(names)),
        Selected::Except(names) => Names::Except(set(names)),
    }
}

/// A cache policy, wherever it comes from.
struct Key {
    side: Side,
    accept_encoding: AcceptEncoding,
    ttl: Option<Ttl>,
}

fn managed_key(policy: &ManagedCachePolicy) -> Key {
    let (headers, computed) = split(selected(policy.headers));
    Key {
        side: Side { headers, computed, cookies: selected(policy.cookies), query: selected(policy.query) },
        accept_encoding: encodings(policy.gzip, policy.brotli),
        ttl: Some(Ttl { min: policy.min_ttl, default: policy.default_ttl, max: policy.max_ttl }),
    }
}

fn encodings(gzip: bool, brotli: bool) -> AcceptEncoding {
    if gzip || brotli { AcceptEncoding::Normalized { gzip, brotli } } else { AcceptEncoding::AsListed }
}

fn custom_key(policy: &CachePolicy, place: Span, work: &mut Work<'_>) -> Key {
    let side = work.side(&policy.headers, &policy.cookies, &policy.query, place);
    let gzip = work.flag("compression", policy.gzip.as_ref(), place);
    let brotli = work.flag("compression", policy.brotli.as_ref(), place);
    let accept_encoding = match gzip.zip(brotli) {
        Some((gzip, brotli)) => encodings(gzip, brotli),
        None => AcceptEncoding::Unknown("a policy leaves it open".to_owned()),
    };
    let ttl = times([&policy.min_ttl, &policy.default_ttl, &policy.max_ttl], place, work);
    Key { side, accept_encoding, ttl }
}

/// Least, usual and longest time. A default rises with the value below it.
fn times([min, default, max]: [&Option<Text>; 3], place: Span, work: &mut Work<'_>) -> Option<Ttl> {
    let min = work.seconds(min.as_ref(), 0, place)?;
    let default = work.seconds(default.as_ref(), 86_400.max(min), place)?;
    let max = work.seconds(max.as_ref(), 31_536_000.max(default), place)?;
    Some(Ttl { min, default, max })
}

fn caching(ttl: Option<Ttl>) -> Caching {
    match ttl {
        None => Caching::Unknown,
        Some(Ttl { min: 0, default: 0, max: 0 }) => Caching::Off,
        Some(_) => Caching::On,
    }
}

fn by_policies(
    reference: &PolicyRef,
    settings: &BehaviorSettings,
    policies: &Policies<'_>,
    mut work: Work<'_>,
) -> Forwarding {
    let key = cache_key(reference, policies, &mut work);
    let key = match key {
        Ok(key) => key,
        Err(why) => {
            work.say("cache policy", why.clone(), reference.span);
            Key { side: Side::unknown(&why), accept_encoding: AcceptEncoding::Unknown(why), ttl: None }
        }
    };
    let besides = match &settings.origin_request_policy {
        None => Side::none(),
        Some(reference) => match origin_request(reference, policies, &mut work) {
            Ok(side) => side,
            Err(why) => {
                work.say("origin request policy", why.clone(), reference.span);
                Side::unknown(&why)
            }
        },
    };
    Forwarding {
        to_origin: key.side.clone().union(besides).carried(),
        in_key: key.side.carried(),
        accept_encoding: key.accept_encoding,
        caching: caching(key.ttl),
        ttl: key.ttl,
        by: SaidBy::Policies,
        open: work.open,
        unsure: work.unsure,
    }
}

fn cache_key(reference: &PolicyRef, policies: &Policies<'_>, work: &mut Work<'_>) -> Result<Key, String> {
    match policies.find(reference) {
        Named::Unknown(why) => Err(why),
        Named::Elsewhere(named) => match managed_cache_policy(&named) {
            Some(policy) => Ok(managed_key(policy)),
            None => Err(format!("no file defines the cache policy `{named}`")),
        },
        Named::Defined(policy) => match &policy.body {
            PolicyBody::Cache(body) => Ok(custom_key(body, policy.span, work)),
            PolicyBody::Open(_) => Err(format!("an expression makes `{}`", policy.id)),
            PolicyBody::OriginRequest(_) | PolicyBody::ResponseHeaders(_) | PolicyBody::Lookup { .. } => {
                Err(format!("`{}` is no cache policy", policy.id))
            }
        },
    }
}

fn origin_request(reference: &PolicyRef, policies: &Policies<'_>, work: &mut Work<'_>) -> Result<Side, String> {
    match policies.find(reference) {
        Named::Unknown(why) => Err(why),
        Named::Elsewhere(named) => match managed_origin_request_policy(&named) {
            Some(policy) => Ok(managed_side(policy, work)),
            None => Err(format!("no file defines the origin request policy `{named}`")),
        },
        Named::Defined(policy) => match &policy.body {
            PolicyBody::OriginRequest(OriginRequestPolicy { headers, cookies, query }) => {
                Ok(work.side(headers, cookies, query, policy.span))
            }
            PolicyBody::Open(_) => Err(format!("an expression makes `{}`", policy.id)),
            PolicyBody::Cache(_) | PolicyBody::ResponseHeaders(_) | PolicyBody::Lookup { .. } => {
                Err(format!("`{}` is no origin request policy", policy.id))
            }
        },
    }
}

fn managed_side(policy: &ManagedOriginRequestPolicy, work: &mut Work<'_>) -> Side {
    work.unsure.extend(policy.unsure);
    let (headers, listed) = split(selected(policy.headers));
    let made = policy.computed.iter().map(|it| it.to_ascii_lowercase()).collect();
    Side {
        headers,
        computed: listed.union(Names::Only(made)),
        cookies: selected(policy.cookies),
        query: selected(policy.query),
    }
}

fn legacy(values: &ForwardedValues, settings: &BehaviorSettings, mut work: Work<'_>) -> Forwarding {
    if let Some(span) = values.open {
        let why = "an expression makes the forwarded values".to_owned();
        work.say("headers", why.clone(), span);
        return work.unknown(&why, SaidBy::Legacy);
    }
    let place = values.span;
    let unknown = || Names::Unknown("the forwarded values leave it open".to_owned());
    let listed = work.listed("headers", values.headers.as_ref());
    let everything = listed.as_ref().is_some_and(|it| it.iter().any(|it| it == "*"));
    let (key_headers, computed) = match listed {
        None => (unknown(), unknown()),
        // Nothing is cached then, so there is nothing that the key leaves out.
        Some(_) if everything => (Names::All, Names::none()),
        Some(names) => split(Names::Only(names.into_iter().collect())),
    };
    let headers = match &key_headers {
        Names::Unknown(why) => Names::Unknown(why.clone()),
        Names::All => Names::All,
        Names::Only(_) | Names::Like(_) | Names::Except(_) => unlisted_headers().union(key_headers.clone()),
    };
    let query = work.flag("query", values.query_string.as_ref(), place);
    let keys = work.listed("query", values.query_keys.as_ref());
    let (query, key_query) = match (query, keys) {
        (None, _) => (unknown(), unknown()),
        (Some(false), _) => (Names::none(), Names::none()),
        (Some(true), None) => (Names::All, unknown()),
        (Some(true), Some(keys)) if keys.is_empty() => (Names::All, Names::All),
        (Some(true), Some(keys)) => (Names::All, Names::Only(keys.into_iter().collect())),
    };
    let forward = match &values.cookies {
        None => Some("none".to_owned()),
        Some(text) => work.value("cookies", text, place),
    };
    let cookies = match forward.as_deref() {
        Some("none") => Names::none(),
        Some("all") => Names::All,
        Some("whitelist") => match work.listed("cookies", values.cookie_names.as_ref()) {
            None => unknown(),
            Some(names) if names.iter().any(|it| it.contains(['*', '?'])) => Names::Like(names.into_iter().collect()),
            Some(names) => Names::Only(names.into_iter().collect()),
        },
        Some(_) | None => unknown(),
    };
    let ttl = times([&settings.min_ttl, &settings.default_ttl, &settings.max_ttl], place, &mut work);
    let listed = key_headers.admits("accept-encoding") == Some(true);
    Forwarding {
        to_origin: Carried { headers, computed: computed.clone(), cookies: cookies.clone(), query },
        in_key: Carried { headers: key_headers, computed, cookies, query: key_query },
        accept_encoding: if listed { AcceptEncoding::AsListed } else { AcceptEncoding::Legacy },
        caching: if everything { Caching::Off } else { caching(ttl) },
        ttl,
        by: SaidBy::Legacy,
        open: work.open,
        unsure: work.unsure,
    }
}

/// Headers that reach the origin of a behavior without policies although nothing lists them: all but those that the table keeps back or
/// rewrites.
fn unlisted_headers() -> Names {
    let kept = |of: Unlisted| match of {
        Unlisted::Forwarded | Unlisted::Appended | Unlisted::Normalized => false,
        Unlisted::Removed | Unlisted::Set(_) | Unlisted::Cookies | Unlisted::ByMethod(_) => true,
    };
    // The one beginning of names among the rows is left to `header_at_origin`: a set holds names.
    let rows = to_origin_rows().iter().filter(|it| kept(it.unlisted) && !it.name.ends_with('*'));
    Names::Except(rows.map(|it| it.name.to_owned()).collect())
}
