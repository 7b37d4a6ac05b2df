//! From text to hooks.
//!
//! Every line becomes a tree in one arena, children before their parents. Types come from above (a guard is Bool, a slot has its
//! type), so one walk back gives every tree its type, definitions included, and one walk forth makes the expressions. Nothing recurses.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use source::{FileId, Span};

use super::token::{Token, quoted, tokens};
use super::word;
use crate::{
    Arm, Draw, Exit, ExitKind, ExprId, Field, FieldKind, Fn, Hook, HookPoint, Node, Program, Region, Slot, Table,
    TableId, Ty, Why,
};

/// Why a text is not the text form of hooks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextError {
    /// Where, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
}

impl std::fmt::Display for TextError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "at byte {}: {}", self.offset, self.message)
    }
}

impl std::error::Error for TextError {}

fn fault<T>(offset: usize, message: impl Into<String>) -> Result<T, TextError> {
    Err(TextError { offset, message: message.into() })
}

/// Reads what [`super::print`] writes. Spans point into `file`, which is that text; provenance is empty.
///
/// # Errors
/// With the place, where the text is not in the form.
pub fn parse(file: FileId, text: &str) -> Result<Program, TextError> {
    let mut reader = Reader::new(file);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        reader.line(line.trim_end_matches('\n'), at)?;
        at += line.len();
    }
    reader.hooks()
}

/// A tree of the arena.
struct Tree {
    at: usize,
    kind: Kind,
    ty: Option<Ty>,
}

enum Kind {
    Name(usize),
    Int(i64),
    Text(String),
    /// A word, with its arguments where there are parentheses.
    Word(String, Option<Vec<usize>>),
}

/// What a hook says, by trees.
enum Line {
    Define,
    Exit { guard: usize, kind: LineExit, also: Vec<(Slot, usize)>, span: Span },
    Update { slot: Slot, guard: usize, value: usize },
}

enum LineExit {
    Redirect(u16, usize),
    Respond(usize, usize),
    PlatformError(Arc<str>),
}

/// A hook as it is read.
struct Draft {
    name: Arc<str>,
    point: HookPoint,
    span: Span,
    trees: Vec<Tree>,
    /// The trees of the definitions.
    names: Vec<usize>,
    lines: Vec<Line>,
}

struct Reader {
    file: FileId,
    program: Program,
    drafts: Vec<Draft>,
    /// Rows of each table, with its place in the text.
    tables: Vec<(usize, Table)>,
    /// Tables that the store has.
    made: HashSet<TableId>,
    regions: HashMap<Arc<str>, crate::RegionId>,
    in_table: bool,
}

impl Reader {
    fn new(file: FileId) -> Reader {
        let program = Program::default();
        Reader {
            file,
            program,
            drafts: Vec::new(),
            tables: Vec::new(),
            made: HashSet::new(),
            regions: HashMap::new(),
            in_table: false,
        }
    }

    fn span(&self, start: usize, length: usize) -> Span {
        let offset = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Span::new(self.file, offset(start), offset(start + length))
    }

