//! Expressions.
#![expect(clippy::wildcard_enum_match_arm, reason = "the wide enums of swc, where one form is special")]

use std::sync::Arc;

use script::{Expr, ExprKind, Item, Key, MethodKind, Pattern, Prop};
use source::Span;
use swc_ecma_ast::{
    AssignExpr, CallExpr, Callee, Expr as Js, ExprOrSpread, Lit, MemberExpr, MemberProp, MetaPropKind,
    MethodKind as JsKind, ObjectLit, OptChainBase, Prop as JsProp, PropOrSpread, SuperProp, SuperPropExpr, Tpl,
    UpdateOp,
};

use super::operators::{self, Operator};
use super::{Lower, class, open, unsupported};

impl Lower {
    pub(super) fn expr(&mut self, expr: &Js) -> Expr {
        let span = self.span(expr);
        let kind = match expr {
            Js::Paren(it) => return self.expr(&it.expr),
            Js::TsAs(it) => return self.expr(&it.expr),
            Js::TsNonNull(it) => return self.expr(&it.expr),
            Js::TsSatisfies(it) => return self.expr(&it.expr),
            Js::TsConstAssertion(it) => return self.expr(&it.expr),
            Js::TsTypeAssertion(it) => return self.expr(&it.expr),
            Js::TsInstantiation(it) => return self.expr(&it.expr),
            Js::Bin(it) => return self.chain(it),
            Js::Member(_) | Js::Call(_) | Js::OptChain(_) => return self.access(expr),
            Js::SuperProp(it) => return self.super_property(it),
            Js::This(_) => ExprKind::This,
            Js::Ident(it) => match &*it.sym {
                "undefined" => ExprKind::Undefined,
                name => match self.open_expression(name, span) {
                    Some(open) => return open,
                    None => ExprKind::Name(Arc::from(name)),
                },
            },
            Js::Lit(it) => self.literal(it, span),
            Js::Array(it) => ExprKind::Array(
                it.elems
                    .iter()
                    .map(|item| match item {
                        Some(item) => self.item(item),
                        None => Item::One(Expr { span, kind: ExprKind::Undefined }),
                    })
                    .collect(),
            ),
            Js::Object(it) => self.object(it),
            Js::Fn(it) => {
                let name = it.ident.as_ref().map(|ident| Arc::from(&*ident.sym));
                if it.function.is_generator {
                    return unsupported(span, "generator", Vec::new());
                }
                match self.function(name, &it.function, span) {
                    Some(function) => ExprKind::Function(Arc::new(function)),
                    None => ExprKind::Undefined,
                }
            }
            Js::Arrow(it) if it.is_generator => return unsupported(span, "generator", Vec::new()),
            Js::Arrow(it) => self.arrow(it),
            Js::Class(it) => {
                let name = it.ident.as_ref().map(|ident| Arc::from(&*ident.sym));
                ExprKind::Class(Arc::new(self.class(name, &it.class)))
            }
            Js::Unary(it) => ExprKind::Unary(operators::unary(it.op), Box::new(self.expr(&it.arg))),
            Js::Update(it) => ExprKind::Update {
                place: Box::new(self.expr(&it.arg)),
                increment: it.op == UpdateOp::PlusPlus,
                prefix: it.prefix,
            },
            Js::Assign(it) => return self.assignment(it, span),
            Js::Cond(it) => {
                let test = Box::new(self.expr(&it.test));
                let then = Box::new(self.expr(&it.cons));
                ExprKind::Cond(test, then, Box::new(self.expr(&it.alt)))
            }
            Js::New(it) => {
                let callee = Box::new(self.expr(&it.callee));
                ExprKind::New(callee, it.args.as_deref().map(|args| self.items(args)).unwrap_or_default())
            }
            Js::Seq(it) => ExprKind::Sequence(it.exprs.iter().map(|one| self.expr(one)).collect()),
            Js::Tpl(it) => return self.template(it, span),
            Js::TaggedTpl(it) => {
                let mut parts = vec![self.expr(&it.tag)];
                parts.extend(it.tpl.exprs.iter().map(|one| self.expr(one)));
                return unsupported(span, "tagged template", parts);
            }
            Js::Await(it) => ExprKind::Await(Box::new(self.expr(&it.arg))),
            Js::Yield(it) => {
                let parts = it.arg.as_ref().map(|arg| self.expr(arg)).into_iter().collect();
                return unsupported(span, "`yield`", parts);
            }
            Js::MetaProp(it) => {
                let words = match it.kind {
                    MetaPropKind::NewTarget => "`new.target`",
                    MetaPropKind::ImportMeta => "`import.meta`",
                };
                return unsupported(span, words, Vec::new());
            }
            Js::PrivateName(_) => return unsupported(span, "private name check", Vec::new()),
            Js::JSXMember(_) | Js::JSXNamespacedName(_) | Js::JSXEmpty(_) | Js::JSXElement(_) | Js::JSXFragment(_) => {
                return unsupported(span, "JSX", Vec::new());
            }
            Js::Invalid(_) => return unsupported(span, "unreadable expression", Vec::new()),
        };
        Expr { span, kind }
    }

