//! What a module asks for: `import` and `require("x")`, and where the repository may hold it.

use std::sync::Arc;

use script::{ExprKind, Item, Module};
use source::Span;

use crate::walk::{Node, walk};

/// A module that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Specifier {
    /// As written.
    pub from: Arc<str>,
    /// The `import`, or the call of `require`.
    pub span: Span,
}

/// Every module asked for, in source order: `import`, `export … from`, and `require` with a constant, anywhere.
#[must_use]
pub fn imports(module: &Module) -> Vec<Specifier> {
    let mut all: Vec<Specifier> =
        module.imports.iter().map(|it| Specifier { from: it.from.clone(), span: it.span }).collect();
    walk(&module.body, |node| {
        if let Node::Expr(expr) = node
            && let ExprKind::Call { callee, args, .. } = &expr.kind
            && let ExprKind::Name(name) = &callee.kind
            && &**name == "require"
            && let [Item::One(only)] = args.as_slice()
            && let ExprKind::Str(from) = &only.kind
        {
            all.push(Specifier { from: from.clone(), span: expr.span });
        }
        true
    });
    all.sort_by_key(|it| it.span);
    all
}

/// The paths of the repository that a relative specifier may mean, best first; empty for a package or what leads out.
#[must_use]
pub fn candidates(importer: &str, specifier: &str) -> Vec<String> {
    if !(specifier.starts_with("./") || specifier.starts_with("../") || specifier == "." || specifier == "..") {
        return Vec::new();
    }
    let mut parts: Vec<&str> = importer.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Vec::new();
                }
            }
            name => parts.push(name),
        }
    }
    let base = parts.join("/");
    let inside = if base.is_empty() { String::new() } else { format!("{base}/") };
    let mut all = Vec::new();
    if !base.is_empty() {
        all.extend(["", ".js", ".mjs", ".cjs", ".ts", ".json"].map(|end| format!("{base}{end}")));
        // TypeScript names the file it is compiled to.
        if let Some(stem) = base.strip_suffix(".js") {
            all.push(format!("{stem}.ts"));
        }
    }
    all.extend(["index.js", "index.mjs", "index.ts"].map(|name| format!("{inside}{name}")));
    all
}
