//! The user's modules as they stand in the project.
//!
//! The entry becomes the body of `instantiate`, which the runtime calls for every run: CloudFront's documentation promises
//! no state between runs, and at the top level of a Worker the clock stands at zero. What changes, and nothing else:
//! on the first line, before the user's text, stand the imports and the head of that function; `import` and `export` are
//! blanked where they were; `require('./file')` becomes the name of its import; below the text the handler is returned. So
//! line N of the user's file is line N of the project's. Other modules stay modules with their specifiers resolved.

use std::fmt;

use crate::scan::{Kind, Token, tokens};
use crate::spec::{FunctionUnit, Platform, Runtime, UserModule};

/// A module ready to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Adapted {
    /// The path under the function's folder.
    pub path: String,
    /// The text.
    pub text: String,
}

/// A function whose modules cannot be carried over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdaptError {
    /// The function's id.
    pub function: String,
    /// The module's path, empty when there is none.
    pub module: String,
    /// What is wrong, as the end of a sentence.
    pub what: String,
}

impl fmt::Display for AdaptError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "function `{}`, module `{}`: {}", self.function, self.module, self.what)
    }
}

impl std::error::Error for AdaptError {}

/// The modules of one function, the entry first.
pub(crate) fn modules(function: &FunctionUnit) -> Result<Vec<Adapted>, AdaptError> {
    let error = |module: &str, what: &str| AdaptError {
        function: function.id.clone(),
        module: module.to_owned(),
        what: what.to_owned(),
    };
    if function.modules.is_empty() {
        return Err(error("", "there is no module"));
    }
    if !is_identifier(&function.handler) {
        return Err(error("", "the handler's name is no identifier"));
    }
    let mut found: Vec<Adapted> = Vec::new();
    for (index, module) in function.modules.iter().enumerate() {
        if module.path.split('/').any(|part| matches!(part, "" | "." | "..")) || module.path.contains('\\') {
            return Err(error(&module.path, "the path is not a plain relative path"));
        }
        let path = project_path(&module.path);
        if found.iter().any(|it| it.path == path) {
            return Err(error(&module.path, "another module has the same path in the project"));
        }
        let text = match (function.platform, index) {
            (Platform::LambdaEdge { .. }, _) => module.text.clone(),
            (Platform::CloudFrontFunctions, 0) => entry(function, module).map_err(|what| error(&module.path, &what))?,
            (Platform::CloudFrontFunctions, _) => other(function.runtime, module),
        };
        found.push(Adapted { path, text });
    }
    Ok(found)
}

/// Whether the entry is an ECMAScript module by its syntax: it imports or exports something at its top level.
pub(crate) fn is_module(function: &FunctionUnit) -> bool {
    function.modules.first().is_some_and(|it| {
        let all = tokens(&it.text);
        let word = |at: usize| all.get(at).map_or("", |token| token.text(&it.text));
        all.iter().enumerate().any(|(at, token)| {
            let of_top = token.depth == 0 && matches!(word(at), "import" | "export");
            of_top && word(at.wrapping_sub(1)) != "." && word(at + 1) != "("
        })
    })
}

/// The entry's path in the project, to import it from.
pub(crate) fn entry_path(function: &FunctionUnit) -> String {
    function.modules.first().map(|it| project_path(&it.path)).unwrap_or_default()
}

/// Every script is a `.js` file: types are taken out, and the project has one kind of module.
fn project_path(path: &str) -> String {
    for ending in [".mjs", ".cjs", ".ts", ".mts", ".cts"] {
        if let Some(stem) = path.strip_suffix(ending) {
            return format!("{stem}.js");
        }
    }
    path.to_owned()
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|it: char| it.is_ascii_digit())
        && name.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '$')
}

