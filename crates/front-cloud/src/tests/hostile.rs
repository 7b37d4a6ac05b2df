//! Input that means harm: every answer is a problem with a place, in bounded time, without a panic.

use super::{holds, kinds};
use crate::{Format, ProblemKind, count, read};
use source::Sources;
use std::time::{Duration, Instant};

fn outcome(text: &str, format: Format) -> (Vec<ProblemKind>, Duration) {
    let start = Instant::now();
    let mut sources = Sources::new();
    let file = sources.add("t", text);
    let out = read(file, &mut sources, format);
    holds(&out, &sources);
    // The dumb visitor has no number for broken files, and still must come back.
    let _ = count::count(text, format);
    (kinds(&out.problems), start.elapsed())
}

const SLOW: Duration = Duration::from_secs(20);

#[test]
fn seven_shapes_of_nesting_in_yaml() {
    for depth in [1_000, 10_000, 1_000_000] {
        let shapes = ["[", "{a: ", "- ", "? ", "[{a: ", "!Sub [", "{? "];
        for shape in shapes {
            let text = format!("Resources: {}", if shape == "- " || shape == "? " { "\n  " } else { "" })
                + &shape.repeat(depth);
            let (kinds, took) = outcome(&text, Format::CloudFormationYaml);
            assert!(took < SLOW, "{shape:?} at {depth}: {took:?}");
            if depth > 2_000 {
                assert!(
                    kinds.contains(&ProblemKind::TooDeep) || kinds.contains(&ProblemKind::Syntax),
                    "{shape:?} {kinds:?}"
                );
            }
        }
    }
}

#[test]
fn seven_shapes_of_nesting_in_json() {
    for depth in [1_000, 10_000, 1_000_000] {
        for (open, close) in [
            ("[", "]"),
            ("{\"a\":", "}"),
            ("[{\"a\":", "}]"),
            ("[[", "]]"),
            ("[1,", "]"),
            ("{\"Ref\":", "}"),
            ("[\"x\",[", "]]"),
        ] {
            let text = format!("{{\"Resources\": {}1{}}}", open.repeat(depth), close.repeat(depth));
            let (kinds, took) = outcome(&text, Format::CloudFormationJson);
            assert!(took < SLOW, "{open} at {depth}: {took:?}");
            assert_eq!(
                kinds.contains(&ProblemKind::TooDeep),
                depth * open.matches(['[', '{']).count() >= 2_000,
                "{open} at {depth}"
            );
        }
    }
}

#[test]
fn seven_shapes_of_nesting_in_hcl() {
    for depth in [1_000, 10_000, 1_000_000] {
        for (open, close) in
            [("[", "]"), ("{ a = ", " }"), ("(", ")"), ("f(", ")"), ("\"${", "}\""), ("!", ""), ("true ? 1 : ", "")]
        {
            let text = format!(
                "resource \"aws_cloudfront_function\" \"f\" {{\n  code = {}1{}\n}}\n",
                open.repeat(depth),
                close.repeat(depth)
            );
            let (kinds, took) = outcome(&text, Format::Terraform);
            assert!(took < SLOW, "{open} at {depth}: {took:?}");
            assert!(!kinds.is_empty(), "{open} at {depth}");
        }
        let text = format!("{}{}", "b {\n".repeat(depth), "}\n".repeat(depth));
        let (kinds, took) = outcome(&text, Format::Terraform);
        assert!(took < SLOW && kinds == [ProblemKind::TooDeep], "blocks at {depth}: {took:?} {kinds:?}");
    }
}

#[test]
fn aliases_that_multiply_cost_nothing() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..30 {
        let items = vec![format!("*a{}", at - 1); 9].join(", ");
        text.push_str(&format!("a{at}: &a{at} [{items}]\n"));
    }
    text.push_str("j0: &j0 x\n");
    for at in 1..30 {
        let items = vec![format!("*j{}", at - 1); 9].join(", ");
        text.push_str(&format!("j{at}: &j{at} !Join ['', [{items}]]\n"));
    }
    text.push_str(
        "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n    Properties: {Name: *j29, FunctionCode: *j28}\n",
    );
    text.push_str("  D:\n    Type: AWS::CloudFront::Distribution\n    Properties: {DistributionConfig: {Aliases: *a29, CacheBehaviors: *a29}}\n");
    let (_, took) = outcome(&text, Format::CloudFormationYaml);
    assert!(took < SLOW, "{took:?}");
}

#[test]
fn locals_that_multiply_cost_nothing() {
    let mut text = "locals {\n  a0 = \"xxxxxxxxx\"\n".to_owned();
    for at in 1..40 {
        text.push_str(&format!("  a{at} = \"{}\"\n", format!("${{local.a{}}}", at - 1).repeat(9)));
    }
    text.push_str("}\nresource \"aws_cloudfront_function\" \"f\" {\n  name = local.a39\n  code = local.a39\n}\n");
    let (_, took) = outcome(&text, Format::Terraform);
    assert!(took < SLOW, "{took:?}");
}

