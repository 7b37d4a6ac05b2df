//! Attributes of a block of Terraform, or of an object that says the same.

use crate::attributes::{Blocks, Found, Listed, Name, Part};
use crate::model::Text;
use crate::module::{Module, Site, address, key_name};
use crate::terraform::Fields;
use hcl_edit::expr::Expression;
use source::Span;

/// A block, or an object in its place.
#[derive(Copy, Clone)]
pub(crate) struct Argument<'m, 'a> {
    module: &'m Module<'a>,
    fields: Fields<'a>,
}

impl<'m, 'a> Argument<'m, 'a> {
    pub(crate) fn new(module: &'m Module<'a>, fields: Fields<'a>) -> Argument<'m, 'a> {
        Argument { module, fields }
    }

    fn read(self, site: Site<'a>) -> Text {
        // What is not defined is said by those who need it: problems of this view are none.
        let before = self.module.problems.borrow().len();
        let text = self.module.text(site);
        self.module.problems.borrow_mut().truncate(before);
        text
    }

    fn inner(self, fields: Fields<'a>) -> Argument<'m, 'a> {
        Argument { module: self.module, fields }
    }

    fn value(self, name: Name) -> Option<Site<'a>> {
        let site = self.module.follow(self.fields.value(name.terraform)?);
        (!site.expr.is_null()).then_some(site)
    }
}

const ITEMS: Name = Name { cloudformation: "", terraform: "items" };

impl Part for Argument<'_, '_> {
    fn span(self) -> Span {
        self.fields.span
    }

    fn text(self, name: Name) -> Option<Text> {
        let text = self.read(self.value(name)?);
        Some(text)
    }

    fn list(self, name: Name) -> Option<Listed> {
        let Some(site) = self.value(name) else {
            let dynamic = self.fields.dynamic(name.terraform).into_iter().next();
            if let Some(span) = dynamic {
                return Some(Listed { items: Vec::new(), open: Some(span), span });
            }
            let block = self.fields.blocks(name.terraform).into_iter().next()?;
            let empty = Listed { items: Vec::new(), open: None, span: block.span };
            return Some(self.inner(block).list(ITEMS).unwrap_or(empty));
        };
        if let Some(fields) = Fields::of(site) {
            return self.inner(fields).list(ITEMS);
        }
        let span = site.span();
        let items = self.module.items(site);
        Some(Listed {
            open: items.is_none().then_some(span),
            items: items.unwrap_or_default().into_iter().map(|it| self.read(it)).collect(),
            span,
        })
    }

    fn one(self, name: Name) -> Found<Self> {
        if let Some(site) = self.value(name) {
            let found = Fields::of(site).or_else(|| {
                let items = self.module.items(site)?;
                Fields::of(self.module.follow(*items.first()?))
            });
            return found.map_or(Found::Open(site.span()), |it| Found::One(self.inner(it)));
        }
        if let Some(span) = self.fields.dynamic(name.terraform).into_iter().next() {
            return Found::Open(span);
        }
        self.fields.blocks(name.terraform).into_iter().next().map_or(Found::Absent, |it| Found::One(self.inner(it)))
    }

    fn many(self, name: Name) -> Blocks<Self> {
        let mut out = Blocks { all: Vec::new(), open: self.fields.dynamic(name.terraform).into_iter().next() };
        out.all.extend(self.fields.blocks(name.terraform).into_iter().map(|it| (None, self.inner(it))));
        let Some(site) = self.value(name) else { return out };
        if let Expression::Object(object) = site.expr {
            let entries = object.iter().map(|(key, value)| (key_name(key), self.module.follow(site.at(value.expr()))));
            let entries: Vec<_> = entries.collect();
            if !entries.is_empty() && entries.iter().all(|it| it.1.expr.is_object()) {
                for (key, value) in entries {
                    let fields = Fields::of(value).map(|it| self.inner(it));
                    out.all.extend(fields.map(|it| (key.map(str::to_owned), it)));
                }
            } else {
                out.all.extend(Fields::of(site).map(|it| (None, self.inner(it))));
            }
            return out;
        }
        match self.module.items(site) {
            Some(items) => {
                for item in items {
                    match Fields::of(self.module.follow(item)) {
                        Some(fields) => out.all.push((None, self.inner(fields))),
                        None => out.open = out.open.or(Some(item.span())),
                    }
                }
            }
            None => out.open = out.open.or(Some(site.span())),
        }
        out
    }

    fn pairs(self) -> Vec<(String, Text)> {
        self.fields.values().into_iter().map(|(key, site)| (key.to_owned(), self.read(site))).collect()
    }

    fn resource(self, text: &Text, kinds: &[&str]) -> Option<String> {
        let Text::Hole(hole) = text else { return None };
        let found = address(&hole.name);
        // Nothing but an index may stand between the resource and its attribute: else it is an expression.
        let rest = hole.name.get(found.len()..)?;
        let index = rest.strip_suffix(".id").or_else(|| rest.strip_suffix(".arn"))?;
        let one = index.starts_with('[') && index.ends_with(']') && index.matches('[').count() == 1;
        if !index.is_empty() && !one {
            return None;
        }
        let kind = found.strip_prefix("data.").unwrap_or(found).split('.').next()?;
        (kinds.contains(&kind) && self.module.block(found).is_some()).then(|| found.to_owned())
    }
}
