//! Functions that a CDK program in TypeScript or JavaScript defines: what its text alone says, without running it.
//!
//! Read are the code (`FunctionCode.fromInline`, `FunctionCode.fromFile`), the runtime, and the event of an association in the same file.
//! Hosts and paths are in the templates that `cdk synth` writes; that the program is not run is a problem of the file.

use crate::cdk_tokens::{Kind, Token, tokens};
use crate::mapped::{Mapped, offset};
use crate::model::{
    Base, CloudFile, Code, Event, FunctionDef, Hole, OpenBlock, Problem, ProblemKind, Rendering, Runtime, Text,
};
use crate::repository_path::{folder, join};
use source::{FileId, Sources, Span};

/// How far a variable is followed.
const DEEPEST: u32 = 4;
/// Tokens that one call or object may have, and that a variable may stand behind its declaration: what is larger is not followed.
const REACH: usize = 4_000;

/// Whether a script is a CDK program that defines functions.
pub(crate) fn is_program(text: &str) -> bool {
    ["FunctionCode.fromInline(", "FunctionCode.fromFile("].iter().any(|it| text.contains(it)) && text.contains("cdk")
}

/// Reads one program.
pub(crate) fn read(file: FileId, sources: &mut Sources, out: &mut CloudFile) {
    let text = sources.file(file).text().clone();
    let path = sources.file(file).path().to_owned();
    let all = tokens(&text);
    let program = Program { file, text: &text, folder: folder(&path), all: &all };
    let calls: Vec<usize> = (0..all.len()).filter(|at| program.makes_function(*at)).collect();
    for at in &calls {
        out.functions.extend(program.function(*at, sources));
    }
    if let Some(first) = calls.first() {
        let message = format!(
            "a CDK program defines {} here and is not run: hosts and paths are in the templates that `cdk synth` writes",
            if calls.len() == 1 { "a function".to_owned() } else { format!("{} functions", calls.len()) }
        );
        out.problems.push(Problem { kind: ProblemKind::NotRead, span: program.span(*first, *first), message });
    }
}

struct Program<'a> {
    file: FileId,
    text: &'a str,
    folder: &'a str,
    all: &'a [Token],
}

