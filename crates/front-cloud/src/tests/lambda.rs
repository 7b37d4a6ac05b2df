//! From an association to the code of a Lambda function, in the forms that repositories write.

use super::{estate, one};
use crate::{Code, Event, FunctionKind, FunctionRef, Handler, LambdaCode, LambdaDef, LambdaEntry, LambdaRuntime};
use crate::{ProblemKind, check_targets};
use source::Sources;

/// A template whose default behavior attaches a function by `arn`.
fn template(arn: &str, resources: &str) -> (Sources, Vec<LambdaDef>, FunctionRef) {
    let text = format!(
        "Resources:\n  Site:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        DefaultCacheBehavior:\n          LambdaFunctionAssociations:\n            - EventType: origin-request\n              IncludeBody: true\n              LambdaFunctionARN: {arn}\n{resources}"
    );
    read(&[("infra/stack.yaml", &text)])
}

fn terraform(arn: &str, blocks: &str) -> (Sources, Vec<LambdaDef>, FunctionRef) {
    read(&[("infra/main.tf", &site(arn, blocks))])
}

fn site(arn: &str, blocks: &str) -> String {
    format!(
        "resource \"aws_cloudfront_distribution\" \"site\" {{\n  default_cache_behavior {{\n    lambda_function_association {{\n      event_type   = \"origin-request\"\n      include_body = true\n      lambda_arn   = {arn}\n    }}\n  }}\n}}\n{blocks}"
    )
}

fn read(files: &[(&str, &str)]) -> (Sources, Vec<LambdaDef>, FunctionRef) {
    let (sources, read) = estate(files);
    let of = read.iter().find(|it| !it.distributions.is_empty()).unwrap();
    let association = of.distributions[0].behaviors[0].functions[0].clone();
    assert_eq!((association.kind, association.event), (FunctionKind::Lambda, Some(Event::OriginRequest)));
    assert_eq!(association.include_body.unwrap().known().as_deref(), Some("true"));
    (sources, of.lambdas.clone(), association.target)
}

fn local(id: &str) -> FunctionRef {
    FunctionRef::Local(id.to_owned())
}

fn entry(lambda: &LambdaDef, there: &[&str]) -> LambdaEntry {
    lambda.entry(&|it| there.contains(&it))
}

fn file(path: &str) -> LambdaEntry {
    LambdaEntry::File(path.to_owned())
}

fn folder(lambda: &LambdaDef) -> &str {
    match &lambda.code {
        LambdaCode::Folder { path, .. } => path,
        other => panic!("{other:?}"),
    }
}

#[test]
fn inline_code_behind_a_version() {
    let (sources, lambdas, target) = template(
        "!Ref EdgeVersion",
        "  EdgeVersion:\n    Type: AWS::Lambda::Version\n    Properties:\n      FunctionName: !GetAtt Edge.Arn\n  Edge:\n    Type: AWS::Lambda::Function\n    Properties:\n      Handler: index.handler\n      Runtime: nodejs20.x\n      Code:\n        ZipFile: |\n          exports.handler = async (event) => event.Records[0].cf.request;\n",
    );
    assert_eq!(target, local("Edge"));
    assert_eq!(lambdas.len(), 1);
    assert_eq!(lambdas[0].runtime, LambdaRuntime::Node(20));
    let handler = lambdas[0].handler.clone().unwrap();
    assert_eq!((handler.module.as_str(), handler.export.as_str()), ("index", "handler"));
    let LambdaEntry::Code(Code::Inline { file, .. }) = entry(&lambdas[0], &[]) else { panic!("{lambdas:?}") };
    assert!(sources.file(file).text().starts_with("exports.handler = async"));
}

