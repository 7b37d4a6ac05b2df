//! Constructs, their instances, and the provenance that settles them.
//!
//! A front end registers an instance and threads it as provenance; only the behavior that carries it settles it, or one of the two
//! direct settlements. The sum is checked, never set.

use std::sync::Arc;

use hashbrown::HashMap;
use source::Span;

/// A construct of one ledger.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConstructId(pub u32);

/// An instance of one ledger.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InstanceId(pub u32);

/// A piece of source syntax.
#[derive(Clone, Debug)]
pub struct Construct {
    /// What it is: `statement`, `distribution.cache_behavior.compress` …
    pub kind: Arc<str>,
    /// Where it is.
    pub span: Span,
}

/// Where a construct or a behavior went, worst last: a construct shows the worst place of its instances.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// Never runs.
    Dead,
    /// Runs and changes no exchange.
    NoEffect,
    /// The new platform does it by itself.
    Default,
    /// A rule.
    Rule,
    /// A zone setting.
    Setting,
    /// A Snippet.
    Snippet,
    /// Stays on the old server.
    Kept,
    /// Worker code.
    Worker,
    /// A product took its place that the user accepted.
    Replaced,
    /// Refused by name.
    Refused,
}

impl Place {
    /// The name in reports.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Place::Dead => "dead",
            Place::NoEffect => "no_effect",
            Place::Default => "default",
            Place::Rule => "rule",
            Place::Setting => "setting",
            Place::Snippet => "snippet",
            Place::Kept => "kept",
            Place::Worker => "worker",
            Place::Replaced => "replaced",
            Place::Refused => "refused",
        }
    }
}

/// A settlement that no behavior makes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Direct {
    /// The reason says why no exchange depends on it.
    NoEffect(Arc<str>),
    /// The new platform does the same; the reason names the fact.
    Default(Arc<str>),
    /// Never runs; the reason says why.
    Dead(Arc<str>),
    /// Refused; the reason says what would read it.
    Refused(Arc<str>),
}

/// A construct in one context.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The construct.
    pub construct: ConstructId,
    /// Function, distribution …
    pub context: Arc<str>,
    /// The direct settlement, if any.
    pub direct: Option<Direct>,
}

/// A set of instances, by id.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Why(u32);

impl Why {
    /// The empty set.
    pub const NONE: Why = Why(0);
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum WhyNode {
    None,
    One(InstanceId),
    Union(Why, Why),
}

/// Hash-consed unions of instances, flattened only when asked.
#[derive(Clone, Debug)]
pub struct WhySet {
    nodes: Vec<WhyNode>,
    index: HashMap<WhyNode, Why>,
}

impl Default for WhySet {
    fn default() -> WhySet {
        WhySet { nodes: vec![WhyNode::None], index: HashMap::new() }
    }
}

impl WhySet {
    /// The set of one instance.
    pub fn one(&mut self, instance: InstanceId) -> Why {
        self.intern(WhyNode::One(instance))
    }

    /// The union.
    pub fn union(&mut self, a: Why, b: Why) -> Why {
        if a == b || b == Why::NONE {
            a
        } else if a == Why::NONE {
            b
        } else {
            self.intern(WhyNode::Union(a.min(b), a.max(b)))
        }
    }

    fn intern(&mut self, node: WhyNode) -> Why {
        if let Some(id) = self.index.get(&node) {
            return *id;
        }
        let id = Why(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node.clone());
        self.index.insert(node, id);
        id
    }

    /// Calls `visit` on every instance of the sets, each once; linear in the shared graph.
    pub fn each(&self, roots: &[Why], visit: &mut dyn FnMut(InstanceId)) {
        let mut seen = vec![false; self.nodes.len()];
        let mut stack = roots.to_vec();
        while let Some(Why(id)) = stack.pop() {
            let Some(flag) = seen.get_mut(id as usize) else { continue };
            if std::mem::replace(flag, true) {
                continue;
            }
            match self.nodes.get(id as usize) {
                Some(WhyNode::One(instance)) => visit(*instance),
                Some(WhyNode::Union(a, b)) => stack.extend([*a, *b]),
                Some(WhyNode::None) | None => {}
            }
        }
    }
}

/// All constructs and instances of one program.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Constructs, by id.
    pub constructs: Vec<Construct>,
    /// Instances, by id.
    pub instances: Vec<Instance>,
    /// The provenance sets.
    pub why: WhySet,
}

impl Ledger {
    /// Registers a construct.
    pub fn construct(&mut self, kind: &str, span: Span) -> ConstructId {
        self.constructs.push(Construct { kind: Arc::from(kind), span });
        ConstructId(u32::try_from(self.constructs.len() - 1).unwrap_or(u32::MAX))
    }

    /// Registers an instance.
    pub fn instance(&mut self, construct: ConstructId, context: &Arc<str>) -> InstanceId {
        self.instances.push(Instance { construct, context: context.clone(), direct: None });
        InstanceId(u32::try_from(self.instances.len() - 1).unwrap_or(u32::MAX))
    }

    /// Settles an instance directly, unless it already is.
    pub fn settle(&mut self, instance: InstanceId, direct: Direct) {
        if let Some(it) = self.instances.get_mut(instance.0 as usize)
            && it.direct.is_none()
        {
            it.direct = Some(direct);
        }
    }
}
