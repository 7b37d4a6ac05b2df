//! CloudFormation, Terraform and the text of CDK programs: CloudFront distributions, what is attached to them, and the code that stands inline.
//!
//! The reader never fails: what it cannot read is a [`Problem`] with a span, what the file leaves open is a
//! [`Text::Hole`], and every attribute of every CloudFront resource is a [`Construct`] with a row of
//! `grammars/cloudfront/`. [`count`] counts the same constructs without knowing any row; the two totals must agree.

mod attributes;
mod attributes_cloudformation;
mod attributes_terraform;
mod carried;
mod cdk;
mod cdk_tokens;
mod cloudformation;
mod constructs;
pub mod count;
mod defaults;
mod estate;
mod filled;
mod forwarding;
mod generated;
mod hcl_template;
mod headers;
mod intrinsic;
mod json;
mod lambda;
mod lambda_cloudformation;
mod lambda_modules;
mod lambda_terraform;
mod managed;
mod mapped;
mod model;
mod module;
mod names;
mod node;
mod policies;
mod policy_lookup;
mod recognize;
mod repository_path;
mod response_headers;
mod rows;
mod scalar;
mod serverless;
mod settings;
mod table;
mod terraform;
mod terraform_code;
mod terraform_constructs;
#[cfg(test)]
mod tests;
mod yaml;

pub use attributes::Listed;
pub use carried::forwarding;
pub use defaults::{
    AppliedDefault, AppliesWhen, DefaultRow, DefaultScope, DefaultSettled, behavior_defaults, default_row,
    default_rows, distribution_defaults, origin_defaults,
};
pub use estate::{check_targets, read, read_all};
pub use filled::{Filled, fill};
pub use forwarding::{AcceptEncoding, AtOrigin, Caching, Carried, Forwarding, OpenPart, SaidBy, Ttl};
pub use headers::{
    ComputedHeader, ToOriginRow, Unlisted, WithPolicies, computed_header, computed_headers, is_disallowed_header,
    is_kept_response_header, is_read_only_header, is_refused_origin_header, to_origin_row, to_origin_rows,
};
pub use lambda::{Handler, LambdaCode, LambdaDef, LambdaEntry, LambdaRuntime, PackagedFile};
pub use managed::{
    ManagedCachePolicy, ManagedHeader, ManagedOriginRequestPolicy, ManagedResponseHeadersPolicy, Selected, SetOn,
    managed_cache_policy, managed_origin_request_policy, managed_response_headers_policy,
};
pub use model::{
    Association, Base, CacheBehavior, Class, CloudFile, Code, Construct, Distribution, Event, Format, FunctionDef,
    FunctionKind, FunctionRef, Hole, HoleAt, OpenBlock, Origin, Problem, ProblemKind, Rendering, Runtime, Text,
    Touches, UNKNOWN_ATTRIBUTE,
};
pub use names::Names;
pub use policies::{
    CachePolicy, Cors, OriginRequestPolicy, Policy, PolicyBody, PolicyHeader, ResponseHeadersPolicy, Selection,
};
pub use policy_lookup::{Named, Policies};
pub use recognize::{is_terraform_path, recognizes};
pub use response_headers::{HeaderValue, ResponseHeaders, SetHeader, response_headers};
pub use settings::{
    BehaviorSettings, Certificate, CustomOrigin, DistributionSettings, ErrorResponse, ForwardedValues, GeoRestriction,
    OriginHeader, OriginKind, OriginSettings, PolicyRef, PolicyTarget,
};
pub use terraform_code::render;
