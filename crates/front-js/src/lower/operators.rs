//! Operators by name, and chains of any length in a tree of bounded depth.
#![expect(clippy::wildcard_enum_match_arm, reason = "the wide enums of swc, where one form is special")]

use script::{Binary, Expr, ExprKind, Logical, Pattern, Unary};
use swc_ecma_ast::{AssignOp, BinExpr, BinaryOp, Expr as Js, UnaryOp};

use super::{Lower, unsupported};

/// Operators of one chain that become one tree; longer chains continue from a variable.
const CHUNK: usize = 500;

pub(super) enum Operator {
    Strict(Binary),
    Short(Logical),
}

pub(super) fn binary(op: BinaryOp) -> Operator {
    use Operator::{Short, Strict};
    match op {
        BinaryOp::EqEq => Strict(Binary::Eq),
        BinaryOp::NotEq => Strict(Binary::Ne),
        BinaryOp::EqEqEq => Strict(Binary::StrictEq),
        BinaryOp::NotEqEq => Strict(Binary::StrictNe),
        BinaryOp::Lt => Strict(Binary::Lt),
        BinaryOp::LtEq => Strict(Binary::Le),
        BinaryOp::Gt => Strict(Binary::Gt),
        BinaryOp::GtEq => Strict(Binary::Ge),
        BinaryOp::LShift => Strict(Binary::Shl),
        BinaryOp::RShift => Strict(Binary::Shr),
        BinaryOp::ZeroFillRShift => Strict(Binary::UShr),
        BinaryOp::Add => Strict(Binary::Add),
        BinaryOp::Sub => Strict(Binary::Sub),
        BinaryOp::Mul => Strict(Binary::Mul),
        BinaryOp::Div => Strict(Binary::Div),
        BinaryOp::Mod => Strict(Binary::Rem),
        BinaryOp::BitOr => Strict(Binary::BitOr),
        BinaryOp::BitXor => Strict(Binary::BitXor),
        BinaryOp::BitAnd => Strict(Binary::BitAnd),
        BinaryOp::In => Strict(Binary::In),
        BinaryOp::InstanceOf => Strict(Binary::InstanceOf),
        BinaryOp::Exp => Strict(Binary::Pow),
        BinaryOp::LogicalOr => Short(Logical::Or),
        BinaryOp::LogicalAnd => Short(Logical::And),
        BinaryOp::NullishCoalescing => Short(Logical::Nullish),
    }
}

/// The operator of a compound assignment; none for `=`.
pub(super) fn assign(op: AssignOp) -> Option<Operator> {
    op.to_update().map(binary)
}

pub(super) fn unary(op: UnaryOp) -> Unary {
    match op {
        UnaryOp::Minus => Unary::Minus,
        UnaryOp::Plus => Unary::Plus,
        UnaryOp::Bang => Unary::Not,
        UnaryOp::Tilde => Unary::BitNot,
        UnaryOp::TypeOf => Unary::TypeOf,
        UnaryOp::Void => Unary::Void,
        UnaryOp::Delete => Unary::Delete,
    }
}

impl Lower {
    /// A chain `a + b + c …`, folded from the left in a loop.
    ///
    /// The left operand is evaluated first whatever the operator is, so a long chain may stop at any point, keep its value
    /// in a variable, and continue from there.
    pub(super) fn chain(&mut self, outer: &BinExpr) -> Expr {
        let mut spine = vec![outer];
        let mut at = outer;
        while let Js::Bin(left) = &*at.left {
            spine.push(left);
            at = left;
        }
        let mut value = match &*at.left {
            Js::PrivateName(name) => unsupported(self.span(name), "private name check", Vec::new()),
            left => self.expr(left),
        };
        let mut kept = Vec::new();
        let mut variable = None;
        for (done, node) in spine.into_iter().rev().enumerate() {
            if done > 0 && done % CHUNK == 0 {
                let name = variable.get_or_insert_with(|| self.made_name()).clone();
                let span = value.span;
                let target = Box::new(Pattern::Name(name.clone(), span));
                kept.push(Expr { span, kind: ExprKind::Assign(target, Box::new(value)) });
                value = Expr { span, kind: ExprKind::Name(name) };
            }
            let right = Box::new(self.expr(&node.right));
            let left = Box::new(value);
            let kind = match binary(node.op) {
                Operator::Strict(op) => ExprKind::Binary(op, left, right),
                Operator::Short(op) => ExprKind::Logical(op, left, right),
            };
            value = Expr { span: self.span(node), kind };
        }
        if kept.is_empty() {
            return value;
        }
        let span = value.span;
        kept.push(value);
        Expr { span, kind: ExprKind::Sequence(kept) }
    }
}
