//! Which function runs where, and what is said of a function whose text, hosts or event no file fixes.

use diag::codes;
use pipeline::{Options, Outcome, run};
use report::view::Verdict;
use source::MemoryTree;

const FUNCTION: &str = "function handler(event) {\n  var request = event.request;\n  if (request.uri === '/old') {\n    return { statusCode: 301, headers: { location: { value: 'https://www.example.com/new' } } };\n  }\n  return request;\n}\n";

fn of(files: &[(&str, &str)]) -> Outcome {
    let tree = files.iter().fold(MemoryTree::new(), |tree, (path, text)| tree.with(*path, text.as_bytes().to_vec()));
    let outcome = run(&tree, &Options::default());
    assert!(outcome.balances(), "{:?}", outcome.report.ledger);
    assert!(!said(&outcome, &codes::INTERNAL_FAULT).iter().any(|_| true));
    outcome
}

/// The messages of one code.
fn said<'a>(outcome: &'a Outcome, code: &diag::Code) -> Vec<&'a str> {
    outcome.findings.iter().filter(|it| it.code.id == code.id).map(|it| it.message.as_str()).collect()
}

fn resource(name: &str, code: &str) -> String {
    format!(
        "resource \"aws_cloudfront_function\" \"{name}\" {{\n  name = \"{name}\"\n  runtime = \"cloudfront-js-2.0\"\n  code = {code}\n}}\n"
    )
}

#[test]
fn a_function_whose_file_is_missing_is_refused_and_said_once() {
    let outcome = of(&[("main.tf", &resource("f", "file(\"gone.js\")"))]);
    assert_eq!(said(&outcome, &codes::MISSING_FILE_REFERENCE).len(), 1);
    assert!(said(&outcome, &codes::NO_EDGE_CODE_FOUND).is_empty());
    let verdicts: Vec<Verdict> = outcome.report.behaviors.iter().map(|it| it.verdict).collect();
    assert_eq!(verdicts, [Verdict::Refused]);
    assert!(said(&outcome, &codes::WORKER_GENERATED).is_empty());
    assert!(said(&outcome, &codes::WORKER_ON_EVERY_REQUEST).is_empty());
    let outcome = of(&[("main.tf", &resource("f", "var.code"))]);
    assert_eq!(outcome.report.behaviors.iter().map(|it| it.verdict).collect::<Vec<_>>(), [Verdict::Refused]);
}

#[test]
fn the_folder_of_a_run_is_assumed_where_one_file_fits_and_stated_otherwise() {
    let code = resource("f", "file(\"${path.cwd}/fn/f.js\")");
    let outcome = of(&[("infra/cdn/main.tf", &code), ("infra/fn/f.js", FUNCTION)]);
    assert_eq!(outcome.hooks.len(), 1, "the file is the function's and no function of its own");
    assert!(said(&outcome, &codes::OPEN_HOLE).iter().any(|it| it.contains("`infra/fn/f.js` is read here")));
    let assumed = outcome.report.behaviors.iter().flat_map(|it| &it.assumptions).collect::<Vec<_>>();
    assert!(assumed.iter().any(|it| it.as_str() == "Terraform runs in /infra"), "{assumed:?}");
    let stated = "[values]\n\"path.cwd\" = \"infra\"\n";
    let two =
        [("infra/cdn/main.tf", code.as_str()), ("infra/fn/f.js", FUNCTION), ("fn/f.js", "function handler(e) {}")];
    let outcome = of(&two);
    assert!(
        said(&outcome, &codes::MISSING_FILE_REFERENCE).iter().any(|it| it.contains("depends on where Terraform runs"))
    );
    let outcome = of(&[two[0], two[1], two[2], ("migrate.toml", stated)]);
    assert!(said(&outcome, &codes::MISSING_FILE_REFERENCE).is_empty());
    assert!(outcome.report.behaviors.iter().all(|it| !it.assumptions.iter().any(|it| it.contains("Terraform"))));
}

#[test]
fn a_host_that_is_a_placeholder_gives_no_rule_until_it_is_stated() {
    let text = FUNCTION.replace("www.example.com", "{Domain}");
    let outcome = of(&[("f.js", &text)]);
    assert!(said(&outcome, &codes::OPEN_HOLE).iter().any(|it| it.starts_with("`Domain` is a placeholder")));
    assert_eq!(outcome.report.behaviors.iter().map(|it| it.verdict).collect::<Vec<_>>(), [Verdict::Refused]);
    assert!(!outcome.files.keys().any(|it| it.contains("/rules/")));
    let stated = "[values]\nDomain = \"www.example.net\"\n";
    let outcome = of(&[("f.js", &text), ("migrate.toml", stated)]);
    assert!(outcome.files.values().any(|it| it.contains("https://www.example.net/new")));
    assert_eq!(outcome.report.behaviors.iter().map(|it| it.verdict).collect::<Vec<_>>(), [Verdict::Rule]);
}

