//! Classes and the methods of object literals.

use std::sync::Arc;

use script::{Class, Expr, ExprKind, Function, Key, Method, MethodKind, Pattern};
use source::Span;
use swc_ecma_ast::{
    Class as Js, ClassMember, Constructor, Function as JsFunction, MethodKind as JsKind, ParamOrTsParamProp,
    StaticBlock, TsParamPropParam,
};

use super::{Lower, Scope, unsupported};

impl Lower {
    pub(super) fn class(&mut self, name: Option<Arc<str>>, class: &Js) -> Class {
        let span = self.span(class);
        let parent = class.super_class.as_ref().map(|it| self.expr(it));
        let mut lowered = Class { name, span, parent, constructor: None, methods: Vec::new(), fields: Vec::new() };
        for member in &class.body {
            match member {
                ClassMember::Constructor(it) => lowered.constructor = self.constructor(it).or(lowered.constructor),
                ClassMember::Method(it) => {
                    let key = self.key(&it.key);
                    lowered.methods.extend(self.method(key, &it.function, it.kind, it.is_static, self.span(it)));
                }
                ClassMember::PrivateMethod(it) => {
                    let key = private(&it.key.name);
                    lowered.methods.extend(self.method(key, &it.function, it.kind, it.is_static, self.span(it)));
                }
                ClassMember::ClassProp(it) if it.declare => {}
                ClassMember::ClassProp(it) => {
                    let key = self.key(&it.key);
                    let value = it.value.as_ref().map(|value| self.expr(value));
                    lowered.fields.push((key, value, it.is_static));
                }
                ClassMember::PrivateProp(it) => {
                    let value = it.value.as_ref().map(|value| self.expr(value));
                    lowered.fields.push((private(&it.key.name), value, it.is_static));
                }
                ClassMember::StaticBlock(it) => lowered.fields.push(self.static_block(it)),
                ClassMember::AutoAccessor(it) => {
                    let refused = unsupported(self.span(it), "auto accessor", Vec::new());
                    let value = it.value.as_ref().map(|value| self.expr(value));
                    let parts = value.into_iter().chain([refused]).collect();
                    let value = Expr { span, kind: ExprKind::Sequence(parts) };
                    lowered.fields.push((Key::Name(Arc::from("*accessor")), Some(value), it.is_static));
                }
                ClassMember::TsIndexSignature(_) | ClassMember::Empty(_) => {}
            }
        }
        lowered
    }

    /// A method, getter or setter; none for an overload. A generator is a method that cannot be called.
    pub(super) fn method(
        &mut self,
        key: Key,
        function: &JsFunction,
        kind: JsKind,
        is_static: bool,
        span: Span,
    ) -> Option<Method> {
        let function =
            if function.is_generator { self.refused_generator(span) } else { self.function(None, function, span)? };
        let kind = match kind {
            JsKind::Method => MethodKind::Method,
            JsKind::Getter => MethodKind::Getter,
            JsKind::Setter => MethodKind::Setter,
        };
        Some(Method { key, function: Arc::new(function), kind, is_static })
    }

    /// A function whose parameter cannot be bound: a call of it is not understood.
    fn refused_generator(&mut self, span: Span) -> Function {
        let refused = Pattern::Place(Box::new(unsupported(span, "generator", Vec::new())));
        Function {
            name: None,
            span,
            params: vec![refused],
            rest: None,
            body: Vec::new(),
            arrow: false,
            is_async: false,
        }
    }

    fn constructor(&mut self, constructor: &Constructor) -> Option<Arc<Function>> {
        let body = constructor.body.as_ref()?;
        let span = self.span(constructor);
        let mut params = Vec::new();
        let mut rest = None;
        for param in &constructor.params {
            match param {
                ParamOrTsParamProp::Param(it) => {
                    let (plain, after) = self.params([&it.pat].into_iter());
                    params.extend(plain);
                    rest = after.or(rest);
                }
                ParamOrTsParamProp::TsParamProp(it) => {
                    let place = Pattern::Place(Box::new(unsupported(self.span(it), "parameter property", Vec::new())));
                    params.push(match &it.param {
                        TsParamPropParam::Ident(_) => place,
                        TsParamPropParam::Assign(it) => {
                            Pattern::Default(Box::new(place), Box::new(self.expr(&it.right)))
                        }
                    });
                }
            }
        }
        let start = self.span(body).start;
        self.open(&params, rest.as_ref(), &body.stmts);
        let body = self.statements(&body.stmts);
        let body = self.finish_scope(body, start);
        Some(Arc::new(Function { name: None, span, params, rest, body, arrow: false, is_async: false }))
    }

    /// A static block runs between the static fields, with the class as `this`: a field whose value is the call of an arrow.
    fn static_block(&mut self, block: &StaticBlock) -> (Key, Option<Expr>, bool) {
        let span = self.span(block);
        self.scopes.push(Scope::default());
        let body = self.statements(&block.body.stmts);
        let body = self.finish_scope(body, span.start);
        let arrow = Function { name: None, span, params: Vec::new(), rest: None, body, arrow: true, is_async: false };
        let callee = Box::new(Expr { span, kind: ExprKind::Function(Arc::new(arrow)) });
        let call = Expr { span, kind: ExprKind::Call { callee, args: Vec::new(), optional: false } };
        (Key::Name(Arc::from("*static")), Some(call), true)
    }
}

/// The key of a private name.
pub(super) fn private(name: &str) -> Key {
    Key::Name(Arc::from(format!("#{name}")))
}
