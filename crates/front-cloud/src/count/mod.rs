//! The dumb visitor: how many constructs the CloudFront resources of a file hold. It knows no row and shares no code with the reader.
//!
//! Counted are: the resource itself; in Terraform every attribute, block and key of an object; in templates every key but `Ref` and
//! `Fn::…`; in both every object that is an item of a list. A key written twice in one HCL object is one entry.

mod hcl;
mod template;

use crate::model::Format;

/// The number of constructs of a text. A text that is not well-formed has no defined number.
#[must_use]
pub fn count(text: &str, format: Format) -> usize {
    match format {
        Format::CloudFormationYaml => template::yaml(text),
        Format::CloudFormationJson => template::json(text),
        Format::Terraform => hcl::count(text),
        Format::TerraformJson | Format::Cdk => 0,
    }
}
