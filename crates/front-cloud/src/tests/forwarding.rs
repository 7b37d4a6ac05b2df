//! What reaches the origin and what is in the cache key, for each form in which files say it.

use super::{estate, one};
use crate::{AcceptEncoding, AtOrigin, Caching, CloudFile, Forwarding, Names, Policies, SaidBy, Ttl, forwarding};

fn only(names: &[&str]) -> Names {
    Names::Only(names.iter().map(|it| (*it).to_owned()).collect())
}

fn except(names: &[&str]) -> Names {
    Names::Except(names.iter().map(|it| (*it).to_owned()).collect())
}

/// The forwarding of the default behavior of the first distribution.
fn of(files: &[CloudFile]) -> Forwarding {
    filled(files, &|_| None)
}

fn filled(files: &[CloudFile], fill: &dyn Fn(&crate::Hole) -> Option<String>) -> Forwarding {
    let file = files.iter().find(|it| !it.distributions.is_empty()).unwrap();
    let behavior = file.distributions[0].behaviors.last().unwrap();
    forwarding(behavior, &Policies::new(files, &file.scope, fill))
}

fn template(behavior: &str, resources: &str) -> Forwarding {
    let text = format!(
        "Parameters:\n  Policy:\n    Type: String\nResources:\n  Site:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        DefaultCacheBehavior:\n          TargetOriginId: o\n{behavior}{resources}"
    );
    of(&[one("stack.yaml", &text).1])
}

fn terraform(behavior: &str, blocks: &str) -> Forwarding {
    let text = format!(
        "resource \"aws_cloudfront_distribution\" \"site\" {{\n  default_cache_behavior {{\n    target_origin_id = \"o\"\n{behavior}\n  }}\n}}\n{blocks}"
    );
    of(&[one("main.tf", &text).1])
}

#[test]
fn managed_policies_by_id() {
    let it = template(
        "          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6\n          OriginRequestPolicyId: 88a5eaf4-2fd4-4709-b370-b4c650ea3fcf\n",
        "",
    );
    assert!(it.is_exact());
    assert_eq!(it.by, SaidBy::Policies);
    assert_eq!(it.in_key.headers, Names::none());
    assert_eq!(
        it.to_origin.headers,
        only(&["origin", "access-control-request-headers", "access-control-request-method"])
    );
    assert_eq!((it.to_origin.cookies.clone(), it.to_origin.query.clone()), (Names::none(), Names::none()));
    assert_eq!(it.accept_encoding, AcceptEncoding::Normalized { gzip: true, brotli: true });
    assert_eq!(it.ttl, Some(Ttl { min: 1, default: 86_400, max: 31_536_000 }));
    assert_eq!(it.caching, Caching::On);
    assert_eq!(it.header_at_origin("Host"), AtOrigin::OriginName);
    assert_eq!(it.header_at_origin("Origin"), AtOrigin::Viewer);
    assert_eq!(it.header_at_origin("user-agent"), AtOrigin::Set(Some("Amazon CloudFront")));
    assert_eq!(it.header_at_origin("accept-encoding"), AtOrigin::Normalized);
    assert_eq!(it.header_at_origin("accept-language"), AtOrigin::Absent);
    assert_eq!(it.header_at_origin("x-tenant"), AtOrigin::Absent);
    assert_eq!(it.header_at_origin("content-type"), AtOrigin::Open, "no page says it of policies");
    assert_eq!(it.header_at_origin("x-forwarded-for"), AtOrigin::Appended);
    assert_eq!(it.header_at_origin("cloudfront-viewer-country"), AtOrigin::Absent);
    assert_eq!(it.header_at_origin("Cookie"), AtOrigin::Absent);
}