    fn literal(&mut self, literal: &Lit, span: Span) -> ExprKind {
        match literal {
            Lit::Str(it) => match it.value.as_str() {
                Some(text) => self.open_text(text, span).unwrap_or_else(|| ExprKind::Str(Arc::from(text))),
                None => ExprKind::Unsupported(Arc::from("half of a surrogate pair")),
            },
            Lit::Bool(it) => ExprKind::Bool(it.value),
            Lit::Null(_) => ExprKind::Null,
            Lit::Num(it) => ExprKind::Num(it.value),
            Lit::BigInt(_) => ExprKind::Unsupported(Arc::from("BigInt")),
            Lit::Regex(it) => match self.open_in(&it.exp) {
                Some(name) => ExprKind::Unsupported(Arc::from(open::words(name))),
                None => ExprKind::Regex(Arc::from(&*it.exp), Arc::from(&*it.flags)),
            },
            Lit::JSXText(_) => ExprKind::Unsupported(Arc::from("JSX")),
        }
    }

    fn template(&mut self, template: &Tpl, span: Span) -> Expr {
        let parts: Vec<Expr> = template.exprs.iter().map(|one| self.expr(one)).collect();
        let texts: Option<Vec<Arc<str>>> = template
            .quasis
            .iter()
            .map(|text| text.cooked.as_ref().and_then(|cooked| cooked.as_str()).map(Arc::from))
            .collect();
        match texts {
            Some(texts) => {
                let (texts, parts) = self.open_template(&texts, parts, span);
                Expr { span, kind: ExprKind::Template(texts, parts) }
            }
            None => unsupported(span, "half of a surrogate pair", parts),
        }
    }

    fn items(&mut self, items: &[ExprOrSpread]) -> Vec<Item> {
        items.iter().map(|item| self.item(item)).collect()
    }

    fn item(&mut self, item: &ExprOrSpread) -> Item {
        let value = self.expr(&item.expr);
        if item.spread.is_some() { Item::Spread(value) } else { Item::One(value) }
    }

    fn object(&mut self, object: &ObjectLit) -> ExprKind {
        let mut props = Vec::new();
        for prop in &object.props {
            let prop = match prop {
                PropOrSpread::Spread(it) => {
                    props.push(Prop::Spread(self.expr(&it.expr)));
                    continue;
                }
                PropOrSpread::Prop(prop) => &**prop,
            };
            match prop {
                JsProp::Shorthand(it) => {
                    let name: Arc<str> = Arc::from(&*it.sym);
                    let kind = if &*name == "undefined" { ExprKind::Undefined } else { ExprKind::Name(name.clone()) };
                    let span = self.span(it);
                    let value = self.open_expression(&name, span).unwrap_or(Expr { span, kind });
                    props.push(Prop::Value(Key::Name(name), value));
                }
                JsProp::KeyValue(it) => {
                    let key = self.key(&it.key);
                    props.push(Prop::Value(key, self.expr(&it.value)));
                }
                JsProp::Assign(it) => {
                    let key = Key::Name(Arc::from(&*it.key.sym));
                    props.push(Prop::Value(key, unsupported(self.span(it), "unreadable property", Vec::new())));
                }
                JsProp::Getter(it) => {
                    let key = self.key(&it.key);
                    let span = self.span(it);
                    props.extend(self.method(key, &it.function, JsKind::Getter, false, span).map(Prop::Accessor));
                }
                JsProp::Setter(it) => {
                    let key = self.key(&it.key);
                    let span = self.span(it);
                    props.extend(self.method(key, &it.function, JsKind::Setter, false, span).map(Prop::Accessor));
                }
                JsProp::Method(it) => {
                    let key = self.key(&it.key);
                    let span = self.span(it);
                    if let Some(method) = self.method(key, &it.function, JsKind::Method, false, span) {
                        debug_assert_eq!(method.kind, MethodKind::Method);
                        let value = Expr { span, kind: ExprKind::Function(method.function) };
                        props.push(Prop::Value(method.key, value));
                    }
                }
            }
        }
        ExprKind::Object(props)
    }

