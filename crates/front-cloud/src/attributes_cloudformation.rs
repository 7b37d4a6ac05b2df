//! Attributes of an object of a template.

use crate::attributes::{Blocks, Found, Listed, Name, Part};
use crate::intrinsic::Template;
use crate::model::{Hole, Text};
use crate::node::NodeId;
use source::Span;

/// An object of a template.
#[derive(Copy, Clone)]
pub(crate) struct Object<'a> {
    template: &'a Template<'a>,
    node: NodeId,
}

impl<'a> Object<'a> {
    /// The object at a node; `None` for what is no object.
    pub(crate) fn new(template: &'a Template<'a>, node: NodeId) -> Option<Object<'a>> {
        let plain = template.intrinsic(node).is_none() && template.tree.entries(node).is_some();
        plain.then_some(Object { template, node })
    }

    fn value(self, name: Name) -> Option<NodeId> {
        let found = self.template.tree.get(self.node, name.cloudformation)?;
        (!self.nothing(found)).then_some(found)
    }

    /// `AWS::NoValue`.
    fn nothing(self, id: NodeId) -> bool {
        let Some(("Ref", argument)) = self.template.intrinsic(id) else { return false };
        self.template.tree.scalar_any(argument) == Some("AWS::NoValue")
    }

    fn read(self, id: NodeId) -> Text {
        // What is not defined is said by those who need it: problems of this view are none.
        let before = self.template.problems.borrow().len();
        let text = self.template.text(id);
        self.template.problems.borrow_mut().truncate(before);
        text.unwrap_or_else(|open| Text::Hole(Hole { name: open.why, default: None, span: open.span }))
    }

    /// The items of a list, bare or as `Items` beside `Quantity`.
    fn items(self, id: NodeId) -> Option<&'a [NodeId]> {
        let tree = self.template.tree;
        tree.items(id).or_else(|| tree.items(tree.get(id, "Items")?))
    }
}

impl Part for Object<'_> {
    fn span(self) -> Span {
        self.template.tree.span(self.node)
    }

    fn text(self, name: Name) -> Option<Text> {
        self.value(name).map(|it| self.read(it))
    }

    fn list(self, name: Name) -> Option<Listed> {
        let id = self.value(name)?;
        let span = self.template.tree.span(id);
        let mut out = Listed { items: Vec::new(), open: None, span };
        if self.template.intrinsic(id).is_some() {
            out.open = Some(span);
            return Some(out);
        }
        match self.items(id) {
            Some(items) => {
                out.items.extend(items.iter().filter(|it| !self.nothing(**it)).map(|it| self.read(*it)));
            }
            // `{Quantity: 0}` of the API: no items.
            None if self.template.tree.get(id, "Quantity").is_some() => {}
            None => out.items.push(self.read(id)),
        }
        Some(out)
    }

    fn one(self, name: Name) -> Found<Self> {
        let Some(id) = self.value(name) else { return Found::Absent };
        match Object::new(self.template, id) {
            Some(found) => Found::One(found),
            None => Found::Open(self.template.tree.span(id)),
        }
    }

    fn many(self, name: Name) -> Blocks<Self> {
        let mut out = Blocks { all: Vec::new(), open: None };
        let Some(id) = self.value(name) else { return out };
        let span = self.template.tree.span(id);
        if self.template.intrinsic(id).is_some() {
            out.open = Some(span);
            return out;
        }
        for item in self.items(id).unwrap_or(&[]).iter().filter(|it| !self.nothing(**it)) {
            match Object::new(self.template, *item) {
                Some(found) => out.all.push((None, found)),
                None => out.open = out.open.or(Some(self.template.tree.span(*item))),
            }
        }
        out
    }

    fn pairs(self) -> Vec<(String, Text)> {
        let tree = self.template.tree;
        let entries = tree.entries(self.node).unwrap_or(&[]).iter();
        let known = entries.filter_map(|(key, value)| Some((tree.scalar_any(*key)?.to_owned(), *value)));
        known.filter(|it| tree.scalar_any(it.1).is_some()).map(|(key, value)| (key, self.read(value))).collect()
    }

    fn resource(self, text: &Text, kinds: &[&str]) -> Option<String> {
        let Text::Hole(hole) = text else { return None };
        let head = hole.name.strip_suffix(".Id").unwrap_or(&hole.name);
        let kind = self.template.resources.get(head).and_then(|it| self.template.tree.resource_type(*it))?;
        kinds.contains(&kind).then(|| head.to_owned())
    }
}
