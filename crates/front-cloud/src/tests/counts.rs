//! The reader and the dumb visitor on generated resources: their totals agree, whatever stands in them.

use super::holds;
use crate::{Format, read};
use arbtest::arbitrary::{Result, Unstructured};
use source::Sources;

const KEYS: &[&str] = &[
    "Type",
    "Properties",
    "DistributionConfig",
    "Aliases",
    "Fn::If",
    "Ref",
    "CacheBehaviors",
    "Metadata",
    "Odd",
    "Fn::Sub",
];

fn json(u: &mut Unstructured<'_>, depth: u32, out: &mut String) -> Result<()> {
    match u.int_in_range(0..=if depth == 0 { 1 } else { 3 })? {
        0 => out.push_str("\"a \\\" { [\\n\""),
        1 => out.push_str(u.choose(&["1", "true", "null", "-2.5e3", "\"\""])?),
        2 => {
            out.push('[');
            for at in 0..u.int_in_range(0..=3)? {
                out.push_str(if at > 0 { ", " } else { "" });
                json(u, depth - 1, out)?;
            }
            out.push(']');
        }
        _ => {
            out.push('{');
            for at in 0..u.int_in_range(0..=3)? {
                out.push_str(if at > 0 { ",\n" } else { "" });
                out.push_str(&format!("\"{}\": ", u.choose(KEYS)?));
                json(u, depth - 1, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

#[test]
fn templates() {
    arbtest::arbtest(|u| {
        let mut text = "{\"Resources\": {".to_owned();
        for (at, kind) in
            ["AWS::CloudFront::Function", "AWS::S3::Bucket", "AWS::CloudFront::Distribution", "AWS::CloudFront::New"]
                .iter()
                .enumerate()
        {
            text.push_str(&format!("\"R{at}\": {{\"Type\": \"{kind}\", \"Properties\": "));
            json(u, 5, &mut text)?;
            text.push_str("}, ");
        }
        text.push_str("\"Last\": 1}}");
        // JSON is YAML: both readers and both counters see the same text.
        for format in [Format::CloudFormationJson, Format::CloudFormationYaml] {
            let mut sources = Sources::new();
            let file = sources.add("t.json", text.as_str());
            let out = read(file, &mut sources, format);
            assert!(!out.unparsed(), "{text} {:?}", out.problems);
            holds(&out, &sources);
        }
        Ok(())
    });
}

fn value(u: &mut Unstructured<'_>, depth: u32, out: &mut String) -> Result<()> {
    match u.int_in_range(0..=if depth == 0 { 3 } else { 9 })? {
        0 => out.push_str("\"a ${merge({ x = 1 }, var.y)} \\\" # {\""),
        1 => out.push_str(u.choose(&["1", "true", "null", "-2", "\"\"", "var.x[0].y", "aws_s3_bucket.b.id"])?),
        2 => out.push_str("<<EOT\n  function h(e) { return {a: 1} }\nEOT\n"),
        3 => out.push_str(u.choose(&["[]", "{}", "\"x\" /* { */", "a == b"])?),
        4 => {
            out.push('[');
            for at in 0..u.int_in_range(0..=3)? {
                out.push_str(if at > 0 { ",\n" } else { "\n" });
                inline(u, depth - 1, out)?;
            }
            out.push_str("\n]");
        }
        5 | 6 => {
            out.push_str("{\n");
            for at in 0..u.int_in_range(0..=3)? {
                out.push_str(u.choose(&["", "# c = {\n", "\n", "// x\n"])?);
                out.push_str(&format!("{}{at} {} ", u.choose(&["k", "\"q", "viewer-request"])?, u.choose(&["="])?));
                if out.contains(&format!("\"q{at} = ")) && out.ends_with(&format!("\"q{at} = ")) {
                    out.truncate(out.len() - 3);
                    out.push_str("\" : ");
                }
                inline(u, depth - 1, out)?;
                out.push_str(u.choose(&["\n", ",\n", " # done\n"])?);
            }
            out.push('}');
        }
        7 => {
            out.push_str(u.choose(&["merge(", "concat(", "jsonencode(", "("])?);
            inline(u, depth - 1, out)?;
            out.push(')');
        }
        8 => {
            out.push_str("var.c ? ");
            inline(u, depth - 1, out)?;
            out.push_str(" : ");
            inline(u, depth - 1, out)?;
        }
        _ => {
            out.push_str(u.choose(&["[for k, v in var.m : ", "{ for k, v in var.m : k => "])?);
            let closing = if out.ends_with("k => ") { "}" } else { "]" };
            inline(u, depth - 1, out)?;
            out.push_str(closing);
        }
    }
    Ok(())
}

/// A value that does not end in a line break, which only an attribute may.
fn inline(u: &mut Unstructured<'_>, depth: u32, out: &mut String) -> Result<()> {
    let mut text = String::new();
    value(u, depth, &mut text)?;
    out.push_str(if text.contains("EOT") { "1" } else { &text });
    Ok(())
}

fn body(u: &mut Unstructured<'_>, depth: u32, out: &mut String) -> Result<()> {
    for at in 0..u.int_in_range(0..=4)? {
        out.push_str(u.choose(&["", "\n", "# { x = 1\n", "/* y = {\n */"])?);
        if depth > 0 && u.ratio(1, 3)? {
            out.push_str(u.choose(&[
                "origin {\n",
                "dynamic \"origin\" {\n",
                "default_cache_behavior {\n",
                "lifecycle {\n",
            ])?);
            body(u, depth - 1, out)?;
            out.push_str("}\n");
        } else {
            out.push_str(&format!("{}{at} = ", u.choose(&["aliases", "code", "tags", "source"])?));
            value(u, 3, out)?;
            out.push('\n');
        }
    }
    Ok(())
}

#[test]
fn terraform() {
    let mut parsed = 0;
    let mut all = 0;
    arbtest::arbtest(|u| {
        let mut text = String::new();
        for head in [
            "resource \"aws_cloudfront_distribution\" \"d\" {\n",
            "resource \"aws_s3_bucket\" \"b\" {\n",
            "module \"cdn\" {\n  source = \"terraform-aws-modules/cloudfront/aws\"\n",
            "module \"other\" {\n  source = \"./x\"\n",
            "resource aws_cloudfront_function f {\n",
            "data \"aws_cloudfront_cache_policy\" \"p\" {\n",
        ] {
            text.push_str(head);
            body(u, 3, &mut text)?;
            text.push_str("}\n");
        }
        let mut sources = Sources::new();
        let file = sources.add("main.tf", text.as_str());
        let out = read(file, &mut sources, Format::Terraform);
        all += 1;
        parsed += usize::from(!out.unparsed());
        holds(&out, &sources);
        Ok(())
    });
    assert!(parsed * 2 > all, "only {parsed} of {all} generated files were well-formed");
}
