//! Regular languages of texts of visible ASCII, as expressions with derivatives.
//!
//! Besides union, intersection and complement there are the inverse images of what guards do to a text: `Skip(n, L)` holds the texts
//! whose rest behind n characters is in `L`. Equal expressions have equal ids.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use hashbrown::HashMap;

/// A language of one [`Languages`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Language(u32);

/// A set of characters, one bit each.
pub(crate) type Chars = u128;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Node {
    Empty,
    /// The empty text alone.
    Nothing,
    Class(Chars),
    /// The rests, behind so many characters, of the words from one position to another in a sorted list.
    Words(u32, u32, u32, u32),
    Then(Language, Language),
    Star(Language),
    Any(Vec<Language>),
    All(Vec<Language>),
    Not(Language),
    /// Texts that are in the language once in lower case.
    Lower(Language),
    Upper(Language),
    /// Texts whose rest behind n characters is in the language.
    Skip(u32, Language),
    /// Texts whose first n characters are in the language.
    Take(u32, Language),
    /// Texts that are in the language once this is appended.
    With(Arc<[u8]>, Language),
    /// Texts whose part before the first such character, or which as a whole, are in the language.
    Before(u8, Language),
}

/// Whether a language has a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Sample {
    None,
    Text(String),
    /// Too many states to say.
    Unknown,
}

/// Most states that a search visits.
const STATES: usize = 4_000;

/// The store of languages.
#[derive(Debug)]
pub(crate) struct Languages {
    nodes: Vec<Node>,
    nullable: Vec<bool>,
    index: HashMap<Node, Language>,
    lists: Vec<Arc<[Box<[u8]>]>>,
    list_index: HashMap<Arc<[Box<[u8]>]>, u32>,
    derived: HashMap<(Language, u8), Language>,
    samples: HashMap<Language, Sample>,
    empty: Language,
    nothing: Language,
    all: Language,
}

/// Every visible character of ASCII.
fn visible() -> Chars {
    (b' '..=b'~').fold(0, |set, it| set | bit(it))
}

pub(crate) fn bit(it: u8) -> Chars {
    1u128.checked_shl(u32::from(it)).unwrap_or(0)
}

#[expect(clippy::indexing_slicing, reason = "ids are made by this store only and nothing is ever removed")]
impl Languages {
    pub(crate) fn new() -> Languages {
        let none = Language(0);
        let mut it = Languages {
            nodes: Vec::new(),
            nullable: Vec::new(),
            index: HashMap::new(),
            lists: Vec::new(),
            list_index: HashMap::new(),
            derived: HashMap::new(),
            samples: HashMap::new(),
            empty: none,
            nothing: none,
            all: none,
        };
        it.empty = it.make(Node::Empty);
        it.nothing = it.make(Node::Nothing);
        it.all = it.make(Node::Not(it.empty));
        it
    }

    pub(crate) fn empty(&self) -> Language {
        self.empty
    }

    /// The empty text.
    pub(crate) fn nothing(&self) -> Language {
        self.nothing
    }

    /// Every text.
    pub(crate) fn all(&self) -> Language {
        self.all
    }

    fn node(&self, it: Language) -> &Node {
        &self.nodes[it.0 as usize]
    }

    /// Whether the empty text is in it.
    pub(crate) fn nullable(&self, it: Language) -> bool {
        self.nullable[it.0 as usize]
    }

    fn make(&mut self, node: Node) -> Language {
        if let Some(it) = self.index.get(&node) {
            return *it;
        }
        let nullable = match &node {
            Node::Empty | Node::Class(_) => false,
            Node::Nothing | Node::Star(_) => true,
            Node::Words(list, from, _, depth) => {
                let words = &self.lists[*list as usize];
                words.get(*from as usize).is_some_and(|it| it.len() == *depth as usize)
            }
            Node::Then(a, b) => self.nullable(*a) && self.nullable(*b),
            Node::Any(parts) => parts.iter().any(|it| self.nullable(*it)),
            Node::All(parts) => parts.iter().all(|it| self.nullable(*it)),
            Node::Not(a) => !self.nullable(*a),
            Node::Lower(a) | Node::Upper(a) | Node::Skip(_, a) | Node::Take(_, a) | Node::Before(_, a) => {
                self.nullable(*a)
            }
            Node::With(rest, a) => {
                let (rest, mut at) = (rest.clone(), *a);
                for it in rest.iter() {
                    at = self.derive(at, *it);
                }
                self.nullable(at)
            }
        };
        let id = Language(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node.clone());
        self.nullable.push(nullable);
        self.index.insert(node, id);
        id
    }

