//! The syntax tree of a template, the same for YAML and JSON: flat, with byte spans, aliases kept as references.
//!
//! A child comes before its parent and an alias points backwards, so no walk can loop; an alias is never expanded, so a
//! file cannot grow by being read.

use crate::mapped::Mapped;
use source::{FileId, Span};
use std::sync::Arc;

/// A node of a [`Tree`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct NodeId(pub(crate) u32);

/// How a scalar is written.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
    Json,
}

/// What a node is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Scalar { style: Style, value: String },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    Alias(NodeId),
}

/// One node: what it is, its local tag (`Sub` of `!Sub`), its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) tag: Option<String>,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The documents of one file.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) file: FileId,
    pub(crate) text: Arc<str>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) roots: Vec<NodeId>,
}

/// Why a file has no tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Broken {
    pub(crate) at: u32,
    pub(crate) too_deep: bool,
    pub(crate) message: String,
}

/// Nesting beyond this is refused before anything recursive sees it.
pub(crate) const MAX_DEPTH: usize = 2_000;

impl Broken {
    pub(crate) fn syntax(at: u32, message: impl Into<String>) -> Broken {
        Broken { at, too_deep: false, message: message.into() }
    }

    pub(crate) fn too_deep(at: u32) -> Broken {
        Broken { at, too_deep: true, message: format!("nested more than {MAX_DEPTH} levels deep") }
    }
}

impl Tree {
    pub(crate) fn new(file: FileId, text: Arc<str>) -> Tree {
        Tree { file, text, nodes: Vec::new(), roots: Vec::new() }
    }

    pub(crate) fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId(crate::mapped::offset(self.nodes.len()));
        self.nodes.push(node);
        id
    }

    /// The node as it is written.
    pub(crate) fn raw(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// The node, through aliases. An alias points backwards, so this ends.
    pub(crate) fn node(&self, id: NodeId) -> Option<(NodeId, &Node)> {
        let mut id = id;
        loop {
            let node = self.raw(id)?;
            match &node.kind {
                Kind::Alias(to) if *to < id => id = *to,
                Kind::Alias(_) => return None,
                Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Mapping(_) => return Some((id, node)),
            }
        }
    }

    pub(crate) fn span(&self, id: NodeId) -> Span {
        self.raw(id).map_or(Span::new(self.file, 0, 0), |it| Span::new(self.file, it.start, it.end))
    }

    /// The text of an untagged scalar.
    pub(crate) fn scalar(&self, id: NodeId) -> Option<&str> {
        match self.node(id)?.1 {
            Node { kind: Kind::Scalar { value, .. }, tag: None, .. } => Some(value),
            _ => None,
        }
    }

    /// The text of a scalar, whatever its tag.
    pub(crate) fn scalar_any(&self, id: NodeId) -> Option<&str> {
        match &self.node(id)?.1.kind {
            Kind::Scalar { value, .. } => Some(value),
            Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias(_) => None,
        }
    }

    pub(crate) fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match &self.node(id)?.1.kind {
            Kind::Sequence(items) => Some(items),
            Kind::Scalar { .. } | Kind::Mapping(_) | Kind::Alias(_) => None,
        }
    }

    pub(crate) fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match &self.node(id)?.1.kind {
            Kind::Mapping(entries) => Some(entries),
            Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Alias(_) => None,
        }
    }

    /// The value of a key; a key written in the mapping wins over one merged in by `<<`.
    pub(crate) fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        let entries = self.entries(id)?;
        if let Some((_, value)) = entries.iter().find(|(name, _)| self.scalar_any(*name) == Some(key)) {
            return Some(*value);
        }
        let merged = entries.iter().filter(|(name, _)| self.scalar_any(*name) == Some("<<"));
        for (_, value) in merged {
            // One level of merging: a template generator writes no more, and depth stays bounded.
            let sources = self.items(*value).map_or_else(|| vec![*value], <[NodeId]>::to_vec);
            for source in sources {
                let found = self.entries(source)?.iter().find(|(name, _)| self.scalar_any(*name) == Some(key));
                if let Some((_, value)) = found {
                    return Some(*value);
                }
            }
        }
        None
    }

    /// The values of a key as the mapping itself writes them: no alias is followed, nothing is merged in.
    pub(crate) fn written(&self, id: NodeId, key: &str) -> Vec<NodeId> {
        let Some(Node { kind: Kind::Mapping(entries), .. }) = self.raw(id) else { return Vec::new() };
        let named =
            |it: NodeId| matches!(self.raw(it), Some(Node { kind: Kind::Scalar { value, .. }, .. }) if value == key);
        entries.iter().filter(|it| named(it.0)).map(|it| it.1).collect()
    }

    /// The `Type` of a resource: written in it, or merged in as a whole. Each step leads to an earlier node.
    pub(crate) fn resource_type(&self, id: NodeId) -> Option<&str> {
        let mut id = self.node(id)?.0;
        loop {
            let scalar = |it: &NodeId| match &self.raw(*it)?.kind {
                Kind::Scalar { value, .. } => Some(value.as_str()),
                Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias(_) => None,
            };
            if let Some(found) = self.written(id, "Type").iter().find_map(scalar) {
                return Some(found);
            }
            let merged = self.written(id, "<<");
            let alias =
                merged.iter().rev().find(|it| matches!(self.raw(**it), Some(Node { kind: Kind::Alias(_), .. })))?;
            let next = self.node(*alias)?.0;
            if next >= id {
                return None;
            }
            id = next;
        }
    }

    /// The value at a path of keys.
    pub(crate) fn at(&self, id: NodeId, path: &[&str]) -> Option<NodeId> {
        path.iter().try_fold(id, |id, key| self.get(id, key))
    }

    /// The decoded text of a scalar with its exact map.
    pub(crate) fn mapped(&self, id: NodeId) -> Option<Mapped> {
        let (_, node) = self.node(id)?;
        match &node.kind {
            Kind::Scalar { style, value } => Some(crate::scalar::decode(self, node, *style, value)),
            Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias(_) => None,
        }
    }
}
