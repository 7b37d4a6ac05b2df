//! The text form reads back what it writes: over the programs of all fixtures, and over generated ones by production.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "tests of the kinds of node that hold a name"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use edge::{
    Arm, Draw, Exit, ExitKind, ExprId, FieldKind, Fn, Hook, HookPoint, Node, Program, Region, Slot, Store, Table,
    TextError, Ty, Why, compact, parse, print, verify,
};
use source::{FileId, Sources, Span};

fn file(text: &str) -> FileId {
    Sources::new().add("program.edge", text)
}

fn read(text: &str) -> Result<Program, TextError> {
    parse(file(text), text)
}

/// Everything a program says, by the numbers of its store; spans and provenance are not part of it.
fn said(program: &Program) -> String {
    let store = &program.store;
    let mut out = String::new();
    for id in store.ids() {
        let node = store.node(id);
        let _ = writeln!(out, "{id:?} {node:?} {:?}", store.ty(id));
        match node {
            Node::Str(it) | Node::Hole(it) => out.push_str(store.str(*it)),
            Node::Read(field) => out.push_str(field.name.map_or("", |it| store.str(it))),
            Node::Lookup(table, _) => {
                let _ = writeln!(out, "{:?}", store.rows(*table));
            }
            Node::Code(region, ..) => out.push_str(&store.cause(*region).cause),
            _ => {}
        }
    }
    for Hook { name, point, span: _, exits, updates } in &program.hooks {
        let _ = writeln!(out, "{name} {point:?}");
        for Exit { guard, kind, also, why: _, span: _ } in exits {
            let _ = writeln!(out, "{guard:?} {kind:?} {also:?}");
        }
        for (slot, arms) in updates {
            let arms: Vec<(ExprId, ExprId)> = arms.iter().map(|it| (it.guard, it.value)).collect();
            let _ = writeln!(out, "{slot:?} {arms:?}");
        }
    }
    out
}

#[test]
fn what_fixtures_hold_reads_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cloudfront-functions");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut rest = text.as_str();
        while let Some((_, tail)) = rest.split_once("\n```edge\n") {
            let (section, tail) = tail.split_once("\n```").unwrap();
            rest = tail;
            let program = match read(section) {
                Ok(it) => it,
                Err(fault) => panic!("{}: {fault}\n{section}", path.display()),
            };
            assert_eq!(print(&program.store, &program.hooks).trim_end(), section.trim_end(), "{}", path.display());
            assert_eq!(verify(&program), Vec::new(), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 60, "only {seen} edge sections");
}

/// Splitmix: the seed that is printed gives the same program again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((it ^ (it >> 31)) % sides as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        *all.get(self.roll(all.len())).unwrap()
    }

    fn text(&mut self) -> String {
        let letters =
            ['a', '/', '"', '\\', '\n', '\u{7f}', ' ', '%', 'é', '(', ')', '\u{1f600}', '\0', '\u{300}', '\''];
        (0..self.roll(6)).map(|_| self.pick(&letters)).collect()
    }
}

const TYPES: [Ty; 5] = [Ty::Bool, Ty::Int, Ty::Str, Ty::OptStr, Ty::List];

/// One way to make an expression.
#[derive(Copy, Clone, PartialEq, Debug)]
enum Production {
    Absent,
    Bool,
    Int,
    Str,
    Read(FieldKind),
    Random,
    Now,
    Hole,
    Call(Fn),
    Not,
    And,
    Or,
    If(Ty),
    Lookup,
    Code(Ty),
}

use Production as P;

fn productions() -> Vec<Production> {
    let mut all =
        vec![P::Absent, P::Bool, P::Int, P::Str, P::Random, P::Now, P::Hole, P::Not, P::And, P::Or, P::Lookup];
    all.extend(FieldKind::ALL.iter().map(|it| P::Read(*it)));
    all.extend(Fn::ALL.iter().map(|it| P::Call(*it)));
    all.extend(TYPES.iter().flat_map(|it| [P::If(*it), P::Code(*it)]));
    all
}

impl Production {
    fn ty(self) -> Ty {
        match self {
            P::Absent | P::Lookup => Ty::OptStr,
            P::Bool | P::Not | P::And | P::Or => Ty::Bool,
            P::Int | P::Random | P::Now => Ty::Int,
            P::Str | P::Hole => Ty::Str,
            P::Read(kind) => kind.ty(),
            P::Call(function) => function.row().ret,
            P::If(ty) | P::Code(ty) => ty,
        }
    }

