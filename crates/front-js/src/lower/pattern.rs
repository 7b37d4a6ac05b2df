//! Bindings and assignment targets.

use std::sync::Arc;

use script::{Expr, ExprKind, Key, Pattern};
use swc_ecma_ast::{
    ArrayPat, AssignTarget, AssignTargetPat, Expr as Js, ObjectPat, ObjectPatProp, Pat, PropName, SimpleAssignTarget,
};

use super::{Lower, unsupported};

impl Lower {
    pub(super) fn pattern(&mut self, pattern: &Pat) -> Pattern {
        match pattern {
            Pat::Ident(it) => Pattern::Name(Arc::from(&*it.id.sym), self.span(&it.id)),
            Pat::Array(it) => self.array_pattern(it),
            Pat::Object(it) => self.object_pattern(it),
            Pat::Assign(it) => {
                let target = self.pattern(&it.left);
                Pattern::Default(Box::new(target), Box::new(self.expr(&it.right)))
            }
            Pat::Rest(it) => self.pattern(&it.arg),
            Pat::Expr(it) => self.target(it),
            Pat::Invalid(it) => Pattern::Place(Box::new(unsupported(self.span(it), "unreadable pattern", Vec::new()))),
        }
    }

    fn array_pattern(&mut self, pattern: &ArrayPat) -> Pattern {
        let mut items = Vec::new();
        let mut rest = None;
        for item in &pattern.elems {
            match item {
                Some(Pat::Rest(it)) => rest = Some(Box::new(self.pattern(&it.arg))),
                Some(it) => items.push(Some(self.pattern(it))),
                None => items.push(None),
            }
        }
        Pattern::Array { items, rest }
    }

    fn object_pattern(&mut self, pattern: &ObjectPat) -> Pattern {
        let mut props = Vec::new();
        let mut rest = None;
        for prop in &pattern.props {
            match prop {
                ObjectPatProp::KeyValue(it) => {
                    let key = self.key(&it.key);
                    props.push((key, self.pattern(&it.value)));
                }
                ObjectPatProp::Assign(it) => {
                    let name: Arc<str> = Arc::from(&*it.key.id.sym);
                    let mut target = Pattern::Name(name.clone(), self.span(&it.key.id));
                    if let Some(value) = &it.value {
                        target = Pattern::Default(Box::new(target), Box::new(self.expr(value)));
                    }
                    props.push((Key::Name(name), target));
                }
                ObjectPatProp::Rest(it) => rest = Some(Box::new(self.pattern(&it.arg))),
            }
        }
        Pattern::Object { props, rest }
    }

    /// What stands left of `=`.
    pub(super) fn assign_target(&mut self, target: &AssignTarget) -> Pattern {
        match target {
            AssignTarget::Simple(it) => self.simple_target(it),
            AssignTarget::Pat(AssignTargetPat::Array(it)) => self.array_pattern(it),
            AssignTarget::Pat(AssignTargetPat::Object(it)) => self.object_pattern(it),
            AssignTarget::Pat(AssignTargetPat::Invalid(it)) => {
                Pattern::Place(Box::new(unsupported(self.span(it), "unreadable pattern", Vec::new())))
            }
        }
    }

    fn simple_target(&mut self, target: &SimpleAssignTarget) -> Pattern {
        match target {
            SimpleAssignTarget::Ident(it) => Pattern::Name(Arc::from(&*it.id.sym), self.span(&it.id)),
            SimpleAssignTarget::Member(it) => Pattern::Place(Box::new(self.member(it))),
            SimpleAssignTarget::SuperProp(it) => Pattern::Place(Box::new(self.super_property(it))),
            SimpleAssignTarget::Paren(it) => self.target(&it.expr),
            SimpleAssignTarget::TsAs(it) => self.target(&it.expr),
            SimpleAssignTarget::TsSatisfies(it) => self.target(&it.expr),
            SimpleAssignTarget::TsNonNull(it) => self.target(&it.expr),
            SimpleAssignTarget::TsTypeAssertion(it) => self.target(&it.expr),
            SimpleAssignTarget::TsInstantiation(it) => self.target(&it.expr),
            SimpleAssignTarget::OptChain(it) => {
                Pattern::Place(Box::new(unsupported(self.span(it), "assignment to an optional chain", Vec::new())))
            }
            SimpleAssignTarget::Invalid(it) => {
                Pattern::Place(Box::new(unsupported(self.span(it), "unreadable target", Vec::new())))
            }
        }
    }

    /// An expression that is assigned to.
    pub(super) fn target(&mut self, expr: &Js) -> Pattern {
        let place = self.expr(expr);
        if let ExprKind::Name(name) = place.kind {
            return Pattern::Name(name, place.span);
        }
        Pattern::Place(Box::new(place))
    }

    /// A property name.
    pub(super) fn key(&mut self, key: &PropName) -> Key {
        match key {
            PropName::Ident(it) => self.named(&it.sym, self.span(it)),
            PropName::Str(it) => match it.value.as_str() {
                Some(text) => self.named(text, self.span(it)),
                None => Key::Computed(Box::new(unsupported(self.span(it), "half of a surrogate pair", Vec::new()))),
            },
            // A number is computed, so that the evaluator's own conversion names the property.
            PropName::Num(it) => Key::Computed(Box::new(Expr { span: self.span(it), kind: ExprKind::Num(it.value) })),
            PropName::Computed(it) => Key::Computed(Box::new(self.expr(&it.expr))),
            PropName::BigInt(it) => Key::Computed(Box::new(unsupported(self.span(it), "BigInt", Vec::new()))),
        }
    }
}

/// The same pattern assigning to variables that exist already instead of binding new ones.
pub(super) fn assigning(pattern: Pattern) -> Pattern {
    match pattern {
        Pattern::Name(name, span) => Pattern::Place(Box::new(Expr { span, kind: ExprKind::Name(name) })),
        Pattern::Place(place) => Pattern::Place(place),
        Pattern::Object { props, rest } => Pattern::Object {
            props: props.into_iter().map(|(key, target)| (key, assigning(target))).collect(),
            rest: rest.map(|it| Box::new(assigning(*it))),
        },
        Pattern::Array { items, rest } => Pattern::Array {
            items: items.into_iter().map(|item| item.map(assigning)).collect(),
            rest: rest.map(|it| Box::new(assigning(*it))),
        },
        Pattern::Default(target, value) => Pattern::Default(Box::new(assigning(*target)), value),
    }
}

/// The names a pattern binds.
pub(super) fn names(pattern: &Pattern, into: &mut Vec<Arc<str>>) {
    match pattern {
        Pattern::Name(name, _) => into.push(name.clone()),
        Pattern::Place(_) => {}
        Pattern::Object { props, rest } => {
            props.iter().for_each(|(_, target)| names(target, into));
            rest.iter().for_each(|it| names(it, into));
        }
        Pattern::Array { items, rest } => {
            items.iter().flatten().for_each(|item| names(item, into));
            rest.iter().for_each(|it| names(it, into));
        }
        Pattern::Default(target, _) => names(target, into),
    }
}