#[test]
fn managed_policies_that_forward_everything() {
    let disabled = "          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad\n";
    let all =
        template(&format!("{disabled}          OriginRequestPolicyId: 216adef6-5c7f-47e4-b989-5492eafa07d3\n"), "");
    assert_eq!((all.to_origin.headers.clone(), all.to_origin.cookies.clone()), (Names::All, Names::All));
    assert_eq!((all.caching, all.is_exact()), (Caching::Off, true));
    assert_eq!(all.header_at_origin("Host"), AtOrigin::Viewer);
    assert_eq!(all.accept_encoding, AcceptEncoding::AsListed);
    assert_eq!(all.header_at_origin("accept-encoding"), AtOrigin::Viewer);
    assert_eq!(all.header_at_origin("x-forwarded-proto"), AtOrigin::Absent, "nothing can list it");
    let no_host =
        template(&format!("{disabled}          OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac\n"), "");
    assert_eq!(no_host.to_origin.headers, except(&["host"]));
    assert_eq!(no_host.header_at_origin("host"), AtOrigin::OriginName);
    assert!(!no_host.is_exact(), "its text and its settings say two things");
    let made =
        template(&format!("{disabled}          OriginRequestPolicyId: 33f36d7e-f396-46d9-90e0-52428a34d9dc\n"), "");
    assert_eq!(made.header_at_origin("CloudFront-Viewer-Country"), AtOrigin::Computed);
    assert_eq!(made.header_at_origin("CloudFront-Viewer-JA4-Fingerprint"), AtOrigin::Viewer, "a client's own");
}

const OWN: &str = "  Key:
    Type: AWS::CloudFront::CachePolicy
    Properties:
      CachePolicyConfig:
        Name: key
        MinTTL: 0
        DefaultTTL: 60
        MaxTTL: 120
        ParametersInCacheKeyAndForwardedToOrigin:
          EnableAcceptEncodingGzip: true
          EnableAcceptEncodingBrotli: false
          HeadersConfig: {HeaderBehavior: whitelist, Headers: [X-Tenant, CloudFront-Viewer-Country]}
          CookiesConfig: {CookieBehavior: allExcept, Cookies: [_ga, _gid]}
          QueryStringsConfig: {QueryStringBehavior: whitelist, QueryStrings: [page]}
  Besides:
    Type: AWS::CloudFront::OriginRequestPolicy
    Properties:
      OriginRequestPolicyConfig:
        Name: besides
        HeadersConfig:
          HeaderBehavior: allExcept
          Headers: [Host, X-Tenant]
        CookiesConfig: {CookieBehavior: allExcept, Cookies: [_ga, _fbp]}
        QueryStringsConfig: {QueryStringBehavior: whitelist, QueryStrings: [debug]}
";

#[test]
fn policies_of_the_same_template_are_joined() {
    let it = template("          CachePolicyId: !Ref Key\n          OriginRequestPolicyId: !GetAtt Besides.Id\n", OWN);
    assert!(it.is_exact(), "{:?}", it.open);
    assert_eq!(it.in_key.headers, only(&["x-tenant"]));
    assert_eq!(it.in_key.computed, only(&["cloudfront-viewer-country"]));
    assert_eq!(it.in_key.cookies, except(&["_ga", "_gid"]));
    assert_eq!(it.in_key.query, only(&["page"]));
    assert_eq!(it.to_origin.headers, except(&["host"]), "a list of one beats a block list of the other");
    assert_eq!(it.to_origin.cookies, except(&["_ga"]), "blocked by both");
    assert_eq!(it.to_origin.query, only(&["debug", "page"]));
    assert_eq!(it.accept_encoding, AcceptEncoding::Normalized { gzip: true, brotli: false });
    assert_eq!(it.ttl, Some(Ttl { min: 0, default: 60, max: 120 }));
    assert_eq!(it.header_at_origin("cloudfront-viewer-country"), AtOrigin::Computed);
    let keyed = |name: &str| it.header_is_in_key(name);
    assert_eq!(
        (keyed("X-Tenant"), keyed("CloudFront-Viewer-Country"), keyed("Accept-Encoding")),
        (Some(true), Some(true), Some(true))
    );
    assert_eq!((keyed("host"), keyed("referer")), (Some(true), Some(false)), "Host is the name of the origin, always");
    assert_eq!((keyed("x-forwarded-for"), keyed("x-amz-cf-id")), (Some(false), Some(false)));
    assert_eq!((it.cookies_are_in_key(), it.query_is_in_key()), (Some(false), Some(false)));
}