    fn line(&mut self, line: &str, at: usize) -> Result<(), TextError> {
        if line.trim().is_empty() {
            return Ok(());
        }
        if line.starts_with(' ') {
            let mut cursor = Cursor { tokens: tokens(line, at)?, next: 0, end: at + line.len() };
            if self.in_table {
                return self.row(&mut cursor);
            }
            let span = self.span(at, line.len());
            let Some(draft) = self.drafts.last_mut() else { return fault(at, "a line in front of the first hook") };
            let line = statement(&mut self.program, draft, &mut cursor, span)?;
            draft.lines.push(line);
            return Ok(());
        }
        if let Some(digits) = line.strip_prefix(word::TABLE)
            && let Ok(number) = digits.parse::<usize>()
        {
            if number != self.tables.len() {
                return fault(at, format!("the next table is {}{}", word::TABLE, self.tables.len()));
            }
            self.in_table = true;
            self.tables.push((at, Table::default()));
            return Ok(());
        }
        if self.in_table {
            return fault(at, "tables stand behind all hooks");
        }
        let (point, name) = line.split_once(' ').unwrap_or((line, ""));
        let Some(point) = HookPoint::ALL.into_iter().find(|it| it.text() == point) else {
            return fault(at, "neither a hook nor a table");
        };
        let name = if name.starts_with('"') {
            let start = at + line.len() - name.len();
            match quoted(name) {
                Ok((text, used)) if used == name.len() => text,
                Ok((_, used)) => return fault(start + used, "something behind the name of the hook"),
                Err((inner, message)) => return fault(start + inner, message),
            }
        } else {
            name.to_owned()
        };
        if name.is_empty() && !line.ends_with('"') {
            return fault(at + line.len(), "a hook without a name");
        }
        let span = self.span(at, line.len());
        let (trees, names, lines) = (Vec::new(), Vec::new(), Vec::new());
        self.drafts.push(Draft { name: Arc::from(name), point, span, trees, names, lines });
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor) -> Result<(), TextError> {
        let (at, key) = cursor.text("the key of a row")?;
        cursor.sign("=>")?;
        let (_, value) = cursor.text("the value of a row")?;
        cursor.finish()?;
        let Some((_, table)) = self.tables.last_mut() else { return fault(at, "a row without a table") };
        if table.rows.last_key_value().is_some_and(|(last, _)| **last >= *key) {
            return fault(at, "rows are sorted by key, and no key is there twice");
        }
        table.rows.insert(Arc::from(key), Arc::from(value));
        Ok(())
    }

    fn hooks(mut self) -> Result<Program, TextError> {
        let mut seen: Vec<Option<TableId>> = vec![None; self.tables.len()];
        for mut draft in std::mem::take(&mut self.drafts) {
            let heads = typed(&mut draft)?;
            let hook = self.made(&draft, heads, &mut seen)?;
            self.program.hooks.push(hook);
        }
        match self.tables.iter().zip(&seen).find(|(_, seen)| seen.is_none()) {
            Some(((at, _), _)) => fault(*at, "a table that nothing looks up"),
            None => Ok(self.program),
        }
    }

    fn made(&mut self, draft: &Draft, heads: Vec<Head>, seen: &mut [Option<TableId>]) -> Result<Hook, TextError> {
        let mut ids: Vec<ExprId> = Vec::with_capacity(draft.trees.len());
        for (tree, head) in draft.trees.iter().zip(heads) {
            let id = self.node(draft, tree, head, &ids, seen)?;
            ids.push(id);
        }
        let absent = self.program.store.mk(Node::Absent);
        let id = |tree: &usize| ids.get(*tree).copied().unwrap_or(absent);
        let mut hook = Hook {
            name: draft.name.clone(),
            point: draft.point,
            span: draft.span,
            exits: Vec::new(),
            updates: BTreeMap::new(),
        };
        for line in &draft.lines {
            match line {
                Line::Define => {}
                Line::Exit { guard, kind, also, span } => {
                    let kind = match kind {
                        LineExit::Redirect(status, to) => ExitKind::Redirect { status: *status, to: id(to) },
                        LineExit::Respond(status, body) => ExitKind::Respond { status: id(status), body: id(body) },
                        LineExit::PlatformError(words) => ExitKind::PlatformError(words.clone()),
                    };
                    let also = also.iter().map(|(slot, value)| (*slot, id(value))).collect();
                    hook.exits.push(Exit { guard: id(guard), kind, also, why: Why::NONE, span: *span });
                }
                Line::Update { slot, guard, value } => {
                    let arm = Arm { guard: id(guard), value: id(value), why: Why::NONE, span: hook.span };
                    hook.updates.entry(*slot).or_default().push(arm);
                }
            }
        }
        Ok(hook)
    }

