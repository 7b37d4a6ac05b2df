//! What a script is, from its content: file names say nothing.
//!
//! A cheap look for words comes first, so that most files of a repository are never parsed.

use front::Recognized;
use script::{ExprKind, Function, Key, Module, Pattern, StmtKind};
use source::Sources;

use crate::walk::{Node, walk};
use crate::{Kind, parse};

/// What edge code the text is, if any. A CloudFront function that does not parse is recognized by its words.
#[must_use]
pub fn is_edge_code(text: &str) -> Option<Recognized> {
    let has = |word: &str| text.contains(word);
    let request = has("request") || has("response");
    if has("Records") && has(".cf") && request && has("handler") {
        return Some(Recognized::LambdaEdge);
    }
    let hooks = ["onClientRequest", "onClientResponse", "onOriginRequest", "onOriginResponse", "responseProvider"];
    if hooks.iter().any(|hook| has(&format!("export function {hook}")) || has(&format!("export async function {hook}")))
    {
        return Some(Recognized::EdgeWorker);
    }
    let fetch_listener = has("addEventListener(\"fetch\"") || has("addEventListener('fetch'");
    if fetch_listener && has("fastly:") {
        return Some(Recognized::FastlyCompute);
    }
    if fetch_listener || (has("export default") && (has("fetch(request") || has("fetch(req,")) && has("new Response")) {
        return Some(Recognized::CloudflareWorker);
    }
    if has("NextResponse") && has("function middleware") {
        return Some(Recognized::Middleware);
    }
    let nginx = ["r.return(", "r.headersOut", "r.headersIn", "r.internalRedirect(", "r.subrequest("];
    if has("export default") && nginx.iter().any(|word| has(word)) {
        return Some(Recognized::NginxJs);
    }
    if !has("handler") || !(request || has("viewer") || has("context")) || has("exports.handler") {
        return None;
    }
    let mut sources = Sources::new();
    let file = sources.add("", text);
    let module = parse(file, &sources, Kind::Script).or_else(|_| parse(file, &sources, Kind::TypeScript));
    let found = match module {
        Ok(module) => has_handler(&module),
        Err(_) => has("function handler(") && (has("event.request") || has("event.response") || has("event.viewer")),
    };
    found.then_some(Recognized::CloudFrontFunction)
}

/// A `handler` at the top level with one parameter, which reads what CloudFront gives it.
fn has_handler(module: &Module) -> bool {
    module.body.iter().any(|stmt| {
        if let StmtKind::Function(function) = &stmt.kind {
            return function.name.as_deref() == Some("handler") && reads_event(function);
        }
        let StmtKind::Declare(declarators) = &stmt.kind else { return false };
        declarators.iter().any(|(target, value)| {
            let named = matches!(target, Pattern::Name(name, _) if &**name == "handler");
            let Some(ExprKind::Function(function)) = value.as_ref().map(|it| &it.kind) else { return false };
            named && reads_event(function)
        })
    })
}

const MEMBERS: [&str; 4] = ["request", "response", "viewer", "context"];

fn reads_event(function: &Function) -> bool {
    let [param] = function.params.as_slice() else { return false };
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
