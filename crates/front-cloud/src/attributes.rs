//! One view on the attributes of a block, whether a template or Terraform writes it.
//!
//! Reading through it says no problem and opens no block: what the file leaves open is a hole or an open list in what is read, with its
//! place. A reader of settings is so written once, for both syntaxes.

use crate::model::Text;
use source::Span;

/// How an attribute is spelled. An empty spelling: the syntax has no such attribute.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Name {
    pub(crate) cloudformation: &'static str,
    pub(crate) terraform: &'static str,
}

/// An attribute by its two spellings.
pub(crate) const fn name(cloudformation: &'static str, terraform: &'static str) -> Name {
    Name { cloudformation, terraform }
}

/// A list as the file gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The items that are written out.
    pub items: Vec<Text>,
    /// What decides about items at deployment. While there is such a part, the items are not all there are.
    pub open: Option<Span>,
    /// The list.
    pub span: Span,
}

impl Listed {
    /// The items as texts with what `fill` gives in place of holes; `None` where the list is not known to its end.
    #[must_use]
    pub fn filled(&self, fill: &dyn Fn(&crate::Hole) -> Option<String>) -> Option<Vec<String>> {
        if self.open.is_some() {
            return None;
        }
        self.items.iter().map(|it| it.filled(fill)).collect()
    }
}

/// A block inside of a block.
pub(crate) enum Found<P> {
    /// Not written.
    Absent,
    /// Written out.
    One(P),
    /// An expression makes it.
    Open(Span),
}

impl<P> Found<P> {
    /// The block, if it is written out.
    pub(crate) fn one(self) -> Option<P> {
        match self {
            Found::One(part) => Some(part),
            Found::Absent | Found::Open(_) => None,
        }
    }
}

/// Blocks of one name, in order, each with its key where the file writes a map.
pub(crate) struct Blocks<P> {
    pub(crate) all: Vec<(Option<String>, P)>,
    /// What decides about further ones at deployment.
    pub(crate) open: Option<Span>,
}

/// The attributes of a block.
pub(crate) trait Part: Copy {
    /// The block.
    fn span(self) -> Span;
    /// A value; `None` where it is not written, or written as nothing (`null`, `AWS::NoValue`).
    fn text(self, name: Name) -> Option<Text>;
    /// A list of values, also where it is wrapped into a block with `items`.
    fn list(self, name: Name) -> Option<Listed>;
    /// The block of a name.
    fn one(self, name: Name) -> Found<Self>;
    /// All blocks of a name.
    fn many(self, name: Name) -> Blocks<Self>;
    /// Every value that is written directly inside, with its key.
    fn pairs(self) -> Vec<(String, Text)>;
    /// The resource that a reference leads to, if it is one of the types: its id, as [`crate::model::FunctionDef::id`] is made.
    fn resource(self, text: &Text, kinds: &[&str]) -> Option<String>;
}
