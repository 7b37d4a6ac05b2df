//! `migrate verify` from the outside: what it prints, what it keeps, what the report makes of it, and a missing engine.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const FUNCTION: &str = "function handler(event) {
  var request = event.request;
  if (request.uri === '/old') {
    return { statusCode: 301, statusDescription: 'Moved', headers: { location: { value: '/new' } } };
  }
  return request;
}
";

/// The turns of the loop depend on the request: this stays code.
const CODE: &str = "function handler(event) {
  var request = event.request;
  var sum = 0;
  for (var i = 0; i < request.uri.length; i++) {
    sum = (sum * 31 + request.uri.charCodeAt(i)) % 1000;
  }
  request.headers['x-bucket'] = { value: sum < 500 ? 'a' : 'b' };
  return request;
}
";

fn migrate(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/node_modules/.bin");
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.args(arguments).current_dir(folder).env_remove("CI");
    for (variable, tool) in [("WORKERD", "workerd"), ("ESBUILD", "esbuild")] {
        if tools.join(tool).is_file() {
            command.env(variable, tools.join(tool));
        }
    }
    command.envs(environment.iter().copied());
    command.output().unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("moved.js"), FUNCTION).unwrap();
    std::fs::write(folder.path().join("bucket.js"), CODE).unwrap();
    folder
}

fn evidence(report: &Value) -> Vec<(String, String, String)> {
    let text = |it: &Value, pointer: &str| it.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let behaviors = report.get("behaviors").and_then(Value::as_array).unwrap();
    behaviors
        .iter()
        .map(|it| (text(it, "/verdict"), text(it, "/evidence/language"), text(it, "/evidence/platform")))
        .collect()
}

#[test]
fn the_result_is_kept_and_the_report_rests_on_it() {
    let folder = repository();
    let out = folder.path().join("migration");
    assert!(migrate(folder.path(), &["analyze"], &[]).status.success());
    assert!(
        evidence(&json(&out.join("report.json")))
            .iter()
            .all(|(_, language, platform)| language == "none" && platform == "none")
    );

    let run = migrate(folder.path(), &["verify", "--write", "--count", "300"], &[]);
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("decided by rules: ") && said.contains("2 of 2 outcomes of conditions met"), "{said}");
    let result = json(&out.join("verify/result.json"));
    let number = |pointer: &str| result.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    assert_eq!((number("/divergences"), number("/decidedBy/rules/divergences")), (0, 0));
    assert!(number("/exchanges") >= 600 && number("/decidedBy/rules/exchanges") >= 300);
    let witnesses = std::fs::read_to_string(out.join("zones/unattached-moved-js/verify/exchanges.jsonl")).unwrap();
    let lines: Vec<Value> = witnesses.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert!(lines.iter().any(|it| it.pointer("/expected/response/status") == Some(&301.into())), "{witnesses}");
    assert!(lines.iter().all(|it| it.get("answeredBy").and_then(Value::as_str) == Some("quickjs")));

    let code = String::from_utf8_lossy(&run.stderr).contains("MIG0902");
    if code {
        println!("skipped: workerd is not installed");
    } else {
        assert!(number("/decidedBy/adapted/exchanges") >= 300 && number("/undecided") == 0, "{result:#}");
    }
    // The project's own test gets requests with the engine's answers; what was written stays ours.
    let tests = std::fs::read_dir(out.join("zones")).unwrap().filter_map(|it| {
        let path = it.unwrap().path().join("worker/test/witnesses.json");
        path.is_file().then_some(path)
    });
    let tests: Vec<_> = tests.map(|path| (std::fs::read_to_string(&path).unwrap(), path)).collect();
    assert!(code || tests.iter().any(|(text, _)| text.contains("\"originSaw\"")), "{tests:?}");
    // The next run shows the result, and keeps it.
    assert!(migrate(folder.path(), &["analyze"], &[]).status.success());
    for (text, path) in tests {
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert!(!path.with_file_name("witnesses.json.new").exists());
    }
    let after = evidence(&json(&out.join("report.json")));
    assert!(
        after.iter().any(|(verdict, ..)| verdict == "rule") && after.iter().any(|(verdict, ..)| verdict == "worker")
    );
    for (verdict, language, platform) in after {
        let confirmed = verdict == "rule" || !code;
        assert_eq!(
            (language.as_str(), platform.as_str()),
            if confirmed { ("embedded-engine", "model") } else { ("none", "none") },
            "{verdict}"
        );
    }
    assert!(
        out.join("verify/result.json").is_file()
            && out.join("zones/unattached-moved-js/verify/exchanges.jsonl").is_file()
    );
    // Another source: the result is not about it any more.
    std::fs::write(folder.path().join("moved.js"), FUNCTION.replace("/new", "/newer")).unwrap();
    assert!(migrate(folder.path(), &["analyze"], &[]).status.success());
    assert!(evidence(&json(&out.join("report.json"))).iter().all(|(_, language, _)| language == "none"));
}

#[test]
fn a_missing_engine_is_said_and_fails_where_everything_must_be_installed() {
    let folder = repository();
    let absent = [("WORKERD", "/nonexistent"), ("ESBUILD", "/nonexistent")];
    let run = migrate(folder.path(), &["verify", "--count", "50"], &absent);
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&run.stderr).contains("MIG0902"));
    assert!(said.contains("the exchange reaches the Worker: "), "{said}");
    let strict = migrate(
        folder.path(),
        &["verify", "--count", "50"],
        &[("WORKERD", "/nonexistent"), ("ESBUILD", "/nonexistent"), ("CI", "true")],
    );
    assert_eq!(strict.status.code(), Some(1));
}