fn entry(function: &FunctionUnit, module: &UserModule) -> Result<String, String> {
    let source = module.text.trim_start_matches('\u{feff}');
    let found = tokens(source);
    let mut edits = Edits::default();
    let mut head = String::new();
    if has_require_of_builtin(source, &found) {
        head.push_str(&require_import(function.runtime, &module.path));
    }
    for statement in imports(source, &found) {
        head.push_str(&hoisted(source, &found, &statement, &module.path));
        edits.blank(statement.start, statement.end);
    }
    for (number, call) in relative_requires(source, &found).into_iter().enumerate() {
        let name = format!("required{number}");
        let specifier = resolved(call.specifier, &module.path);
        head.push_str(&format!("import {name} from {}; ", quoted(&specifier)));
        edits.replace(call.start, call.end, name);
    }
    exports(source, &found, &function.handler, &mut edits)?;
    let body = edits.apply(source);
    let newline = if body.ends_with('\n') { "" } else { "\n" };
    Ok(format!("{head}export default function instantiate() {{ {body}{newline}return {};\n}}\n", function.handler))
}

fn other(runtime: Runtime, module: &UserModule) -> String {
    if module.path.ends_with(".json") {
        return module.text.clone();
    }
    let source = module.text.trim_start_matches('\u{feff}');
    let found = tokens(source);
    let statements = imports(source, &found);
    let is_module = !statements.is_empty() || top_level(&found, source, "export").next().is_some();
    // The bundler reads a CommonJS module as it is; an import would make it something else.
    if !is_module {
        return source.to_owned();
    }
    let mut edits = Edits::default();
    for specifier in statements.iter().map(|it| it.specifier).chain(reexports(source, &found)) {
        let Some(token) = found.get(specifier) else { continue };
        edits.replace(token.start, token.end, quoted(&resolved(token.content(source), &module.path)));
    }
    let head =
        if has_require_of_builtin(source, &found) { require_import(runtime, &module.path) } else { String::new() };
    format!("{head}{}", edits.apply(source))
}

fn require_import(runtime: Runtime, path: &str) -> String {
    let name = match runtime {
        Runtime::V1 => "requireV1",
        Runtime::V2 => "requireV2",
    };
    format!(
        "import {{ {name} as require }} from {}; ",
        quoted(&format!("{}runtime/cloudfront-functions/modules/require", to_src(path)))
    )
}

/// From the module's folder up to `src/`.
fn to_src(path: &str) -> String {
    "../".repeat(path.matches('/').count() + 2)
}