#[test]
fn functions_of_sam_with_an_alias_and_globals() {
    let sam = "Globals:\n  Function:\n    Runtime: nodejs18.x\n    CodeUri: ../edge\n";
    let function = "  Edge:\n    Type: AWS::Serverless::Function\n    Properties:\n      AutoPublishAlias: live\n      Handler: src/app.handler\n";
    for arn in ["!Ref Edge.Version", "!Sub '${Edge.Version}'", "!Ref Edge"] {
        let (_, lambdas, target) = template(arn, &format!("{function}{sam}"));
        assert_eq!(target, local("Edge"), "{arn}");
        assert_eq!((folder(&lambdas[0]), lambdas[0].runtime.clone()), ("edge", LambdaRuntime::Node(18)));
        assert_eq!(entry(&lambdas[0], &["edge/src/app.ts", "edge/src/app.js"]), file("edge/src/app.js"));
        assert_eq!(entry(&lambdas[0], &["edge/src/app.ts"]), file("edge/src/app.ts"));
        assert!(matches!(entry(&lambdas[0], &[]), LambdaEntry::Missing(all) if all[0] == "edge/src/app.js"));
    }
    let bundled = "      CodeUri: edge/\n    Metadata:\n      BuildMethod: esbuild\n      BuildProperties:\n        EntryPoints: [./handlers/login.ts]\n";
    let (_, lambdas, _) = template("!Ref Edge.Version", &format!("{function}{bundled}"));
    assert_eq!(entry(&lambdas[0], &["infra/edge/handlers/login.ts"]), file("infra/edge/handlers/login.ts"));
    let written = "      InlineCode: |\n        exports.handler = async () => ({status: '200'})\n";
    let (_, lambdas, _) = template("!Ref Edge.Version", &format!("{function}{written}"));
    assert!(matches!(entry(&lambdas[0], &[]), LambdaEntry::Code(Code::Inline { .. })));
}

#[test]
fn a_custom_resource_that_publishes_versions() {
    let resources = "  Publish:\n    Type: Custom::Version\n    Properties:\n      ServiceToken: !GetAtt Publisher.Arn\n      LambdaFunction: !GetAtt Edge.Arn\n  Publisher:\n    Type: AWS::Lambda::Function\n    Properties: {Handler: p.h, Runtime: nodejs20.x, Code: ./publisher}\n  Edge:\n    Type: AWS::Lambda::Function\n    Properties: {Handler: index.handler, Runtime: python3.12, Code: ./edge}\n";
    let (_, lambdas, target) = template("!GetAtt Publish.FunctionArn", resources);
    assert_eq!(target, local("Edge"));
    assert!(lambdas[0].is_python());
    assert_eq!(lambdas[0].runtime, LambdaRuntime::Python("3.12".to_owned()));
    assert_eq!(entry(&lambdas[0], &["infra/edge/index.py"]), file("infra/edge/index.py"));
}

#[test]
fn a_condition_between_regions_does_not_hide_the_function() {
    let resources = "  Update:\n    Type: Custom::LambdaCodeUpdate\n    Properties:\n      ServiceToken: !GetAtt Updater.Arn\n      LambdaFunction: !If [Elsewhere, !GetAtt Deployed.Edge, !GetAtt Edge.Arn]\n      Configuration: !Sub '{\"pool\": \"${Pool.Id}\"}'\n  Deployed:\n    Type: Custom::Deployment\n    Properties: {ServiceToken: !GetAtt Updater.Arn, One: !GetAtt Edge.Arn, Two: !GetAtt Updater.Arn}\n  Pool:\n    Type: Custom::Pool\n    Properties: {Handler: !GetAtt Updater.Arn}\n  Updater:\n    Type: AWS::Serverless::Function\n    Properties: {Handler: u.h, Runtime: nodejs20.x, CodeUri: updater}\n  Edge:\n    Type: AWS::Serverless::Function\n    Properties: {Handler: bundle.handler, Runtime: nodejs20.x, CodeUri: edge/}\n";
    let (_, lambdas, target) = template("!GetAtt Update.FunctionArn", resources);
    assert_eq!(target, local("Edge"));
    assert_eq!(entry(&lambdas[0], &["infra/edge/bundle.js", "infra/edge/index.ts"]), file("infra/edge/bundle.js"));
    assert_eq!(entry(&lambdas[0], &["infra/edge/index.ts"]), LambdaEntry::Source("infra/edge/index.ts".to_owned()));
}

