//! What a script is, from its content: file names say nothing.
//!
//! A cheap look for words comes first, so that most files of a repository are never parsed.

use front::Recognized;
use script::{ExprKind, Function, Item, Key, Module, Pattern, StmtKind};
use source::Sources;

use crate::walk::{Node, walk};
use crate::{Kind, nesting, parse, syntax};

/// What came of a look at a text.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// What edge code it is, if any.
    pub found: Option<Recognized>,
    /// Its words did not rule it out, so it was parsed.
    pub parsed: bool,
}

/// What edge code the text is, if any. A CloudFront function that does not parse is recognized by its words.
#[must_use]
pub fn is_edge_code(text: &str) -> Option<Recognized> {
    look(text, Kind::Script, false).found
}

/// The same with what it took; `every`: a text is parsed whatever its words are.
#[must_use]
pub fn look(text: &str, kind: Kind, every: bool) -> Look {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    let handler = has("handler") && names_a_handler(text)
        || has("export default") && has(".value") && (has("uri") || has("statusCode")) && defaults_to_a_handler(text);
    let request = || has("request") || has("response");
    let exports = || has("exports") || has("export ");
    let foreign = if has("Records")
        && (has(".cf") || has("{ cf") || has("[\"cf\"]") || has("['cf']"))
        && exports()
        && request()
    {
        Some(Recognized::LambdaEdge)
    } else {
        other_platform(&has)
    };
    let possible =
        foreign.is_none() && handler && (request() || has("viewer") || has("context")) && !has("exports.handler");
    if !possible {
        return Look { found: foreign, parsed: every && parses(text, kind) };
    }
    let mut sources = Sources::new();
    let file = sources.add("", text);
    let module = parse(file, &sources, kind).or_else(|faults| match kind {
        Kind::Script => parse(file, &sources, Kind::TypeScript),
        Kind::Module | Kind::TypeScript | Kind::Json => Err(faults),
    });
    let found = match module {
        Ok(module) => has_handler(&module),
        Err(_) => has("function handler(") && (has("event.request") || has("event.response") || has("event.viewer")),
    };
    Look { found: foreign.or(found.then_some(Recognized::CloudFrontFunction)), parsed: true }
}

/// Parses a text for nothing but that.
fn parses(text: &str, kind: Kind) -> bool {
    nesting::check(text).is_ok() && syntax::on_own_stack(|| syntax::program(text, kind).is_ok()).is_some()
}

/// Whether some `handler` of the text may be a function that reads an event: its words say so, without a parse. What is in doubt may.
fn names_a_handler(text: &str) -> bool {
    let word = "handler";
    memchr::memmem::find_iter(text.as_bytes(), word).any(|at| {
        let (Some(before), Some(after)) = (text.get(..at), text.get(at + word.len()..)) else { return true };
        if before.ends_with(is_inner) || after.starts_with(is_inner) {
            return false;
        }
        let (mut before, after) = (before.trim_end(), after.trim_start());
        if before.ends_with("*/") {
            before = before.get(..before.rfind("/*").unwrap_or(0)).unwrap_or(before).trim_end();
        }
        if before.ends_with("function") {
            return takes_an_event(after, text);
        }
        let declared = ["let", "const", "var", ","].iter().any(|it| before.ends_with(it));
        let typed = after.starts_with([':', '/']) && !before.ends_with(',');
        declared && (typed || after.strip_prefix('=').is_some_and(|it| is_function(it.trim_start(), text)))
    })
}

/// Whether the default export of the text may be a function that reads an event: tools that build a function make it the handler.
fn defaults_to_a_handler(text: &str) -> bool {
    let word = "export default";
    memchr::memmem::find_iter(text.as_bytes(), word).any(|at| {
        let value = text.get(at + word.len()..).unwrap_or("").trim_start();
        is_function(value, text) || value.strip_prefix('(').is_some_and(|it| is_function(it.trim_start(), text))
    })
}

/// Whether a value may be a function that takes an event.
fn is_function(value: &str, text: &str) -> bool {
    let value = value.strip_prefix("async").map_or(value, str::trim_start);
    if let Some(rest) = value.strip_prefix("function") {
        let named = rest.trim_start_matches(|it: char| it.is_whitespace() || is_inner(it));
        return takes_an_event(named, text);
    }
    let length = value.find(|it| !is_inner(it)).unwrap_or(value.len());
    match value.split_at_checked(length) {
        Some(("", rest)) => rest.starts_with(['<', '/']) || (rest.starts_with('(') && takes_an_event(rest, text)),
        Some((_, rest)) => rest.trim_start().starts_with("=>"),
        None => true,
    }
}

fn is_inner(it: char) -> bool {
    it.is_alphanumeric() || matches!(it, '_' | '$')
}