#[test]
fn what_a_template_leaves_open_is_unknown_with_its_place() {
    let it = template("          CachePolicyId: !Ref Policy\n", "");
    assert_eq!(it.open.len(), 1);
    assert!(it.open[0].why.contains("Policy"));
    assert!(matches!(it.to_origin.headers, Names::Unknown(_)));
    assert_eq!(it.caching, Caching::Unknown);
    let elsewhere = template("          CachePolicyId: 11111111-2222-3333-4444-555555555555\n", "");
    assert!(elsewhere.open[0].why.contains("no file defines"));
    let nothing = template("          ViewerProtocolPolicy: allow-all\n", "");
    assert_eq!((nothing.by, nothing.open.len()), (SaidBy::Nothing, 1));
    let conditional = OWN.replace("[page]", "!If [A, [page], []]");
    let it = template("          CachePolicyId: !Ref Key\n", &conditional);
    assert!(matches!(it.to_origin.query, Names::Unknown(_)));
    assert_eq!(it.to_origin.headers, only(&["x-tenant"]), "the rest is known");
    assert_eq!(it.open.iter().map(|it| it.what).collect::<Vec<_>>(), ["query"]);
}

#[test]
fn forwarded_values_of_a_template() {
    let it = template(
        "          MinTTL: 0\n          DefaultTTL: 0\n          MaxTTL: 0\n          ForwardedValues:\n            QueryString: true\n            QueryStringCacheKeys: [page]\n            Headers: [Host, X-Tenant, CloudFront-Is-Mobile-Viewer]\n            Cookies:\n              Forward: whitelist\n              WhitelistedNames: [session, 'wp-*']\n",
        "",
    );
    assert!(it.is_exact());
    assert_eq!((it.by, it.caching), (SaidBy::Legacy, Caching::Off));
    assert_eq!(it.in_key.headers, only(&["host", "x-tenant"]));
    assert_eq!(it.in_key.computed, only(&["cloudfront-is-mobile-viewer"]));
    assert_eq!((it.to_origin.query.clone(), it.in_key.query.clone()), (Names::All, only(&["page"])));
    assert_eq!(it.to_origin.cookies.admits("wp-login"), Some(true));
    assert_eq!(it.to_origin.cookies.admits("session"), Some(true));
    assert_eq!(it.to_origin.cookies.admits("other"), Some(false));
    assert_eq!(it.header_at_origin("host"), AtOrigin::Viewer);
    assert_eq!(it.header_at_origin("x-anything"), AtOrigin::Viewer, "unlike policies, unknown headers go on");
    assert_eq!(it.header_at_origin("accept-language"), AtOrigin::Absent);
    assert_eq!(it.header_at_origin("referer"), AtOrigin::Absent);
    assert_eq!(it.header_at_origin("user-agent"), AtOrigin::Set(Some("Amazon CloudFront")));
    assert!(matches!(it.header_at_origin("authorization"), AtOrigin::ByMethod(_)));
    assert_eq!(it.header_at_origin("cookie"), AtOrigin::Cookies);
    assert_eq!(it.header_at_origin("cloudfront-is-mobile-viewer"), AtOrigin::Computed);
    assert_eq!(it.to_origin.headers.admits("x-anything"), Some(true));
    assert_eq!(it.to_origin.headers.admits("referer"), Some(false));
    assert_eq!(it.to_origin.headers.admits("x-tenant"), Some(true));
}

#[test]
fn forwarded_values_of_everything_cache_nothing() {
    let it = template(
        "          ForwardedValues:\n            QueryString: false\n            Headers: ['*']\n            Cookies: {Forward: all}\n",
        "",
    );
    assert_eq!((it.caching, it.to_origin.headers.clone()), (Caching::Off, Names::All));
    assert_eq!((it.to_origin.query.clone(), it.to_origin.cookies.clone()), (Names::none(), Names::All));
    assert_eq!(it.header_at_origin("authorization"), AtOrigin::Viewer);
}