#[test]
fn long_texts_take_linear_time() {
    for (text, format) in [
        (
            format!(
                "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n    Properties:\n      FunctionCode: !Sub \"{}\"\n",
                "${A".repeat(300_000)
            ),
            Format::CloudFormationYaml,
        ),
        (
            format!(
                "service: x\nprovider: y\nResources:\n  F:\n    Type: AWS::CloudFront::Function\n    Properties:\n      FunctionCode: \"{}\"\n",
                "${self:".repeat(300_000)
            ),
            Format::CloudFormationYaml,
        ),
        (
            format!(
                "resource \"aws_cloudfront_function\" \"f\" {{\n  code = <<EOT\n{}EOT\n}}\n",
                "  x $${y} \n".repeat(100_000)
            ),
            Format::Terraform,
        ),
        (
            format!(
                "resource \"aws_cloudfront_function\" \"f\" {{\n  code = \"{}\"\n}}\n",
                "\\n${var.a}".repeat(50_000)
            ),
            Format::Terraform,
        ),
    ] {
        let (_, took) = outcome(&text, format);
        assert!(took < SLOW, "{format:?} {took:?}");
    }
}

const SEEDS: &[(&str, Format)] = &[
    (
        "Resources:\n  F: &f\n    Type: AWS::CloudFront::Function\n    Properties:\n      Name: !Sub \"${A}-x\"\n      FunctionCode: |\n        function handler(event) {\n          return event.request;\n        }\n  D:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        Aliases: [a.example, *f]\n        DefaultCacheBehavior:\n          FunctionAssociations:\n            - {EventType: viewer-request, FunctionARN: !GetAtt F.FunctionARN}\n",
        Format::CloudFormationYaml,
    ),
    (
        "{\"Resources\": {\"F\": {\"Type\": \"AWS::CloudFront::Function\", \"Properties\": {\"Name\": {\"Ref\": \"A\"}, \"FunctionCode\": {\"Fn::Join\": [\"\\n\", [\"a\", \"b\\u00e9\"]]}}}}}",
        Format::CloudFormationJson,
    ),
    (
        "resource \"aws_cloudfront_function\" \"f\" {\n  name = \"x-${var.a}\"\n  code = <<-EOT\n    function handler(event) { return { a: 1 }; }\n    $${x} ${var.y}\n  EOT\n}\nmodule \"m\" {\n  source = \"terraform-aws-modules/cloudfront/aws\"\n  origin = { a = { domain_name = \"b\" } }\n  default_cache_behavior = { function_association = { viewer-request = { function_arn = local.z } } }\n}\n",
        Format::Terraform,
    ),
];

#[test]
fn edited_files_never_panic() {
    let pieces = [
        "{", "}", "[", "]", "\"", "'", "\n", "  ", "${", "!Sub ", "&a ", "*a", "|", ">", ":", "- ", "<<EOT\n", "\\",
        "\u{feff}", "é", "\0", "#", "=", "%{", "---\n", "? ", "<<: ", "EOT",
    ];
    arbtest::arbtest(|u| {
        let (seed, format) = u.choose(SEEDS)?;
        let mut text: Vec<char> = seed.chars().collect();
        for _ in 0..u.int_in_range(1..=6)? {
            let at = u.choose_index(text.len() + 1)?;
            match u.int_in_range(0..=2)? {
                0 => {
                    let piece: Vec<char> = u.choose(&pieces)?.chars().collect();
                    text.splice(at..at, piece);
                }
                1 => {
                    let end = (at + u.int_in_range(1..=12)?).min(text.len());
                    text.drain(at..end);
                }
                _ => {
                    let end = (at + u.int_in_range(1..=40)?).min(text.len());
                    let copy = text.get(at..end).map(<[char]>::to_vec).unwrap_or_default();
                    let to = u.choose_index(text.len() + 1)?;
                    text.splice(to..to, copy);
                }
            }
        }
        let text: String = text.into_iter().collect();
        let mut sources = Sources::new();
        let file = sources.add("t", text.as_str());
        let out = read(file, &mut sources, *format);
        let _ = count::count(&text, *format);
        if !out.unparsed() {
            // Edited HCL may hold shapes that a tokenizer cannot tell; templates are counted from the same events.
            if *format != Format::Terraform {
                holds(&out, &sources);
            }
        }
        Ok(())
    });
}

#[test]
fn any_bytes_never_panic() {
    arbtest::arbtest(|u| {
        let text = String::from_utf8_lossy(u.bytes(u.len().min(200))?).into_owned();
        for format in [Format::CloudFormationYaml, Format::CloudFormationJson, Format::Terraform] {
            let mut sources = Sources::new();
            let file = sources.add("t", text.as_str());
            let _ = read(file, &mut sources, format);
            let _ = count::count(&text, format);
        }
        Ok(())
    });
}
