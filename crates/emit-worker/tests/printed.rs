//! Printed code as it reads: each case is an edge program in its text form and the function that comes of it.

use std::error::Error;

use emit_worker::printed;

/// The body of the only hook of a program.
fn body(program: &str) -> Result<String, Box<dyn Error>> {
    let mut sources = source::Sources::new();
    let file = sources.add("f.edge", program);
    let program = edge::parse(file, program)?;
    let hook = program.hooks.first().ok_or("no hook")?;
    let printed = printed(&program, hook, &|_| "a.js:1".to_owned())?;
    let from = printed.text.find("import type").ok_or("no import")?;
    let (_, rest) = printed.text.split_at(from);
    Ok(rest.split_once("\n\n").map(|it| it.1.to_owned()).unwrap_or_default())
}

fn check(program: &str, expected: &[&str]) -> Result<(), Box<dyn Error>> {
    let came = body(program)?;
    let lines: Vec<&str> = came.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("//")).collect();
    // The head of the function and its closing bracket are always the same.
    let first = lines.iter().position(|it| it.starts_with("export")).unwrap_or(0) + 1;
    let inner: Vec<&str> = lines.iter().skip(first).copied().filter(|it| *it != "return undefined;").collect();
    let inner = inner.split_last().map_or(&[][..], |it| it.1);
    assert_eq!(inner, expected, "{came}");
    Ok(())
}

#[test]
fn exits_are_returns_in_order() -> Result<(), Box<dyn Error>> {
    check(
        "client_request f\n  when eq(host, \"example.org\") => redirect 301 concat(\"https://www.example.org\", path)\n  when eq(path, \"/admin\") => respond 403 some(\"no\")\n",
        &[
            "if (seen.host === \"example.org\") {",
            "return { status: 301, headers: { location: `https://www.example.org${seen.path}` } };",
            "}",
            "if (seen.path === \"/admin\") {",
            "return { status: 403, body: \"no\" };",
            "}",
        ],
    )
}

#[test]
fn chains_are_else_ifs_without_what_is_known() -> Result<(), Box<dyn Error>> {
    check(
        "client_request f\n  path when ends_with(path, \"/\") := concat(path, \"index.html\")\n  path when and(not(ends_with(path, \"/\")), not(contains(path, \".\"))) := concat(path, \"/index.html\")\n",
        &[
            "if (seen.path.endsWith(\"/\")) {",
            "onward.path = `${seen.path}index.html`;",
            "} else if (!seen.path.includes(\".\")) {",
            "onward.path = `${seen.path}/index.html`;",
            "}",
        ],
    )
}

#[test]
fn what_is_there_needs_no_default() -> Result<(), Box<dyn Error>> {
    check(
        "client_request f\n  when not(eq(or(header.first(\"authorization\"), \"\"), \"Basic x\")) => respond 401 absent\n  header(\"x-ab\") when present(cookie.first(\"ab\")) := list.push(list.empty(), before(or(cookie.first(\"ab\"), \"\"), \".\"))\n  header(\"x-old\") when true := list.empty()\n",
        &[
            "if (seen.header(\"authorization\") !== \"Basic x\") {",
            "return { status: 401 };",
            "}",
            "const abCookie = seen.cookie(\"ab\");",
            "if (abCookie !== undefined) {",
            "onward.setHeader(\"x-ab\", before(abCookie, \".\"));",
            "}",
            "onward.setHeader(\"x-old\");",
        ],
    )
}

#[test]
fn operators_are_bracketed_where_they_have_to_be() -> Result<(), Box<dyn Error>> {
    check(
        "client_request f\n  path when or(and(eq(method, \"GET\"), not(or(eq(host, \"a\"), contains(path, \"x\")))), starts_with(or(query, \"\"), \"q\")) := if(contains(path, \"y\"), \"/y\", js.lower(concat(path, host)))\n",
        &[
            "if (",
            "(seen.method === \"GET\" && !(seen.host === \"a\" || seen.path.includes(\"x\"))) ||",
            "(seen.query ?? \"\").startsWith(\"q\")",
            ") {",
            "onward.path = seen.path.includes(\"y\") ? \"/y\" : `${seen.path}${seen.host}`.toLowerCase();",
            "}",
        ],
    )
}

#[test]
fn many_comparisons_are_one_membership_and_tables_are_constants() -> Result<(), Box<dyn Error>> {
    let program = "client_request f\n  when or(or(eq(path, \"/a\"), eq(path, \"/b\")), eq(path, \"/c\")) => respond 404 absent\n  when present(table0(host)) => redirect 302 or(table0(host), \"\")\ntable0\n  \"a.example\" => \"https://b.example/\"\n";
    let came = body(program)?;
    assert!(came.contains("if ([\"/a\", \"/b\", \"/c\"].includes(seen.path)) {"), "{came}");
    assert!(
        came.contains(
            "const BY_HOST: ReadonlyMap<string, string> = new Map([\n  [\"a.example\", \"https://b.example/\"],\n]);"
        ),
        "{came}"
    );
    assert!(came.contains("headers: { location: foundByHost } };"), "{came}");
    Ok(())
}

#[test]
fn responses_change_in_place() -> Result<(), Box<dyn Error>> {
    check(
        "client_response f\n  status when int.eq(status, 404) := 200\n  response.header(\"vary\") when true := list.push(response.header.all(\"vary\"), \"Accept\")\n  set_cookie(\"seen\") when true := list.push(list.empty(), \"1; Path=/\")\n",
        &[
            "if (seen.status === 404) {",
            "onward.status = 200;",
            "}",
            "onward.setHeader(\"vary\", ...seen.responseHeaderLines(\"vary\"), \"Accept\");",
            "onward.setCookie(\"seen\", \"1; Path=/\");",
        ],
    )
}

#[test]
fn replacements_without_a_meaning_of_their_own() -> Result<(), Box<dyn Error>> {
    check(
        "client_request f\n  path when js.matches(path, \"^/a/[/]+$\", \"i\") := replace_all(replace_first(path, \"a\", \"$&\"), \"b\", \"c\")\n",
        &[
            "if (/^\\/a\\/[/]+$/i.test(seen.path)) {",
            "onward.path = seen.path.replace(\"a\", () => \"$&\").replaceAll(\"b\", \"c\");",
            "}",
        ],
    )
}

#[test]
fn what_is_not_known_is_not_printed() {
    for program in [
        "client_request f\n  when eq(host, hole(\"x\")) => redirect 301 \"/\"\n",
        "client_request f\n  path when true := code(\"a generator\", 1)\n",
        "client_request f\n  origin.host when true := some(\"other.example\")\n",
    ] {
        assert!(body(program).is_err(), "{program}");
    }
}
