//! Values of the evaluator and the journaled heap they live in.
//!
//! Optional strings are never one symbolic value: they are a [`Val::Phi`] of a string and `undefined`, so every operation sees which
//! type it has. Scopes are heap objects too; one journal undoes both.

use std::collections::BTreeMap;
use std::sync::Arc;

use edge::{ExprId, FieldKind, RegionId, Why};
use indexmap::IndexMap;

/// A value and the constructs that contributed to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct V {
    pub(crate) val: Val,
    pub(crate) why: Why,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val {
    Undef,
    Null,
    Bool(bool),
    Num(f64),
    Str(Arc<str>),
    Obj(ObjId),
    /// A function of the source.
    Func(FuncId),
    /// A built-in, by its dotted name, with its receiver where it has one.
    Native(Arc<str>, Option<Box<V>>),
    /// A Bool, Int or Str expression.
    Sym(ExprId),
    /// Where something occurs: -1 unless the first condition holds, 0 where the second holds, if that is known.
    Position(ExprId, Option<ExprId>),
    /// A property that a getter computes.
    Accessor(FuncId),
    /// One of two values of different kinds.
    Phi(ExprId, Box<Val>, Box<Val>),
    /// The outcome of code that is not understood; the number tells outcomes of one region apart.
    Unknown(RegionId, u32),
}

/// Hidden properties begin with a character that no source writes in a name.
pub(crate) const HIDDEN: char = '\u{0}';
/// The value of a promise.
pub(crate) const INNER: &str = "\u{0}value";
/// The class of an instance, the parent of a class, and the class whose method runs.
pub(crate) const CLASS: &str = "\u{0}class";

#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub(crate) struct ObjId(pub(crate) usize);

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct FuncId(pub(crate) usize);

/// Which family of the exchange an object shows.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    Headers,
    Query,
    Cookies,
    RespHeaders,
    RespCookies,
}

impl Family {
    pub(crate) fn first(self) -> Option<FieldKind> {
        match self {
            Family::Headers => Some(FieldKind::HeaderFirst),
            Family::Query => Some(FieldKind::ArgFirst),
            Family::Cookies => Some(FieldKind::CookieFirst),
            Family::RespHeaders => Some(FieldKind::RespHeaderFirst),
            Family::RespCookies => None,
        }
    }