    /// The expression of a tree whose children have been made.
    fn node(
        &mut self,
        draft: &Draft,
        tree: &Tree,
        head: Head,
        ids: &[ExprId],
        seen: &mut [Option<TableId>],
    ) -> Result<ExprId, TextError> {
        let children = tree.children();
        let child = |at: usize| match children.get(at).and_then(|it| ids.get(*it)) {
            Some(id) => Ok(*id),
            None => fault(tree.at, "an argument is missing"),
        };
        let store = &mut self.program.store;
        Ok(match head {
            // Arguments that are part of their parent's head make no expression of their own.
            Head::Part => store.mk(Node::Absent),
            Head::Same(name) => match draft.names.get(name).and_then(|it| ids.get(*it)) {
                Some(id) => *id,
                None => return fault(tree.at, format!("`%{}` is not defined in front of this", name + 1)),
            },
            Head::Absent => store.mk(Node::Absent),
            Head::Bool(it) => store.bool(it),
            Head::Int(it) => store.int(it),
            Head::Text(it) => store.string(&it),
            Head::Read(kind, name) => {
                let name = name.map(|it| store.text(&it));
                store.mk(Node::Read(Field { kind, name }))
            }
            Head::Input(draw) => store.mk(Node::Input(draw)),
            Head::Hole(name) => {
                let name = store.text(&name);
                store.mk(Node::Hole(name))
            }
            Head::Not => {
                let a = child(0)?;
                store.not(a)
            }
            Head::And => {
                let (a, b) = (child(0)?, child(1)?);
                store.and(a, b)
            }
            Head::Or => {
                let (a, b) = (child(0)?, child(1)?);
                store.or(a, b)
            }
            Head::If(_) => {
                let (c, a, b) = (child(0)?, child(1)?, child(2)?);
                store.ite(c, a, b)
            }
            Head::Call(function) => {
                let args: Result<Vec<ExprId>, TextError> = (0..children.len()).map(child).collect();
                store.call(function, &args?)
            }
            Head::Lookup(number) => {
                let key = child(0)?;
                let (Some((_, rows)), Some(slot)) = (self.tables.get(number), seen.get_mut(number)) else {
                    return fault(tree.at, format!("there is no {}{number}", word::TABLE));
                };
                let table = match *slot {
                    Some(it) => it,
                    None => {
                        let it = store.table(rows.clone());
                        if !self.made.insert(it) {
                            return fault(tree.at, format!("{}{number} is equal to another table", word::TABLE));
                        }
                        *slot = Some(it);
                        it
                    }
                };
                store.mk(Node::Lookup(table, key))
            }
            Head::Code(ty, cause, part) => {
                let span = Span::new(self.file, draft.span.start, draft.span.end);
                let region = *self.regions.entry(cause.clone()).or_insert_with(|| store.region(Region { cause, span }));
                store.mk(Node::Code(region, ty, part))
            }
        })
    }
}

