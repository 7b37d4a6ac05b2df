//! The constructs of a lowered module: the spans of its statements, one for each statement of the source.
//!
//! What lowering adds carries a mark and is left out: a block has no construct of its own, the initializer of a `for`
//! stands in a block with the span of the loop, a hoisted declaration and the value of an arrow have an empty span.

use script::{Module, Stmt, StmtKind};
use source::Span;

use crate::walk::{Node, walk};

/// The spans of the statements of the source, in source order.
#[must_use]
pub fn constructs(module: &Module) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut initializers: Vec<*const Stmt> = Vec::new();
    walk(&module.body, |node| {
        let Node::Stmt(stmt) = node else { return true };
        if let StmtKind::Block(body) = &stmt.kind {
            if let [first, second] = body.as_slice()
                && second.span == stmt.span
            {
                initializers.push(std::ptr::from_ref(first));
            }
        } else if initializers.last() == Some(&std::ptr::from_ref(stmt)) {
            initializers.pop();
        } else if stmt.span.start < stmt.span.end {
            spans.push(stmt.span);
        }
        true
    });
    spans.sort_unstable();
    spans
}