#[test]
fn what_cdk_packs_is_beside_the_template() {
    let text = r#"{"Resources": {
      "Site": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {"DefaultCacheBehavior": {
        "LambdaFunctionAssociations": [{"EventType": "viewer-request", "LambdaFunctionARN": {"Ref": "EdgeCurrentVersion1"}}]}}}},
      "EdgeCurrentVersion1": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Edge"}}},
      "Edge": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "asset.0123", "aws:asset:property": "Code"},
        "Properties": {"Code": {"S3Bucket": "b", "S3Key": "0123.zip"}, "Handler": "index.handler", "Runtime": "nodejs22.x"}}}}"#;
    let (_, it) = one("cdk.out/Site.template.json", text);
    assert_eq!(it.distributions[0].behaviors[0].functions[0].target, local("Edge"));
    assert_eq!(folder(&it.lambdas[0]), "cdk.out/asset.0123");
    let bucket = text.replace("\"aws:asset:path\"", "\"other\"");
    let (_, it) = one("cdk.out/Site.template.json", &bucket);
    assert!(matches!(&it.lambdas[0].code, LambdaCode::Unresolved { why, .. } if why.contains("bucket")));
}

#[test]
fn a_function_that_no_resource_defines_stays_open() {
    let (_, lambdas, target) = template("arn:aws:lambda:us-east-1:111122223333:function:edge:7", "");
    assert!(lambdas.is_empty());
    assert!(matches!(target, FunctionRef::Arn(_)));
    let circle = "  A:\n    Type: AWS::Lambda::Version\n    Properties: {FunctionName: !Ref B}\n  B:\n    Type: AWS::Lambda::Alias\n    Properties: {FunctionName: !Ref A}\n";
    let (_, lambdas, target) = template("!Ref A", circle);
    assert!(lambdas.is_empty() && matches!(target, FunctionRef::Arn(_)), "references in a circle end");
}

const FUNCTION: &str = r#"
resource "aws_lambda_function" "edge" {
  function_name    = "edge"
  handler          = "index.handler"
  runtime          = var.runtime
  publish          = true
  filename         = data.archive_file.edge.output_path
}
variable "runtime" {
  default = "nodejs20.x"
}
"#;

#[test]
fn archives_of_terraform_lead_to_their_sources() {
    let archive = |body: &str| {
        format!(
            "{FUNCTION}data \"archive_file\" \"edge\" {{\n  type = \"zip\"\n  output_path = \"edge.zip\"\n{body}\n}}\n"
        )
    };
    for arn in [
        "aws_lambda_function.edge.qualified_arn",
        "\"${aws_lambda_function.edge.arn}:${aws_lambda_function.edge.version}\"",
        "one(aws_lambda_function.edge[*].qualified_arn)",
        "aws_lambda_function.edge[0].qualified_arn",
    ] {
        let (_, lambdas, target) = terraform(arn, &archive("  source_dir = \"${path.module}/../lambda/edge\""));
        assert_eq!(target, local("aws_lambda_function.edge"), "{arn}");
        assert_eq!((folder(&lambdas[0]), lambdas[0].runtime.clone()), ("lambda/edge", LambdaRuntime::Node(20)));
    }
    let arn = "aws_lambda_function.edge.qualified_arn";
    let (_, lambdas, _) = terraform(arn, &archive("  source_file = \"${path.module}/edge.js\""));
    assert_eq!(entry(&lambdas[0], &[]), file("infra/edge.js"));
    let (_, lambdas, _) = terraform(
        arn,
        &archive(
            "  source {\n    filename = \"index.js\"\n    content = templatefile(\"${path.module}/edge.js.tpl\", { pool = var.pool })\n  }\n  source {\n    filename = \"config.json\"\n    content = \"{}\"\n  }",
        ),
    );
    assert!(
        matches!(entry(&lambdas[0], &[]), LambdaEntry::Code(Code::File { path, .. }) if path == "infra/edge.js.tpl")
    );
    let (sources, lambdas, _) = terraform(
        arn,
        &archive(
            "  source {\n    filename = \"index.js\"\n    content = <<-EOT\n      exports.handler = 1\n    EOT\n  }",
        ),
    );
    let LambdaEntry::Code(Code::Inline { file, .. }) = entry(&lambdas[0], &[]) else { panic!() };
    assert_eq!(sources.file(file).text().as_ref(), "exports.handler = 1\n");
    let same_path = archive("  source_dir = \"../src\"").replace("data.archive_file.edge.output_path", "\"edge.zip\"");
    let (_, lambdas, _) = terraform(arn, &same_path);
    assert_eq!(folder(&lambdas[0]), "src");
    let (_, lambdas, _) =
        terraform(arn, &FUNCTION.replace("data.archive_file.edge.output_path", "\"${path.module}/dist/edge.zip\""));
    assert!(matches!(&lambdas[0].code, LambdaCode::Archive { path, .. } if path == "infra/dist/edge.zip"));
}