/// One line inside a hook.
fn statement(program: &mut Program, draft: &mut Draft, cursor: &mut Cursor, span: Span) -> Result<Line, TextError> {
    let mut slot = |name: &str, at: usize, cursor: &mut Cursor| -> Result<Slot, TextError> {
        let key = match cursor.is("(") {
            true => {
                let (_, key) = cursor.text("the name of a slot")?;
                cursor.sign(")")?;
                Some(program.store.text(&key))
            }
            false => None,
        };
        Slot::from_parts(name, key).map_or_else(|| fault(at, format!("no slot is written `{name}` like this")), Ok)
    };
    let line = match cursor.take() {
        Some((at, Token::Name(name))) => {
            if name != draft.names.len() + 1 {
                return fault(at, format!("the next name is `%{}`", draft.names.len() + 1));
            }
            cursor.sign("=")?;
            let tree = cursor.tree(&mut draft.trees)?;
            draft.names.push(tree);
            Line::Define
        }
        Some((_, Token::Word(name))) if name == word::WHEN => {
            let guard = cursor.typed(draft, Ty::Bool)?;
            cursor.sign("=>")?;
            let kind = match cursor.take() {
                Some((at, Token::Word(name))) => match name.as_str() {
                    word::REDIRECT => {
                        let status = match cursor.take() {
                            Some((_, Token::Int(it))) if matches!(it, 301 | 302 | 303 | 307 | 308) => it,
                            Some((at, _)) => return fault(at, "a redirect has the status 301, 302, 303, 307 or 308"),
                            None => return fault(cursor.end, "a redirect has a status"),
                        };
                        let status = u16::try_from(status).unwrap_or(301);
                        LineExit::Redirect(status, cursor.typed(draft, Ty::Str)?)
                    }
                    word::RESPOND => {
                        let status = cursor.typed(draft, Ty::Int)?;
                        LineExit::Respond(status, cursor.typed(draft, Ty::OptStr)?)
                    }
                    word::PLATFORM_ERROR => LineExit::PlatformError(Arc::from(cursor.text("how it fails")?.1)),
                    _ => return fault(at, format!("`{name}` is no exit")),
                },
                Some((at, it)) => return fault(at, format!("an exit, not {}", it.show())),
                None => return fault(cursor.end, "an exit"),
            };
            let mut also = Vec::new();
            while let Some((at, it)) = cursor.take() {
                let Token::Word(name) = it else { return fault(at, format!("a slot, not {}", it.show())) };
                let slot = slot(&name, at, cursor)?;
                cursor.sign(":=")?;
                also.push((slot, cursor.typed(draft, slot.ty())?));
            }
            Line::Exit { guard, kind, also, span }
        }
        Some((at, Token::Word(name))) => {
            let slot = slot(&name, at, cursor)?;
            match cursor.take() {
                Some((_, Token::Word(it))) if it == word::WHEN => {}
                Some((at, it)) => return fault(at, format!("`{}`, not {}", word::WHEN, it.show())),
                None => return fault(cursor.end, format!("`{}` is missing", word::WHEN)),
            }
            let guard = cursor.typed(draft, Ty::Bool)?;
            cursor.sign(":=")?;
            let value = cursor.typed(draft, slot.ty())?;
            Line::Update { slot, guard, value }
        }
        Some((at, it)) => return fault(at, format!("a definition, an exit or a slot, not {}", it.show())),
        None => return fault(cursor.end, "an empty line of a hook"),
    };
    cursor.finish()?;
    Ok(line)
}

impl Tree {
    fn children(&self) -> &[usize] {
        match &self.kind {
            Kind::Word(_, Some(args)) => args,
            Kind::Name(_) | Kind::Int(_) | Kind::Text(_) | Kind::Word(_, None) => &[],
        }
    }
}

/// What a tree is, once its type is known.
enum Head {
    Part,
    Same(usize),
    Absent,
    Bool(bool),
    Int(i64),
    Text(String),
    Read(FieldKind, Option<String>),
    Input(Draw),
    Hole(String),
    Not,
    And,
    Or,
    If(Ty),
    Call(Fn),
    Lookup(usize),
    Code(Ty, Arc<str>, u32),
}

impl Head {
    /// The types of the children; none where they are part of the head.
    fn wants(&self) -> Vec<Ty> {
        match self {
            Head::Not => vec![Ty::Bool],
            Head::And | Head::Or => vec![Ty::Bool, Ty::Bool],
            Head::If(ty) => vec![Ty::Bool, *ty, *ty],
            Head::Call(function) => function.row().args.to_vec(),
            Head::Lookup(_) => vec![Ty::Str],
            Head::Part
            | Head::Same(_)
            | Head::Absent
            | Head::Bool(_)
            | Head::Int(_)
            | Head::Text(_)
            | Head::Read(..)
            | Head::Input(_)
            | Head::Hole(_)
            | Head::Code(..) => Vec::new(),
        }
    }

    /// Whether the arguments are expressions; none: there are none.
    fn spends(&self) -> bool {
        matches!(self, Head::Read(_, Some(_)) | Head::Input(_) | Head::Hole(_) | Head::Code(..))
    }
}