/// What a specifier is in the project.
fn resolved(specifier: &str, path: &str) -> String {
    match specifier {
        "crypto" | "querystring" | "buffer" | "cloudfront" => {
            format!("{}runtime/cloudfront-functions/modules/{specifier}", to_src(path))
        }
        _ if specifier.starts_with('.') => project_path(specifier),
        _ => specifier.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An import declaration: its bytes, its tokens, and the token that is the specifier.
struct Import {
    start: usize,
    end: usize,
    tokens: std::ops::Range<usize>,
    specifier: usize,
}

fn top_level<'a>(found: &'a [Token], source: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    found.iter().enumerate().filter_map(move |(index, token)| {
        let member = index.checked_sub(1).and_then(|it| found.get(it)).is_some_and(|it| it.kind == Kind::Mark('.'));
        (token.kind == Kind::Word && token.depth == 0 && !member && token.text(source) == word).then_some(index)
    })
}

fn imports(source: &str, found: &[Token]) -> Vec<Import> {
    top_level(found, source, "import")
        .filter_map(|first| {
            let next = found.get(first + 1)?;
            if matches!(next.kind, Kind::Mark('(' | '.')) {
                return None;
            }
            let rest = found.get(first + 1..)?;
            let length = rest.iter().position(|it| it.kind == Kind::Text || it.kind == Kind::Mark(';'))?;
            let specifier = first + 1 + length;
            let end = statement_end(source, found, specifier);
            let (start, last) = (found.get(first)?, found.get(end)?);
            (found.get(specifier)?.kind == Kind::Text).then_some(Import {
                start: start.start,
                end: last.end,
                tokens: first..end + 1,
                specifier,
            })
        })
        .collect()
}

/// The last token of a declaration whose specifier is at `specifier`: after attributes and a semicolon, when there are any.
fn statement_end(source: &str, found: &[Token], specifier: usize) -> usize {
    let mut end = specifier;
    let word = |at: usize| found.get(at).filter(|it| it.kind == Kind::Word).map(|it| it.text(source));
    if matches!(word(end + 1), Some("with" | "assert")) && mark(found, end + 2) == Some('{') {
        end += 2;
        while mark(found, end).is_none_or(|it| it != '}') && end + 1 < found.len() {
            end += 1;
        }
    }
    if mark(found, end + 1) == Some(';') { end + 1 } else { end }
}

fn mark(found: &[Token], at: usize) -> Option<char> {
    match found.get(at)?.kind {
        Kind::Mark(it) => Some(it),
        Kind::Word | Kind::Text | Kind::Other => None,
    }
}

/// An import on one line, without its comments.
fn hoisted(source: &str, found: &[Token], statement: &Import, path: &str) -> String {
    let mut text = String::new();
    for index in statement.tokens.clone() {
        let Some(token) = found.get(index) else { continue };
        if token.kind == Kind::Mark(';') {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        if index == statement.specifier {
            text.push_str(&quoted(&resolved(token.content(source), path)));
        } else {
            text.push_str(token.text(source));
        }
    }
    text.push_str("; ");
    text
}

/// A call of `require` with a path.
struct RequireCall<'a> {
    start: usize,
    end: usize,
    specifier: &'a str,
}

fn relative_requires<'a>(source: &'a str, found: &[Token]) -> Vec<RequireCall<'a>> {
    require_calls(source, found).into_iter().filter(|it| it.specifier.starts_with('.')).collect()
}

fn has_require_of_builtin(source: &str, found: &[Token]) -> bool {
    let mentions = found.iter().filter(|it| it.kind == Kind::Word && it.text(source) == "require").count();
    mentions > relative_requires(source, found).len()
}

fn require_calls<'a>(source: &'a str, found: &[Token]) -> Vec<RequireCall<'a>> {
    let mut calls = Vec::new();
    for (index, window) in found.windows(4).enumerate() {
        let [name, open, text, close] = window else { continue };
        let member = index.checked_sub(1).and_then(|it| mark(found, it)) == Some('.');
        if name.kind == Kind::Word
            && name.text(source) == "require"
            && !member
            && open.kind == Kind::Mark('(')
            && text.kind == Kind::Text
            && close.kind == Kind::Mark(')')
        {
            calls.push(RequireCall { start: name.start, end: close.end, specifier: text.content(source) });
        }
    }
    calls
}

/// The specifier tokens of `export … from '…'`.
fn reexports(source: &str, found: &[Token]) -> Vec<usize> {
    top_level(found, source, "export").filter_map(|first| export_from(source, found, first)).collect()
}

fn export_from(source: &str, found: &[Token], first: usize) -> Option<usize> {
    let from = match mark(found, first + 1)? {
        '*' => (first + 2..first + 5).find(|it| found.get(*it).is_some_and(|it| it.text(source) == "from"))?,
        '{' => (first + 2..found.len()).find(|it| mark(found, *it) == Some('}'))? + 1,
        _ => return None,
    };
    let is_from = found.get(from).is_some_and(|it| it.kind == Kind::Word && it.text(source) == "from");
    (is_from && found.get(from + 1)?.kind == Kind::Text).then_some(from + 1)
}

