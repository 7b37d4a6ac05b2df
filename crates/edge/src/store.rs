//! The append-only, hash-consed expression store.
//!
//! A child's id is smaller than its parent's, so every pass is a forward loop. Equal ids mean equal expressions within one store.
//! `mk` is the only constructor; it types, folds constants of the boolean operators, and interns.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use source::Span;

use crate::{Field, Fn};

/// Types of expressions.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ty {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Str,
    /// Text that may be missing; missing is not "".
    OptStr,
    /// Values in order.
    List,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(u32);
        impl $name {
            /// Position in its arena.
            #[must_use]
            pub fn index(self) -> usize { self.0 as usize }
            #[cfg(test)]
            pub(crate) fn forged(number: u32) -> $name { $name(number) }
        }
    )*};
}

ids! {
    /// An expression of one store.
    ExprId;
    /// An interned text of one store.
    StrId;
    /// A look-up table of one store.
    TableId;
    /// A piece of code that is not understood.
    RegionId;
}

/// A value that comes from outside of the exchange; one draw is one input, shared by all that use it.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Draw {
    /// The n-th random number of a hook's run, in thousandths.
    Random(u32),
    /// The clock, in milliseconds since 1970.
    Now,
}

impl Draw {
    /// The name in the text form, and which one it is.
    #[must_use]
    pub fn parts(self) -> (&'static str, Option<u32>) {
        match self {
            Draw::Random(at) => ("random", Some(at)),
            Draw::Now => ("now", None),
        }
    }

    /// The draw of a name.
    #[must_use]
    pub fn from_parts(name: &str, at: Option<u32>) -> Option<Draw> {
        [Draw::Random(at.unwrap_or(0)), Draw::Now].into_iter().find(|it| it.parts() == (name, at))
    }
}

/// An expression's head.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Node {
    /// A missing optional.
    Absent,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Str(StrId),
    /// A read of the incoming exchange.
    Read(Field),
    /// A draw.
    Input(Draw),
    /// A value that the sources leave open, by name.
    Hole(StrId),
    /// A function of `Fn::row().args` arguments.
    Call(Fn, Arc<[ExprId]>),
    /// Negation.
    Not(ExprId),
    /// Both.
    And(ExprId, ExprId),
    /// At least one.
    Or(ExprId, ExprId),
    /// `if` as a value; both sides have one type.
    Ite(ExprId, ExprId, ExprId),
    /// The table's value at a key; missing where no row matches.
    Lookup(TableId, ExprId),
    /// What a region computes, of a type; the number tells several outcomes apart.
    Code(RegionId, Ty, u32),
}

impl Node {
    /// Calls `visit` on each child, in order.
    pub fn each_child(&self, visit: &mut dyn FnMut(ExprId)) {
        match self {
            Node::Call(_, args) => args.iter().for_each(|it| visit(*it)),
            Node::Not(a) | Node::Lookup(_, a) => visit(*a),
            Node::And(a, b) | Node::Or(a, b) => [*a, *b].into_iter().for_each(visit),
            Node::Ite(a, b, c) => [*a, *b, *c].into_iter().for_each(visit),
            Node::Absent
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Str(_)
            | Node::Read(_)
            | Node::Input(_)
            | Node::Hole(_)
            | Node::Code(..) => {}
        }
    }
}

/// Rows with exact keys.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Table {
    /// Key to value, sorted.
    pub rows: BTreeMap<Arc<str>, Arc<str>>,
}

/// Code that is not understood: the first cause and where it is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Region {
    /// What is not understood.
    pub cause: Arc<str>,
    /// Where.
    pub span: Span,
}

/// The store.
#[derive(Clone, Debug, Default)]
pub struct Store {
    nodes: Vec<Node>,
    ty: Vec<Ty>,
    size: Vec<u32>,
    code: Vec<bool>,
    /// Nodes by their hash: a node is held once, in `nodes`.
    index: HashTable<ExprId>,
    hasher: DefaultHashBuilder,
    strs: Vec<Arc<str>>,
    str_index: HashMap<Arc<str>, StrId>,
    /// Shared, so that a copy of the store is no copy of its tables.
    tables: Vec<Arc<Table>>,
    table_index: HashMap<Arc<Table>, TableId>,
    regions: Vec<Region>,
}

#[expect(clippy::indexing_slicing, reason = "ids are made by this store only and nothing is ever removed")]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a fold that does not know a node leaves it as it is, whatever nodes are added"
)]
impl Store {
    /// An empty store.
    #[must_use]
    pub fn new() -> Store {
        Store::default()
    }