/// Gives every tree its type and head, from the last one to the first: whoever uses a tree stands behind it.
fn typed(draft: &mut Draft) -> Result<Vec<Head>, TextError> {
    let mut heads: Vec<Head> = Vec::with_capacity(draft.trees.len());
    let mut part = vec![false; draft.trees.len()];
    for at in (0..draft.trees.len()).rev() {
        let Some(tree) = draft.trees.get(at) else { break };
        if part.get(at).copied().unwrap_or(false) {
            heads.push(Head::Part);
            continue;
        }
        let Some(ty) = tree.ty else { return fault(tree.at, "a definition that nothing uses") };
        let head = head(draft, tree, ty)?;
        let (children, wants, place) = (tree.children().to_vec(), head.wants(), tree.at);
        if head.spends() {
            for it in children {
                if let Some(it) = part.get_mut(it) {
                    *it = true;
                }
            }
        } else if children.len() != wants.len() {
            return fault(place, format!("{} arguments instead of {}", children.len(), wants.len()));
        } else {
            for (child, want) in children.into_iter().zip(wants) {
                if let Some(it) = draft.trees.get_mut(child) {
                    it.ty = Some(want);
                }
            }
        }
        if let Head::Same(name) = head
            && let Some(it) = draft.names.get(name).copied().and_then(|it| draft.trees.get_mut(it))
        {
            if it.ty.is_some_and(|it| it != ty) {
                return fault(place, format!("`%{}` is used as two types", name + 1));
            }
            it.ty = Some(ty);
        }
        heads.push(head);
    }
    heads.reverse();
    Ok(heads)
}

/// What a tree of a type is.
fn head(draft: &Draft, tree: &Tree, ty: Ty) -> Result<Head, TextError> {
    let text = |at: usize| match tree.children().get(at).and_then(|it| draft.trees.get(*it)).map(|it| &it.kind) {
        Some(Kind::Text(it)) => Ok(it.clone()),
        Some(_) | None => fault(tree.at, "a quoted text as an argument"),
    };
    let number = |at: usize| match tree.children().get(at).and_then(|it| draft.trees.get(*it)).map(|it| &it.kind) {
        Some(Kind::Int(it)) => u32::try_from(*it).or_else(|_| fault(tree.at, "a number out of range")),
        Some(_) | None => fault(tree.at, "a number as an argument"),
    };
    let arguments = |most: usize| match tree.children().len() {
        it if it == most => Ok(()),
        it => fault(tree.at, format!("{it} arguments instead of {most}")),
    };
    let (found, head) = match &tree.kind {
        Kind::Name(name) => match name.checked_sub(1) {
            Some(it) => (ty, Head::Same(it)),
            None => return fault(tree.at, "names begin with `%1`"),
        },
        Kind::Int(it) => (Ty::Int, Head::Int(*it)),
        Kind::Text(it) => (Ty::Str, Head::Text(it.clone())),
        Kind::Word(name, args) => match (name.as_str(), args.is_some()) {
            (word::ABSENT, false) => (Ty::OptStr, Head::Absent),
            (word::TRUE, false) => (Ty::Bool, Head::Bool(true)),
            (word::FALSE, false) => (Ty::Bool, Head::Bool(false)),
            (word::NOT, true) => (Ty::Bool, Head::Not),
            (word::AND, true) => (Ty::Bool, Head::And),
            // The other `or`, of an optional text and its default, is a function.
            (word::OR, true) if ty == Ty::Bool => (Ty::Bool, Head::Or),
            (word::IF, true) => (ty, Head::If(ty)),
            (word::INPUT, true) => {
                let at = (tree.children().len() > 1).then(|| number(1)).transpose()?;
                arguments(1 + usize::from(at.is_some()))?;
                match Draw::from_parts(&text(0)?, at) {
                    Some(it) => (Ty::Int, Head::Input(it)),
                    None => return fault(tree.at, "no such input"),
                }
            }
            (word::HOLE, true) => {
                arguments(1)?;
                (Ty::Str, Head::Hole(text(0)?))
            }
            (word::CODE, true) => {
                arguments(2)?;
                (ty, Head::Code(ty, Arc::from(text(0)?), number(1)?))
            }
            (name, called) => {
                let table = name.strip_prefix(word::TABLE).and_then(|it| it.parse::<usize>().ok());
                match (FieldKind::from_text(name).filter(|it| it.keyed() == called), Fn::from_name(name), table) {
                    (Some(kind), _, _) if called => {
                        arguments(1)?;
                        (kind.ty(), Head::Read(kind, Some(text(0)?)))
                    }
                    (Some(kind), _, _) => (kind.ty(), Head::Read(kind, None)),
                    (None, Some(function), _) if called => (function.row().ret, Head::Call(function)),
                    (None, None, Some(number)) if called => (Ty::OptStr, Head::Lookup(number)),
                    (None, _, _) => return fault(tree.at, format!("`{name}` is neither a field nor a function")),
                }
            }
        },
    };
    match found == ty {
        true => Ok(head),
        false => fault(tree.at, format!("this is {found:?}, and {ty:?} is wanted")),
    }
}

