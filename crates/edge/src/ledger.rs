//! Constructs, their instances, and the provenance that settles them.
//!
//! A front end registers an instance and threads it as provenance; only the behavior that carries it settles it, or one of the two
//! direct settlements. The sum is checked, never set.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
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

    /// Takes over the sets of another evaluation of the same ledger; the answer says which set each of them is here.
    pub fn absorb(&mut self, other: &WhySet) -> Gathered<Why> {
        let mut moved: Vec<Why> = Vec::with_capacity(other.nodes.len());
        for node in &other.nodes {
            let of = |Why(at): Why| moved.get(at as usize).copied().unwrap_or(Why::NONE);
            let why = match node {
                WhyNode::None => Why::NONE,
                WhyNode::One(instance) => self.one(*instance),
                WhyNode::Union(a, b) => {
                    let (a, b) = (of(*a), of(*b));
                    self.union(a, b)
                }
            };
            moved.push(why);
        }
        Gathered(moved)
    }

    /// Calls `visit` on every instance of the sets, each once; linear in what the sets reach.
    pub fn each(&self, roots: &[Why], visit: &mut dyn FnMut(InstanceId)) {
        let mut seen = HashSet::new();
        let mut stack = roots.to_vec();
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.node(id) {
                WhyNode::One(instance) => visit(*instance),
                WhyNode::Union(a, b) => stack.extend([*a, *b]),
                WhyNode::None => {}
            }
        }
    }

    /// What every set gathers from its instances, by the number of the set; linear in the whole graph, however many sets share it.
    pub fn gather<T: Default>(
        &self,
        mut one: impl FnMut(InstanceId) -> T,
        mut both: impl FnMut(&T, &T) -> T,
    ) -> Gathered<T> {
        let mut all: Vec<T> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let value = match node {
                WhyNode::None => T::default(),
                WhyNode::One(instance) => one(*instance),
                // Both were made before this one.
                WhyNode::Union(a, b) => match (all.get(a.0 as usize), all.get(b.0 as usize)) {
                    (Some(a), Some(b)) => both(a, b),
                    (Some(_) | None, _) => T::default(),
                },
            };
            all.push(value);
        }
        Gathered(all)
    }

    /// Hands what each root says down to the instances of its set, joined where several reach one; linear in the whole graph, however
    /// many roots there are. Roots are joined in their order.
    pub fn spread<T: Clone>(
        &self,
        roots: impl IntoIterator<Item = (Why, T)>,
        mut join: impl FnMut(&mut T, &T),
        mut visit: impl FnMut(InstanceId, T),
    ) {
        let mut said: Vec<Option<T>> = vec![None; self.nodes.len()];
        let mut add = |said: &mut Vec<Option<T>>, Why(at): Why, value: &T| match said.get_mut(at as usize) {
            Some(Some(it)) => join(it, value),
            Some(none) => *none = Some(value.clone()),
            None => {}
        };
        for (root, value) in roots {
            add(&mut said, root, &value);
        }
        // The parts of a union were made before it, so one walk down meets every set after all that hold it.
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let Some(value) = said.get_mut(at).and_then(Option::take) else { continue };
            match node {
                WhyNode::None => {}
                WhyNode::One(instance) => visit(*instance, value),
                WhyNode::Union(a, b) => {
                    add(&mut said, *a, &value);
                    add(&mut said, *b, &value);
                }
            }
        }
    }

    fn node(&self, Why(id): Why) -> &WhyNode {
        self.nodes.get(id as usize).unwrap_or(&WhyNode::None)
    }
}

/// A value for each set of a [`WhySet`].
#[derive(Clone, Debug)]
pub struct Gathered<T>(Vec<T>);

impl<T> Gathered<T> {
    /// What a set gathered.
    #[must_use]
    pub fn of(&self, why: Why) -> Option<&T> {
        self.0.get(why.0 as usize)
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
