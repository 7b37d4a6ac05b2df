//! What a distribution says beside paths and functions, the same from a template and from Terraform, and the defaults that apply to it.

use super::one;
use crate::{
    AppliedDefault, CloudFile, DefaultSettled, Distribution, Event, FunctionKind, HeaderValue, Listed, Names,
    OriginKind, Policies, PolicyBody, ResponseHeaders, SetOn, Text, behavior_defaults, computed_header,
    computed_headers, default_row, default_rows, distribution_defaults, forwarding, is_disallowed_header,
    is_kept_response_header, is_read_only_header, is_refused_origin_header, managed_response_headers_policy,
    origin_defaults, response_headers, to_origin_rows,
};

const TEMPLATE: &str = "Resources:
  Headers:
    Type: AWS::CloudFront::ResponseHeadersPolicy
    Properties:
      ResponseHeadersPolicyConfig:
        Name: headers
        CorsConfig:
          AccessControlAllowCredentials: false
          AccessControlAllowHeaders: {Items: ['*']}
          AccessControlAllowMethods: {Items: [GET, HEAD]}
          AccessControlAllowOrigins: {Items: [https://a.example]}
          OriginOverride: true
        SecurityHeadersConfig:
          StrictTransportSecurity: {AccessControlMaxAgeSec: 63072000, IncludeSubdomains: true, Preload: true, Override: true}
          ContentTypeOptions: {Override: true}
          XSSProtection: {Protection: true, ModeBlock: true, Override: false}
          FrameOptions: {FrameOption: DENY, Override: true}
        CustomHeadersConfig:
          Items:
            - {Header: X-Team, Value: web, Override: false}
        RemoveHeadersConfig:
          Items:
            - Header: Server
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        DefaultRootObject: index.html
        HttpVersion: http2and3
        IPV6Enabled: true
        PriceClass: PriceClass_100
        WebACLId: !GetAtt Acl.Arn
        Restrictions:
          GeoRestriction: {RestrictionType: blacklist, Locations: [KP, IR]}
        ViewerCertificate:
          AcmCertificateArn: !Ref Certificate
          SslSupportMethod: sni-only
          MinimumProtocolVersion: TLSv1.2_2021
        CustomErrorResponses:
          - {ErrorCode: 404, ResponseCode: 200, ResponsePagePath: /index.html, ErrorCachingMinTTL: 60}
          - {ErrorCode: 500, ErrorCachingMinTTL: 0}
        Origins:
          - Id: app
            DomainName: app.example
            OriginPath: /v1
            OriginCustomHeaders:
              - {HeaderName: X-Origin-Verify, HeaderValue: '{{resolve:secretsmanager:x}}'}
            CustomOriginConfig: {HTTPPort: 8080, HTTPSPort: 8443, OriginProtocolPolicy: https-only, OriginSSLProtocols: [TLSv1.2]}
            ConnectionAttempts: 2
          - Id: files
            DomainName: !GetAtt Bucket.RegionalDomainName
            S3OriginConfig: {OriginAccessIdentity: ''}
            OriginAccessControlId: !GetAtt Control.Id
            OriginShield: {Enabled: true, OriginShieldRegion: eu-central-1}
        OriginGroups:
          Quantity: 1
          Items:
            - Id: both
              FailoverCriteria: {StatusCodes: {Quantity: 2, Items: [500, 502]}}
              Members: {Quantity: 2, Items: [{OriginId: app}, {OriginId: files}]}
        CacheBehaviors:
          - PathPattern: /private/*
            TargetOriginId: app
            ViewerProtocolPolicy: https-only
            CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
            TrustedKeyGroups: [!Ref Keys]
        DefaultCacheBehavior:
          TargetOriginId: both
          ViewerProtocolPolicy: redirect-to-https
          AllowedMethods: [GET, HEAD, OPTIONS]
          CachedMethods: [GET, HEAD]
          Compress: true
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
          ResponseHeadersPolicyId: !Ref Headers
  Certificate: {Type: AWS::CertificateManager::Certificate}
  Acl: {Type: AWS::WAFv2::WebACL}
  Bucket: {Type: AWS::S3::Bucket}
  Control: {Type: AWS::CloudFront::OriginAccessControl}
  Keys: {Type: AWS::CloudFront::KeyGroup}
";

const TERRAFORM: &str = r#"
resource "aws_cloudfront_response_headers_policy" "headers" {
  name = "headers"
  cors_config {
    access_control_allow_credentials = false
    access_control_allow_headers {
      items = ["*"]
    }
    access_control_allow_methods {
      items = ["GET", "HEAD"]
    }
    access_control_allow_origins {
      items = ["https://a.example"]
    }
    origin_override = true
  }
  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      preload                    = true
      override                   = true
    }
    content_type_options {
      override = true
    }
    xss_protection {
      protection = true
      mode_block = true
      override   = false
    }
    frame_options {
      frame_option = "DENY"
      override     = true
    }
  }
  custom_headers_config {
    items {
      header   = "X-Team"
      value    = "web"
      override = false
    }
  }
  remove_headers_config {
    items {
      header = "Server"
    }
  }
}

resource "aws_cloudfront_distribution" "site" {
  enabled             = true
  default_root_object = "index.html"
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  price_class         = "PriceClass_100"
  web_acl_id          = aws_wafv2_web_acl.acl.arn
  restrictions {
    geo_restriction {
      restriction_type = "blacklist"
      locations        = ["KP", "IR"]
    }
  }
  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate.c.arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
  custom_error_response {
    error_code            = 404
    response_code         = 200
    response_page_path    = "/index.html"
    error_caching_min_ttl = 60
  }
  custom_error_response {
    error_code            = 500
    error_caching_min_ttl = 0
  }
  origin {
    origin_id   = "app"
    domain_name = "app.example"
    origin_path = "/v1"
    custom_header {
      name  = "X-Origin-Verify"
      value = var.secret
    }
    custom_origin_config {
      http_port              = 8080
      https_port             = 8443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
    connection_attempts = 2
  }
  origin {
    origin_id                = "files"
    domain_name              = aws_s3_bucket.b.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.c.id
    origin_shield {
      enabled              = true
      origin_shield_region = "eu-central-1"
    }
  }
  origin_group {
    origin_id = "both"
    failover_criteria {
      status_codes = [500, 502]
    }
    member {
      origin_id = "app"
    }
    member {
      origin_id = "files"
    }
  }
  ordered_cache_behavior {
    path_pattern           = "/private/*"
    target_origin_id       = "app"
    viewer_protocol_policy = "https-only"
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    trusted_key_groups     = [aws_cloudfront_key_group.k.id]
  }
  default_cache_behavior {
    target_origin_id           = "both"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    response_headers_policy_id = aws_cloudfront_response_headers_policy.headers.id
  }
}

resource "aws_cloudfront_origin_access_control" "c" {}
"#;

fn both() -> [CloudFile; 2] {
    [one("stack.yaml", TEMPLATE).1, one("main.tf", TERRAFORM).1]
}

fn site(file: &CloudFile) -> &Distribution {
    &file.distributions[0]
}

fn known(text: &Option<Text>) -> String {
    text.as_ref().and_then(Text::known).unwrap_or_default()
}

fn items(list: &Option<Listed>) -> Vec<String> {
    list.as_ref().and_then(|it| it.filled(&|_| None)).unwrap_or_default()
}

fn ids(applied: &[AppliedDefault]) -> Vec<&'static str> {
    assert!(applied.iter().all(|it| it.certain), "{applied:?}");
    applied.iter().map(|it| it.row.id).collect()
}

#[test]
fn a_distribution_says_the_same_in_both_syntaxes() {
    for file in both() {
        let settings = &site(&file).settings;
        assert_eq!(known(&settings.default_root_object), "index.html");
        assert_eq!(known(&settings.http_version), "http2and3");
        assert_eq!((known(&settings.ipv6), known(&settings.price_class)), ("true".into(), "PriceClass_100".into()));
        assert!(settings.web_acl.is_some() && settings.error_responses_open.is_none());
        let geo = settings.geo_restriction.as_ref().unwrap();
        assert_eq!((known(&geo.kind), items(&geo.countries)), ("blacklist".into(), vec!["KP".into(), "IR".into()]));
        let certificate = settings.certificate.as_ref().unwrap();
        assert_eq!(known(&certificate.minimum_protocol), "TLSv1.2_2021");
        let errors: Vec<_> = settings.error_responses.iter().collect();
        assert_eq!((known(&errors[0].code), known(&errors[0].response_code)), ("404".into(), "200".into()));
        assert_eq!((known(&errors[0].page), known(&errors[0].min_ttl)), ("/index.html".into(), "60".into()));
        assert_eq!((known(&errors[1].code), errors[1].page.is_none()), ("500".into(), true));
    }
}

#[test]
fn origins_say_how_they_are_reached() {
    for file in both() {
        let origins = &site(&file).origins;
        assert_eq!(origins.len(), 3);
        let OriginKind::Custom(custom) = &origins[0].settings.kind else { panic!("{:?}", origins[0].settings) };
        assert_eq!((known(&custom.http_port), known(&custom.https_port)), ("8080".into(), "8443".into()));
        assert_eq!(
            (known(&custom.protocol_policy), items(&custom.ssl_protocols)),
            ("https-only".into(), vec!["TLSv1.2".into()])
        );
        let of = |at: usize| site(&file).origin_of(&site(&file).behaviors[at]).unwrap().span;
        assert_eq!((of(0), of(1)), (origins[0].span, origins[2].span));
        let header = &origins[0].settings.headers[0];
        assert_eq!(known(&header.name), "X-Origin-Verify");
        assert!(header.value.as_ref().unwrap().known().is_none(), "a secret stays open");
        assert_eq!(known(&origins[0].settings.attempts), "2");
        assert!(matches!(origins[1].settings.kind, OriginKind::S3 { .. }));
        assert!(origins[1].settings.access_control.is_some());
        assert_eq!(known(&origins[1].settings.shield), "eu-central-1");
        let OriginKind::Group { status_codes, .. } = &origins[2].settings.kind else { panic!() };
        assert_eq!(items(status_codes), ["500", "502"]);
        let none = &|_: &crate::Hole| None;
        let app = ids(&origin_defaults(&origins[0], none));
        assert!(app.contains(&"origin.path") && app.contains(&"origin.custom_headers") && app.contains(&"origin.port"));
        let files = ids(&origin_defaults(&origins[1], none));
        assert!(
            files.contains(&"origin.private") && files.contains(&"origin.s3_host") && !files.contains(&"origin.port")
        );
        assert_eq!(ids(&origin_defaults(&origins[2], none)), ["origin.group"]);
    }
}

#[test]
fn a_response_headers_policy_says_the_same_in_both_syntaxes() {
    for file in both() {
        let PolicyBody::ResponseHeaders(policy) = &file.policies[0].body else { panic!() };
        let cors = policy.cors.as_ref().unwrap();
        assert_eq!(
            (items(&cors.origins), items(&cors.methods)),
            (vec!["https://a.example".into()], vec!["GET".into(), "HEAD".into()])
        );
        assert_eq!((known(&cors.overrides), known(&cors.credentials)), ("true".into(), "false".into()));
        let headers: Vec<_> =
            policy.headers.iter().map(|it| (it.name.display(), known(&it.value), known(&it.overrides))).collect();
        let expected = [
            ("X-Content-Type-Options", "nosniff", "true"),
            ("X-Frame-Options", "DENY", "true"),
            ("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload", "true"),
            ("X-XSS-Protection", "1; mode=block", "false"),
            ("X-Team", "web", "false"),
        ];
        let expected: Vec<_> = expected.iter().map(|it| (it.0.to_owned(), it.1.to_owned(), it.2.to_owned())).collect();
        assert_eq!(headers, expected);
        assert_eq!(policy.removes.iter().map(Text::display).collect::<Vec<_>>(), ["Server"]);
        assert!(policy.open.is_empty());
        let files = std::slice::from_ref(&file);
        let policies = Policies::new(files, &file.scope, &|_| None);
        let reference = site(&file).behaviors[1].settings.response_headers_policy.as_ref().unwrap();
        assert_eq!(policies.find(reference), crate::Named::Defined(&file.policies[0]));
    }
}

#[test]
fn the_headers_of_a_policy_are_set_in_the_order_of_cloudfront() {
    for file in both() {
        let files = std::slice::from_ref(&file);
        let policies = Policies::new(files, &file.scope, &|_| None);
        let found = response_headers(&site(&file).behaviors[1], &policies);
        assert_eq!(
            (found.removes.as_slice(), found.open.len(), found.unsure.len()),
            (["Server".to_owned()].as_slice(), 0, 0)
        );
        let names: Vec<_> = found.sets.iter().map(|it| (it.name.as_str(), it.on)).collect();
        let expected = [
            ("Access-Control-Allow-Origin", SetOn::Cors),
            ("Access-Control-Allow-Methods", SetOn::Preflight),
            ("Access-Control-Allow-Headers", SetOn::Preflight),
            ("X-Content-Type-Options", SetOn::All),
            ("X-Frame-Options", SetOn::All),
            ("Strict-Transport-Security", SetOn::All),
            ("X-XSS-Protection", SetOn::All),
            ("X-Team", SetOn::All),
        ];
        assert_eq!(names, expected);
        assert_eq!(found.sets[0].value, HeaderValue::OriginOf(vec!["https://a.example".to_owned()]));
        assert_eq!(found.sets[1].value, HeaderValue::Text("GET, HEAD".to_owned()));
        assert_eq!(found.sets.iter().filter(|it| !it.overrides).count(), 2);
        assert_eq!(response_headers(&site(&file).behaviors[0], &policies), ResponseHeaders::default());
    }
    let ready = TEMPLATE.replace(
        "ResponseHeadersPolicyId: !Ref Headers",
        "ResponseHeadersPolicyId: 5cc3b908-e619-4b99-88e5-2cf7f45965bd",
    );
    let (_, file) = one("stack.yaml", &ready);
    let files = std::slice::from_ref(&file);
    let found = response_headers(&site(&file).behaviors[1], &Policies::new(files, &file.scope, &|_| None));
    assert_eq!((found.sets.len(), found.unsure.len()), (3, 1));
    let open = TEMPLATE.replace("Value: web", "Value: !ImportValue x");
    let (_, file) = one("stack.yaml", &open);
    let files = std::slice::from_ref(&file);
    let found = response_headers(&site(&file).behaviors[1], &Policies::new(files, &file.scope, &|_| None));
    assert_eq!((found.sets.len(), found.open.len()), (7, 1));
}

#[test]
fn defaults_apply_by_what_is_said() {
    for file in both() {
        let files = std::slice::from_ref(&file);
        let policies = Policies::new(files, &file.scope, &|_| None);
        let of = |at: usize| {
            let behavior = &site(&file).behaviors[at];
            ids(&behavior_defaults(behavior, &forwarding(behavior, &policies), &|_| None))
        };
        let private = of(0);
        for id in ["edge.https_only", "edge.signed", "cache.eligible", "cache.min_ttl", "edge.no_compression"] {
            assert!(private.contains(&id), "{id}: {private:?}");
        }
        let default = of(1);
        for id in [
            "edge.https_redirect",
            "edge.methods",
            "cache.off",
            "edge.response_headers",
            "edge.compression",
            "origin.host",
            "origin.query_left_out",
        ] {
            assert!(default.contains(&id), "{id}: {default:?}");
        }
        for id in ["edge.signed", "cache.eligible", "cache.query", "origin.host_of_viewer"] {
            assert!(!default.contains(&id), "{id}: {default:?}");
        }
        let whole = ids(&distribution_defaults(site(&file), &|_| None));
        for id in ["edge.root_object", "edge.error_pages", "edge.geo", "edge.waf", "edge.patterns"] {
            assert!(whole.contains(&id), "{id}: {whole:?}");
        }
    }
}

#[test]
fn what_is_open_applies_perhaps() {
    let text = "resource \"aws_cloudfront_distribution\" \"d\" {\n  default_root_object = var.root\n  default_cache_behavior {\n    compress = var.compress\n    cache_policy_id = var.policy\n  }\n}\n";
    let (_, file) = one("main.tf", text);
    let files = std::slice::from_ref(&file);
    let behavior = &file.distributions[0].behaviors[0];
    let known = forwarding(behavior, &Policies::new(files, &file.scope, &|_| None));
    assert!(matches!(known.to_origin.headers, Names::Unknown(_)));
    let perhaps =
        |all: Vec<AppliedDefault>| all.into_iter().filter(|it| !it.certain).map(|it| it.row.id).collect::<Vec<_>>();
    let behavior = perhaps(behavior_defaults(behavior, &known, &|_| None));
    assert!(behavior.contains(&"edge.compression") && behavior.contains(&"edge.no_compression"), "{behavior:?}");
    assert!(behavior.contains(&"origin.host") && behavior.contains(&"cache.off"));
    let whole = perhaps(distribution_defaults(&file.distributions[0], &|_| None));
    assert_eq!(whole, ["edge.root_object", "edge.no_root_object"]);
}

#[test]
fn rows_of_defaults_say_each_thing_once() {
    let mut seen: Vec<&str> = default_rows().iter().map(|it| it.id).collect();
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all);
    assert_eq!(default_row("origin.private").map(|it| it.settled), Some(DefaultSettled::Refused));
    for row in default_rows() {
        assert!(row.source.starts_with("https://docs.aws.amazon.com/") && !row.checked.is_empty(), "{}", row.id);
        assert!(row.what.ends_with('.') && row.reason.ends_with('.'), "{}", row.id);
    }
}

#[test]
fn headers_are_under_their_rules_in_any_case() {
    assert!(
        is_disallowed_header("x-forwarded-proto")
            && is_disallowed_header("X-Amz-Cf-Pop")
            && is_disallowed_header("x-edge-y")
    );
    assert!(!is_disallowed_header("x-forwarded-for"));
    assert!(is_read_only_header("HOST", Event::ViewerRequest, FunctionKind::Lambda));
    assert!(!is_read_only_header("host", Event::OriginRequest, FunctionKind::Lambda));
    assert!(is_read_only_header("content-length", Event::ViewerResponse, FunctionKind::Lambda));
    assert!(!is_read_only_header("content-length", Event::ViewerResponse, FunctionKind::CloudFront));
    assert!(is_refused_origin_header("x-amz-date") && !is_refused_origin_header("x-origin-verify"));
    assert!(is_kept_response_header("via") && !is_kept_response_header("server"));
    assert_eq!(computed_header("cloudfront-viewer-country").and_then(|it| it.cloudflare), Some("ip.src.country"));
    assert!(computed_headers().len() > 30 && to_origin_rows().len() > 35);
    let security = managed_response_headers_policy("67f7725c-6f97-4210-82d7-5512b31e9d03").unwrap();
    assert_eq!(
        security.headers.iter().filter(|it| it.overrides).map(|it| it.name).collect::<Vec<_>>(),
        ["X-Content-Type-Options"]
    );
    assert_eq!(managed_response_headers_policy("Managed-SecurityHeadersPolicy"), Some(security));
}