#[test]
fn data_sources_are_looked_up_by_name() {
    let data = r#"
data "aws_cloudfront_cache_policy" "optimized" {
  name = "Managed-CachingOptimized"
}
data "aws_cloudfront_origin_request_policy" "all" {
  name = local.policy
}
locals {
  policy = "Managed-AllViewer"
}
"#;
    let it = terraform(
        "    cache_policy_id = data.aws_cloudfront_cache_policy.optimized.id\n    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all[0].id",
        data,
    );
    assert!(it.is_exact(), "{:?}", it.open);
    assert_eq!((it.to_origin.headers.clone(), it.in_key.headers.clone()), (Names::All, Names::none()));
    let own = data.replace("Managed-CachingOptimized", "CachingOptimized");
    let it = terraform("    cache_policy_id = data.aws_cloudfront_cache_policy.optimized.id", &own);
    assert!(it.open[0].why.contains("CachingOptimized"), "a policy of the account, not the ready-made one");
    let named = "data \"aws_cloudfront_cache_policy\" \"own\" {\n  name = aws_cloudfront_cache_policy.own.name\n}\nresource \"aws_cloudfront_cache_policy\" \"own\" {\n  name = \"own-${var.stage}\"\n  default_ttl = 7\n}\n";
    let it = terraform("    cache_policy_id = data.aws_cloudfront_cache_policy.own.id", named);
    assert_eq!(it.ttl.map(|it| it.default), Some(7), "the name of a policy leads to it");
    let choice = terraform("    cache_policy_id = var.x ? data.aws_cloudfront_cache_policy.optimized.id : \"a\"", data);
    assert!(matches!(choice.to_origin.headers, Names::Unknown(_)));
}