    /// The texts of a list.
    pub(crate) fn words<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> Language {
        let sorted: BTreeSet<Box<[u8]>> = texts.into_iter().map(|it| Box::from(it.as_bytes())).collect();
        let list: Arc<[Box<[u8]>]> = sorted.into_iter().collect();
        let end = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let at = match self.list_index.get(&list) {
            Some(at) => *at,
            None => {
                let at = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
                self.lists.push(list.clone());
                self.list_index.insert(list, at);
                at
            }
        };
        self.rests(at, 0, end, 0)
    }

    fn rests(&mut self, list: u32, from: u32, to: u32, depth: u32) -> Language {
        if from >= to { self.empty } else { self.make(Node::Words(list, from, to, depth)) }
    }

    pub(crate) fn class(&mut self, chars: Chars) -> Language {
        let chars = chars & visible();
        if chars == 0 { self.empty } else { self.make(Node::Class(chars)) }
    }

    /// Any one character.
    pub(crate) fn one(&mut self) -> Language {
        self.class(visible())
    }

    /// So many characters.
    pub(crate) fn exactly(&mut self, n: u32) -> Language {
        let one = self.one();
        let mut all = self.nothing;
        for _ in 0..n {
            all = self.then(one, all);
        }
        all
    }

    /// At least so many characters.
    pub(crate) fn at_least(&mut self, n: u32) -> Language {
        self.skip_exact(n)
    }

    fn skip_exact(&mut self, n: u32) -> Language {
        let (head, all) = (self.exactly(n), self.all);
        self.then(head, all)
    }

    pub(crate) fn then(&mut self, a: Language, b: Language) -> Language {
        if a == self.empty || b == self.empty {
            return self.empty;
        }
        if a == self.nothing {
            return b;
        }
        if b == self.nothing {
            return a;
        }
        if let Node::Then(x, y) = *self.node(a) {
            let rest = self.then(y, b);
            return self.then(x, rest);
        }
        if a == self.all && b == self.all {
            return self.all;
        }
        self.make(Node::Then(a, b))
    }

    pub(crate) fn star(&mut self, a: Language) -> Language {
        if a == self.empty || a == self.nothing {
            return self.nothing;
        }
        if matches!(self.node(a), Node::Star(_)) {
            return a;
        }
        if matches!(self.node(a), Node::Class(it) if *it == visible()) {
            return self.all;
        }
        self.make(Node::Star(a))
    }

    pub(crate) fn not(&mut self, a: Language) -> Language {
        if let Node::Not(inner) = self.node(a) {
            return *inner;
        }
        self.make(Node::Not(a))
    }

    pub(crate) fn or(&mut self, parts: impl IntoIterator<Item = Language>) -> Language {
        let mut flat = BTreeSet::new();
        for it in parts {
            if let Node::Any(inner) = self.node(it) {
                flat.extend(inner.iter().copied());
            } else if it != self.empty {
                flat.insert(it);
            }
        }
        if flat.contains(&self.all)
            || flat.iter().any(|it| matches!(self.node(*it), Node::Not(of) if flat.contains(of)))
        {
            return self.all;
        }
        let mut flat: Vec<Language> = flat.into_iter().collect();
        match flat.len() {
            0 => self.empty,
            1 => flat.pop().unwrap_or(self.empty),
            _ => self.make(Node::Any(flat)),
        }
    }

    pub(crate) fn and(&mut self, parts: impl IntoIterator<Item = Language>) -> Language {
        let mut flat = BTreeSet::new();
        for it in parts {
            if let Node::All(inner) = self.node(it) {
                flat.extend(inner.iter().copied());
            } else if it != self.all {
                flat.insert(it);
            }
        }
        let opposite = flat.iter().any(|it| matches!(self.node(*it), Node::Not(of) if flat.contains(of)));
        if flat.contains(&self.empty) || opposite {
            return self.empty;
        }
        let mut flat: Vec<Language> = flat.into_iter().collect();
        match flat.len() {
            0 => self.all,
            1 => flat.pop().unwrap_or(self.all),
            _ => self.make(Node::All(flat)),
        }
    }

    fn plain(&self, a: Language) -> bool {
        a == self.empty || a == self.all
    }

    pub(crate) fn lower(&mut self, a: Language) -> Language {
        if self.plain(a) { a } else { self.make(Node::Lower(a)) }
    }

    pub(crate) fn upper(&mut self, a: Language) -> Language {
        if self.plain(a) { a } else { self.make(Node::Upper(a)) }
    }

    pub(crate) fn skip(&mut self, n: u32, a: Language) -> Language {
        if n == 0 || self.plain(a) { a } else { self.make(Node::Skip(n, a)) }
    }

