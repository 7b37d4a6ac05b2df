//! `src/generated.rs` is what `grammars/cloudflare/*.toml` says. `MIGRATE_BLESS=1` writes it anew.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that reads and writes our own tables"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

#[test]
fn generated_rows_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("src/generated.rs");
    let expected = generate(&root.join("../../grammars/cloudflare"));
    if std::env::var_os("MIGRATE_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(found == expected, "src/generated.rs differs from grammars/cloudflare; MIGRATE_BLESS=1 writes it anew");
}

fn generate(grammars: &Path) -> String {
    let read = |name: &str| -> Table {
        let path: PathBuf = grammars.join(name);
        std::fs::read_to_string(path).unwrap().parse().unwrap()
    };
    let mut out = String::from(
        "//! Rows of `grammars/cloudflare/*.toml`, written by the test `generated_rows_are_current`. Not edited by hand.\n\n\
         use crate::facts::{FieldRow, Form, FunctionRow, OperatorRow, Param, ParamTy, Returns, Scope, Ty, UnsureRow, Verdict};\n\
         use crate::headers::HeaderRow;\nuse crate::lang::CompareOp;\nuse crate::limits::LimitRow;\nuse crate::phase::{Level, Phase, PhaseRow, Side};\nuse crate::plan::Plan;\n\n",
    );
    fields(&mut out, &read("fields.toml"));
    functions(&mut out, &read("functions.toml"));
    operators(&mut out, &read("operators.toml"));
    phases(&mut out, &read("phases.toml"));
    limits(&mut out, &read("limits.toml"));
    headers(&mut out, &read("headers.toml"));
    unsure(&mut out, &read("unsure.toml"));
    out
}

fn fields(out: &mut String, table: &Table) {
    let mut names: Vec<&String> = table.keys().collect();
    names.sort_unstable();
    out.push_str("pub(crate) static FIELDS: &[FieldRow] = &[\n");
    for name in names {
        let row = Row::new(name, table);
        writeln!(
            out,
            "    FieldRow {{ name: {name:?}, ty: {}, scope: Scope::{}, plan: {}, addon: {}, phases: {}, value_only: {}, replaced_by: {}, \
             unsure: {}, note: {:?}, source: {:?}, checked: {:?} }},",
            ty(row.text("type")),
            if row.text("scope") == "response" { "Response" } else { "Request" },
            plan(row.text("plan")),
            row.flag("addon"),
            texts(&row.list("phases")),
            row.flag("value_only"),
            option(row.maybe("replaced_by")),
            option(row.maybe("unsure")),
            row.maybe("note").unwrap_or_default(),
            row.text("source"),
            row.text("checked"),
        )
        .unwrap();
    }
    out.push_str("];\n\n");
}

fn functions(out: &mut String, table: &Table) {
    enumeration(out, "Func", "A function of the rules language.", table, |row| row.text("note").to_owned());
    out.push_str("pub(crate) fn function_row(func: Func) -> &'static FunctionRow {\n    match func {\n");
    for name in table.keys() {
        let row = Row::new(name, table);
        let mut params = String::new();
        for param in row.array("params") {
            let param = param.as_table().unwrap();
            let param = Row { name, table: param };
            let types: Vec<String> = param.list("types").iter().map(|it| param_ty(it)).collect();
            let form = match param.text("form") {
                "any" => "Any",
                "field" => "Field",
                "literal" => "Literal",
                "not-literal" => "NotLiteral",
                other => panic!("{name}: form {other}"),
            };
            write!(
                params,
                "Param {{ name: {:?}, types: &[{}], form: Form::{form}, optional: {}, variadic: {}, values: {} }}, ",
                param.text("name"),
                types.join(", "),
                param.flag("optional"),
                param.flag("variadic"),
                texts(&param.list("values")),
            )
            .unwrap();
        }
        let returns = match row.text("returns") {
            "first" => "Returns::First".to_owned(),
            other => format!("Returns::Exact({})", ty(other)),
        };
        writeln!(
            out,
            "        Func::{} => &FunctionRow {{ name: {name:?}, params: &[{params}], returns: {returns}, min_args: {}, max_args: {}, contexts: {}, \
             plan: {}, addon: {}, unsure: {}, note: {:?}, source: {:?}, checked: {:?} }},",
            camel(name),
            row.number("min_args"),
            row.table.get("max_args").map_or("usize::MAX".to_owned(), |it| it.as_integer().unwrap().to_string()),
            texts(&row.list("where")),
            plan(row.text("plan")),
            row.flag("addon"),
            option(row.maybe("unsure")),
            row.maybe("note").unwrap_or_default(),
            row.text("source"),
            row.text("checked"),
        )
        .unwrap();
    }
    out.push_str("    }\n}\n\n");
}