    fn assignment(&mut self, it: &AssignExpr, span: Span) -> Expr {
        let target = self.assign_target(&it.left);
        let value = Box::new(self.expr(&it.right));
        let Some(operator) = operators::assign(it.op) else {
            return Expr { span, kind: ExprKind::Assign(Box::new(target), value) };
        };
        let place = match target {
            Pattern::Name(name, span) => Box::new(Expr { span, kind: ExprKind::Name(name) }),
            Pattern::Place(place) => place,
            Pattern::Object { .. } | Pattern::Array { .. } | Pattern::Default(..) => {
                return unsupported(span, "compound assignment to a pattern", vec![*value]);
            }
        };
        let kind = match operator {
            Operator::Strict(op) => ExprKind::AssignOp(op, place, value),
            Operator::Short(op) => ExprKind::AssignLogical(op, place, value),
        };
        Expr { span, kind }
    }

    pub(super) fn super_property(&mut self, it: &SuperPropExpr) -> Expr {
        let parts = match &it.prop {
            SuperProp::Ident(_) => Vec::new(),
            SuperProp::Computed(key) => vec![self.expr(&key.expr)],
        };
        unsupported(self.span(it), "`super` property", parts)
    }

    /// A member, a call, or an optional chain, at its border.
    fn access(&mut self, expr: &Js) -> Expr {
        let link = self.link(expr);
        if is_chain(expr) {
            return Expr { span: link.span, kind: ExprKind::Chain(Box::new(link)) };
        }
        link
    }

    /// The same inside of a chain: no border of its own.
    fn link(&mut self, expr: &Js) -> Expr {
        match expr {
            Js::Member(it) => self.member_link(it, false),
            Js::Call(it) => self.call(it),
            Js::OptChain(it) => {
                let mut link = match &*it.base {
                    OptChainBase::Member(member) => self.member_link(member, it.optional),
                    OptChainBase::Call(call) => {
                        let callee = Box::new(self.link(&call.callee));
                        let args = self.items(&call.args);
                        Expr { span: self.span(it), kind: ExprKind::Call { callee, args, optional: it.optional } }
                    }
                };
                link.span = self.span(it);
                link
            }
            Js::TsNonNull(it) => self.link(&it.expr),
            other => self.expr(other),
        }
    }

    pub(super) fn member(&mut self, it: &MemberExpr) -> Expr {
        self.member_link(it, false)
    }

    fn member_link(&mut self, it: &MemberExpr, optional: bool) -> Expr {
        let object = Box::new(self.link(&it.obj));
        let key = match &it.prop {
            MemberProp::Ident(name) => self.named(&name.sym, self.span(name)),
            MemberProp::PrivateName(name) => class::private(&name.name),
            MemberProp::Computed(key) => Key::Computed(Box::new(self.expr(&key.expr))),
        };
        Expr { span: self.span(it), kind: ExprKind::Member { object, key, optional } }
    }

    fn call(&mut self, it: &CallExpr) -> Expr {
        let span = self.span(it);
        let callee = match &it.callee {
            Callee::Super(_) => {
                let args = self.items(&it.args);
                return Expr { span, kind: ExprKind::SuperCall(None, args) };
            }
            Callee::Import(_) => {
                let parts = it.args.iter().map(|arg| self.expr(&arg.expr)).collect();
                return unsupported(span, "`import()`", parts);
            }
            Callee::Expr(callee) => &**callee,
        };
        match callee {
            Js::SuperProp(SuperPropExpr { prop: SuperProp::Ident(name), .. }) => {
                let args = self.items(&it.args);
                Expr { span, kind: ExprKind::SuperCall(Some(Arc::from(&*name.sym)), args) }
            }
            Js::Ident(name) if &*name.sym == "eval" => {
                let parts = it.args.iter().map(|arg| self.expr(&arg.expr)).collect();
                unsupported(span, "`eval`", parts)
            }
            callee => {
                let callee = Box::new(self.link(callee));
                let args = self.items(&it.args);
                Expr { span, kind: ExprKind::Call { callee, args, optional: false } }
            }
        }
    }
}

/// Whether the objects and callees of an expression, down to the first parenthesis, hold a `?.`.
fn is_chain(expr: &Js) -> bool {
    let mut at = expr;
    loop {
        at = match at {
            Js::OptChain(_) => return true,
            Js::Member(it) => &it.obj,
            Js::Call(CallExpr { callee: Callee::Expr(callee), .. }) => callee,
            Js::TsNonNull(it) => &it.expr,
            _ => return false,
        };
    }
}