/// The tokens of a line.
struct Cursor {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
}

impl Cursor {
    fn take(&mut self) -> Option<(usize, Token)> {
        let it = self.tokens.get(self.next).cloned();
        self.next += usize::from(it.is_some());
        it
    }

    /// Takes a sign if it is the next token.
    fn is(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.next), Some((_, Token::Sign(it))) if *it == sign);
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> Result<(), TextError> {
        if self.is(sign) {
            return Ok(());
        }
        match self.tokens.get(self.next) {
            Some((at, it)) => fault(*at, format!("`{sign}`, not {}", it.show())),
            None => fault(self.end, format!("`{sign}` is missing")),
        }
    }

    fn text(&mut self, what: &str) -> Result<(usize, String), TextError> {
        match self.take() {
            Some((at, Token::Text(it))) => Ok((at, it)),
            Some((at, it)) => fault(at, format!("{what} in quotes, not {}", it.show())),
            None => fault(self.end, format!("{what} in quotes")),
        }
    }

    fn finish(&self) -> Result<(), TextError> {
        match self.tokens.get(self.next) {
            Some((at, it)) => fault(*at, format!("{} behind the end of the line", it.show())),
            None => Ok(()),
        }
    }

    fn typed(&mut self, draft: &mut Draft, ty: Ty) -> Result<usize, TextError> {
        let tree = self.tree(&mut draft.trees)?;
        if let Some(it) = draft.trees.get_mut(tree) {
            it.ty = Some(ty);
        }
        Ok(tree)
    }

    /// One expression; the calls that are open stand on a stack of their own.
    fn tree(&mut self, trees: &mut Vec<Tree>) -> Result<usize, TextError> {
        let mut open: Vec<(usize, String, Vec<usize>)> = Vec::new();
        loop {
            let Some((at, token)) = self.take() else { return fault(self.end, "an expression is missing") };
            let kind = match token {
                Token::Name(it) => Kind::Name(it),
                Token::Int(it) => Kind::Int(it),
                Token::Text(it) => Kind::Text(it),
                Token::Word(it) if self.is("(") => {
                    if !self.is(")") {
                        open.push((at, it, Vec::new()));
                        continue;
                    }
                    Kind::Word(it, Some(Vec::new()))
                }
                Token::Word(it) => Kind::Word(it, None),
                Token::Sign(it) => return fault(at, format!("an expression, not `{it}`")),
            };
            trees.push(Tree { at, kind, ty: None });
            let mut done = trees.len() - 1;
            // What is complete may complete the calls around it.
            loop {
                let Some((at, name, mut args)) = open.pop() else { return Ok(done) };
                args.push(done);
                if self.is(")") {
                    trees.push(Tree { at, kind: Kind::Word(name, Some(args)), ty: None });
                    done = trees.len() - 1;
                    continue;
                }
                self.sign(",")?;
                open.push((at, name, args));
                break;
            }
        }
    }
}