    /// The word that it begins with in the text; none for literals.
    fn word(self) -> &'static str {
        match self {
            P::Absent => "absent",
            P::Bool | P::Int | P::Str => "",
            P::Read(kind) => kind.text(),
            P::Random => "input(\"random\"",
            P::Now => "input(\"now\"",
            P::Hole => "hole(",
            P::Call(function) => function.row().name,
            P::Not => "not(",
            P::And => "and(",
            P::Or => "or(",
            P::If(_) => "if(",
            P::Lookup => "table0(",
            P::Code(_) => "code(",
        }
    }
}

struct Making {
    program: Program,
    dice: Dice,
    span: Span,
}

impl Making {
    fn new(seed: u64) -> Making {
        Making { program: Program::default(), dice: Dice(seed), span: Span::new(file(""), 0, 0) }
    }

    fn any(&mut self, ty: Ty, depth: usize) -> ExprId {
        let leaf = |it: &Production| !matches!(it, P::Call(_) | P::Not | P::And | P::Or | P::If(_) | P::Lookup);
        let all: Vec<Production> =
            productions().into_iter().filter(|it| it.ty() == ty && (depth > 0 || leaf(it))).collect();
        // Lists have few leaves.
        let it = self.dice.pick(&all);
        self.make(it, depth)
    }

    fn make(&mut self, production: Production, depth: usize) -> ExprId {
        let below = depth.saturating_sub(1);
        let node = match production {
            P::Absent => Node::Absent,
            P::Bool => Node::Bool(self.dice.roll(2) == 0),
            P::Int => Node::Int(i64::try_from(self.dice.roll(1000)).unwrap() - 500),
            P::Str => {
                let text = self.dice.text();
                return self.program.store.string(&text);
            }
            P::Read(kind) => {
                let name = kind.keyed().then(|| self.dice.text());
                return self.program.store.read(kind, name.as_deref());
            }
            P::Random => Node::Input(Draw::Random(u32::try_from(self.dice.roll(3)).unwrap())),
            P::Now => Node::Input(Draw::Now),
            P::Hole => {
                let text = self.dice.text();
                Node::Hole(self.program.store.text(&text))
            }
            P::Call(function) => {
                let args: Vec<ExprId> = function.row().args.iter().map(|ty| self.any(*ty, below)).collect();
                return self.program.store.call(function, &args);
            }
            P::Not => Node::Not(self.any(Ty::Bool, below)),
            P::And => Node::And(self.any(Ty::Bool, below), self.any(Ty::Bool, below)),
            P::Or => Node::Or(self.any(Ty::Bool, below), self.any(Ty::Bool, below)),
            P::If(ty) => Node::Ite(self.any(Ty::Bool, below), self.any(ty, below), self.any(ty, below)),
            P::Lookup => {
                let mut rows: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
                for _ in 0..=self.dice.roll(3) {
                    rows.insert(Arc::from(self.dice.text()), Arc::from(self.dice.text()));
                }
                let key = self.any(Ty::Str, below);
                Node::Lookup(self.program.store.table(Table { rows }), key)
            }
            P::Code(ty) => {
                // The text form names a region by its cause.
                let part = u32::try_from(self.dice.roll(100)).unwrap();
                let cause = format!("cause {part}");
                let known = self.program.store.ids().find_map(|id| match self.program.store.node(id) {
                    Node::Code(region, ..) if *self.program.store.cause(*region).cause == *cause => Some(*region),
                    _ => None,
                });
                let region = known.unwrap_or_else(|| {
                    self.program.store.region(Region { cause: Arc::from(cause.as_str()), span: self.span })
                });
                Node::Code(region, ty, part)
            }
        };
        self.program.store.mk(node)
    }

    fn slot(&mut self, ty: Ty) -> Slot {
        let name = self.dice.text();
        let name = self.program.store.text(&name);
        let all = [
            Slot::Path,
            Slot::Query,
            Slot::Header(name),
            Slot::Cookie(name),
            Slot::OriginHost,
            Slot::OriginHostHeader,
            Slot::OriginPort,
            Slot::Status,
            Slot::RespHeader(name),
            Slot::SetCookie(name),
            Slot::Body,
        ];
        let fits: Vec<Slot> = all.into_iter().filter(|it| it.ty() == ty).collect();
        self.dice.pick(&fits)
    }