fn operators(out: &mut String, table: &Table) {
    out.push_str("pub(crate) fn operator_row(op: CompareOp) -> &'static OperatorRow {\n    match op {\n");
    for name in table.keys() {
        let row = Row::new(name, table);
        let types: Vec<String> = row.list("types").iter().map(|it| ty(it)).collect();
        writeln!(
            out,
            "        CompareOp::{name} => &OperatorRow {{ word: {:?}, sign: {}, types: &[{}], plan: {}, note: {:?}, source: {:?}, checked: {:?} }},",
            row.text("word"),
            option(row.maybe("sign")),
            types.join(", "),
            plan(row.text("plan")),
            row.text("note"),
            row.text("source"),
            row.text("checked"),
        )
        .unwrap();
    }
    out.push_str("    }\n}\n\n");
}

fn phases(out: &mut String, table: &Table) {
    out.push_str("pub(crate) fn phase_row(phase: Phase) -> &'static PhaseRow {\n    match phase {\n");
    for name in table.keys() {
        let row = Row::new(name, table);
        writeln!(
            out,
            "        Phase::{name} => &PhaseRow {{ name: {:?}, product: {:?}, side: Side::{}, order: {}, level: Level::{}, actions: {}, terminating: {}, \
             own_api: {}, limit: Limit::{}, closed_field_list: {}, conflict: {:?}, source: {:?}, checked: {:?} }},",
            row.text("name"),
            row.text("product"),
            camel(row.text("side")),
            row.number("order"),
            camel(row.text("level")),
            texts(&row.list("actions")),
            row.flag("terminating"),
            row.flag("own_api"),
            camel(row.text("limit")),
            row.text("list") == "closed",
            row.text("conflict"),
            row.text("source"),
            row.text("checked"),
        )
        .unwrap();
    }
    out.push_str("    }\n}\n\n");
}

fn limits(out: &mut String, table: &Table) {
    enumeration(out, "Limit", "A limit or switch that depends on the plan.", table, |row| row.text("note").to_owned());
    out.push_str("pub(crate) fn limit_row(limit: Limit) -> &'static LimitRow {\n    match limit {\n");
    for name in table.keys() {
        let row = Row::new(name, table);
        writeln!(
            out,
            "        Limit::{} => &LimitRow {{ key: {name:?}, by_plan: [{}, {}, {}, {}], note: {:?}, source: {:?}, checked: {:?} }},",
            camel(name),
            row.number("free"),
            row.number("pro"),
            row.number("business"),
            row.number("enterprise"),
            row.text("note"),
            row.text("source"),
            row.text("checked"),
        )
        .unwrap();
    }
    out.push_str("    }\n}\n\n");
}

fn headers(out: &mut String, table: &Table) {
    for name in table.keys() {
        let row = Row::new(name, table);
        writeln!(
            out,
            "pub(crate) static {}_HEADERS: HeaderRow = HeaderRow {{ forbidden_prefixes: {}, removable: {}, unsettable: {}, forbidden: {}, \
             unsure_prefixes: {}, unsure: {}, fact: {:?}, source: {:?}, checked: {:?} }};\n",
            name.to_uppercase(),
            texts(&row.list("forbidden_prefixes")),
            texts(&row.list("removable")),
            texts(&row.list("unsettable")),
            texts(&row.list("forbidden")),
            texts(&row.list("unsure_prefixes")),
            texts(&row.list("unsure")),
            row.text("fact"),
            row.text("source"),
            row.text("checked"),
        )
        .unwrap();
    }
}