    pub(crate) fn take(&mut self, n: u32, a: Language) -> Language {
        match n {
            _ if self.plain(a) => a,
            0 if self.nullable(a) => self.all,
            0 => self.empty,
            _ => self.make(Node::Take(n, a)),
        }
    }

    pub(crate) fn with(&mut self, rest: &[u8], a: Language) -> Language {
        if rest.is_empty() || self.plain(a) { a } else { self.make(Node::With(Arc::from(rest), a)) }
    }

    pub(crate) fn before(&mut self, by: u8, a: Language) -> Language {
        if self.plain(a) { a } else { self.make(Node::Before(by, a)) }
    }

    /// The rests of the texts that begin with a character.
    pub(crate) fn derive(&mut self, of: Language, by: u8) -> Language {
        if let Some(it) = self.derived.get(&(of, by)) {
            return *it;
        }
        let found = match self.node(of).clone() {
            Node::Empty | Node::Nothing => self.empty,
            Node::Class(set) => {
                if set & bit(by) == 0 {
                    self.empty
                } else {
                    self.nothing
                }
            }
            Node::Words(list, from, to, depth) => {
                let words = self.lists[list as usize].clone();
                let range = words.get(from as usize..to as usize).unwrap_or_default();
                let at = |it: &[u8]| it.get(depth as usize).copied();
                let first = range.partition_point(|it| at(it) < Some(by));
                let last = range.partition_point(|it| at(it) <= Some(by));
                let place = |n: usize| from.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
                self.rests(list, place(first), place(last), depth + 1)
            }
            Node::Then(a, b) => {
                let head = self.derive(a, by);
                let first = self.then(head, b);
                if self.nullable(a) {
                    let rest = self.derive(b, by);
                    self.or([first, rest])
                } else {
                    first
                }
            }
            Node::Star(a) => {
                let head = self.derive(a, by);
                self.then(head, of)
            }
            Node::Any(parts) => {
                let parts: Vec<Language> = parts.into_iter().map(|it| self.derive(it, by)).collect();
                self.or(parts)
            }
            Node::All(parts) => {
                let parts: Vec<Language> = parts.into_iter().map(|it| self.derive(it, by)).collect();
                self.and(parts)
            }
            Node::Not(a) => {
                let inner = self.derive(a, by);
                self.not(inner)
            }
            Node::Lower(a) => {
                let inner = self.derive(a, by.to_ascii_lowercase());
                self.lower(inner)
            }
            Node::Upper(a) => {
                let inner = self.derive(a, by.to_ascii_uppercase());
                self.upper(inner)
            }
            Node::Skip(n, a) => self.skip(n - 1, a),
            Node::Take(n, a) => {
                let inner = self.derive(a, by);
                self.take(n - 1, inner)
            }
            Node::With(rest, a) => {
                let inner = self.derive(a, by);
                self.with(&rest, inner)
            }
            Node::Before(sign, a) if sign == by => {
                if self.nullable(a) {
                    self.all
                } else {
                    self.empty
                }
            }
            Node::Before(sign, a) => {
                let inner = self.derive(a, by);
                self.before(sign, inner)
            }
        };
        self.derived.insert((of, by), found);
        found
    }

    /// Whether a text is in a language.
    pub(crate) fn holds(&mut self, of: Language, text: &str) -> bool {
        let mut at = of;
        for it in text.bytes() {
            at = self.derive(at, it);
        }
        self.nullable(at)
    }