/// Whether what follows the name of a function may be one parameter of which the text reads a member of the event.
fn takes_an_event(after: &str, text: &str) -> bool {
    let Some(list) = after.strip_prefix('(').map(str::trim_start) else { return true };
    let length = list.find(|it| !is_inner(it)).unwrap_or(list.len());
    let (name, rest) = list.split_at_checked(length).unwrap_or((list, ""));
    if name.is_empty() {
        return !list.starts_with(')');
    }
    if rest.trim_start().starts_with(',') {
        return false;
    }
    memchr::memmem::find_iter(text.as_bytes(), name).any(|at| {
        let (Some(before), Some(after)) = (text.get(..at), text.get(at + name.len()..)) else { return true };
        if before.ends_with(is_inner) || after.starts_with(is_inner) {
            return false;
        }
        let read = after.trim_start().trim_start_matches(['?', '.', '[', '"', '\'', '`', ' ', '\n', '\r', '\t']);
        let destructured = before.trim_end().ends_with('=');
        destructured || after.trim_start().starts_with('/') || MEMBERS.iter().any(|it| read.starts_with(it))
    })
}

/// Platforms that are told by words alone.
fn other_platform(has: &dyn Fn(&str) -> bool) -> Option<Recognized> {
    let hooks = ["onClientRequest", "onClientResponse", "onOriginRequest", "onOriginResponse", "responseProvider"];
    let exports = has("export ");
    if exports
        && hooks.iter().any(|hook| {
            has(hook) && (has(&format!("export function {hook}")) || has(&format!("export async function {hook}")))
        })
    {
        return Some(Recognized::EdgeWorker);
    }
    let fetch_listener =
        has("addEventListener(") && (has("addEventListener(\"fetch\"") || has("addEventListener('fetch'"));
    if fetch_listener && has("fastly:") {
        return Some(Recognized::FastlyCompute);
    }
    let default = exports && has("export default");
    if fetch_listener || (default && has("new Response") && (has("fetch(request") || has("fetch(req,"))) {
        return Some(Recognized::CloudflareWorker);
    }
    if has("NextResponse") && has("function middleware") {
        return Some(Recognized::Middleware);
    }
    let nginx = ["r.return(", "r.headersOut", "r.headersIn", "r.internalRedirect(", "r.subrequest("];
    (default && nginx.iter().any(|word| has(word))).then_some(Recognized::NginxJs)
}

/// A `handler` at the top level with one parameter, which reads what CloudFront gives it, by itself or in a function that it hands
/// the event to.
fn has_handler(module: &Module) -> bool {
    let mut functions: Vec<(&str, &Function)> = Vec::new();
    for stmt in &module.body {
        if let StmtKind::Function(function) = &stmt.kind {
            functions.extend(function.name.as_deref().map(|name| (name, &**function)));
        }
        let StmtKind::Declare(declarators) = &stmt.kind else { continue };
        for (target, value) in declarators {
            if let (Pattern::Name(name, _), Some(ExprKind::Function(function))) =
                (target, value.as_ref().map(|it| &it.kind))
            {
                functions.push((name, function));
            }
        }
    }
    let mut asked: Vec<&str> = vec!["handler"];
    let mut next = 0;
    while let Some(name) = asked.get(next).copied() {
        next += 1;
        let one = name == "handler";
        let of_name = functions.iter().filter(|(of, it)| *of == name && (!one || it.params.len() == 1));
        for (_, function) in of_name {
            if reads_event(function, &mut |handed| {
                if let Some((name, _)) = functions.iter().find(|(of, _)| *of == handed)
                    && !asked.contains(name)
                {
                    asked.push(name);
                }
            }) {
                return true;
            }
        }
    }
    false
}

const MEMBERS: [&str; 4] = ["request", "response", "viewer", "context"];

/// Whether a function reads a member of its first parameter; `hands` is told the functions that it hands the parameter to.
fn reads_event(function: &Function, hands: &mut dyn FnMut(&str)) -> bool {
    let Some(param) = function.params.first() else { return false };
    let param = if let Pattern::Default(target, _) = param { target } else { param };
    let Pattern::Name(event, _) = param else { return destructures(param) };
    let is_event = |kind: &ExprKind| matches!(kind, ExprKind::Name(name) if name == event);
    let mut found = false;
    walk(&function.body, |node| {
        match node {
            Node::Expr(expr) => {
                if let ExprKind::Member { object, key, .. } = &expr.kind {
                    let name = match key {
                        Key::Name(name) => Some(name),
                        Key::Computed(key) => {
                            if let ExprKind::Str(name) = &key.kind {
                                Some(name)
                            } else {
                                None
                            }
                        }
                    };
                    found |= is_event(&object.kind) && name.is_some_and(|name| MEMBERS.contains(&&**name));
                } else if let ExprKind::Call { callee, args, optional: _ } = &expr.kind {
                    if let (ExprKind::Name(name), Some(Item::One(first))) = (&callee.kind, args.first())
                        && is_event(&first.kind)
                    {
                        hands(name);
                    }
                } else if let ExprKind::Assign(target, value) = &expr.kind {
                    found |= is_event(&value.kind) && destructures(target);
                }
            }
            Node::Stmt(stmt) => {
                if let StmtKind::Declare(declarators) = &stmt.kind {
                    found |= declarators.iter().any(|(target, value)| {
                        value.as_ref().is_some_and(|it| is_event(&it.kind)) && destructures(target)
                    });
                }
            }
        }
        !found
    });
    found
}

fn destructures(pattern: &Pattern) -> bool {
    let Pattern::Object { props, .. } = pattern else { return false };
    props.iter().any(|(key, _)| matches!(key, Key::Name(name) if MEMBERS.contains(&&**name)))
}