    /// Interns a text.
    pub fn text(&mut self, text: &str) -> StrId {
        if let Some(id) = self.str_index.get(text) {
            return *id;
        }
        let id = StrId(u32::try_from(self.strs.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = Arc::from(text);
        self.strs.push(text.clone());
        self.str_index.insert(text, id);
        id
    }

    /// The text of an id.
    #[must_use]
    pub fn str(&self, id: StrId) -> &Arc<str> {
        &self.strs[id.index()]
    }

    /// Adds a table; equal tables are one.
    pub fn table(&mut self, table: Table) -> TableId {
        self.share(&Arc::new(table))
    }

    /// Adds a table that another store may hold too.
    pub(crate) fn share(&mut self, table: &Arc<Table>) -> TableId {
        if let Some(id) = self.table_index.get(table) {
            return *id;
        }
        let id = TableId(u32::try_from(self.tables.len()).unwrap_or(u32::MAX));
        self.tables.push(table.clone());
        self.table_index.insert(table.clone(), id);
        id
    }

    /// The table of an id.
    #[must_use]
    pub fn rows(&self, id: TableId) -> &Table {
        &self.tables[id.index()]
    }

    pub(crate) fn shared(&self, id: TableId) -> &Arc<Table> {
        &self.tables[id.index()]
    }

    /// Every text, in the order in which they came.
    pub(crate) fn text_ids(&self) -> impl Iterator<Item = StrId> + use<> {
        (0..u32::try_from(self.strs.len()).unwrap_or(u32::MAX)).map(StrId)
    }

    /// Adds a node as it is, whatever it breaks.
    #[cfg(test)]
    pub(crate) fn forge(&mut self, node: Node, ty: Ty) -> ExprId {
        self.nodes.push(node);
        self.ty.push(ty);
        self.size.push(1);
        self.code.push(false);
        ExprId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    pub(crate) fn has_text(&self, id: StrId) -> bool {
        id.index() < self.strs.len()
    }

    pub(crate) fn has_table(&self, id: TableId) -> bool {
        id.index() < self.tables.len()
    }

    pub(crate) fn has_region(&self, id: RegionId) -> bool {
        id.index() < self.regions.len()
    }

    /// The same texts, tables and regions, and no expression.
    pub(crate) fn without_nodes(&self) -> Store {
        Store {
            strs: self.strs.clone(),
            str_index: self.str_index.clone(),
            tables: self.tables.clone(),
            table_index: self.table_index.clone(),
            regions: self.regions.clone(),
            hasher: self.hasher.clone(),
            ..Store::default()
        }
    }

    /// Every expression; children stand in front of their parents.
    pub fn ids(&self) -> impl Iterator<Item = ExprId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(ExprId)
    }

    /// Adds a region.
    pub fn region(&mut self, region: Region) -> RegionId {
        self.regions.push(region);
        RegionId(u32::try_from(self.regions.len() - 1).unwrap_or(u32::MAX))
    }

    /// The region of an id.
    #[must_use]
    pub fn cause(&self, id: RegionId) -> &Region {
        &self.regions[id.index()]
    }

    /// The head of an expression.
    #[must_use]
    pub fn node(&self, id: ExprId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The type of an expression.
    #[must_use]
    pub fn ty(&self, id: ExprId) -> Ty {
        self.ty[id.index()]
    }

    /// Nodes of the expression written as a tree, saturating.
    #[must_use]
    pub fn size(&self, id: ExprId) -> u32 {
        self.size[id.index()]
    }

    /// Whether the expression depends on code that is not understood.
    #[must_use]
    pub fn has_code(&self, id: ExprId) -> bool {
        self.code[id.index()]
    }

    /// How many expressions there are; ids ascend from 0.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The children of a node.
    #[must_use]
    pub fn children(&self, id: ExprId) -> Vec<ExprId> {
        let mut all = Vec::new();
        self.nodes[id.index()].each_child(&mut |it| all.push(it));
        all
    }

    /// Makes an expression: folds, orders and interns.
    pub fn mk(&mut self, node: Node) -> ExprId {
        match self.fold(&node) {
            Some(id) => id,
            None => self.intern(node),
        }
    }

    fn intern(&mut self, node: Node) -> ExprId {
        let hash = self.hasher.hash_one(&node);
        if let Some(id) = self.index.find(hash, |it| self.nodes[it.index()] == node) {
            return *id;
        }
        let id = ExprId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let ty = match &node {
            Node::Absent => Ty::OptStr,
            Node::Bool(_) | Node::Not(_) | Node::And(..) | Node::Or(..) => Ty::Bool,
            Node::Int(_) | Node::Input(_) => Ty::Int,
            Node::Str(_) | Node::Hole(_) => Ty::Str,
            Node::Read(field) => field.kind.ty(),
            Node::Call(function, _) => function.row().ret,
            Node::Ite(_, then, _) => self.ty(*then),
            Node::Lookup(..) => Ty::OptStr,
            Node::Code(_, ty, _) => *ty,
        };
        let mut size = 1u32;
        let mut code = matches!(node, Node::Code(..));
        node.each_child(&mut |it| {
            size = size.saturating_add(self.size(it));
            code |= self.has_code(it);
        });
        self.nodes.push(node);
        self.ty.push(ty);
        let (nodes, hasher) = (&self.nodes, &self.hasher);
        self.index.insert_unique(hash, id, |it| hasher.hash_one(&nodes[it.index()]));
        self.size.push(size);
        self.code.push(code);
        id
    }

    fn fold(&mut self, node: &Node) -> Option<ExprId> {
        match node {
            Node::Not(a) => match self.node(*a) {
                Node::Bool(value) => Some(self.bool(!*value)),
                Node::Not(inner) => Some(*inner),
                Node::Absent
                | Node::Int(_)
                | Node::Str(_)
                | Node::Read(_)
                | Node::Input(_)
                | Node::Hole(_)
                | Node::Call(..)
                | Node::And(..)
                | Node::Or(..)
                | Node::Ite(..)
                | Node::Lookup(..)
                | Node::Code(..) => None,
            },
            Node::And(a, b) => {
                let inside = |x: ExprId, y: ExprId| matches!(self.node(y), Node::And(p, q) if *p == x || *q == x);
                if a == b || self.is(*a, true) || inside(*a, *b) {
                    Some(*b)
                } else if self.is(*b, true) || inside(*b, *a) {
                    Some(*a)
                } else if self.is(*a, false) || self.is(*b, false) || self.opposite(*a, *b) {
                    Some(self.bool(false))
                } else {
                    None
                }
            }
            Node::Or(a, b) => {
                if a == b || self.is(*a, false) {
                    Some(*b)
                } else if self.is(*b, false) {
                    Some(*a)
                } else if self.is(*a, true) || self.is(*b, true) || self.opposite(*a, *b) {
                    Some(self.bool(true))
                } else {
                    None
                }
            }
            Node::Ite(c, a, b) => {
                if a == b || self.is(*c, true) {
                    Some(*a)
                } else if self.is(*c, false) {
                    Some(*b)
                } else if self.is(*a, true) && self.is(*b, false) {
                    Some(*c)
                } else if b == c {
                    Some(self.mk(Node::And(*c, *a)))
                } else if a == c {
                    Some(self.mk(Node::Or(*c, *b)))
                } else if self.is(*a, false) && self.is(*b, true) {
                    Some(self.mk(Node::Not(*c)))
                } else if self.is(*a, true) {
                    Some(self.mk(Node::Or(*c, *b)))
                } else if self.is(*b, false) {
                    Some(self.mk(Node::And(*c, *a)))
                } else if self.is(*a, false) {
                    let not = self.mk(Node::Not(*c));
                    Some(self.mk(Node::And(not, *b)))
                } else if self.is(*b, true) {
                    let not = self.mk(Node::Not(*c));
                    Some(self.mk(Node::Or(not, *a)))
                } else {
                    None
                }
            }
            Node::Call(function, args) => self.fold_call(*function, args),
            Node::Absent
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Str(_)
            | Node::Read(_)
            | Node::Input(_)
            | Node::Hole(_)
            | Node::Lookup(..)
            | Node::Code(..) => None,
        }
    }

    fn fold_call(&mut self, function: Fn, args: &[ExprId]) -> Option<ExprId> {
        if function == Fn::Present {
            return match self.node(*args.first()?).clone() {
                Node::Absent => Some(self.bool(false)),
                Node::Call(Fn::Some, _) => Some(self.bool(true)),
                Node::Ite(c, a, b) => {
                    let a = self.call(Fn::Present, &[a]);
                    let b = self.call(Fn::Present, &[b]);
                    Some(self.mk(Node::Ite(c, a, b)))
                }
                _ => None,
            };
        }
        if function == Fn::Or {
            let (opt, other) = (*args.first()?, *args.get(1)?);
            return match self.node(opt).clone() {
                Node::Absent => Some(other),
                Node::Call(Fn::Some, inner) => inner.first().copied(),
                Node::Ite(c, a, b) => {
                    let a = self.call(Fn::Or, &[a, other]);
                    let b = self.call(Fn::Or, &[b, other]);
                    Some(self.mk(Node::Ite(c, a, b)))
                }
                _ => None,
            };
        }
        if function == Fn::StrEq && args.first() == args.get(1) {
            return Some(self.bool(true));
        }
        let texts: Option<Vec<Arc<str>>> = args.iter().map(|it| self.as_str(*it).cloned()).collect();
        if let Some(texts) = texts {
            let (a, b) = (texts.first(), texts.get(1));
            match (function, a, b) {
                (Fn::StrEq, Some(a), Some(b)) => return Some(self.bool(a == b)),
                (Fn::StartsWith, Some(a), Some(b)) => return Some(self.bool(a.starts_with(&**b))),
                (Fn::EndsWith, Some(a), Some(b)) => return Some(self.bool(a.ends_with(&**b))),
                (Fn::Contains, Some(a), Some(b)) => return Some(self.bool(a.contains(&**b))),
                (Fn::Concat, Some(a), Some(b)) => return Some(self.string(&format!("{a}{b}"))),
                _ => {}
            }
        }
        if function == Fn::Concat {
            let (a, b) = (*args.first()?, *args.get(1)?);
            if self.as_str(a).is_some_and(|it| it.is_empty()) {
                return Some(b);
            }
            if self.as_str(b).is_some_and(|it| it.is_empty()) {
                return Some(a);
            }
            // Left-nested with adjacent constants joined, so equal texts are equal expressions.
            if let Node::Call(Fn::Concat, inner) = self.node(a).clone()
                && let (Some(left), Some(last)) = (inner.first(), inner.get(1))
                && let (Some(x), Some(y)) = (self.as_str(*last), self.as_str(b))
            {
                let joined = format!("{x}{y}");
                let joined = self.string(&joined);
                return Some(self.call(Fn::Concat, &[*left, joined]));
            }
        }
        None
    }

    fn opposite(&self, a: ExprId, b: ExprId) -> bool {
        matches!(self.node(a), Node::Not(x) if *x == b) || matches!(self.node(b), Node::Not(x) if *x == a)
    }

    /// Whether it is this boolean constant.
    #[must_use]
    pub fn is(&self, id: ExprId, value: bool) -> bool {
        matches!(self.node(id), Node::Bool(it) if *it == value)
    }

    /// The text of a constant.
    #[must_use]
    pub fn as_str(&self, id: ExprId) -> Option<&Arc<str>> {
        match self.node(id) {
            Node::Str(text) => Some(self.str(*text)),
            _ => None,
        }
    }

    /// The number of a constant.
    #[must_use]
    pub fn as_int(&self, id: ExprId) -> Option<i64> {
        match self.node(id) {
            Node::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// A constant boolean.
    pub fn bool(&mut self, value: bool) -> ExprId {
        self.intern(Node::Bool(value))
    }

    /// A constant number.
    pub fn int(&mut self, value: i64) -> ExprId {
        self.intern(Node::Int(value))
    }

    /// A constant text.
    pub fn string(&mut self, text: &str) -> ExprId {
        let id = self.text(text);
        self.intern(Node::Str(id))
    }

    /// A read.
    pub fn read(&mut self, kind: crate::FieldKind, name: Option<&str>) -> ExprId {
        let name = name.map(|it| self.text(it));
        self.intern(Node::Read(Field { kind, name }))
    }

    /// A call.
    pub fn call(&mut self, function: Fn, args: &[ExprId]) -> ExprId {
        self.mk(Node::Call(function, Arc::from(args)))
    }

    /// Negation.
    pub fn not(&mut self, a: ExprId) -> ExprId {
        self.mk(Node::Not(a))
    }

    /// Both.
    pub fn and(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.mk(Node::And(a, b))
    }

    /// At least one.
    pub fn or(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.mk(Node::Or(a, b))
    }

    /// `if` as a value.
    pub fn ite(&mut self, c: ExprId, a: ExprId, b: ExprId) -> ExprId {
        self.mk(Node::Ite(c, a, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FieldKind;

    #[test]
    fn equal_expressions_have_equal_ids_and_concats_join() {
        let mut store = Store::new();
        let path = store.read(FieldKind::Path, None);
        let (a, b, ab) = (store.string("a"), store.string("b"), store.string("ab"));
        let one = store.call(Fn::Concat, &[path, a]);
        let one = store.call(Fn::Concat, &[one, b]);
        let two = store.call(Fn::Concat, &[path, ab]);
        assert_eq!(one, two);
        let not = store.call(Fn::StrEq, &[path, a]);
        let not = store.not(not);
        let back = store.not(not);
        assert!(store.and(not, back) == store.bool(false));
    }

    #[test]
    fn growth_is_linear_and_sizes_saturate() {
        let mut store = Store::new();
        let mut it = store.read(FieldKind::Path, None);
        for _ in 0..64 {
            it = store.call(Fn::Concat, &[it, it]);
        }
        assert_eq!(store.size(it), u32::MAX);
        assert!(store.len() < 70);
    }
}