#[test]
fn what_a_build_writes_is_looked_for_beside_it() {
    let archive =
        format!("{FUNCTION}data \"archive_file\" \"edge\" {{\n  source_dir = \"${{path.module}}/edge/dist\"\n}}\n");
    let (_, lambdas, _) = terraform("aws_lambda_function.edge.qualified_arn", &archive);
    assert_eq!(
        entry(&lambdas[0], &["infra/edge/src/index.ts"]),
        LambdaEntry::Source("infra/edge/src/index.ts".to_owned())
    );
    assert_eq!(
        entry(&lambdas[0], &["infra/edge/src/index.ts", "infra/edge/dist/index.js"]),
        file("infra/edge/dist/index.js")
    );
}

#[test]
fn the_community_module_for_functions() {
    let call = |source: &str| {
        format!(
            "module \"edge\" {{\n  source = \"terraform-aws-modules/lambda/aws\"\n  lambda_at_edge = true\n  function_name = \"edge\"\n  handler = \"index.handler\"\n  runtime = \"nodejs20.x\"\n  source_path = {source}\n}}\n"
        )
    };
    for (source, path) in [
        ("\"../src/edge\"", "src/edge"),
        ("[{ path = \"${path.module}/edge\", commands = [] }]", "infra/edge"),
        ("[\"edge\", \"common\"]", "infra/edge"),
    ] {
        let (_, lambdas, target) = terraform("module.edge.lambda_function_qualified_arn", &call(source));
        assert_eq!((target, folder(&lambdas[0])), (local("module.edge"), path));
    }
    let cdn = format!(
        "module \"cdn\" {{\n  source = \"terraform-aws-modules/cloudfront/aws\"\n  default_cache_behavior = {{\n    lambda_function_association = {{\n      origin-request = {{ lambda_arn = module.edge.lambda_function_qualified_arn, include_body = true }}\n    }}\n  }}\n}}\n{}",
        call("\"src\"")
    );
    let (_, lambdas, target) = read(&[("infra/main.tf", &cdn)]);
    assert_eq!((target, folder(&lambdas[0])), (local("module.edge"), "infra/src"));
}

