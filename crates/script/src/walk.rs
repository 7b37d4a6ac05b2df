//! Every statement of a block, nested ones and those of functions declared as statements included, in source order.

use crate::{Block, Stmt, StmtKind};

/// Statements in source order. Function bodies inside expressions are not visited: the front end that counts constructs reports those.
pub fn statements<'a>(block: &'a Block, visit: &mut dyn FnMut(&'a Stmt)) {
    let mut stack: Vec<&'a Stmt> = block.iter().rev().collect();
    while let Some(stmt) = stack.pop() {
        visit(stmt);
        let mut push = |block: &'a Block| stack.extend(block.iter().rev());
        match &stmt.kind {
            StmtKind::Function(function) => push(&function.body),
            StmtKind::If(_, then, other) => {
                push(other);
                push(then);
            }
            StmtKind::Loop { body, .. } | StmtKind::ForEach { body, .. } | StmtKind::Block(body) => push(body),
            StmtKind::Try { body, catch, finally } => {
                push(finally);
                if let Some((_, block)) = catch {
                    push(block);
                }
                push(body);
            }
            StmtKind::Switch(_, cases) => cases.iter().rev().for_each(|(_, block)| push(block)),
            StmtKind::Labeled(_, inner) => stack.push(inner),
            StmtKind::Declare(_)
            | StmtKind::Class(_)
            | StmtKind::Expr(_)
            | StmtKind::Return(_)
            | StmtKind::Break(_)
            | StmtKind::Continue(_)
            | StmtKind::Throw(_)
            | StmtKind::Empty
            | StmtKind::Unsupported(_) => {}
        }
    }
}
