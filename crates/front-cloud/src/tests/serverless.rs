//! Services of the Serverless Framework: its own events, and the plugins for distributions that exist already.

use super::{estate, holds, kinds_of, one};
use crate::{
    Caching, Class, Event, Format, FunctionRef, LambdaEntry, LambdaRuntime, OriginKind, Policies, Text, forwarding,
    read, recognizes,
};
use arbtest::arbitrary::Unstructured;
use source::Sources;

const SERVICE: &str = "service: site
provider:
  name: aws
  runtime: nodejs20.x
  cloudFront:
    cachePolicies:
      byTenant:
        MinTTL: 0
        DefaultTTL: 60
        MaxTTL: 600
        ParametersInCacheKeyAndForwardedToOrigin:
          EnableAcceptEncodingGzip: true
          EnableAcceptEncodingBrotli: true
          HeadersConfig: {HeaderBehavior: whitelist, Headers: [X-Tenant]}
          CookiesConfig: {CookieBehavior: none}
          QueryStringsConfig: {QueryStringBehavior: none}
functions:
  api:
    handler: src/api.handler
    events:
      - httpApi: '*'
  auth:
    handler: src/edge/auth.handler
    events:
      - cloudFront:
          eventType: viewer-request
          origin: https://app.example/v1
          pathPattern: /private/*
          includeBody: true
          cachePolicy: {name: byTenant}
          behavior:
            ViewerProtocolPolicy: redirect-to-https
      - cloudFront:
          eventType: origin-request
          origin: s3://files.s3.amazonaws.com
  headers:
    handler: src/edge/headers.handler
    runtime: python3.12
    events:
      - cloudFront:
          eventType: viewer-response
          origin: https://app.example/v1
          pathPattern: /private/*
resources:
  Resources:
    CloudFrontDistribution:
      Type: AWS::CloudFront::Distribution
      Properties:
        DistributionConfig:
          Aliases: [www.example.com]
";

#[test]
fn events_make_one_distribution() {
    let (_, file) = one("service/serverless.yml", SERVICE);
    let [site] = file.distributions.as_slice() else { panic!("{:?}", file.distributions) };
    assert_eq!(site.aliases.iter().map(Text::display).collect::<Vec<_>>(), ["www.example.com"]);
    let patterns: Vec<_> = site.behaviors.iter().map(|it| it.path_pattern.as_ref().map(Text::display)).collect();
    assert_eq!(patterns, [Some("/private/*".to_owned()), None]);
    let of = |at: usize| {
        let functions = site.behaviors[at].functions.iter();
        functions.map(|it| (it.event.unwrap(), it.target.clone())).collect::<Vec<_>>()
    };
    let local = |id: &str| FunctionRef::Local(id.to_owned());
    assert_eq!(of(0), [(Event::ViewerRequest, local("auth")), (Event::ViewerResponse, local("headers"))]);
    assert_eq!(of(1), [(Event::OriginRequest, local("auth"))]);
    assert_eq!(site.behaviors[0].viewer_protocol_policy.as_ref().map(Text::display).unwrap(), "redirect-to-https");
    assert_eq!(site.behaviors[1].viewer_protocol_policy.as_ref().map(Text::display).unwrap(), "allow-all");
    let origins: Vec<_> = site.origins.iter().map(|it| it.domain.as_ref().unwrap().display()).collect();
    assert_eq!(origins, ["app.example", "files.s3.amazonaws.com"]);
    assert_eq!(site.origins[0].path.as_ref().map(Text::display).as_deref(), Some("/v1"));
    assert!(matches!(site.origins[1].settings.kind, OriginKind::S3 { .. }));
    let ids: Vec<_> = file.lambdas.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["auth", "headers"], "what nothing attaches is no function of the edge");
    assert_eq!(file.lambdas[0].runtime, LambdaRuntime::Node(20));
    let there = |it: &str| it == "service/src/edge/auth.ts";
    assert_eq!(file.lambdas[0].entry(&there), LambdaEntry::File("service/src/edge/auth.ts".to_owned()));
    assert!(file.lambdas[1].is_python());
    let files = [file];
    let policies = Policies::new(&files, &files[0].scope, &|_| None);
    let own = forwarding(&files[0].distributions[0].behaviors[0], &policies);
    assert_eq!((own.in_key.headers.admits("x-tenant"), own.ttl.unwrap().max), (Some(true), 600));
    let ready = forwarding(&files[0].distributions[0].behaviors[1], &policies);
    assert_eq!((ready.caching, ready.is_exact()), (Caching::On, true));
}

#[test]
fn a_service_without_a_default_repeats_its_first_behavior() {
    let service = "service: s\nprovider: {name: aws, runtime: nodejs20.x}\nfunctions:\n  a:\n    handler: a.handler\n    events:\n      - cloudFront: {eventType: viewer-request, origin: 'https://a.example', pathPattern: /x}\n";
    assert_eq!(recognizes("serverless.yml", service), Some(Format::CloudFormationYaml));
    let (_, file) = one("serverless.yml", service);
    let behaviors = &file.distributions[0].behaviors;
    assert_eq!(behaviors.len(), 2);
    assert!(behaviors[1].path_pattern.is_none() && behaviors[1].functions.is_empty());
    assert_eq!(behaviors[1].target_origin, behaviors[0].target_origin);
    assert_eq!(kinds_of(&file, |it| matches!(it, Class::Refused { .. })), ["serverless_event"]);
    assert_eq!(file.constructs.len(), 5, "the event, its key, and its three attributes");
}

#[test]
fn plugins_attach_to_distributions_that_exist() {
    let service = "service: s
provider: {name: aws, runtime: nodejs18.x}
functions:
  index:
    handler: index.handler
    lambdaAtEdge:
      - distribution: Site
        eventType: origin-request
      - distribution: Site
        eventType: viewer-request
        pathPattern: /app/*
  security:
    handler: security.handler
    events:
      - preExistingCloudFront:
          distributionId: E1
          eventType: viewer-response
          pathPattern: '*'
          includeBody: false
resources:
  Resources:
    Site:
      Type: AWS::CloudFront::Distribution
      Properties:
        DistributionConfig:
          Aliases: [a.example]
          CacheBehaviors:
            - PathPattern: /app/*
              TargetOriginId: o
          DefaultCacheBehavior:
            TargetOriginId: o
";
    let (_, file) = one("serverless.yml", service);
    let ids: Vec<_> = file.distributions.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["Site", "E1"]);
    let events = |at: usize| {
        let behaviors = file.distributions[at].behaviors.iter();
        behaviors.map(|it| (it.path_pattern.as_ref().map(Text::display), it.functions[0].event)).collect::<Vec<_>>()
    };
    assert_eq!(
        events(0),
        [(Some("/app/*".to_owned()), Some(Event::ViewerRequest)), (None, Some(Event::OriginRequest))]
    );
    assert_eq!(events(1), [(None, Some(Event::ViewerResponse))]);
    let ids: Vec<_> = file.lambdas.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["index", "security"]);
}

#[test]
fn events_behind_aliases_are_counted_once() {
    let service = "service: s\nx: &all\n  a:\n    handler: a.handler\n    events:\n      - cloudFront: {eventType: viewer-request}\nfunctions: *all\ny: &one\n  cloudFront: {eventType: origin-request}\n---\nfunctions:\n  b:\n    handler: b.handler\n    events: [*one, {cloudFront: *one}, cloudFront, [1], {cloudFront: {a: [{b: 1}, 2]}}]\n    lambdaAtEdge: *one\n  c: {lambdaAtEdge: [1, {distribution: d}], events: {cloudFront: 1}}\n  d: {lambdaAtEdge: text}\n";
    let (_, files) = estate(&[("serverless.yml", service)]);
    assert!(files.len() <= 1);
}

/// A value of a service in JSON, which is YAML too, made of keys that matter and others.
fn value(u: &mut Unstructured<'_>, depth: u32, out: &mut String) -> arbtest::arbitrary::Result<()> {
    const KEYS: [&str; 9] = [
        "events",
        "cloudFront",
        "preExistingCloudFront",
        "lambdaAtEdge",
        "pathPattern",
        "behavior",
        "Ref",
        "Fn::If",
        "functions",
    ];
    match u.int_in_range(0..=if depth == 0 { 1 } else { 4 })? {
        0 => out.push_str("\"text\""),
        1 => out.push_str(u.choose(&["1", "true", "\"\""])?),
        2 => {
            out.push('[');
            for at in 0..u.int_in_range(0..=3)? {
                out.push_str(if at > 0 { ", " } else { "" });
                value(u, depth - 1, out)?;
            }
            out.push(']');
        }
        _ => {
            out.push('{');
            let from = u.int_in_range(0..=KEYS.len() - 1)?;
            for at in 0..u.int_in_range(0..=3)? {
                out.push_str(if at > 0 { ", " } else { "" });
                out.push_str(&format!("\"{}\": ", KEYS[(from + at) % KEYS.len()]));
                value(u, depth - 1, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

#[test]
fn the_dumb_visitor_counts_the_same_events() {
    arbtest::arbtest(|u| {
        let mut text = "{\"service\": \"s\", \"functions\": {".to_owned();
        for at in 0..u.int_in_range(1..=3)? {
            text.push_str(if at > 0 { ", " } else { "" });
            text.push_str(&format!("\"f{at}\": {{\"handler\": \"a.b\", \"lambdaAtEdge\": "));
            value(u, 3, &mut text)?;
            text.push_str(", \"events\": [{\"cloudFront\": ");
            value(u, 4, &mut text)?;
            text.push_str("}, ");
            value(u, 4, &mut text)?;
            text.push_str("]}");
        }
        text.push_str("}}");
        for format in [Format::CloudFormationJson, Format::CloudFormationYaml] {
            let mut sources = Sources::new();
            let file = sources.add("serverless.yml", text.as_str());
            holds(&read(file, &mut sources, format), &sources);
        }
        Ok(())
    });
}