    pub(crate) fn all(self) -> FieldKind {
        match self {
            Family::Headers => FieldKind::HeaderAll,
            Family::Query => FieldKind::ArgAll,
            Family::Cookies => FieldKind::CookieAll,
            Family::RespHeaders => FieldKind::RespHeaderAll,
            Family::RespCookies => FieldKind::RespCookieAll,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ObjKind {
    Plain,
    Array,
    /// A scope; `parent` is the enclosing one.
    Scope(Option<ObjId>),
    /// The event's request or response.
    Request,
    Response,
    /// Names to entries, made when read.
    Family(Family),
    /// `{value, multiValue}` of a name.
    Entry(Family, Arc<str>),
    /// The array of `{key, value}` of a name.
    Lines(Family, Arc<str>),
    /// The names of a query, or its pairs of name and entry.
    Names(ObjId, bool),
    /// The pieces of a text between its `&`.
    Pieces(ExprId),
    /// `text.split(separator)`.
    Split(ExprId, ExprId),
    Regex(Arc<str>, Arc<str>),
    MapOrSet,
    /// What an asynchronous function returned; its value is the property [`INNER`].
    Promise,
    /// Bytes of a `Buffer`.
    Bytes(Arc<[u8]>),
    /// A hash by its algorithm, its key where it has one, and what it was fed.
    Hash(Arc<str>, Option<Arc<[u8]>>, Arc<[u8]>),
    /// A moment, in milliseconds since 1970.
    Date(f64),
    /// A class by number, in its scope.
    Class(usize, ObjId),
    /// Its contents are not known any more.
    Opaque(RegionId),
}

#[derive(Clone, Debug)]
pub(crate) struct Obj {
    pub(crate) kind: ObjKind,
    pub(crate) props: IndexMap<Arc<str>, V>,
    /// Entries a family was made with, to see what changed.
    pub(crate) base: BTreeMap<Arc<str>, ObjId>,
}

/// What one write replaced.
#[derive(Clone, Debug)]
enum Undo {
    Prop(ObjId, Arc<str>, Option<V>),
    Kind(ObjId, ObjKind),
}

/// What a side of a branch left in the cells it wrote.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) props: IndexMap<(ObjId, Arc<str>), Option<V>>,
    pub(crate) kinds: IndexMap<ObjId, ObjKind>,
}

#[derive(Debug, Default)]
pub(crate) struct Heap {
    objects: Vec<Obj>,
    journal: Vec<Undo>,
}

#[expect(clippy::indexing_slicing, reason = "ids are made by `alloc` only and objects are never removed")]
impl Heap {
    pub(crate) fn alloc(&mut self, kind: ObjKind) -> ObjId {
        self.objects.push(Obj { kind, props: IndexMap::new(), base: BTreeMap::new() });
        ObjId(self.objects.len() - 1)
    }

    pub(crate) fn get(&self, id: ObjId) -> &Obj {
        &self.objects[id.0]
    }

    /// Adds an entry a family was made with; not a change of the exchange, so not in the journal.
    pub(crate) fn materialize(&mut self, family: ObjId, name: &Arc<str>, entry: ObjId, value: V) {
        let object = &mut self.objects[family.0];
        object.base.insert(name.clone(), entry);
        object.props.insert(name.clone(), value);
    }

    /// Says that an object was made with an entry of another one.
    pub(crate) fn share(&mut self, family: ObjId, name: &Arc<str>, entry: ObjId) {
        self.objects[family.0].base.insert(name.clone(), entry);
    }

    /// Fills an object that nothing has seen yet.
    pub(crate) fn init(&mut self, id: ObjId, key: &str, value: V) {
        self.objects[id.0].props.insert(Arc::from(key), value);
    }

    pub(crate) fn write(&mut self, id: ObjId, key: &Arc<str>, value: Option<V>) {
        let object = &mut self.objects[id.0];
        let old = match value {
            Some(value) => object.props.insert(key.clone(), value),
            None => object.props.shift_remove(key),
        };
        self.journal.push(Undo::Prop(id, key.clone(), old));
    }

    pub(crate) fn set_kind(&mut self, id: ObjId, kind: ObjKind) {
        let old = std::mem::replace(&mut self.objects[id.0].kind, kind);
        self.journal.push(Undo::Kind(id, old));
    }

    /// How many objects there are.
    pub(crate) fn count(&self) -> usize {
        self.objects.len()
    }

    /// The cells that were written since a mark; none where an object became another kind of object.
    pub(crate) fn written_since(&self, mark: usize) -> Option<Vec<(ObjId, Arc<str>)>> {
        let cell = |undo: &Undo| match undo {
            Undo::Prop(id, key, _) => Some((*id, key.clone())),
            Undo::Kind(..) => None,
        };
        self.journal[mark..].iter().map(cell).collect()
    }

    /// The length of an array at a mark.
    pub(crate) fn length_before(&self, mark: usize, list: ObjId) -> Option<usize> {
        let old = self.journal[mark..].iter().find_map(|undo| match undo {
            Undo::Prop(id, key, old) if *id == list && &**key == "length" => Some(old.clone()),
            Undo::Prop(..) | Undo::Kind(..) => None,
        });
        match old??.val {
            Val::Num(0.0) => Some(0),
            Val::Num(_) => Some(1),
            _ => None,
        }
    }

    pub(crate) fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Undoes everything since `mark` and says what the cells held.
    pub(crate) fn rollback(&mut self, mark: usize) -> Written {
        let mut written = Written::default();
        for undo in &self.journal[mark..] {
            match undo {
                Undo::Prop(id, key, _) => {
                    let now = self.objects[id.0].props.get(key).cloned();
                    written.props.insert((*id, key.clone()), now);
                }
                Undo::Kind(id, _) => {
                    written.kinds.insert(*id, self.objects[id.0].kind.clone());
                }
            }
        }
        while self.journal.len() > mark {
            match self.journal.pop() {
                Some(Undo::Prop(id, key, Some(old))) => {
                    self.objects[id.0].props.insert(key, old);
                }
                Some(Undo::Prop(id, key, None)) => {
                    self.objects[id.0].props.shift_remove(&key);
                }
                Some(Undo::Kind(id, kind)) => self.objects[id.0].kind = kind,
                None => break,
            }
        }
        written
    }
}
