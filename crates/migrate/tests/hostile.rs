//! Hostile input, given to the binary: each item ends in a finding with a place or a clear exit 2, the rest is analyzed, output is whole or
//! absent, nothing panics and memory is bounded.
//!
//! `MIGRATE_BIN` names another build of the binary; `cargo xtask` gives the release build, where a panic aborts.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests build repositories and run the binary"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Address space a run may have, in KiB: far below what unbounded work would take, stacks and threads included.
const MEMORY: u64 = 2 * 1024 * 1024;
/// Resident memory that no run may come near to, in MiB; what runs took is in `docs/performance.md`.
const RESIDENT: u64 = 512;
/// Runs that took more than this, in MiB, are printed.
const SHOWN: u64 = 64;
/// How long one run may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A function that is understood; every hostile file stands beside it.
const GOOD: &str = "function handler(event) {\n  if (event.request.uri === '/old') {\n    return { statusCode: 301, headers: { location: { value: 'https://new.example/' } } };\n  }\n  return event.request;\n}\n";

fn binary() -> PathBuf {
    std::env::var_os("MIGRATE_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_migrate")), PathBuf::from)
}

struct Repository {
    outer: tempfile::TempDir,
}

impl Repository {
    fn new() -> Repository {
        let it = Repository { outer: tempfile::tempdir().unwrap() };
        fs::create_dir(it.root()).unwrap();
        it
    }

    fn root(&self) -> PathBuf {
        self.outer.path().join("repository")
    }

    fn out(&self) -> PathBuf {
        self.outer.path().join("out")
    }

