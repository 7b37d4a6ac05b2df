//! CloudFormation in YAML and JSON, SAM, Serverless, CDK output.

use super::{inline, kinds, kinds_of, local, one, place};
use crate::{Class, Code, Event, FunctionKind, FunctionRef, ProblemKind, Rendering, Runtime, Text, UNKNOWN_ATTRIBUTE};

const SITE: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Domain:
    Type: String
    Default: shop.example
Resources:
  Rewrite:
    Type: AWS::CloudFront::Function
    Properties:
      Name: !Sub "${AWS::StackName}-rewrite"
      AutoPublish: true
      FunctionConfig:
        Comment: index documents
        Runtime: cloudfront-js-2.0
        KeyValueStoreAssociations:
          - KeyValueStoreARN: !GetAtt Store.Arn
      FunctionCode: |
        function handler(event) {
          var request = event.request;
          if (request.uri.endsWith('/')) {
            request.uri += 'index.html';
          }
          return request;
        }
  Store:
    Type: AWS::CloudFront::KeyValueStore
    Properties:
      Name: store
  Bucket:
    Type: AWS::S3::Bucket
  Site:
    Type: AWS::CloudFront::Distribution
    DependsOn: Bucket
    Properties:
      DistributionConfig:
        Enabled: true
        Comment: the shop
        PriceClass: PriceClass_100
        HttpVersion: http2and3
        Aliases:
          - shop.example
          - !Ref Domain
          - !Sub "www.${Domain}"
        Origins:
          - Id: s3
            DomainName: !GetAtt Bucket.RegionalDomainName
            OriginPath: /site
            S3OriginConfig: {OriginAccessIdentity: ""}
        CacheBehaviors:
          - PathPattern: /api/*
            TargetOriginId: s3
            ViewerProtocolPolicy: https-only
            CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
            LambdaFunctionAssociations:
              - EventType: origin-request
                LambdaFunctionARN: !Ref EdgeVersion
          - PathPattern: "*.jpg"
            TargetOriginId: s3
            ViewerProtocolPolicy: allow-all
        DefaultCacheBehavior:
          TargetOriginId: s3
          ViewerProtocolPolicy: redirect-to-https
          Compress: true
          FunctionAssociations:
            - EventType: viewer-request
              FunctionARN: !GetAtt Rewrite.FunctionARN
            - {EventType: viewer-response, FunctionARN: !GetAtt Rewrite.FunctionMetadata.FunctionARN}
  EdgeVersion:
    Type: AWS::Lambda::Version
"#;

#[test]
fn a_site_is_read_whole() {
    let (sources, file) = one("infra/site.yaml", SITE);
    assert_eq!(file.problems, []);
    let [function] = file.functions.as_slice() else { panic!() };
    assert_eq!((function.id.as_str(), function.runtime, function.auto_publish), ("Rewrite", Runtime::V2, Some(true)));
    assert_eq!(function.name.as_ref().unwrap().display(), "${AWS::StackName}-rewrite");
    assert_eq!(function.key_value_stores[0].display(), "${Store.Arn}");
    assert!(inline(&sources, function).starts_with("function handler(event) {\n  var request"));
    assert_eq!(place(&sources, function, "request.uri += 'index.html'"), (21, "request.uri += 'index.html'"));
    let [site] = file.distributions.as_slice() else { panic!() };
    let aliases: Vec<String> = site.aliases.iter().map(Text::display).collect();
    assert_eq!(aliases, ["shop.example", "${Domain}", "www.${Domain}"]);
    assert_eq!(site.aliases[2].known(), None);
    assert_eq!(site.aliases[2].with_defaults().as_deref(), Some("www.shop.example"));
    let patterns: Vec<Option<String>> =
        site.behaviors.iter().map(|it| it.path_pattern.as_ref().and_then(Text::known)).collect();
    assert_eq!(patterns, [Some("/api/*".to_owned()), Some("*.jpg".to_owned()), None]);
    assert_eq!(site.behaviors.iter().map(|it| it.order).collect::<Vec<_>>(), [0, 1, 2]);
    let default = &site.behaviors[2];
    assert_eq!(default.viewer_protocol_policy.as_ref().unwrap().known().as_deref(), Some("redirect-to-https"));
    assert_eq!(default.functions[0].target, local("Rewrite"));
    assert_eq!(default.functions[1].target, local("Rewrite"));
    assert_eq!(default.functions[1].event, Some(Event::ViewerResponse));
    let edge = &site.behaviors[0].functions[0];
    assert_eq!((edge.kind, edge.event), (FunctionKind::Lambda, Some(Event::OriginRequest)));
    assert!(matches!(&edge.target, FunctionRef::Arn(arn) if arn.display() == "${EdgeVersion}"));
    assert_eq!(site.origins[0].path.as_ref().unwrap().known().as_deref(), Some("/site"));
    assert_eq!(site.enabled, Some(true));
}

#[test]
fn every_attribute_of_the_site_has_its_row() {
    let (_, file) = one("infra/site.yaml", SITE);
    let without = kinds_of(&file, |it| matches!(it, Class::NoEffect { .. }));
    assert_eq!(
        without,
        [
            "distribution.comment",
            "distribution.price_class",
            "function.auto_publish",
            "function.comment",
            "resource.depends_on"
        ]
    );
    let refused = kinds_of(&file, |it| matches!(it, Class::Refused { .. }));
    assert_eq!(
        refused,
        [
            "distribution.cache_behavior.cache_policy",
            "distribution.cache_behavior.compress",
            "distribution.cache_behavior.target_origin",
            "distribution.http_version",
            "distribution.origin",
            "distribution.origin.domain",
            "distribution.origin.id",
            "distribution.origin.path",
            "distribution.origin.s3",
        ]
    );
}

#[test]
fn what_no_row_names_is_refused_by_name() {
    let text = "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n    Properties:\n      Name: f\n      FunctionCode: x\n      Futuristic: {A: 1}\n";
    let (sources, file) = one("t.yaml", text);
    let unknown: Vec<&str> =
        file.constructs.iter().filter(|it| it.kind == UNKNOWN_ATTRIBUTE).map(|it| sources.text(it.span)).collect();
    assert_eq!(unknown, ["Futuristic", "A"]);
}

fn function(code: &str) -> String {
    format!(
        "Parameters:\n  Host: {{Type: String, Default: a.example}}\nResources:\n  F:\n    Type: AWS::CloudFront::Function\n    Properties:\n      Name: f\n      FunctionCode: {code}\n"
    )
}

#[test]
fn sub_fills_names_and_keeps_escapes() {
    let code =
        "!Sub |\n        var h = 'https://${Host}/';\n        var t = `${!uri}?`;\n        f(${AWS::AccountId});";
    let (sources, file) = one("t.yaml", &function(code));
    let f = &file.functions[0];
    assert_eq!(inline(&sources, f), "var h = 'https://__hole0__/';\nvar t = `${uri}?`;\nf(__hole1__);\n");
    let Code::Inline { file: embedded, holes } = &f.code else { panic!() };
    assert_eq!((holes[0].name.as_str(), holes[0].default.as_deref()), ("Host", Some("a.example")));
    assert_eq!(sources.file(*embedded).text().get(holes[1].start as usize..holes[1].end as usize), Some("__hole1__"));
    assert_eq!(place(&sources, f, "uri}?`").1, "uri}?`");
    assert_eq!(file.problems, []);
}

#[test]
fn sub_in_long_form_with_values() {
    let code = "\n        Fn::Sub:\n          - |\n            go('${Target}', '${Where}');\n          - Target: /new\n            Where: !Ref Host";
    let (sources, file) = one("t.yaml", &function(code));
    assert_eq!(inline(&sources, &file.functions[0]), "go('/new', '__hole0__');\n");
}

#[test]
fn an_unknown_name_in_sub_is_said() {
    let (_, file) = one("t.yaml", &function("!Sub \"var t = `${uri}`;\""));
    assert_eq!(kinds(&file.problems), [ProblemKind::UnknownReference]);
    assert!(matches!(&file.functions[0].code, Code::Inline { holes, .. } if holes[0].name == "uri"));
}

#[test]
fn join_of_lines() {
    let code = "\n        Fn::Join:\n          - \"\\n\"\n          - - 'function handler(event) {'\n            - !Sub \"  return go('${Host}');\"\n            - '}'";
    let (sources, file) = one("t.yaml", &function(code));
    let f = &file.functions[0];
    assert_eq!(inline(&sources, f), "function handler(event) {\n  return go('__hole0__');\n}");
    assert_eq!(place(&sources, f, "return go(").1, "return go(");
}

#[test]
fn folded_and_quoted_code() {
    let (sources, file) =
        one("t.yaml", &function(">\n        function handler(event) {\n        return event.request; }"));
    assert_eq!(inline(&sources, &file.functions[0]), "function handler(event) { return event.request; }\n");
    let (sources, file) = one("t.yaml", &function("\"function handler(e) {\\n  return e.request; // \\u00e4\\n}\""));
    assert_eq!(inline(&sources, &file.functions[0]), "function handler(e) {\n  return e.request; // ä\n}");
    assert_eq!(place(&sources, &file.functions[0], "return e.request").1, "return e.request");
}

#[test]
fn a_condition_decides_only_if_its_branches_differ() {
    let (sources, file) = one("t.yaml", &function("!If [Prod, 'a()', 'a()']"));
    assert_eq!(inline(&sources, &file.functions[0]), "a()");
    let (_, file) = one("t.yaml", &function("!If [Prod, 'a()', 'b()']"));
    assert!(matches!(&file.functions[0].code, Code::Unresolved { why, .. } if why.contains("`Prod`")));
}

#[test]
fn code_in_a_file_of_its_own() {
    let (_, file) = one("cdn/t.yaml", &function("!Rain::Embed src/f.js"));
    assert!(
        matches!(&file.functions[0].code, Code::File { path, rendering: Rendering::Verbatim, .. } if path == "cdn/src/f.js")
    );
    let (_, file) = one("cdn/t.yaml", &function("!Rain::Embed ../../f.js"));
    assert_eq!(kinds(&file.problems), [ProblemKind::OutsideRepository]);
    let (_, file) = one("t.yaml", &function("./src/f.js"));
    assert!(matches!(&file.functions[0].code, Code::Unresolved { .. }));
}

#[test]
fn a_mapping_is_looked_up() {
    let text = "Mappings:\n  Hosts:\n    prod: {name: www.example}\nResources:\n  D:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        Aliases: [!FindInMap [Hosts, prod, name], !FindInMap [Hosts, !Ref AWS::Region, name]]\n        DefaultCacheBehavior: {TargetOriginId: x}\n";
    let (_, file) = one("t.yaml", text);
    let aliases = &file.distributions[0].aliases;
    assert_eq!(aliases[0].known().as_deref(), Some("www.example"));
    assert_eq!(aliases[1].display(), "${FindInMap Hosts.${AWS::Region}.name}");
}

#[test]
fn a_list_under_a_condition_is_an_open_block() {
    let text = "Resources:\n  D:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        Aliases: !If [Custom, [a.example], !Ref AWS::NoValue]\n        DefaultCacheBehavior:\n          TargetOriginId: x\n          FunctionAssociations:\n            Fn::If:\n              - Auth\n              - - EventType: viewer-request\n                  FunctionARN: arn\n              - []\n";
    let (sources, file) = one("t.yaml", text);
    let site = &file.distributions[0];
    assert_eq!(
        site.open_blocks.iter().map(|it| it.makes.as_str()).collect::<Vec<_>>(),
        ["Aliases", "FunctionAssociations"]
    );
    assert!(site.behaviors[0].functions.is_empty());
    assert_eq!(kinds(&file.problems), [ProblemKind::OpenBlock; 2]);
    let open: Vec<&str> =
        file.constructs.iter().filter(|it| it.kind == "open block").map(|it| sources.text(it.span)).collect();
    assert_eq!(open.len(), 3, "{open:?}");
}

#[test]
fn arns_find_their_function_by_name() {
    let text = "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n    Properties:\n      Name: !Sub \"${AWS::StackName}-f\"\n      FunctionCode: x\n  D:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        DefaultCacheBehavior:\n          FunctionAssociations:\n            - {EventType: viewer-request, FunctionARN: !Sub \"arn:aws:cloudfront::${AWS::AccountId}:function/${AWS::StackName}-f\"}\n            - {EventType: viewer-response, FunctionARN: !Ref F}\n            - {EventType: bogus, FunctionARN: \"arn:aws:cloudfront::1:function/other\"}\n";
    let (_, file) = one("t.yaml", text);
    let functions = &file.distributions[0].behaviors[0].functions;
    assert_eq!(functions[0].target, local("F"));
    assert_eq!(functions[1].target, local("F"));
    assert!(matches!(&functions[2].target, FunctionRef::Arn(arn) if arn.known().is_some()));
    assert_eq!(functions[2].event, None);
}

#[test]
fn anchors_and_merges_are_read_and_counted_once() {
    let text = "x-behavior: &b\n  TargetOriginId: o\n  ViewerProtocolPolicy: https-only\nResources:\n  D:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        Aliases: &a [a.example]\n        CacheBehaviors:\n          - <<: *b\n            PathPattern: /a\n        DefaultCacheBehavior: *b\n        Staging: *a\n";
    let (_, file) = one("t.yaml", text);
    let site = &file.distributions[0];
    for behavior in &site.behaviors {
        assert_eq!(behavior.viewer_protocol_policy.as_ref().unwrap().known().as_deref(), Some("https-only"));
    }
    assert_eq!(site.behaviors.len(), 2);
}

#[test]
fn duplicates_are_said() {
    let f = "  F:\n    Type: AWS::CloudFront::Function\n    Properties: {Name: a, FunctionCode: x}\n";
    let (_, file) = one("t.yaml", &format!("Resources:\n{f}{f}"));
    assert_eq!(kinds(&file.problems), [ProblemKind::Duplicate]);
    assert_eq!(file.functions.len(), 2);
}

#[test]
fn origin_groups_hold_items() {
    let text = "Resources:\n  D:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        OriginGroups:\n          Quantity: 1\n          Items:\n            - Id: group\n              FailoverCriteria: {StatusCodes: {Quantity: 1, Items: [500]}}\n              Members: {Quantity: 2, Items: [{OriginId: one}, {OriginId: two}]}\n        DefaultCacheBehavior: {TargetOriginId: group}\n";
    let (_, file) = one("t.yaml", text);
    let members: Vec<Option<String>> = file.distributions[0].origins[0].members.iter().map(Text::known).collect();
    assert_eq!(members, [Some("one".to_owned()), Some("two".to_owned())]);
}

#[test]
fn cdk_output_is_json_with_escapes() {
    let text = r#"{
 "Resources": {
  "Fn9270CBC0": {
   "Type": "AWS::CloudFront::Function",
   "Properties": {
    "AutoPublish": true,
    "FunctionCode": "function handler(event) {\n  var s = \"\u00fc \ud83d\ude00 \\d\";\n  return event.request;\n}",
    "FunctionConfig": { "Comment": "c", "Runtime": "cloudfront-js-1.0" },
    "Name": "eu-west-1StackFn"
   },
   "Metadata": { "aws:cdk:path": "Stack/Fn/Resource" }
  },
  "Dist": {
   "Type": "AWS::CloudFront::Distribution",
   "Properties": { "DistributionConfig": {
     "Aliases": ["a.example"],
     "DefaultCacheBehavior": {
      "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6", "Compress": true,
      "FunctionAssociations": [
       { "EventType": "viewer-request", "FunctionARN": { "Fn::GetAtt": ["Fn9270CBC0", "FunctionARN"] } }
      ],
      "TargetOriginId": "o", "ViewerProtocolPolicy": "redirect-to-https" },
     "Enabled": true } }
  }
 }
}"#;
    let (sources, file) = one("cdk.out/Stack.template.json", text);
    let f = &file.functions[0];
    assert_eq!(f.runtime, Runtime::V1);
    assert!(inline(&sources, f).contains("var s = \"ü 😀 \\d\";\n"));
    assert_eq!(place(&sources, f, "return event.request").1, "return event.request");
    assert_eq!(file.distributions[0].behaviors[0].functions[0].target, local("Fn9270CBC0"));
    assert_eq!(file.problems, []);
}

#[test]
fn serverless_resources_and_variables() {
    let text = "service: shop\nprovider: {name: aws}\nresources:\n  Resources:\n    F:\n      Type: AWS::CloudFront::Function\n      Properties:\n        Name: ${self:service}-f\n        FunctionCode: ${file(./src/f.js)}\n    D:\n      Type: AWS::CloudFront::Distribution\n      Properties:\n        DistributionConfig:\n          Aliases:\n            - ${self:custom.host.${opt:stage, 'dev'}}\n          DefaultCacheBehavior: {TargetOriginId: x}\n";
    let (_, file) = one("svc/serverless.yml", text);
    assert!(matches!(&file.functions[0].code, Code::File { path, .. } if path == "svc/src/f.js"));
    assert_eq!(file.functions[0].name.as_ref().unwrap().display(), "${self:service}-f");
    assert_eq!(file.distributions[0].aliases[0].display(), "${self:custom.host.${opt:stage, 'dev'}}");
}

#[test]
fn secrets_and_parameters_stay_open() {
    let (sources, file) = one("t.yaml", &function("\"var k = '{{resolve:secretsmanager:k}}';\""));
    assert_eq!(inline(&sources, &file.functions[0]), "var k = '__hole0__';");
}

#[test]
fn a_function_without_code_is_malformed() {
    let (_, file) = one(
        "t.yaml",
        "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n    Condition: Prod\n    Properties: {Name: f}\n",
    );
    assert_eq!(kinds(&file.problems), [ProblemKind::Malformed]);
    assert!(file.functions[0].repeated.is_some());
}

#[test]
fn several_documents_and_a_byte_order_mark() {
    let text = format!("\u{feff}{}---\n{}", function("x"), function("y"));
    let (sources, file) = one("t.yaml", &text);
    assert_eq!(file.functions.len(), 2);
    assert_eq!(inline(&sources, &file.functions[1]), "y");
    assert_eq!(sources.text(file.constructs[0].span), "F");
}

#[test]
fn broken_yaml_has_a_place() {
    let text = "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n   Bad: [\n";
    let (sources, file) = one("t.yaml", text);
    assert_eq!(kinds(&file.problems), [ProblemKind::Syntax]);
    assert!(file.unparsed());
    assert!(sources.locate(file.problems[0].span).1.line >= 3);
}

#[test]
fn broken_json_has_a_place() {
    let text = "{\"Resources\": {\"F\": {\"Type\": \"AWS::CloudFront::Function\",}}}";
    let (_, file) = one("t.json", text);
    assert_eq!(kinds(&file.problems), [ProblemKind::Syntax]);
    assert_eq!(&text[file.problems[0].span.start as usize..][..1], "}");
}
