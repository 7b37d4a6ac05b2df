//! Which files describe CloudFront, told from their content; a name only rules out what can never be a template.
//!
//! It never says no to a template whose resources have a CloudFront type; it may say yes to a file that turns out empty.

use crate::model::Format;

/// Endings of files which quote templates but are none.
const NEVER: &[&str] = &[
    "md", "mdx", "rst", "adoc", "html", "htm", "js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx", "py", "go", "rb",
    "java", "cs", "rs", "sh", "ps1", "kt", "scala", "php", "snap", "lock", "map", "css", "svg", "csv", "log", "xml",
];

/// The format of a file that describes CloudFront resources. Costs one substring search for all other files.
#[must_use]
pub fn recognizes(path: &str, text: &str) -> Option<Format> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |it| it.1).to_ascii_lowercase();
    if NEVER.contains(&ending.as_str()) {
        let script = matches!(ending.as_str(), "ts" | "mts" | "js" | "mjs" | "cjs");
        return (script && crate::cdk::is_program(text)).then_some(Format::Cdk);
    }
    let terraform = matches!(ending.as_str(), "tf" | "tofu");
    let json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    if terraform {
        let named =
            ["aws_cloudfront", "terraform-aws-modules/cloudfront", "default_cache_behavior", "ordered_cache_behavior"];
        return named.iter().any(|it| text.contains(it)).then_some(Format::Terraform);
    }
    if has_cloudfront_type(text) && text.contains("Resources") {
        return Some(if json { Format::CloudFormationJson } else { Format::CloudFormationYaml });
    }
    // A service of the Serverless Framework that attaches functions without a resource of its own.
    let attaches = ["cloudFront:", "preExistingCloudFront:", "lambdaAtEdge:"].iter().any(|it| text.contains(it));
    if attaches && text.contains("functions:") && text.contains("handler:") && !json {
        return Some(Format::CloudFormationYaml);
    }
    if text.contains("\"aws_cloudfront") {
        if json {
            return text.contains("\"resource\"").then_some(Format::TerraformJson);
        }
        let named = !matches!(ending.as_str(), "yaml" | "yml" | "json");
        return (named && text.contains("resource \"aws_cloudfront")).then_some(Format::Terraform);
    }
    None
}

/// Whether `AWS::CloudFront::…` stands as the value of a key `Type`.
fn has_cloudfront_type(text: &str) -> bool {
    text.match_indices("AWS::CloudFront::").any(|(at, _)| {
        let before = text.get(..at).unwrap_or("");
        let before = before.trim_end_matches(['"', '\'']).trim_end_matches([' ', '\t', '\r', '\n']);
        let Some(before) = before.strip_suffix(':') else { return false };
        before.trim_end().trim_end_matches(['"', '\'']).ends_with("Type")
    })
}

/// Whether a file in a folder of recognized Terraform can define what the recognized files refer to.
#[must_use]
pub fn is_terraform_path(path: &str) -> bool {
    path.ends_with(".tf") || path.ends_with(".tofu")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let yaml = "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n";
        assert_eq!(recognizes("a/b.yml", yaml), Some(Format::CloudFormationYaml));
        assert_eq!(recognizes("stack", yaml), Some(Format::CloudFormationYaml));
        let json = "{\"Resources\":{\"F\":{\"Type\" : \"AWS::CloudFront::Function\"}}}";
        assert_eq!(recognizes("cdk.out/a.template.json", json), Some(Format::CloudFormationJson));
        let hcl = "resource \"aws_cloudfront_function\" \"f\" {\n}\n";
        assert_eq!(recognizes("main.tf", hcl), Some(Format::Terraform));
        assert_eq!(recognizes("-", hcl), Some(Format::Terraform));
    }

    #[test]
    fn what_only_quotes_a_template_is_none() {
        let yaml = "Resources:\n  F:\n    Type: AWS::CloudFront::Function\n";
        assert_eq!(recognizes("README.md", yaml), None);
        assert_eq!(recognizes("stack.ts", yaml), None);
        assert_eq!(recognizes("policy.yml", "Resources:\n  # AWS::CloudFront::Function\n"), None);
        assert_eq!(
            recognizes(
                "tree.json",
                "{\"aws:cdk:cloudformation:type\": \"AWS::CloudFront::Function\", \"Resources\": 1}"
            ),
            None
        );
        assert_eq!(recognizes("main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n"), None);
    }

    #[test]
    fn a_byte_order_mark_does_not_hide_json() {
        let json = "\u{feff}{\"Resources\":{\"F\":{\"Type\":\"AWS::CloudFront::Function\"}}}";
        assert_eq!(recognizes("a.json", json), Some(Format::CloudFormationJson));
    }
}
