//! Links the files of a Lambda@Edge function: CommonJS modules as node wraps them, ES modules, JSON, packages beside them.

use std::collections::BTreeSet;

use swc_ecma_ast::{Expr, Program, Stmt};
use swc_ecma_visit::VisitWith;

use super::containment::Containment;
use super::{
    BUFFER, BYTES, COUNTERS, CRYPTO, DATE, ENCODING, Host, LinkedModule, Linker, MODULES, QUERYSTRING, json_module,
    packages, parse, quoted,
};
use crate::engine::{EngineError, LegacyProgram, Module};

const PATH: &str = include_str!("../../shims/path.js");
const URL: &str = include_str!("../../shims/url.js");
const UTIL: &str = include_str!("../../shims/node_util.js");
const LAMBDA_GLOBALS: &str = include_str!("../../shims/lambda_globals.js");
const LAMBDA_BARE: &str = include_str!("../../shims/lambda_bare.js");
const LAMBDA_NODE: &str = include_str!("../../shims/lambda_node.js");
pub(super) const LAMBDA_DRIVER: &str = include_str!("../../shims/lambda_driver.js");

/// The shims of a Lambda@Edge function, in the order of their needs.
pub(super) fn shims(program: &LegacyProgram, host: Host) -> Vec<&'static str> {
    let says = |word: &str| program.modules.iter().any(|it| it.text.contains(word));
    let all = says("globalThis") || says("global") || says("\\u");
    let mut list = Vec::new();
    if says("__mig.count") {
        list.push(COUNTERS);
    }
    list.extend([MODULES, DATE, LAMBDA_GLOBALS]);
    match host {
        Host::Bare => {
            list.extend([BYTES, ENCODING, BUFFER]);
            let querystring = says("querystring") || says("url");
            for (shim, needed) in [
                (CRYPTO, says("crypto")),
                (QUERYSTRING, querystring),
                (PATH, says("path")),
                (URL, all || says("URL") || says("url")),
                (UTIL, says("util")),
            ] {
                if needed {
                    list.push(shim);
                }
            }
            list.push(LAMBDA_BARE);
        }
        Host::Node => list.push(LAMBDA_NODE),
    }
    list
}

/// A file of a Lambda@Edge function: a CommonJS module as node wraps it, or an ES module.
pub(super) fn link_module(
    module: &Module,
    paths: &BTreeSet<&str>,
    modules: &[Module],
    host: Host,
) -> Result<LinkedModule, EngineError> {
    let path = module.path.as_str();
    if path.ends_with(".json") {
        return json_module(path, &module.text);
    }
    let parsed = parse(path, &module.text)?;
    let mut linker = Linker::new(module, paths);
    linker.bare = true;
    let es = match &parsed {
        Program::Module(it) => {
            it.body.iter().try_for_each(|item| linker.item(item))?;
            true
        }
        Program::Script(_) => false,
    };
    let mut check = Containment::new(!es && !is_strict(&parsed));
    parsed.visit_with(&mut check);
    if let Some(words) = check.refused {
        return Err(EngineError::Unsupported(format!("{path}: {words}")));
    }
    // Only ES modules bind what they import before it is complete.
    let imports = std::mem::take(&mut linker.imports);
    let asked: BTreeSet<String> = check.imported.iter().cloned().chain(linker.specifiers.iter().cloned()).collect();
    let mut links = String::from("{ __proto__: null");
    for specifier in &asked {
        match packages::resolve(path, specifier, paths, modules) {
            Some(found) => links.push_str(&format!(", {}: {}", quoted(specifier), quoted(&found))),
            None if host == Host::Bare && packages::needs_node(specifier) => {
                return Err(EngineError::Unsupported(format!("{path}: the module `{specifier}` needs node")));
            }
            None => {}
        }
    }
    links.push_str(" }");
    let (kind, strict) = if es { ("true", "\"use strict\"; ") } else { ("false", "") };
    let names = "__mig_m, require, module, exports, __filename, __dirname";
    let (head, body, tail) = (&linker.head, linker.edited(), &linker.tail);
    let directive = if !es && is_strict(&parsed) { "\"use strict\"; " } else { strict };
    let text = format!(
        "__mig.define({}, {kind}, function ({names}) {{ return (function () {{ {directive}{head}{body}\n{tail}\n}}).call(this); }}, {links});\n",
        quoted(path)
    );
    Ok(LinkedModule { text, imports, contained: !check.is_open(), has_handler: false })
}

/// Whether a script says `use strict` for the whole of it.
fn is_strict(program: &Program) -> bool {
    let Program::Script(script) = program else { return true };
    script.body.iter().map_while(directive).any(|it| it == "use strict")
}

/// The text of a statement that is nothing but a string.
fn directive(statement: &Stmt) -> Option<std::borrow::Cow<'_, str>> {
    let Stmt::Expr(it) = statement else { return None };
    let Expr::Lit(swc_ecma_ast::Lit::Str(text)) = &*it.expr else { return None };
    Some(text.value.to_string_lossy())
}