fn unsure(out: &mut String, table: &Table) {
    out.push_str("pub(crate) static UNSURE: &[UnsureRow] = &[\n");
    for name in table.keys() {
        let row = Row::new(name, table);
        let verdict = match row.text("verdict") {
            "open" => "Open",
            "likely-first" => "LikelyFirst",
            "likely-second" => "LikelySecond",
            other => panic!("{name}: verdict {other}"),
        };
        writeln!(
            out,
            "    UnsureRow {{ id: {name:?}, question: {:?}, readings: {}, verdict: Verdict::{verdict}, policy: {:?}, source: {:?}, checked: {:?} }},",
            row.text("question"),
            texts(&row.list("readings")),
            row.text("policy"),
            row.text("source"),
            row.text("checked"),
        )
        .unwrap();
    }
    out.push_str("];\n");
}

fn enumeration(out: &mut String, name: &str, doc: &str, table: &Table, note: impl Fn(&Row) -> String) {
    writeln!(out, "/// {doc}\n#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]\npub enum {name} {{")
        .unwrap();
    for key in table.keys() {
        writeln!(out, "    /// `{key}`: {}\n    {},", note(&Row::new(key, table)), camel(key)).unwrap();
    }
    writeln!(
        out,
        "}}\n\nimpl {name} {{\n    /// All of them, in the order of the table.\n    pub const ALL: &'static [Self] = &["
    )
    .unwrap();
    for key in table.keys() {
        writeln!(out, "        Self::{},", camel(key)).unwrap();
    }
    out.push_str("    ];\n}\n\n");
}

struct Row<'a> {
    name: &'a str,
    table: &'a Table,
}

impl<'a> Row<'a> {
    fn new(name: &'a str, table: &'a Table) -> Self {
        Self { name, table: table.get(name).and_then(Value::as_table).expect("a row is a table") }
    }

    fn text(&self, key: &str) -> &'a str {
        self.maybe(key).unwrap_or_else(|| panic!("{}: no `{key}`", self.name))
    }

    fn maybe(&self, key: &str) -> Option<&'a str> {
        self.table.get(key).and_then(Value::as_str)
    }

    fn flag(&self, key: &str) -> bool {
        self.table.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    fn number(&self, key: &str) -> i64 {
        self.table.get(key).and_then(Value::as_integer).unwrap_or_else(|| panic!("{}: no `{key}`", self.name))
    }

    fn array(&self, key: &str) -> &'a [Value] {
        self.table.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn list(&self, key: &str) -> Vec<&'a str> {
        self.array(key).iter().map(|it| it.as_str().expect("a list of strings")).collect()
    }
}

fn ty(text: &str) -> String {
    let inside = |open: &str| text.strip_prefix(open).and_then(|it| it.strip_suffix('>'));
    if let Some(of) = inside("Array<") {
        return format!("Ty::Array(&{})", ty(of));
    }
    if let Some(of) = inside("Map<") {
        return format!("Ty::Map(&{})", ty(of));
    }
    let name = match text {
        "Boolean" => "Bool",
        "Integer" => "Int",
        "String" => "Str",
        "Bytes" => "Bytes",
        "IP" => "Ip",
        other => panic!("type {other}"),
    };
    format!("Ty::{name}")
}

fn param_ty(text: &str) -> String {
    match text {
        "any" => "ParamTy::Any".to_owned(),
        "Map" => "ParamTy::Map".to_owned(),
        "Array" => "ParamTy::Array".to_owned(),
        other => format!("ParamTy::Exact({})", ty(other)),
    }
}

fn plan(text: &str) -> String {
    format!("Plan::{}", camel(text))
}

fn texts(list: &[&str]) -> String {
    format!("&{list:?}")
}

fn option(text: Option<&str>) -> String {
    format!("{text:?}")
}

fn camel(text: &str) -> String {
    text.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}
