//! Registration of constructs in Terraform: every attribute and block, and every key and object of a list, with its row.
//!
//! The parser bounds nesting to 64 levels, so the walk may recurse.

use crate::model::Construct;
use crate::module::{Parsed, keeps_items, key_name};
use crate::rows::{Spelling, Under, named, resource};
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};

/// What a block is to CloudFront.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Registered<'a> {
    /// `resource "aws_cloudfront_…"`.
    Resource(&'a str),
    /// `data "aws_cloudfront_…"`.
    Data(&'a str),
    /// A call of the community module.
    Module,
    /// A call of a module of the repository that takes the same arguments.
    LocalModule,
}

/// All constructs of one block, the block itself included.
pub(crate) fn register(of: &Parsed, block: &Block, registered: Registered<'_>, out: &mut Vec<Construct>) {
    let row = match registered {
        // What a data source names is deployed from elsewhere.
        Registered::Data("aws_cloudfront_function" | "aws_cloudfront_distribution") => named("deployed"),
        Registered::Resource(kind) | Registered::Data(kind) => resource(kind, Spelling::Terraform),
        Registered::Module | Registered::LocalModule => named("distribution"),
    };
    let from = out.len();
    let mut walk = Walk { of, out };
    walk.push(block.ident.span(), row);
    walk.body(&block.body, row);
    if registered == Registered::LocalModule
        && let Some(source) = block.body.get_attribute("source").map(|it| of.span(it.key.span()))
    {
        let (kind, class) = named("distribution.local_module").settle();
        for it in out.iter_mut().skip(from).filter(|it| it.span == source) {
            (it.kind, it.class) = (kind, class);
        }
    }
}

struct Walk<'a> {
    of: &'a Parsed,
    out: &'a mut Vec<Construct>,
}

impl Walk<'_> {
    fn push(&mut self, range: Option<std::ops::Range<usize>>, under: Under) {
        let (kind, class) = under.settle();
        self.out.push(Construct { kind, span: self.of.span(range), class });
    }

    fn body(&mut self, body: &Body, under: Under) {
        for structure in body.iter() {
            match structure {
                Structure::Attribute(attribute) => {
                    let row = under.child(attribute.key.as_str(), Spelling::Terraform);
                    self.push(attribute.key.span(), row);
                    self.expression(&attribute.value, row);
                }
                Structure::Block(block) => {
                    let dynamic = block.ident.as_str() == "dynamic";
                    let row =
                        if dynamic { Under::Open } else { under.child(block.ident.as_str(), Spelling::Terraform) };
                    self.push(block.ident.span(), row);
                    self.body(&block.body, row);
                }
            }
        }
    }

    fn expression(&mut self, expr: &Expression, under: Under) {
        match expr {
            Expression::Null(_)
            | Expression::Bool(_)
            | Expression::Number(_)
            | Expression::String(_)
            | Expression::StringTemplate(_)
            | Expression::HeredocTemplate(_)
            | Expression::Variable(_) => {}
            Expression::Array(array) => {
                for item in array.iter() {
                    if let Expression::Object(object) = item {
                        self.push(object.span(), under);
                    }
                    self.expression(item, under);
                }
            }
            Expression::Object(object) => {
                for (key, value) in object.iter() {
                    let row = key_name(key).map_or(under, |it| under.child(it, Spelling::Terraform));
                    let range = match key {
                        ObjectKey::Ident(name) => name.span(),
                        ObjectKey::Expression(expr) => expr.span(),
                    };
                    self.push(range, row);
                    if let ObjectKey::Expression(expr) = key {
                        self.expression(expr, Under::Open);
                    }
                    self.expression(value.expr(), row);
                }
            }
            Expression::Parenthesis(it) => self.expression(it.inner(), under),
            // Where an expression decides, what stands inside need not hold.
            Expression::Conditional(it) => {
                self.expression(&it.cond_expr, Under::Open);
                self.expression(&it.true_expr, opened(under));
                self.expression(&it.false_expr, opened(under));
            }
            Expression::FuncCall(it) => {
                let known = keeps_items(it);
                for argument in it.args.iter() {
                    self.expression(argument, if known { under } else { opened(under) });
                }
            }
            Expression::Traversal(it) => {
                self.expression(&it.expr, Under::Open);
                for operator in &it.operators {
                    if let TraversalOperator::Index(index) = operator.value() {
                        self.expression(index, Under::Open);
                    }
                }
            }
            Expression::UnaryOp(it) => self.expression(&it.expr, opened(under)),
            Expression::BinaryOp(it) => {
                self.expression(&it.lhs_expr, opened(under));
                self.expression(&it.rhs_expr, opened(under));
            }
            Expression::ForExpr(it) => {
                self.expression(&it.intro.collection_expr, opened(under));
                if let Some(key) = &it.key_expr {
                    self.expression(key, Under::Open);
                }
                self.expression(&it.value_expr, opened(under));
                if let Some(condition) = &it.cond {
                    self.expression(&condition.expr, Under::Open);
                }
            }
        }
    }
}

/// Inside of an expression: a row that settles all of its inside still does, everything else is open.
fn opened(under: Under) -> Under {
    match under {
        Under::Row(row) if row.inner == crate::rows::Inner::Any => under,
        Under::Row(_) | Under::Unknown | Under::Open => Under::Open,
    }
}
