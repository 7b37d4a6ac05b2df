//! Stable identifiers: a hash of what a behavior says, never of where it stands in memory, so that a second run on the same source
//! writes the same names.

use std::collections::BTreeMap;

use edge::{Draw, ExprId, Node, Store};

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a over parts, with a separator so that `ab`,`c` and `a`,`bc` differ.
#[derive(Clone, Copy)]
pub(crate) struct Hash(u64);

impl Hash {
    pub(crate) fn new() -> Hash {
        Hash(OFFSET)
    }

    pub(crate) fn text(self, text: &str) -> Hash {
        let mut state = self.0;
        for byte in text.bytes().chain([0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(PRIME);
        }
        Hash(state)
    }

    pub(crate) fn number(self, number: u64) -> Hash {
        let mut state = self.0;
        for byte in number.to_le_bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(PRIME);
        }
        Hash(state)
    }

    /// Twelve hexadecimal digits, the high bits folded in.
    pub(crate) fn hex(self) -> String {
        format!("{:012x}", (self.0 ^ (self.0 >> 48)) & 0xffff_ffff_ffff)
    }
}

/// Hashes of expressions that depend on their text only, each computed once.
#[derive(Default)]
pub(crate) struct Hashes {
    known: BTreeMap<ExprId, u64>,
}

impl Hashes {
    /// The hash of an expression. A stack instead of recursion: the source decides the depth.
    pub(crate) fn of(&mut self, store: &Store, root: ExprId) -> u64 {
        let mut pending = vec![root];
        while let Some(id) = pending.last().copied() {
            let children = store.children(id);
            let open: Vec<ExprId> = children.iter().copied().filter(|it| !self.known.contains_key(it)).collect();
            if !open.is_empty() {
                pending.extend(open);
                continue;
            }
            let hash = children
                .iter()
                .fold(head(store, id), |it, child| it.number(self.known.get(child).copied().unwrap_or(0)));
            self.known.insert(id, hash.0);
            pending.pop();
        }
        self.known.get(&root).copied().unwrap_or_default()
    }
}

fn head(store: &Store, id: ExprId) -> Hash {
    let hash = Hash::new();
    match store.node(id) {
        Node::Absent => hash.text("absent"),
        Node::Bool(it) => hash.text(if *it { "true" } else { "false" }),
        Node::Int(it) => hash.text("int").number(it.cast_unsigned()),
        Node::Str(it) => hash.text("str").text(store.str(*it)),
        Node::Read(field) => hash.text(field.kind.text()).text(field.name.map_or("", |it| store.str(it))),
        Node::Input(Draw::Random(n)) => hash.text("random").number(u64::from(*n)),
        Node::Input(Draw::Now) => hash.text("now"),
        Node::Hole(name) => hash.text("hole").text(store.str(*name)),
        Node::Call(function, _) => hash.text(function.row().name),
        Node::Not(_) => hash.text("not"),
        Node::And(..) => hash.text("and"),
        Node::Or(..) => hash.text("or"),
        Node::Ite(..) => hash.text("ite"),
        Node::Lookup(table, _) => {
            store.rows(*table).rows.iter().fold(hash.text("lookup"), |it, (key, value)| it.text(key).text(value))
        }
        Node::Code(region, _, out) => hash.text("code").text(&store.cause(*region).cause).number(u64::from(*out)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Hash::new().text("ab").text("c").hex(), Hash::new().text("a").text("bc").hex());
        assert_eq!(Hash::new().text("x").hex().len(), 12);
    }
}