impl Program<'_> {
    fn word(&self, at: usize) -> &str {
        self.all.get(at).and_then(|it| self.text.get(it.start..it.end)).unwrap_or("")
    }

    fn is(&self, at: usize, kind: Kind) -> bool {
        self.all.get(at).is_some_and(|it| it.kind == kind)
    }

    fn span(&self, from: usize, to: usize) -> Span {
        let start = self.all.get(from).map_or(0, |it| it.start);
        let end = self.all.get(to).map_or(start, |it| it.end);
        Span::new(self.file, offset(start), offset(end.max(start)))
    }

    /// The token after the bracket that closes the one at `at`.
    fn after(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for next in at..self.all.len().min(at + REACH) {
            match self.word(next) {
                "(" | "[" | "{" if self.is(next, Kind::Mark) => depth += 1,
                ")" | "]" | "}" if self.is(next, Kind::Mark) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return next + 1;
            }
        }
        self.all.len()
    }

    /// `new a.b.Function(…)` that is given a `FunctionCode`: the place of `new`.
    fn makes_function(&self, at: usize) -> bool {
        if self.word(at) != "new" {
            return false;
        }
        let Some(open) = self.call_of(at) else { return false };
        self.word(open.saturating_sub(1)) == "Function"
            && (open..self.after(open)).any(|it| self.word(it) == "FunctionCode")
    }

    /// The opening bracket of the call after `new`, behind names with dots.
    fn call_of(&self, new: usize) -> Option<usize> {
        let mut at = new + 1;
        while self.is(at, Kind::Name) && self.word(at + 1) == "." {
            at += 2;
        }
        (self.is(at, Kind::Name) && self.word(at + 1) == "(").then_some(at + 1)
    }

    fn function(&self, new: usize, sources: &mut Sources) -> Option<FunctionDef> {
        let open = self.call_of(new)?;
        let end = self.after(open);
        let named =
            |name: &str| (open..end).find(|it| self.word(*it) == name && self.word(it + 1) == ":").map(|it| it + 2);
        let id = (open..end).find_map(|it| self.literal(it))?;
        let code = self.code(named("code")?, sources)?;
        let runtime = match named("runtime").map(|it| (it..it + 6).map(|at| self.word(at)).collect::<Vec<_>>()) {
            Some(words) if words.contains(&"JS_2_0") => Runtime::V2,
            Some(words) if words.contains(&"JS_1_0") => Runtime::V1,
            // The construct takes the first runtime, and the second one where a store is given to it.
            None if named("keyValueStore").is_none() => Runtime::V1,
            None => Runtime::V2,
            Some(_) => Runtime::Unknown,
        };
        let stores = (open..end).find(|it| self.word(*it) == "keyValueStore");
        let store = stores.map(|it| {
            let span = self.span(it, it);
            Text::Hole(Hole { name: "keyValueStore".to_owned(), default: None, span })
        });
        let association = self.bound(new).and_then(|it| self.association(it));
        let handed = match association {
            Some((_, span)) => OpenBlock { makes: "functionAssociations".to_owned(), span },
            None => OpenBlock { makes: "new Function".to_owned(), span: self.span(new, new) },
        };
        Some(FunctionDef {
            id,
            name: named("functionName").and_then(|it| Some(Text::Known(self.literal(it)?, self.span(it, it)))),
            runtime,
            code,
            span: self.span(new, end.saturating_sub(1)),
            auto_publish: None,
            key_value_stores: store.into_iter().collect(),
            repeated: None,
            handed: Some(handed),
            event: association.map(|it| it.0),
        })
    }

    /// The name that the value at `at` is given to.
    fn bound(&self, at: usize) -> Option<&str> {
        let before = at.checked_sub(1)?;
        matches!(self.word(before), "=" | ":").then(|| self.word(before.saturating_sub(1)))
    }

    /// When a function runs: the event of the associations of the file that name it, if it is one, and the place of the first.
    fn association(&self, name: &str) -> Option<(Event, Span)> {
        let mut found: Vec<(Event, Span)> = Vec::new();
        for at in 0..self.all.len() {
            if self.word(at) != "eventType" || self.word(at + 1) != ":" {
                continue;
            }
            let event = match (at..at + 8).map(|it| self.word(it)).find(|it| it.starts_with("VIEWER_")) {
                Some("VIEWER_REQUEST") => Event::ViewerRequest,
                Some("VIEWER_RESPONSE") => Event::ViewerResponse,
                Some(_) | None => continue,
            };
            // Both members stand in one object: back to its brace, then over it.
            let Some(open) = (at.saturating_sub(40)..at).rev().find(|it| self.word(*it) == "{" && self.after(*it) > at)
            else {
                continue;
            };
            let inside = open..self.after(open);
            let given = inside.clone().find(|it| self.word(*it) == "function" && self.word(it + 1) == ":");
            let last = given.and_then(|it| {
                let value = (it + 2..inside.end).take_while(|it| !matches!(self.word(*it), "," | "}"));
                value.filter(|it| self.is(*it, Kind::Name)).last()
            });
            if last.is_some_and(|it| self.word(it) == name) {
                found.push((event, self.span(at, at)));
            }
        }
        let first = found.first().copied()?;
        found.iter().all(|it| it.0 == first.0).then_some(first)
    }

    /// What a plain literal holds; escapes are none.
    fn literal(&self, at: usize) -> Option<String> {
        let token = self.all.get(at)?;
        let inner = self.text.get(token.start + 1..token.end.saturating_sub(1))?;
        let plain = token.kind == Kind::Text || token.kind == Kind::Template && !inner.contains("${");
        (plain && !inner.contains('\\')).then(|| inner.to_owned())
    }

    /// `FunctionCode.fromFile(…)` or `FunctionCode.fromInline(…)` at `at`, where the text says which code it is.
    fn code(&self, at: usize, sources: &mut Sources) -> Option<Code> {
        let call = (at..at + 8).find(|it| self.word(*it) == "FunctionCode")? + 2;
        let open = call + 1;
        let end = self.after(open).saturating_sub(1);
        match self.word(call) {
            "fromFile" => {
                let value = (open..end).find(|it| self.word(*it) == "filePath" && self.word(it + 1) == ":")? + 2;
                self.file(value, end, 0)
            }
            "fromInline" if self.inline_ends(open + 1, end) => self.inline(open + 1, sources),
            "fromInline" => self.read_from(open + 1, end, 0),
            _ => None,
        }
    }

    /// Whether a literal is all of an argument.
    fn inline_ends(&self, at: usize, end: usize) -> bool {
        let literal = self.is(at, Kind::Text) || self.is(at, Kind::Template);
        literal && (at + 1 == end || self.word(at + 1) == "," && at + 2 == end)
    }

    /// The code in a literal.
    fn inline(&self, at: usize, sources: &mut Sources) -> Option<Code> {
        let token = self.all.get(at)?;
        let mut out = Mapped::new(self.file);
        let (mut from, end) = (token.start + 1, token.end.saturating_sub(1));
        while from < end {
            let rest = self.text.get(from..end)?;
            let template = token.kind == Kind::Template;
            let stop = rest.find('\\').into_iter().chain(rest.find("${").filter(|_| template)).min();
            let plain = stop.unwrap_or(rest.len());
            out.literal(from, rest.get(..plain)?);
            let behind = rest.get(plain..)?;
            from += plain;
            if behind.starts_with('\\') {
                let (made, length) = escape(behind)?;
                out.made(from, &made);
                from += length;
            } else if !behind.is_empty() {
                let length = behind.find('}')? + 1;
                let name = behind.get(2..length - 1)?.trim().to_owned();
                let span = Span::new(self.file, offset(from), offset(from + length));
                out.hole(Hole { name, default: None, span });
                from += length;
            }
        }
        Some(out.embed(sources))
    }

    /// The file that an expression with `readFileSync(…)` or `fromFile(…)` reads, through variables of the file.
    fn read_from(&self, from: usize, end: usize, depth: u32) -> Option<Code> {
        for at in from..end {
            if matches!(self.word(at), "readFileSync" | "fromFile") && self.word(at + 1) == "(" {
                return self.file(at + 2, self.after(at + 1).saturating_sub(1), depth);
            }
        }
        let value = (depth < DEEPEST && self.is(from, Kind::Name)).then(|| self.initial(from)).flatten()?;
        self.read_from(value.0, value.1, depth + 1)
    }

    /// The tokens of the value that the variable at `at` begins with.
    fn initial(&self, at: usize) -> Option<(usize, usize)> {
        let name = self.word(at);
        let declared = (at.saturating_sub(REACH)..at).rev().find(|it| {
            self.word(*it) == name
                && self.word(it + 1) == "="
                && matches!(self.word(it.saturating_sub(1)), "const" | "let" | "var")
        })?;
        let end = (declared + 2..self.all.len()).find(|it| self.word(*it) == ";").unwrap_or(at);
        Some((declared + 2, end))
    }

    /// The file whose name stands between two tokens.
    fn file(&self, from: usize, end: usize, depth: u32) -> Option<Code> {
        let beside = (from..end).any(|it| self.word(it).contains("__dirname"));
        let encoding = |it: &String| matches!(it.as_str(), "utf8" | "utf-8" | "UTF-8" | "ascii" | "latin1");
        let parts: Vec<String> = (from..end).filter_map(|it| self.literal(it)).filter(|it| !encoding(it)).collect();
        if parts.is_empty() {
            let value = (depth < DEEPEST && self.is(from, Kind::Name)).then(|| self.initial(from)).flatten()?;
            return self.file(value.0, value.1, depth + 1);
        }
        let written = parts.join("/");
        let span = self.span(from, end.saturating_sub(1));
        let path = join(self.folder, &written).ok()?;
        let base = if beside { Base::Fixed } else { Base::Run(written) };
        Some(Code::File { path, span, rendering: Rendering::Verbatim, base })
    }
}

/// An escape of JavaScript: what it stands for, and how long it is.
fn escape(text: &str) -> Option<(String, usize)> {
    let mut signs = text.chars().skip(1);
    let sign = signs.next()?;
    let hex = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?.to_string(), to))
    };
    let plain = |it: &str| Some((it.to_owned(), 1 + sign.len_utf8()));
    match sign {
        'n' => plain("\n"),
        't' => plain("\t"),
        'r' => plain("\r"),
        '0' => plain("\0"),
        'b' => plain("\u{8}"),
        'f' => plain("\u{c}"),
        'v' => plain("\u{b}"),
        '\n' => plain(""),
        '\r' => Some((String::new(), if signs.next() == Some('\n') { 3 } else { 2 })),
        'x' => hex(2, 4),
        'u' if text.get(2..3) == Some("{") => {
            let end = text.find('}')?;
            hex(3, end).map(|(made, _)| (made, end + 1))
        }
        'u' => hex(2, 6),
        other => plain(&other.to_string()),
    }
}
