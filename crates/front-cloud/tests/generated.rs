//! `src/generated.rs` is what `managed-policies.toml`, `headers.toml`, `computed-headers.toml` and `defaults.toml` of
//! `grammars/cloudfront` say. `MIGRATE_BLESS=1` writes it anew.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test that reads and writes our own tables"
)]

use std::fmt::Write as _;
use std::path::Path;
use toml::{Table, Value};

#[test]
fn generated_rows_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("src/generated.rs");
    let expected = generate(&root.join("../../grammars/cloudfront"));
    if std::env::var_os("MIGRATE_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "src/generated.rs differs from grammars/cloudfront; MIGRATE_BLESS=1 writes it anew");
}

#[test]
fn ids_are_ids_and_stand_once() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammars/cloudfront/managed-policies.toml"),
    );
    let table: Table = text.unwrap().parse().unwrap();
    let mut ids = Vec::new();
    for kind in ["cache", "origin_request", "response_headers"] {
        for (name, row) in table[kind].as_table().unwrap() {
            let id = row["id"].as_str().unwrap();
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{name}");
            assert!(id.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit()), "{name}");
            ids.push(id.to_owned());
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

fn generate(grammars: &Path) -> String {
    let read = |name: &str| -> Table { std::fs::read_to_string(grammars.join(name)).unwrap().parse().unwrap() };
    let mut out = String::from(
        "//! Rows of `grammars/cloudfront/*.toml`, written by the test `generated_rows_are_current`. Not edited by hand.\n\n\
         use crate::defaults::{AppliesWhen, DefaultRow, DefaultScope, DefaultSettled};\n\
         use crate::headers::{ComputedHeader, HeaderRule, ToOriginRow, Unlisted, WithPolicies};\n\
         use crate::managed::{\n    ManagedCachePolicy, ManagedHeader, ManagedOriginRequestPolicy, ManagedResponseHeadersPolicy, Selected, SetOn,\n};\n\n",
    );
    policies(&mut out, &read("managed-policies.toml"));
    headers(&mut out, &read("headers.toml"));
    computed(&mut out, &read("computed-headers.toml"));
    defaults(&mut out, &read("defaults.toml"));
    out
}

/// Where and when a row was read: each names an entry of `[sources]`.
fn source(table: &Table, name: &str) -> String {
    let row = table["sources"].get(name).unwrap_or_else(|| panic!("no source `{name}`"));
    format!("source: {:?}, checked: {:?}", row["url"].as_str().unwrap(), row["checked"].as_str().unwrap())
}

fn policies(out: &mut String, table: &Table) {
    out.push_str("#[rustfmt::skip]\npub(crate) static MANAGED_CACHE: &[ManagedCachePolicy] = &[\n");
    for (name, row) in table["cache"].as_table().unwrap() {
        writeln!(
            out,
            "    ManagedCachePolicy {{ name: {name:?}, id: {:?}, min_ttl: {}, default_ttl: {}, max_ttl: {}, headers: {}, cookies: {}, query: {}, gzip: {}, brotli: {}, {} }},",
            text(row, "id"), row["min_ttl"], row["default_ttl"], row["max_ttl"], selected(&row["headers"]), selected(&row["cookies"]),
            selected(&row["query"]), row["gzip"], row["brotli"], source(table, "cache"),
        )
        .unwrap();
    }
    out.push_str(
        "];\n\n#[rustfmt::skip]\npub(crate) static MANAGED_ORIGIN_REQUEST: &[ManagedOriginRequestPolicy] = &[\n",
    );
    for (name, row) in table["origin_request"].as_table().unwrap() {
        writeln!(
            out,
            "    ManagedOriginRequestPolicy {{ name: {name:?}, id: {:?}, headers: {}, computed: {}, cookies: {}, query: {}, unsure: {}, {} }},",
            text(row, "id"), selected(&row["headers"]), list(row, "computed"), selected(&row["cookies"]), selected(&row["query"]),
            maybe(row, "unsure"), source(table, "origin_request"),
        )
        .unwrap();
    }
    out.push_str(
        "];\n\n#[rustfmt::skip]\npub(crate) static MANAGED_RESPONSE_HEADERS: &[ManagedResponseHeadersPolicy] = &[\n",
    );
    for (name, row) in table["response_headers"].as_table().unwrap() {
        let mut headers = String::new();
        for header in row["headers"].as_array().unwrap() {
            let on = match header.get("only").and_then(Value::as_str) {
                None => "All",
                Some("cors") => "Cors",
                Some("preflight") => "Preflight",
                Some(other) => panic!("{name}: only {other}"),
            };
            write!(
                headers,
                "ManagedHeader {{ name: {:?}, value: {:?}, overrides: {}, on: SetOn::{on} }}, ",
                text(header, "name"),
                text(header, "value"),
                header["override"],
            )
            .unwrap();
        }
        writeln!(
            out,
            "    ManagedResponseHeadersPolicy {{ name: {name:?}, id: {:?}, headers: &[{}], {} }},",
            text(row, "id"),
            headers.trim_end_matches(", "),
            source(table, "response_headers"),
        )
        .unwrap();
    }
    out.push_str("];\n\n");
}

fn selected(value: &Value) -> String {
    match value {
        Value::String(it) if it == "none" => "Selected::None".to_owned(),
        Value::String(it) if it == "all" => "Selected::All".to_owned(),
        Value::Array(names) => format!("Selected::Only({})", texts(names)),
        Value::Table(row) => format!("Selected::Except({})", texts(row["except"].as_array().unwrap())),
        other => panic!("no selection: {other}"),
    }
}

fn headers(out: &mut String, table: &Table) {
    out.push_str("#[rustfmt::skip]\npub(crate) static HEADER_RULES: &[HeaderRule] = &[\n");
    for (name, row) in table["rule"].as_table().unwrap() {
        // The table says which page a rule is from; the row needs its names only.
        source(table, text(row, "source"));
        writeln!(out, "    HeaderRule {{ rule: {name:?}, names: {} }},", list(row, "names")).unwrap();
    }
    out.push_str("];\n\n#[rustfmt::skip]\npub(crate) static TO_ORIGIN: &[ToOriginRow] = &[\n");
    for (name, row) in table["to_origin"].as_table().unwrap() {
        let unlisted = match text(row, "is") {
            "forwarded" => "Forwarded".to_owned(),
            "removed" => "Removed".to_owned(),
            "set" => format!("Set({})", maybe(row, "value")),
            "appended" => "Appended".to_owned(),
            "normalized" => "Normalized".to_owned(),
            "cookies" => "Cookies".to_owned(),
            "by_method" => format!("ByMethod({})", list(row, "methods")),
            other => panic!("{name}: is {other}"),
        };
        let policies = match (row.get("policies").and_then(Value::as_str), unlisted.as_str()) {
            (Some("same"), _) => "Same",
            (Some("removed"), _) => "Removed",
            (Some("open"), _) => "Open",
            (None, "Forwarded") => panic!("{name}: whether that holds with policies is not said"),
            (None, _) => "Same",
            (Some(other), _) => panic!("{name}: policies {other}"),
        };
        let listable = row.get("listable").is_none_or(|it| it.as_bool().unwrap());
        writeln!(
            out,
            "    ToOriginRow {{ name: {:?}, unlisted: Unlisted::{unlisted}, policies: WithPolicies::{policies}, listable: {listable} }},",
            name.to_ascii_lowercase(),
        )
        .unwrap();
    }
    out.push_str("];\n\n");
}

fn computed(out: &mut String, table: &Table) {
    out.push_str("#[rustfmt::skip]\npub(crate) static COMPUTED: &[ComputedHeader] = &[\n");
    for (name, row) in table.iter().filter(|it| it.0 != "sources") {
        writeln!(
            out,
            "    ComputedHeader {{ name: {name:?}, value: {:?}, missing: {}, cache_key: {}, cloudflare: {}, worker: {}, difference: {:?}, unsure: {}, {} }},",
            text(row, "value"), maybe(row, "missing"), row.get("cache_key").is_none_or(|it| it.as_bool().unwrap()), maybe(row, "cloudflare"),
            maybe(row, "worker"), text(row, "difference"), maybe(row, "unsure"), source(table, "guide"),
        )
        .unwrap();
    }
    out.push_str("];\n\n");
}

fn defaults(out: &mut String, table: &Table) {
    out.push_str("#[rustfmt::skip]\npub(crate) static DEFAULTS: &[DefaultRow] = &[\n");
    for (name, row) in table.iter().filter(|it| it.0 != "sources") {
        writeln!(
            out,
            "    DefaultRow {{ id: {name:?}, what: {:?}, applies_when: AppliesWhen::{}, scope: DefaultScope::{}, settled: DefaultSettled::{}, reason: {:?}, unsure: {}, {} }},",
            text(row, "what"), camel(text(row, "applies_when")), camel(text(row, "scope")), camel(text(row, "settled")), text(row, "reason"),
            maybe(row, "unsure"), source(table, text(row, "source")),
        )
        .unwrap();
    }
    out.push_str("];\n");
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no `{key}` in {row}"))
}

fn maybe(row: &Value, key: &str) -> String {
    format!("{:?}", row.get(key).map(|it| it.as_str().expect("a text")))
}

fn list(row: &Value, key: &str) -> String {
    texts(row.get(key).map_or(&[], |it| it.as_array().expect("a list")))
}

fn texts(values: &[Value]) -> String {
    format!("&{:?}", values.iter().map(|it| it.as_str().expect("a list of texts")).collect::<Vec<_>>())
}

fn camel(name: &str) -> String {
    let words = name.split('_').map(|it| it.split_at(1));
    words.map(|(first, rest)| first.to_ascii_uppercase() + rest).collect()
}