    /// A program of a few hooks, with `production` in an arm of its type or as a guard.
    fn program(mut self, production: Production) -> Program {
        for hook in 0..=self.dice.roll(2) {
            let mut made = Hook {
                name: Arc::from(if hook == 0 { "h".to_owned() } else { self.dice.text() }),
                point: self.dice.pick(&HookPoint::ALL),
                span: self.span,
                exits: Vec::new(),
                updates: BTreeMap::new(),
            };
            if hook == 0 {
                let it = self.make(production, 3);
                let always = self.program.store.bool(true);
                let (guard, ty, value) = match production.ty() {
                    Ty::Bool => (it, Ty::Str, self.any(Ty::Str, 1)),
                    ty @ (Ty::Int | Ty::Str | Ty::OptStr | Ty::List) => (always, ty, it),
                };
                let slot = self.slot(ty);
                made.updates.entry(slot).or_default().push(Arm { guard, value, why: Why::NONE, span: self.span });
            }
            for _ in 0..self.dice.roll(4) {
                let guard = self.any(Ty::Bool, 3);
                let kind = match self.dice.roll(3) {
                    0 => {
                        let status = self.dice.pick(&[301, 302, 303, 307, 308]);
                        ExitKind::Redirect { status, to: self.any(Ty::Str, 3) }
                    }
                    1 => ExitKind::Respond { status: self.any(Ty::Int, 2), body: self.any(Ty::OptStr, 2) },
                    _ => ExitKind::PlatformError(Arc::from(self.dice.text())),
                };
                let mut also = Vec::new();
                for _ in 0..self.dice.roll(3) {
                    let slot = self.slot(Ty::List);
                    also.push((slot, self.any(Ty::List, 2)));
                }
                made.exits.push(Exit { guard, kind, also, why: Why::NONE, span: self.span });
            }
            for _ in 0..self.dice.roll(4) {
                let ty = self.dice.pick(&[Ty::Int, Ty::Str, Ty::OptStr, Ty::List]);
                let (slot, guard) = (self.slot(ty), self.any(Ty::Bool, 3));
                let value = self.any(ty, 4);
                made.updates.entry(slot).or_default().push(Arm { guard, value, why: Why::NONE, span: self.span });
            }
            self.program.hooks.push(made);
        }
        self.program
    }
}

/// Generated texts that hold the production, with their seeds.
fn texts(production: Production, wanted: usize) -> Vec<(u64, Program, String)> {
    let mut found = Vec::new();
    for seed in 0..2000u64 {
        let program = Making::new(seed).program(production);
        let text = print(&program.store, &program.hooks);
        if text.contains(production.word()) {
            found.push((seed, program, text));
        }
        if found.len() == wanted {
            break;
        }
    }
    assert_eq!(found.len(), wanted, "{production:?}: folded away too often");
    found
}

#[test]
fn generated_programs_read_back() {
    for production in productions() {
        for (seed, program, text) in texts(production, 20) {
            let back = match read(&text) {
                Ok(it) => it,
                Err(fault) => panic!("{production:?}, seed {seed}: {fault}\n{text}"),
            };
            assert_eq!(print(&back.store, &back.hooks), text, "{production:?}, seed {seed}");
            let (program, back) = (compact(program), compact(back));
            assert_eq!(print(&program.store, &program.hooks), text, "{production:?}, seed {seed}");
            assert_eq!(said(&back), said(&program), "{production:?}, seed {seed}\n{text}");
        }
    }
}

#[test]
fn broken_texts_are_refused_with_a_place() {
    for production in productions().into_iter().filter(|it| !it.word().is_empty()) {
        for (seed, _, text) in texts(production, 20) {
            let word = production.word();
            let at = text.find(word).unwrap();
            // Inside a quoted text a word is no word.
            if text[..at].matches('"').count() % 2 == 1 {
                continue;
            }
            let end = at + word.len();
            let broken = match seed % 4 {
                0 => format!("{}x{}", &text[..at], &text[at..]),
                1 => format!("{}?{}", &text[..at], &text[at..]),
                2 => format!("{})", &text[..end]),
                _ => format!("{}{}", &text[..at], &text[end..]),
            };
            match read(&broken) {
                Err(fault) => assert!(fault.offset <= broken.len(), "{production:?}, seed {seed}: {fault}"),
                // What is left may be another program; then it reads back.
                Ok(it) => {
                    let again = print(&it.store, &it.hooks);
                    let back = read(&again).unwrap();
                    assert_eq!(print(&back.store, &back.hooks), again, "{production:?}, seed {seed}\n{broken}");
                }
            }
        }
    }
}