#[test]
fn outputs_of_modules_of_the_repository() {
    let main = site(
        "module.auth.lambda_arn",
        "module \"auth\" {\n  source = \"./modules/edge\"\n  handler = \"auth.handler\"\n  code_dir = \"${path.module}/functions/auth\"\n}\n",
    );
    let inner = "variable \"code_dir\" {}\nvariable \"handler\" {}\ndata \"archive_file\" \"zip\" {\n  type = \"zip\"\n  source_dir = var.code_dir\n  output_path = \"${path.module}/out.zip\"\n}\nresource \"aws_lambda_function\" \"this\" {\n  handler = var.handler\n  runtime = \"nodejs20.x\"\n  filename = data.archive_file.zip.output_path\n}\n";
    let outputs = "output \"lambda_arn\" {\n  value = aws_lambda_function.this.qualified_arn\n}\n";
    let (_, lambdas, target) = read(&[
        ("infra/main.tf", &main),
        ("infra/modules/edge/main.tf", inner),
        ("infra/modules/edge/outputs.tf", outputs),
    ]);
    assert_eq!(target, local("module.auth.aws_lambda_function.this"));
    assert_eq!(folder(&lambdas[0]), "infra/functions/auth");
    assert_eq!(entry(&lambdas[0], &["infra/functions/auth/auth.js"]), file("infra/functions/auth/auth.js"));
    let circle = [
        ("infra/main.tf", main.as_str()),
        (
            "infra/modules/edge/main.tf",
            "module \"again\" {\n  source = \"../edge\"\n}\noutput \"lambda_arn\" {\n  value = module.again.lambda_arn\n}\n",
        ),
    ];
    let (_, lambdas, target) = read(&circle);
    assert!(lambdas.is_empty() && matches!(target, FunctionRef::Arn(_)), "modules in a circle end");
}

#[test]
fn arguments_of_the_call_of_a_module() {
    let cdn = site("var.edge_arn", "variable \"edge_arn\" {}\n").replace("resource", "# one\nresource");
    let live = "module \"edge\" {\n  source = \"../../modules/edge\"\n}\nmodule \"cdn\" {\n  source   = \"../../modules/cdn\"\n  edge_arn = module.edge.arn\n}\n";
    let edge = "resource \"aws_lambda_function\" \"this\" {\n  handler = \"index.handler\"\n  runtime = \"nodejs20.x\"\n  filename = data.archive_file.zip.output_path\n}\ndata \"archive_file\" \"zip\" {\n  source_dir = \"${path.module}/src\"\n}\noutput \"arn\" {\n  value = aws_lambda_function.this.qualified_arn\n}\n";
    let files = [
        ("live/dev/main.tf", live),
        ("live/prod/main.tf", live),
        ("modules/cdn/main.tf", cdn.as_str()),
        ("modules/edge/main.tf", edge),
    ];
    let (_, lambdas, target) = read(&files);
    assert_eq!(target, local("caller.module.edge.aws_lambda_function.this"));
    assert_eq!(folder(&lambdas[0]), "modules/edge/src");
    let other = live.replace("module.edge.arn", "var.other");
    let (_, lambdas, target) = read(&[files[0], ("live/prod/main.tf", &other), files[2], files[3]]);
    assert!(lambdas.is_empty() && matches!(target, FunctionRef::Arn(_)), "one call gives something that is open");
}

#[test]
fn code_that_is_a_parameter_is_not_known() {
    let resources = "  Edge:\n    Type: AWS::Lambda::Function\n    Properties: {Handler: index.handler, Runtime: nodejs20.x, Code: {ZipFile: !Ref Text}}\n  Text: {Type: AWS::SSM::Parameter}\n";
    let (_, lambdas, _) = template("!Ref Edge", resources);
    assert_eq!(entry(&lambdas[0], &[]), LambdaEntry::Unknown("the code is `Text`".to_owned()));
}