    /// One character for each kind that the language tells apart.
    fn kinds(&self, of: Language) -> Vec<u8> {
        let (mut pending, mut seen) = (vec![of], BTreeSet::new());
        let (mut single, mut classes): (Chars, Vec<Chars>) = (0, Vec::new());
        while let Some(id) = pending.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.node(id) {
                Node::Empty | Node::Nothing => {}
                Node::Class(set) if *set == visible() => {}
                Node::Class(set) if set.count_ones() == 1 => single |= set,
                Node::Class(set) => classes.push(*set),
                Node::Words(list, from, to, depth) => {
                    let words = &self.lists[*list as usize];
                    for word in words.get(*from as usize..*to as usize).unwrap_or_default() {
                        single |= word
                            .iter()
                            .skip(*depth as usize)
                            .filter(|it| it.is_ascii())
                            .fold(0, |set, it| set | bit(*it));
                    }
                }
                Node::Then(a, b) => pending.extend([*a, *b]),
                Node::Any(parts) | Node::All(parts) => pending.extend(parts),
                Node::Star(a)
                | Node::Not(a)
                | Node::Lower(a)
                | Node::Upper(a)
                | Node::Skip(_, a)
                | Node::Take(_, a) => {
                    pending.push(*a);
                }
                Node::With(rest, a) => {
                    single |= rest.iter().filter(|it| it.is_ascii()).fold(0, |set, it| set | bit(*it));
                    pending.push(*a);
                }
                Node::Before(by, a) => {
                    single |= bit(*by);
                    pending.push(*a);
                }
            }
        }
        let mut kinds: BTreeMap<Vec<bool>, u8> = BTreeMap::new();
        let mut all = Vec::new();
        let cases = |it: u8| [it, it.to_ascii_lowercase(), it.to_ascii_uppercase()];
        for it in (b'a'..=b'z').chain(b' '..=b'`').chain(b'{'..=b'~') {
            if cases(it).iter().any(|it| single & bit(*it) != 0) {
                all.push(it);
                continue;
            }
            let cased = it.is_ascii_alphabetic();
            let mut kind: Vec<bool> = vec![cased && it.is_ascii_lowercase(), cased];
            kind.extend(classes.iter().flat_map(|set| cases(it).map(|it| set & bit(it) != 0)));
            kinds.entry(kind).or_insert(it);
        }
        all.extend(kinds.into_values());
        all
    }

    /// A shortest text of a language.
    pub(crate) fn sample(&mut self, of: Language) -> Sample {
        if let Some(it) = self.samples.get(&of) {
            return it.clone();
        }
        let kinds = self.kinds(of);
        let mut from: BTreeMap<Language, Option<(Language, u8)>> = BTreeMap::from([(of, None)]);
        let mut pending = VecDeque::from([of]);
        let mut found = Sample::None;
        while let Some(at) = pending.pop_front() {
            if self.nullable(at) {
                let (mut text, mut step) = (Vec::new(), at);
                while let Some(Some((before, by))) = from.get(&step) {
                    text.push(*by);
                    step = *before;
                }
                text.reverse();
                found = Sample::Text(String::from_utf8_lossy(&text).into_owned());
                break;
            }
            if from.len() > STATES {
                found = Sample::Unknown;
                break;
            }
            for by in &kinds {
                let next = self.derive(at, *by);
                if next != self.empty && !from.contains_key(&next) {
                    from.insert(next, Some((at, *by)));
                    pending.push_back(next);
                }
            }
        }
        self.samples.insert(of, found.clone());
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(it: &mut Languages, text: &str) -> Language {
        let (word, all) = (it.words([text]), it.all());
        it.then(word, all)
    }

    fn ends(it: &mut Languages, text: &str) -> Language {
        let (word, all) = (it.words([text]), it.all());
        it.then(all, word)
    }

    #[test]
    fn shortest_texts_are_found_and_contradictions_are_empty() {
        let mut it = Languages::new();
        let (shop, html, root) = (starts(&mut it, "/shop/"), ends(&mut it, ".html"), it.words(["/"]));
        let both = it.and([shop, html]);
        assert_eq!(it.sample(both), Sample::Text("/shop/.html".into()));
        let none = it.and([shop, root]);
        assert_eq!(it.sample(none), Sample::None);
        let (a, b) = (starts(&mut it, "/a"), starts(&mut it, "/b"));
        let either = it.and([a, b]);
        assert_eq!(it.sample(either), Sample::None);
    }

    #[test]
    fn inverse_images_are_those_of_the_functions() {
        let mut it = Languages::new();
        let de = it.words(["de"]);
        let lower = it.lower(de);
        assert!(it.holds(lower, "De") && it.holds(lower, "DE") && !it.holds(lower, "den"));
        let take = it.take(2, lower);
        assert!(it.holds(take, "dE-AT") && !it.holds(take, "d") && !it.holds(take, "en"));
        let skip = it.skip(3, de);
        assert!(it.holds(skip, "/x/de") && !it.holds(skip, "/de"));
        let with = it.with(b"e", de);
        assert!(it.holds(with, "d") && !it.holds(with, "de"));
        let before = it.before(b'/', de);
        assert!(it.holds(before, "de/a") && it.holds(before, "de") && !it.holds(before, "d/e"));
        let nothing = it.nothing();
        let cut = it.skip(4, nothing);
        assert!(it.holds(cut, "abc") && it.holds(cut, "abcd") && !it.holds(cut, "abcde"));
    }

    #[test]
    fn words_share_their_beginnings() {
        let mut it = Languages::new();
        let words: Vec<String> = (0..20_000).map(|n| format!("/page/{n}")).collect();
        let list = it.words(words.iter().map(String::as_str));
        assert!(it.holds(list, "/page/19999") && !it.holds(list, "/page/20000") && !it.holds(list, "/page/"));
        let other = starts(&mut it, "/blog/");
        let both = it.and([list, other]);
        assert_eq!(it.sample(both), Sample::None);
    }
}