    fn with(self, path: &str, bytes: impl AsRef<[u8]>) -> Repository {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    fn analyze(&self) -> (Output, u64) {
        measured(
            &["analyze", &self.root().to_string_lossy(), "--out", &self.out().to_string_lossy()],
            self.outer.path(),
        )
    }
}

/// The most memory that a process had resident until now, in KiB; nothing where the system does not say.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    // Before the shell has handed over, the figures are the shell's.
    let line = |name: &str| status.lines().find_map(|it| it.strip_prefix(name));
    line("Name:").filter(|it| it.trim() != "bash")?;
    line("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok()
}

fn run(arguments: &[&str], folder: &Path) -> Output {
    measured(arguments, folder).0
}

/// Runs the binary with bounded memory and time; a signal or a panic fails the test. Also says how many MiB were resident.
fn measured(arguments: &[&str], folder: &Path) -> (Output, u64) {
    let limited = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    let mut command = Command::new("bash");
    command.arg("-c").arg(limited).arg(binary()).args(arguments).current_dir(folder);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = |pipe: &mut dyn std::io::Read| {
        let mut all = Vec::new();
        pipe.read_to_end(&mut all).map(|_| all).unwrap_or_default()
    };
    let out = std::thread::spawn(move || reader(&mut stdout));
    let err = std::thread::spawn(move || reader(&mut stderr));
    let mut resident = 0;
    let status = loop {
        resident = resident.max(peak(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{arguments:?} still runs after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let output = Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() };
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(status.code().is_some_and(|it| it < 3), "{arguments:?}: {status}: {words}");
    assert!(!words.contains("panicked"), "{arguments:?}: {words}");
    let resident = resident / 1024;
    assert!(resident < RESIDENT, "{arguments:?}: {resident} MiB resident");
    (output, resident)
}

/// Analyzes: the run ends with 0, the output is whole, the good function became a rule, and one of the findings is there, with its place.
fn found(name: &str, repository: &Repository, expected: &[&str]) {
    let (output, resident) = repository.analyze();
    if resident > SHOWN {
        println!("{resident} MiB resident: {name}");
    }
    assert_eq!(output.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&fs::read(repository.out().join("report.json")).unwrap()).unwrap();
    assert!(repository.out().join(".migrate").is_file(), "{name}");
    let findings = report["findings"].as_array().unwrap();
    let codes: Vec<&str> = findings.iter().map(|it| it["code"].as_str().unwrap()).collect();
    if !expected.is_empty() {
        let it = findings.iter().find(|it| expected.contains(&it["code"].as_str().unwrap()));
        let it = it.unwrap_or_else(|| panic!("{name}: none of {expected:?} among {codes:?}"));
        assert!(it["spans"][0]["file"].is_string(), "{name}: no place: {it}");
    }
    let rules = report["behaviors"].as_array().unwrap().iter().filter(|it| it["verdict"] == "rule").count();
    assert!(rules >= 1, "{name}: the good function is lost");
    assert_eq!(report["ledger"]["constructs"]["unaccounted"], 0, "{name}");
}

fn beside_good(path: &str, bytes: impl AsRef<[u8]>) -> Repository {
    Repository::new().with("good.js", GOOD).with(path, bytes)
}

fn handler(body: &str) -> String {
    format!("function handler(event) {{\n  var request = event.request;\n  {body}\n  return request;\n}}\n")
}

/// `levels` of each shape that nests; the text around them is a handler.
fn shapes(levels: usize) -> Vec<(&'static str, String)> {
    let nest = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(levels), close.repeat(levels));
    vec![
        ("arrays", handler(&format!("var x = {};", nest("[", "1", "]")))),
        ("parentheses", handler(&format!("var x = {};", nest("(", "1", ")")))),
        ("blocks", handler(&nest("{", ";", "}"))),
        ("calls", handler(&format!("var x = {};", nest("f(", "1", ")")))),
        ("objects", handler(&format!("var x = {};", nest("{a:", "1", "}")))),
        ("templates", handler(&format!("var x = {};", nest("`${", "1", "}`")))),
        ("arrows", handler(&format!("var x = {};", nest("a=>", "1", "")))),
        ("negations", handler(&format!("var x = {};", nest("!", "1", "")))),
        ("conditions", handler(&format!("var x = {};", nest("1?", "1", ":1")))),
        ("sums", handler(&format!("var x = {};", nest("1+", "1", "")))),
        ("members", handler(&format!("var x = request{};", nest(".a", "", "")))),
        ("statements", handler(&nest("if(1)", ";", ""))),
    ]
}

const NESTED: &[&str] = &["MIG0205", "MIG0102", "MIG0201"];
/// Long, but no deeper than one level: read as they are up to the size of a file.
const FLAT: &[&str] = &["sums", "members"];

fn nested(levels: usize, expected: &[&str]) {
    for (name, text) in shapes(levels) {
        let expected = if FLAT.contains(&name) { &[] } else { expected };
        found(&format!("{levels} {name}"), &beside_good("deep.js", text), expected);
    }
}

#[test]
fn a_thousand_levels_are_read() {
    nested(1_000, &[]);
}

#[test]
fn ten_thousand_levels_are_a_finding() {
    nested(10_000, NESTED);
}

#[test]
fn a_million_levels_are_a_finding() {
    nested(1_000_000, NESTED);
}

#[test]
fn templates_nest_no_deeper_than_scripts() {
    let function = "  F:\n    Type: AWS::CloudFront::Function\n    Properties:\n      Name: ";
    for levels in [1_000usize, 10_000, 1_000_000] {
        let nest = |open: &str, close: &str| format!("{}1{}", open.repeat(levels), close.repeat(levels));
        let yaml = |value: &str| format!("Resources:\n{function}{value}\n");
        let terraform = |value: &str| format!("resource \"aws_cloudfront_function\" \"f\" {{\n  name = {value}\n}}\n");
        let json = |value: &str| {
            format!(
                "{{\"Resources\": {{\"F\": {{\"Type\": \"AWS::CloudFront::Function\", \"Properties\": {value}}}}}}}"
            )
        };
        let cases = [
            ("flow.yaml", yaml(&nest("[", "]"))),
            ("maps.yaml", yaml(&nest("{a: ", "}"))),
            ("items.yaml", yaml(&format!("\n        {}1", "- ".repeat(levels)))),
            ("arrays.json", json(&nest("[", "]"))),
            ("objects.json", json(&nest("{\"a\":", "}"))),
            ("lists.tf", terraform(&nest("[", "]"))),
            ("parentheses.tf", terraform(&nest("(", ")"))),
            ("interpolations.tf", terraform(&nest("\"${", "}\""))),
            ("negations.tf", terraform(&nest("!", ""))),
        ];
        for (path, text) in cases {
            let expected: &[&str] =
                if levels > 2_000 { &["MIG0205", "MIG0102", "MIG0202", "MIG0203", "MIG0204"] } else { &[] };
            found(&format!("{levels} {path}"), &beside_good(path, text), expected);
        }
    }
}

#[test]
fn what_does_not_parse_is_a_finding_with_its_place() {
    let yaml = "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n    Properties: {Name: [\n";
    let json = "{\"Resources\": {\"F\": {\"Type\": \"AWS::CloudFront::Function\", }";
    let terraform = "resource \"aws_cloudfront_function\" \"f\" {\n  name = \n";
    let cases: [(&str, &[u8], &str); 7] = [
        ("broken.js", b"function handler(event) { if (event.request.uri === ", "MIG0201"),
        ("broken.yaml", yaml.as_bytes(), "MIG0202"),
        ("broken.json", json.as_bytes(), "MIG0204"),
        ("broken.tf", terraform.as_bytes(), "MIG0203"),
        ("bytes.js", b"function handler(event) { return event.request; } // \xff\xfe", "MIG0103"),
        ("bytes.yaml", b"Resources:\n  F: { Type: AWS::CloudFront::Function, X: \"\xc3\x28\" }\n", "MIG0103"),
        ("bytes.tf", b"resource \"aws_cloudfront_function\" \"f\" { name = \"\xf0\x28\" }", "MIG0103"),
    ];
    for (path, bytes, code) in cases {
        found(path, &beside_good(path, bytes), &[code]);
    }
}

#[test]
fn what_is_missing_or_leads_nowhere_is_a_finding() {
    let attached = |code: &str| {
        format!(
            "resource \"aws_cloudfront_function\" \"f\" {{\n  name = \"f\"\n  runtime = \"cloudfront-js-2.0\"\n  code = file(\"{code}\")\n}}\n"
        )
    };
    found("a file that is not there", &beside_good("main.tf", attached("gone.js")), &["MIG0108"]);
    found("a file outside", &beside_good("main.tf", attached("../../../etc/passwd")), &["MIG0104"]);
    let nothing = beside_good("main.tf", attached("lost.js")).with("lost.js", "function other() {}\n");
    found("a function without handler", &nothing, &["MIG0301"]);
    found("an event nobody names", &beside_good("odd.js", "export function handler(event) { return event; }"), &[]);
    let cycle = beside_good(
        "a.js",
        "import { b } from './b.js';\nexport const a = 1;\nfunction handler(event) { b(); return event.request; }\n",
    )
    .with("b.js", "import { a } from './a.js';\nexport function b() { return a; }\n");
    found("modules in a cycle", &cycle, &["MIG0304"]);
    let own = beside_good(
        "self.js",
        "import { handler as again } from './self.js';\nfunction handler(event) { return event.request; }\n",
    );
    found("a module that imports itself", &own, &["MIG0304"]);
    found("a configuration that is none", &beside_good("migrate.toml", "ignor = ["), &["MIG0003"]);
}

#[cfg(unix)]
#[test]
fn links_and_special_files_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let outside = beside_good("a/x.txt", "");
    fs::write(outside.outer.path().join("secret.js"), GOOD.replace("/old", "/secret")).unwrap();
    symlink("../secret.js", outside.root().join("link.js")).unwrap();
    symlink("/etc/passwd", outside.root().join("passwd.js")).unwrap();
    symlink("..", outside.root().join("a/up")).unwrap();
    symlink("loop.js", outside.root().join("loop.js")).unwrap();
    symlink("nowhere.js", outside.root().join("dangling.js")).unwrap();
    fs::create_dir(outside.root().join("folder.js")).unwrap();
    assert!(Command::new("mkfifo").arg(outside.root().join("pipe.js")).status().unwrap().success());
    found("links", &outside, &["MIG0104"]);
    let report = fs::read_to_string(outside.out().join("report.json")).unwrap();
    assert!(report.contains("MIG0101"), "a link to itself is not said");
    assert!(!report.contains("/secret"), "a link was followed out of the repository");
}

#[test]
fn large_files_are_said_and_not_read() {
    let mut script = handler("").into_bytes();
    script.resize(5 * 1024 * 1024, b' ');
    found("a large script", &beside_good("large.js", script), &["MIG0102"]);
    let mut template = b"Resources:\n  F:\n    Type: AWS::CloudFront::Function\n#".to_vec();
    template.resize(17 * 1024 * 1024, b'x');
    found("a large template", &beside_good("large.yaml", template), &["MIG0102"]);
    let sparse = beside_good("x.txt", "");
    fs::File::create(sparse.root().join("sparse.js")).unwrap().set_len(3 << 30).unwrap();
    found("a sparse file", &sparse, &["MIG0102"]);
    let long = handler(&format!("var x = '{}';", "x".repeat(3 << 20)));
    found("a long line", &beside_good("long.js", long), &[]);
    let many = handler(&"x(1);\n".repeat(100_000));
    found("many statements", &beside_good("many.js", many), &[]);
}

#[test]
fn work_without_end_ends() {
    let cases = [
        ("endless", "while (true) {}"),
        ("no test", "for (;;) { request.uri += 'x'; }"),
        ("doubling", "var s = 'x'; while (true) { s += s; }"),
        ("growing text", "var s = 'x'; while (s) { s += 'y'; }"),
        ("growing array", "var a = []; while (true) { a.push(a.length); }"),
        ("growing object", "var o = {}; for (var i = 0; ; i++) { o['k' + i] = i; }"),
        ("doubling array", "var a = [1]; while (true) { a = a.concat(a); }"),
        ("spreading", "var a = [1]; while (true) { a = [...a, ...a]; }"),
        ("repeat", "var s = 'x'.repeat(1e9); request.uri = s;"),
        ("padding", "var s = 'x'.padStart(2e9, 'y'); request.uri = s;"),
        ("array of a length", "var a = new Array(4e9).fill('x').join('y'); request.uri = a;"),
        ("joined", "var s = 'x'; for (var i = 0; i < 64; i++) { s = [s, s].join(s); } request.uri = s;"),
        ("replaced", "var s = 'xx'; for (var i = 0; i < 64; i++) { s = s.replace(/x/g, 'xx'); } request.uri = s;"),
        ("nested data", "var o = 1; for (var i = 0; i < 1e6; i++) { o = [o]; } request.uri = JSON.stringify(o);"),
        ("recursion", "function f(n) { return f(n + 1) + f(n + 2); } f(0);"),
        ("two functions", "function f(n) { return g(n); } function g(n) { return f(n); } f(0);"),
        ("branches", "var n = 0; while (request.uri.charAt(n) === '/') { n++; } request.uri = request.uri.slice(n);"),
        (
            "branches in branches",
            "function f(n) { if (request.uri.includes('' + n)) { return f(n + 1); } return f(n + 2) + f(n + 3); } f(0);",
        ),
        ("generator", "function* g() { while (true) { yield 1; } } for (const x of g()) {}"),
        ("getter", "var o = { get a() { return this.a; } }; o.a;"),
        ("iterated string", "var s = 'x'; for (const c of s) { s += c; }"),
    ];
    for (name, body) in cases {
        found(name, &beside_good("endless.js", handler(body)), &[]);
    }
}

#[test]
fn patterns_that_explode_are_not_run() {
    let patterns = [
        "(a+)+$",
        "(a|a)*$",
        "(x+x+)+y",
        "([a-z]+)*[0-9]",
        "(?=(a+))\\\\1b",
        "(a{1,1000}){1,1000}",
        "((((((((((a*)*)*)*)*)*)*)*)*)*)$",
    ];
    for pattern in patterns {
        let text = "a".repeat(5_000);
        let body = format!(
            "if (/{pattern}/.test(request.uri)) {{ request.uri = '/x'; }} if (/{pattern}/.test('{text}!')) {{ request.uri = '/y'; }}"
        );
        found(pattern, &beside_good("regex.js", handler(&body)), &[]);
    }
    let long = format!("if (/{}/.test(request.uri)) {{ request.uri = '/x'; }}", "(a|b)?".repeat(5_000));
    found("a long pattern", &beside_good("regex.js", handler(&long)), &[]);
    let nested =
        format!("if (/{}a{}/.test(request.uri)) {{ request.uri = '/x'; }}", "(".repeat(1_500), ")".repeat(1_500));
    found("a deep pattern", &beside_good("regex.js", handler(&nested)), &[]);
}

#[test]
fn keys_of_the_prototype_are_keys() {
    let body = "var map = { '__proto__': { '/x': '/polluted' }, 'constructor': '/c', 'toString': '/t' };\n  var to = map[request.uri];\n  if (to) { request.uri = to; }\n  request.headers['__proto__'] = { value: '1' };\n  delete request.querystring['__proto__'];";
    found("a table", &beside_good("proto.js", handler(body)), &[]);
    let yaml = "__proto__: &a { x: 1 }\nResources:\n  __proto__:\n    Type: AWS::CloudFront::Function\n    Properties: { __proto__: *a, Name: f }\n";
    found("a template", &beside_good("proto.yaml", yaml), &[]);
    found("a report of names", &beside_good("__proto__/constructor.js", handler("request.uri = '/x';")), &[]);
}

#[test]
fn templates_that_multiply_stay_small() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for at in 1..30 {
        let list = vec![format!("*a{}", at - 1); 9].join(", ");
        yaml.push_str(&format!("a{at}: &a{at} [{list}]\n"));
    }
    yaml.push_str("Resources:\n  F:\n    Type: AWS::CloudFront::Function\n    Properties:\n      Name: *a29\n      FunctionCode: *a29\n");
    found("aliases", &beside_good("bomb.yaml", yaml), &[]);
    let own = "Resources: &r\n  F: &f\n    Type: AWS::CloudFront::Function\n    Properties: *r\n";
    found("an alias of itself", &beside_good("own.yaml", own), &[]);
    let mut terraform = String::from("locals {\n  l0 = \"x\"\n");
    for at in 1..64 {
        terraform.push_str(&format!("  l{at} = \"${{local.l{}}}${{local.l{}}}\"\n", at - 1, at - 1));
    }
    terraform.push_str("}\nresource \"aws_cloudfront_function\" \"f\" {\n  name = local.l63\n  code = local.l63\n  runtime = local.own\n}\nlocals {\n  own = local.own\n}\n");
    found("locals", &beside_good("bomb.tf", terraform), &[]);
}