#[test]
fn functions_are_found_by_their_name() {
    let resources = "  Edge:\n    Type: AWS::Lambda::Function\n    Properties: {FunctionName: edge, Handler: index.handler, Runtime: nodejs20.x, Code: ./edge}\n";
    let (_, lambdas, target) = template("!Sub 'arn:aws:lambda:us-east-1:${AWS::AccountId}:function:edge:7'", resources);
    assert_eq!((target, folder(&lambdas[0])), (local("Edge"), "infra/edge"));
    let arn = "\"arn:aws:lambda:us-east-1:${var.account}:function:edge:7\"";
    let archive = format!("{FUNCTION}data \"archive_file\" \"edge\" {{\n  source_dir = \"src\"\n}}\n");
    assert_eq!(terraform(arn, &archive).2, local("aws_lambda_function.edge"));
    let looked_up = format!("{archive}data \"aws_lambda_function\" \"d\" {{\n  function_name = \"edge\"\n}}\n");
    assert_eq!(terraform("data.aws_lambda_function.d.qualified_arn", &looked_up).2, local("aws_lambda_function.edge"));
    let alias = format!(
        "{archive}resource \"aws_lambda_alias\" \"a\" {{\n  function_name = aws_lambda_function.edge.arn\n}}\n"
    );
    assert_eq!(terraform("aws_lambda_alias.a.arn", &alias).2, local("aws_lambda_function.edge"));
    let twice = archive.replace(
        "data \"archive",
        "resource \"aws_lambda_function\" \"other\" {\n  function_name = \"edge\"\n}\ndata \"archive",
    );
    assert!(matches!(terraform(arn, &twice).2, FunctionRef::Arn(_)), "two of one name");
}

#[test]
fn code_is_looked_for_where_terraform_runs() {
    let main = site("module.edge.arn", "module \"edge\" {\n  source = \"../modules/edge\"\n}\n");
    let edge = "resource \"aws_lambda_function\" \"this\" {\n  handler = \"index.handler\"\n  runtime = \"nodejs20.x\"\n  filename = data.archive_file.zip.output_path\n}\ndata \"archive_file\" \"zip\" {\n  source_dir = \"functions/edge\"\n}\noutput \"arn\" {\n  value = aws_lambda_function.this.qualified_arn\n}\n";
    let settled = |there: &[&str], runs_in: Option<&str>| {
        let (_, mut files) = estate(&[("infra/live/main.tf", &main), ("infra/modules/edge/main.tf", edge)]);
        check_targets(&mut files, |it| there.contains(&it), runs_in);
        let of = files.iter().find(|it| !it.lambdas.is_empty()).unwrap();
        (entry(&of.lambdas[0], there), of.problems.iter().map(|it| it.kind).collect::<Vec<_>>())
    };
    let assumed = vec![ProblemKind::AssumedFolder];
    for path in ["infra/live/functions/edge/index.js", "infra/functions/edge/index.js", "functions/edge/index.js"] {
        assert_eq!(settled(&[path], None), (file(path), assumed.clone()));
    }
    let here = "infra/modules/edge/functions/edge/index.js";
    assert_eq!(settled(&[here, "functions/edge/index.js"], None), (file(here), Vec::new()));
    let two = ["infra/functions/edge/index.js", "functions/edge/index.js"];
    assert!(matches!(settled(&two, None).0, LambdaEntry::Missing(_)), "two could be meant");
    assert_eq!(settled(&two, Some("infra")), (file(two[0]), Vec::new()));
}

#[test]
fn runtimes_and_handlers_by_name() {
    assert_eq!(LambdaRuntime::of("nodejs"), LambdaRuntime::Node(0));
    assert_eq!(LambdaRuntime::of("nodejs18.x"), LambdaRuntime::Node(18));
    assert_eq!(LambdaRuntime::of("java21"), LambdaRuntime::Other("java21".to_owned()));
    let span = one("a.tf", &site("var.x", "")).1.distributions[0].span;
    let handler = |text: &str| Handler::of(text, span).map(|it| (it.module, it.export));
    assert_eq!(handler("src/a.b/index.main"), Some(("src/a.b/index".to_owned(), "main".to_owned())));
    assert_eq!(handler("./index.default.handler"), Some(("index".to_owned(), "default.handler".to_owned())));
    assert_eq!(handler("index"), None);
}