#[test]
fn a_dynamic_block_is_named_as_what_may_attach_a_function() {
    let text = format!(
        "resource \"aws_cloudfront_distribution\" \"d\" {{\n  default_cache_behavior {{\n    dynamic \"function_association\" {{\n      for_each = var.on ? [1] : []\n      content {{\n        event_type = \"viewer-request\"\n        function_arn = aws_cloudfront_function.f[0].arn\n      }}\n    }}\n  }}\n}}\n{}",
        resource("f", "file(\"f.js\")")
    );
    let outcome = of(&[("main.tf", &text), ("f.js", FUNCTION)]);
    let said = said(&outcome, &codes::UNATTACHED_FUNCTION);
    assert!(said.iter().any(|it| it.starts_with("`f` is named in `dynamic \"function_association\"`")), "{said:?}");
    assert!(!said.iter().any(|it| it.contains("no distribution attaches")), "{said:?}");
}

#[test]
fn a_local_module_with_the_arguments_of_the_community_module_attaches_functions() {
    let text = format!(
        "module \"cdn\" {{\n  source = \"../../\"\n  aliases = [\"www.example.net\"]\n  ordered_cache_behavior = [{{\n    path_pattern = \"/static/*\"\n    function_association = {{\n      viewer-request = {{ function_arn = aws_cloudfront_function.f.arn }}\n      viewer-response = {{ function_arn = aws_cloudfront_function.f.arn }}\n    }}\n  }}]\n}}\n{}",
        resource("f", "file(\"f.js\")")
    );
    let outcome = of(&[("examples/complete/main.tf", &text), ("examples/complete/f.js", FUNCTION)]);
    assert!(said(&outcome, &codes::UNATTACHED_FUNCTION).is_empty());
    let points: Vec<_> = outcome.hooks.iter().map(|it| (it.point, it.site.zone.as_str())).collect();
    assert_eq!(
        points,
        [(Some(edge::HookPoint::ClientRequest), "example.net"), (Some(edge::HookPoint::ClientResponse), "example.net")]
    );
    let note = "distribution.local_module does not interfere";
    assert!(outcome.report.behaviors.iter().any(|it| it.assumptions.iter().any(|it| it == note)));
}

#[test]
fn a_program_for_the_cdk_says_when_a_function_runs() {
    let program = "import { aws_cloudfront as cloudfront } from 'aws-cdk-lib';\nconst fn = new cloudfront.Function(this, 'Headers', {\n  code: cloudfront.FunctionCode.fromFile({ filePath: 'fn/headers.js' }),\n  runtime: cloudfront.FunctionRuntime.JS_2_0,\n});\nconst inline = new cloudfront.Function(this, 'Inline', {\n  code: cloudfront.FunctionCode.fromInline(\"function handler(event) { var request = event.request; request.uri = '/x'; return request; }\"),\n});\nnew cloudfront.Distribution(this, 'Site', { defaultBehavior: { functionAssociations: [{ function: fn, eventType: cloudfront.FunctionEventType.VIEWER_RESPONSE }] } });\n";
    let headers = "function handler(event) {\n  var response = event.response;\n  response.headers['x-a'] = { value: 'b' };\n  return response;\n}\n";
    let outcome = of(&[("infra/lib/site.ts", program), ("infra/fn/headers.js", headers)]);
    let points: Vec<_> = outcome.hooks.iter().map(|it| it.point).collect();
    assert_eq!(points, [Some(edge::HookPoint::ClientResponse), None]);
    assert_eq!(said(&outcome, &codes::UNKNOWN_EVENT_SHAPE).len(), 1, "the inline function alone");
    assert!(said(&outcome, &codes::PLATFORM_NOT_READ_YET).iter().any(|it| it.contains("cdk synth")));
    assert_eq!(outcome.report.behaviors.len(), 2);
    assert!(outcome.report.behaviors.iter().all(|it| it.verdict == Verdict::Rule));
}

#[test]
fn what_the_cdk_writes_is_read_with_its_associations() {
    let template = serde_json::json!({
        "Resources": {
            "Fn1": { "Type": "AWS::CloudFront::Function", "Properties": {
                "AutoPublish": true, "FunctionCode": FUNCTION, "Name": "eu-fn",
                "FunctionConfig": { "Comment": "x", "Runtime": "cloudfront-js-2.0" } } },
            "Site": { "Type": "AWS::CloudFront::Distribution", "Properties": { "DistributionConfig": {
                "Aliases": ["www.example.net"], "Enabled": true,
                "DefaultCacheBehavior": { "TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all",
                    "FunctionAssociations": [{ "EventType": "viewer-request",
                        "FunctionARN": { "Fn::GetAtt": ["Fn1", "FunctionARN"] } }] } } } }
        }
    });
    let outcome = of(&[("cdk.out/SiteStack.template.json", &template.to_string()), ("cdk.out/tree.json", "{}")]);
    let hooks: Vec<_> = outcome.hooks.iter().map(|it| (it.attached, it.site.zone.as_str())).collect();
    assert_eq!(hooks, [(true, "example.net")]);
    assert!(outcome.files.contains_key("zones/example.net/rules/http_request_dynamic_redirect.json"));
}