#[test]
fn policies_of_terraform_in_another_file_of_the_folder() {
    let site = "resource \"aws_cloudfront_distribution\" \"site\" {\n  default_cache_behavior {\n    cache_policy_id = aws_cloudfront_cache_policy.key.id\n    origin_request_policy_id = aws_cloudfront_origin_request_policy.besides.id\n  }\n}\n";
    let policies = r#"
resource "aws_cloudfront_cache_policy" "key" {
  name        = "key"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 0
  parameters_in_cache_key_and_forwarded_to_origin {
    cookies_config {
      cookie_behavior = "whitelist"
      cookies {
        items = ["session"]
      }
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "besides" {
  name = "besides"
  cookies_config {
    cookie_behavior = "none"
  }
  headers_config {
    header_behavior = "allViewerAndWhitelistCloudFront"
    headers {
      items = ["CloudFront-Viewer-City"]
    }
  }
  query_strings_config {
    query_string_behavior = "none"
  }
}
"#;
    let (_, files) = estate(&[("infra/cdn.tf", site), ("infra/policies.tf", policies)]);
    let it = of(&files);
    assert!(it.is_exact(), "{:?}", it.open);
    assert_eq!((it.in_key.cookies.clone(), it.to_origin.cookies.clone()), (only(&["session"]), only(&["session"])));
    assert_eq!((it.to_origin.headers.clone(), it.in_key.query.clone()), (Names::All, Names::All));
    assert_eq!(it.header_at_origin("cloudfront-viewer-city"), AtOrigin::Computed);
    assert_eq!(it.caching, Caching::Off);
}

#[test]
fn forwarded_values_of_terraform() {
    let block = "    forwarded_values {\n      query_string = true\n      headers = [\"Origin\"]\n      cookies {\n        forward = \"none\"\n      }\n    }\n    min_ttl = 0\n    default_ttl = 3600\n    max_ttl = 86400";
    let it = terraform(block, "");
    assert!(it.is_exact());
    assert_eq!((it.in_key.headers.clone(), it.in_key.query.clone()), (only(&["origin"]), Names::All));
    assert_eq!((it.to_origin.cookies.clone(), it.accept_encoding.clone()), (Names::none(), AcceptEncoding::Legacy));
    assert_eq!(it.ttl, Some(Ttl { min: 0, default: 3_600, max: 86_400 }));
    let open = terraform(&block.replace("[\"Origin\"]", "var.headers"), "");
    assert!(matches!(open.in_key.headers, Names::Unknown(_)));
    assert_eq!(open.open[0].what, "headers");
    let made = terraform(
        "    dynamic \"forwarded_values\" {\n      for_each = var.on ? [1] : []\n      content {}\n    }",
        "",
    );
    assert!(matches!(made.to_origin.query, Names::Unknown(_)));
}

#[test]
fn the_community_module_says_it_flatly_and_by_key() {
    let module = |behavior: &str| {
        let text = format!(
            "module \"cdn\" {{\n  source = \"terraform-aws-modules/cloudfront/aws\"\n  cache_policies = {{\n    own = {{\n      default_ttl = 5\n      parameters_in_cache_key_and_forwarded_to_origin = {{\n        headers_config = {{ header_behavior = \"whitelist\", headers = {{ items = [\"X-A\"] }} }}\n        cookies_config = {{ cookie_behavior = \"none\" }}\n        query_strings_config = {{ query_string_behavior = \"none\" }}\n      }}\n    }}\n  }}\n  default_cache_behavior = {{\n    target_origin_id = \"o\"\n{behavior}\n  }}\n}}\n"
        );
        of(&[one("main.tf", &text).1])
    };
    let nothing = module("");
    assert_eq!((nothing.by, nothing.to_origin.query.clone()), (SaidBy::Legacy, Names::none()));
    let flat =
        module("    query_string = true\n    cookies_forward = \"whitelist\"\n    cookies_whitelisted_names = [\"s\"]");
    assert_eq!((flat.in_key.query.clone(), flat.in_key.cookies.clone()), (Names::All, only(&["s"])));
    let named = module("    use_forwarded_values = false\n    cache_policy_name = \"Managed-CachingDisabled\"");
    assert_eq!((named.by, named.caching, named.is_exact()), (SaidBy::Policies, Caching::Off, true));
    let keyed = module("    cache_policy_key = \"own\"");
    assert_eq!((keyed.in_key.headers.clone(), keyed.ttl.map(|it| it.default)), (only(&["x-a"]), Some(5)));
}

#[test]
fn stated_values_fill_what_is_open() {
    let text = "resource \"aws_cloudfront_distribution\" \"site\" {\n  default_cache_behavior {\n    cache_policy_id = var.policy\n  }\n}\n";
    let files = [one("main.tf", text).1];
    let fill = |it: &crate::Hole| (it.name == "var.policy").then(|| "83da9c7e-98b4-4e11-a168-04f0df8e2c65".to_owned());
    let it = filled(&files, &fill);
    assert!(it.is_exact());
    assert_eq!(it.header_at_origin("host"), AtOrigin::Viewer, "Host is in the key and goes to the origin");
    assert_eq!(it.in_key.cookies, Names::All);
}

#[test]
fn sets_of_names_join_as_the_policies_do() {
    assert_eq!(except(&["a", "b"]).union(only(&["b", "c"])), except(&["a"]));
    assert_eq!(only(&["a"]).union(only(&["b"])), only(&["a", "b"]));
    assert_eq!(except(&["a"]).union(Names::All), Names::All);
    assert_eq!(except(&["a", "b"]).union(except(&["b", "c"])), except(&["b"]));
    assert_eq!(Names::Unknown("x".to_owned()).union(Names::All), Names::All);
    assert!(matches!(Names::Unknown("x".to_owned()).union(only(&["a"])), Names::Unknown(_)));
    let within = [
        (only(&["a"]), only(&["a", "b"]), Some(true)),
        (only(&["a"]), except(&["a"]), Some(false)),
        (except(&["a", "b"]), except(&["a"]), Some(true)),
        (except(&["a"]), except(&["a", "b"]), Some(false)),
        (Names::All, except(&[]), Some(true)),
        (Names::All, only(&["a"]), Some(false)),
        (Names::none(), Names::Unknown("x".to_owned()), Some(true)),
        (Names::Unknown("x".to_owned()), Names::All, Some(true)),
        (Names::Unknown("x".to_owned()), only(&["a"]), None),
    ];
    for (one, two, is) in within {
        assert_eq!(one.is_within(&two), is, "{one:?} {two:?}");
    }
    let like = Names::Like(["a*c".to_owned(), "?x".to_owned()].into());
    for (name, is) in [("ac", true), ("abbc", true), ("ab", false), ("yx", true), ("x", false), ("abcd", false)] {
        assert_eq!(like.admits(name), Some(is), "{name}");
    }
}
