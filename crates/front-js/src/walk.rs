//! Every node of a lowered module, functions in expressions and class members included, without recursion.

use script::{Block, Class, Expr, ExprKind, Function, Item, Key, Method, Pattern, Prop, Stmt, StmtKind};

/// A statement or an expression of the core.
#[derive(Copy, Clone)]
pub(crate) enum Node<'a> {
    /// A statement.
    Stmt(&'a Stmt),
    /// An expression.
    Expr(&'a Expr),
}

#[derive(Copy, Clone)]
enum Work<'a> {
    Node(Node<'a>),
    Pattern(&'a Pattern),
}

/// Visits every statement and expression; the order among siblings is not stated. `enter` says whether to go inside.
pub(crate) fn walk<'a>(block: &'a Block, mut enter: impl FnMut(Node<'a>) -> bool) {
    let mut stack = Stack { work: Vec::new() };
    stack.block(block);
    while let Some(work) = stack.work.pop() {
        match work {
            Work::Node(node) => {
                if enter(node) {
                    match node {
                        Node::Stmt(stmt) => stack.inside_stmt(stmt),
                        Node::Expr(expr) => stack.inside_expr(expr),
                    }
                }
            }
            Work::Pattern(pattern) => stack.inside_pattern(pattern),
        }
    }
}

struct Stack<'a> {
    work: Vec<Work<'a>>,
}

impl<'a> Stack<'a> {
    fn block(&mut self, block: &'a Block) {
        self.work.extend(block.iter().rev().map(|stmt| Work::Node(Node::Stmt(stmt))));
    }

    fn expr(&mut self, expr: &'a Expr) {
        self.work.push(Work::Node(Node::Expr(expr)));
    }

    fn pattern(&mut self, pattern: &'a Pattern) {
        self.work.push(Work::Pattern(pattern));
    }

    fn items(&mut self, items: &'a [Item]) {
        for item in items {
            match item {
                Item::One(expr) | Item::Spread(expr) => self.expr(expr),
            }
        }
    }

    fn key(&mut self, key: &'a Key) {
        match key {
            Key::Name(_) => {}
            Key::Computed(expr) => self.expr(expr),
        }
    }

    fn function(&mut self, function: &'a Function) {
        self.block(&function.body);
        function.params.iter().chain(&function.rest).for_each(|param| self.pattern(param));
    }

    fn method(&mut self, method: &'a Method) {
        self.key(&method.key);
        self.function(&method.function);
    }

    fn class(&mut self, class: &'a Class) {
        class.parent.iter().for_each(|parent| self.expr(parent));
        class.constructor.iter().for_each(|function| self.function(function));
        class.methods.iter().for_each(|method| self.method(method));
        for (key, value, _) in &class.fields {
            self.key(key);
            value.iter().for_each(|value| self.expr(value));
        }
    }

    fn inside_stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Declare(declarators) => {
                for (pattern, value) in declarators {
                    self.pattern(pattern);
                    value.iter().for_each(|value| self.expr(value));
                }
            }
            StmtKind::Function(function) => self.function(function),
            StmtKind::Class(class) => self.class(class),
            StmtKind::Expr(expr) | StmtKind::Throw(expr) => self.expr(expr),
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::If(test, then, other) => {
                self.block(other);
                self.block(then);
                self.expr(test);
            }
            StmtKind::Loop { test, test_first: _, update, body } => {
                self.block(body);
                test.iter().chain(update).for_each(|it| self.expr(it));
            }
            StmtKind::ForEach { binding, over: _, subject, body } => {
                self.block(body);
                self.pattern(binding);
                self.expr(subject);
            }
            StmtKind::Try { body, catch, finally } => {
                self.block(finally);
                if let Some((binding, handler)) = catch {
                    self.block(handler);
                    binding.iter().for_each(|binding| self.pattern(binding));
                }
                self.block(body);
            }
            StmtKind::Switch(subject, cases) => {
                for (test, body) in cases.iter().rev() {
                    self.block(body);
                    test.iter().for_each(|test| self.expr(test));
                }
                self.expr(subject);
            }
            StmtKind::Block(body) => self.block(body),
            StmtKind::Labeled(_, inner) => self.work.push(Work::Node(Node::Stmt(inner))),
            StmtKind::Break(_) | StmtKind::Continue(_) | StmtKind::Empty | StmtKind::Unsupported(_) => {}
        }
    }

    fn inside_pattern(&mut self, pattern: &'a Pattern) {
        match pattern {
            Pattern::Name(..) => {}
            Pattern::Place(expr) => self.expr(expr),
            Pattern::Object { props, rest } => {
                for (key, target) in props {
                    self.key(key);
                    self.pattern(target);
                }
                rest.iter().for_each(|rest| self.pattern(rest));
            }
            Pattern::Array { items, rest } => {
                items.iter().flatten().for_each(|item| self.pattern(item));
                rest.iter().for_each(|rest| self.pattern(rest));
            }
            Pattern::Default(target, value) => {
                self.pattern(target);
                self.expr(value);
            }
        }
    }

    fn inside_expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Undefined
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Num(_)
            | ExprKind::Str(_)
            | ExprKind::Regex(..)
            | ExprKind::Name(_)
            | ExprKind::This
            | ExprKind::Unsupported(_) => {}
            ExprKind::Template(_, parts) | ExprKind::Sequence(parts) => parts.iter().for_each(|part| self.expr(part)),
            ExprKind::Array(items) | ExprKind::SuperCall(_, items) => self.items(items),
            ExprKind::Object(props) => {
                for prop in props {
                    match prop {
                        Prop::Value(key, value) => {
                            self.key(key);
                            self.expr(value);
                        }
                        Prop::Spread(value) => self.expr(value),
                        Prop::Accessor(method) => self.method(method),
                    }
                }
            }
            ExprKind::Function(function) => self.function(function),
            ExprKind::Class(class) => self.class(class),
            ExprKind::Member { object, key, optional: _ } => {
                self.expr(object);
                self.key(key);
            }
            ExprKind::Call { callee, args, optional: _ } => {
                self.expr(callee);
                self.items(args);
            }
            ExprKind::New(callee, args) => {
                self.expr(callee);
                self.items(args);
            }
            ExprKind::Chain(inner) | ExprKind::Unary(_, inner) | ExprKind::Await(inner) => self.expr(inner),
            ExprKind::Update { place, increment: _, prefix: _ } => self.expr(place),
            ExprKind::Binary(_, left, right)
            | ExprKind::Logical(_, left, right)
            | ExprKind::AssignOp(_, left, right)
            | ExprKind::AssignLogical(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Cond(test, then, other) => {
                self.expr(test);
                self.expr(then);
                self.expr(other);
            }
            ExprKind::Assign(target, value) => {
                self.pattern(target);
                self.expr(value);
            }
        }
    }
}