#[test]
fn our_own_output_is_skipped_and_the_output_of_others_left_alone() {
    let it = beside_good("more.js", handler("request.uri = '/more';"));
    let inner = it.root().join("migration");
    let root = it.root().to_string_lossy().into_owned();
    assert_eq!(run(&["analyze", &root], it.outer.path()).status.code(), Some(0));
    let first = tree(&inner);
    assert_eq!(run(&["analyze", &root], it.outer.path()).status.code(), Some(0));
    assert_eq!(tree(&inner), first, "a second run differs");
    found("an earlier output", &it, &["MIG0105"]);
    let foreign = it.outer.path().join("theirs");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("mine.txt"), "mine").unwrap();
    let output = run(&["analyze", &root, "--out", &foreign.to_string_lossy()], it.outer.path());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(tree(&foreign), [("mine.txt".to_owned(), b"mine".to_vec())]);
}

#[test]
fn wrong_usage_is_said_and_writes_nothing() {
    let it = Repository::new().with("good.js", GOOD);
    for arguments in [
        &["analyze", "no/such/folder"][..],
        &["analyze", "--plan", "gold"],
        &["explain", "MIG9999"],
        &["where", "repository/good.js:nine"],
        &["frobnicate"],
        &["analyze", "repository", "--config", "gone.toml"],
    ] {
        let output = run(arguments, it.outer.path());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
    assert!(!it.outer.path().join("migration").exists() && !it.root().join("migration").exists());
    let empty = Repository::new();
    assert_eq!(empty.analyze().0.status.code(), Some(0));
    let report = fs::read_to_string(empty.out().join("report.json")).unwrap();
    assert!(report.contains("MIG0106"));
}

#[test]
fn names_cannot_write_to_the_terminal() {
    let name = "\u{1b}[31mred\u{7}.js";
    let it = beside_good(name, "function handler(event) { broken ( }");
    for format in ["text", "json", "jsonl", "sarif", "github", "gitlab", "rdjson"] {
        let output = run(&["check", &it.root().to_string_lossy(), "--format", format], it.outer.path());
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("\u{1b}[31mred") && !said.contains('\u{7}'), "{format}: {said:?}");
    }
}

/// Every file below a folder with its bytes.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let mut work = vec![folder.to_path_buf()];
    while let Some(next) = work.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                work.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                out.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    out.sort();
    out
}