/// Takes the exports out of the entry: inside a function there are none.
fn exports(source: &str, found: &[Token], handler: &str, edits: &mut Edits) -> Result<(), String> {
    for first in top_level(found, source, "export") {
        let (Some(export), Some(next)) = (found.get(first), found.get(first + 1)) else { continue };
        if export_from(source, found, first).is_some() {
            return Err("the entry exports something from another module".to_owned());
        }
        let word = |at: usize| found.get(at).filter(|it| it.kind == Kind::Word).map(|it| it.text(source));
        match (next.kind, next.text(source)) {
            (Kind::Mark('{'), _) => {
                let close = (first + 2..found.len()).find(|it| mark(found, *it) == Some('}'));
                let end = close.map(|it| if mark(found, it + 1) == Some(';') { it + 1 } else { it });
                let Some(last) = end.and_then(|it| found.get(it)) else { continue };
                edits.blank(export.start, last.end);
            }
            (Kind::Word, "default") => {
                let mut named = first + 2;
                while matches!(word(named), Some("async" | "function" | "class")) {
                    named += 1;
                }
                let is_declaration = named > first + 2 && word(named).is_some();
                let is_name = named == first + 2 && word(named) == Some(handler);
                if is_declaration || is_name {
                    edits.blank(export.start, next.end);
                } else {
                    edits.replace(export.start, next.end, format!("const {handler} ="));
                }
            }
            _ => edits.blank(export.start, export.end),
        }
    }
    Ok(())
}

/// Replacements in a text that keep its line breaks.
#[derive(Default)]
struct Edits(Vec<(usize, usize, String)>);

impl Edits {
    fn blank(&mut self, start: usize, end: usize) {
        self.replace(start, end, String::new());
    }

    fn replace(&mut self, start: usize, end: usize, by: String) {
        self.0.push((start, end, by));
    }