fn assert_fault(text: &str, at: &str, message: &str) {
    let fault = read(text).err().unwrap();
    assert_eq!(fault.message, message, "{text}");
    assert_eq!(text.get(fault.offset..), Some(&text[text.rfind(at).unwrap()..]), "{text}");
}

#[test]
fn faults_say_where() {
    let hook = |line: &str| format!("client_request f\n  {line}\n");
    for (line, at, message) in [
        ("when eq(path, 1) => redirect 301 \"/\"", "1) =>", "this is Int, and Str is wanted"),
        ("when path => redirect 301 \"/\"", "path", "this is Str, and Bool is wanted"),
        ("when true => redirect 300 \"/\"", "300", "a redirect has the status 301, 302, 303, 307 or 308"),
        ("when true => answer 300", "answer", "`answer` is no exit"),
        ("when eq(path) => redirect 301 \"/\"", "eq(", "1 arguments instead of 2"),
        ("path when true := lower(path)", "lower", "`lower` is neither a field nor a function"),
        ("path when true := %1", "%1", "`%1` is not defined in front of this"),
        ("%2 = not(true)", "%2", "the next name is `%1`"),
        ("%1 = eq(path, host)", "eq", "a definition that nothing uses"),
        ("path when true := \"a", "\"a", "a quoted text without its end"),
        ("path when true := \"\\q\"", "\\q", "an escape that is not known"),
        ("header when true := list.empty()", "header", "no slot is written `header` like this"),
        ("path when true := path path", "path\n", "`path` behind the end of the line"),
        ("query when true := table0(path)", "table0", "there is no table0"),
        ("path when true := #", "#", "a character that nothing begins with"),
    ] {
        assert_fault(&hook(line), at, message);
    }
    assert_fault("origin f\n", "origin", "neither a hook nor a table");
    assert_fault("client_request f\ntable0\n  \"a\" => \"b\"\n", "table0", "a table that nothing looks up");
    let twice = "client_request f\n  query when true := table0(path)\ntable0\n  \"a\" => \"b\"\n  \"a\" => \"c\"\n";
    assert_fault(twice, "\"a\" => \"c\"", "rows are sorted by key, and no key is there twice");
}

#[test]
fn depth_and_length_cost_no_stack() {
    let deep = format!("client_request f\n  path when {}true{} := path\n", "not(".repeat(50_000), ")".repeat(50_000));
    let program = read(&deep).unwrap();
    assert_eq!(program.hooks.len(), 1);
    let mut store = Store::new();
    let mut value = store.read(FieldKind::Path, None);
    for at in 0..20_000 {
        let (asked, more) = (store.read(FieldKind::HeaderFirst, Some(&format!("h{at}"))), store.string("x"));
        let (asked, longer) = (store.call(Fn::Present, &[asked]), store.call(Fn::Concat, &[value, more]));
        value = store.ite(asked, longer, value);
    }
    let guard = store.bool(true);
    let span = Span::new(file(""), 0, 0);
    let updates = BTreeMap::from([(Slot::Path, vec![Arm { guard, value, why: Why::NONE, span }])]);
    let hook = Hook { name: Arc::from("f"), point: HookPoint::ClientRequest, span, exits: Vec::new(), updates };
    let text = print(&store, std::slice::from_ref(&hook));
    assert!(text.len() < 20_000 * 200, "{} bytes", text.len());
    let back = read(&text).unwrap();
    assert_eq!(print(&back.store, &back.hooks), text);
}

#[test]
fn programs_that_are_absorbed_say_the_same() {
    for (at, production) in productions().into_iter().enumerate() {
        let seed = u64::try_from(at).unwrap() * 7;
        let parts = [Making::new(seed).program(production), Making::new(seed + 1).program(production)];
        let mut all = Program::default();
        for part in &parts {
            let moved = all.absorb(part);
            all.hooks.extend(part.hooks.iter().map(|it| moved.hook(it)));
        }
        let alone = |it: &Program| it.hooks.iter().map(|hook| print(&it.store, std::slice::from_ref(hook))).collect();
        let texts: Vec<Vec<String>> = parts.iter().map(alone).collect();
        let together: Vec<String> = alone(&all);
        assert_eq!(together, texts.concat(), "{production:?}, seed {seed}");
        let mut first = Program::default();
        let moved = first.absorb(&parts[0]);
        first.hooks.extend(parts[0].hooks.iter().map(|it| moved.hook(it)));
        assert_eq!(said(&first), said(&parts[0]), "numbers of a first program stay, seed {seed}");
    }
}