    /// Keeps every line break, and fills up with spaces where more follows on the line, so that its columns stay.
    fn apply(mut self, source: &str) -> String {
        self.0.sort();
        let mut text = String::new();
        let mut done = 0;
        for (start, end, by) in &self.0 {
            text.push_str(source.get(done..*start).unwrap_or_default());
            text.push_str(by);
            let old = source.get(*start..*end).unwrap_or_default();
            text.extend(old.chars().filter(|it| matches!(it, '\n' | '\r')));
            let rest = source.get(*end..).unwrap_or_default();
            let more_follows = rest.lines().next().is_some_and(|it| !it.trim().is_empty());
            let last_line = old.rsplit('\n').next().unwrap_or_default();
            let filled = if old.contains('\n') { 0 } else { by.chars().count() };
            if more_follows {
                text.extend(std::iter::repeat_n(' ', last_line.chars().count().saturating_sub(filled)));
            }
            done = *end;
        }
        text.push_str(source.get(done..).unwrap_or_default());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(runtime: Runtime, files: &[(&str, &str)]) -> FunctionUnit {
        FunctionUnit {
            platform: Platform::CloudFrontFunctions,
            id: "f".to_owned(),
            modules: files
                .iter()
                .map(|(path, text)| UserModule { path: (*path).to_owned(), text: (*text).to_owned() })
                .collect(),
            source: "f.js:1".to_owned(),
            runtime,
            handler: "handler".to_owned(),
            kv_binding: None,
            printed: None,
        }
    }

    fn texts(runtime: Runtime, files: &[(&str, &str)]) -> Result<Vec<String>, AdaptError> {
        Ok(modules(&unit(runtime, files))?.into_iter().map(|it| it.text).collect())
    }

    #[test]
    fn a_plain_script_is_only_wrapped() {
        let source = "// a comment\nfunction handler(event) {\n  return event.request;\n}";
        assert_eq!(
            texts(Runtime::V1, &[("a.js", source)]),
            Ok(vec![format!("export default function instantiate() {{ {source}\nreturn handler;\n}}\n")])
        );
    }

    #[test]
    fn require_comes_from_the_runtime_of_its_version() {
        let source = "var crypto = require('crypto');\nfunction handler() {}\n";
        assert_eq!(
            texts(Runtime::V1, &[("a.js", source)]),
            Ok(vec![format!(
                "import {{ requireV1 as require }} from \"../../runtime/cloudfront-functions/modules/require\"; export default function instantiate() {{ {source}return handler;\n}}\n"
            )])
        );
    }

    #[test]
    fn imports_move_to_the_first_line_and_leave_blanks() {
        let source = "import cf from 'cloudfront';\nimport {\n  a, // first\n  b as c,\n} from \"./lib/x.ts\"\nconst h = cf.kvs();\nasync function handler(e) { return e.request }\n";
        let expected = "import cf from \"../../runtime/cloudfront-functions/modules/cloudfront\"; import { a , b as c , } from \"./lib/x.js\"; export default function instantiate() { \n\n\n\n\nconst h = cf.kvs();\nasync function handler(e) { return e.request }\nreturn handler;\n}\n".to_owned();
        assert_eq!(texts(Runtime::V2, &[("a.js", source)]), Ok(vec![expected]));
    }

    #[test]
    fn text_that_looks_like_module_syntax_stays() {
        let source = "var s = 'import x from \"crypto\"'; // export { s }\nvar o = { export: 1, import: 2 }; o.import; o.export\nvar handler = async function (e) { return import('x') }\n";
        assert_eq!(
            texts(Runtime::V2, &[("a.js", source)]),
            Ok(vec![format!("export default function instantiate() {{ {source}return handler;\n}}\n")])
        );
    }

    #[test]
    fn exports_of_the_entry_are_taken_out() {
        let body = |source: &str| {
            let text = texts(Runtime::V2, &[("a.js", source)]).unwrap_or_default().concat();
            text.replace("export default function instantiate() { ", "")
                .replace("return handler;\n}\n", "")
                .trim()
                .to_owned()
        };
        assert_eq!(body("export async function handler(e) {}\n"), "async function handler(e) {}");
        assert_eq!(body("export default function handler(e) {}\n"), "function handler(e) {}");
        assert_eq!(body("export default (e) => e.request;\n"), "const handler = (e) => e.request;");
        assert_eq!(body("function handler(e) {}\nexport { handler };\n"), "function handler(e) {}");
        assert_eq!(
            body("const handler = (e) => e;\nexport default handler;\n"),
            "const handler = (e) => e;\n               handler;"
        );
    }

    #[test]
    fn required_files_become_imports() {
        let text = texts(
            Runtime::V1,
            &[
                ("src/a.js", "var map = require('./map.json'), q = require('querystring');\nfunction handler() {}\n"),
                ("src/map.json", "{}"),
            ],
        );
        let expected = "import { requireV1 as require } from \"../../../runtime/cloudfront-functions/modules/require\"; import required0 from \"./map.json\"; export default function instantiate() { var map = required0            , q = require('querystring');\nfunction handler() {}\nreturn handler;\n}\n";
        assert_eq!(text, Ok(vec![expected.to_owned(), "{}".to_owned()]));
    }

    #[test]
    fn other_modules_stay_modules() -> Result<(), AdaptError> {
        let text = texts(
            Runtime::V2,
            &[
                ("a.js", "function handler() {}"),
                ("lib/b.ts", "export * from './c.ts';\nimport crypto from 'crypto';\nexport const x = 1;\n"),
                ("lib/d.cjs", "module.exports = require('./e');\n"),
            ],
        );
        let all = text?;
        assert_eq!(
            all.get(1).map(String::as_str),
            Some(
                "export * from \"./c.js\";\nimport crypto from \"../../../runtime/cloudfront-functions/modules/crypto\";\nexport const x = 1;\n"
            )
        );
        assert_eq!(all.get(2).map(String::as_str), Some("module.exports = require('./e');\n"));
        Ok(())
    }

    #[test]
    fn what_cannot_be_carried_over_is_refused() {
        for (path, source) in [("../a.js", ""), ("/a.js", ""), ("a.js", "export { handler } from './b.js'")] {
            assert!(texts(Runtime::V2, &[(path, source)]).is_err(), "{path}");
        }
        assert!(texts(Runtime::V2, &[]).is_err());
        assert!(texts(Runtime::V2, &[("a.js", ""), ("b.js", ""), ("b.ts", "")]).is_err());
    }
}
