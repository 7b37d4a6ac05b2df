//! What a project is made from: plain data, so that the emitter knows nothing of how code was found or placed.

use std::collections::BTreeMap;

use crate::printed::Printed;
use crate::routes::RoutePattern;
use crate::witnesses::Witness;

/// One Worker project: all code of one zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkerSpec {
    /// The Worker's name: lower-case letters, digits and hyphens.
    pub name: String,
    /// The zone the routes are in.
    pub zone: String,
    /// The hosts that the project serves; for the reader, routes and behaviors name theirs.
    pub hosts: Vec<String>,
    /// Where the Worker runs in production. Wider than the behaviors at most: the Worker passes on what none matches.
    pub routes: Vec<RoutePattern>,
    /// The Workers runtime's compatibility date.
    pub compatibility_date: String,
    /// What `event.context` says.
    pub distribution: Distribution,
    /// Cache behaviors in the order in which they are tried.
    pub behaviors: Vec<CacheBehavior>,
    /// The key value stores.
    pub kv: Vec<KvBinding>,
    /// Origins by their id in the distribution, for functions that select one.
    pub origins: BTreeMap<String, OriginSettings>,
    /// A response header that marks answers of viewer-request functions, so that response rules can leave them alone.
    pub mark_answers: Option<String>,
    /// Requests with the answers that the old edge gives.
    pub witnesses: Vec<Witness>,
}

/// The distribution that functions are told they run in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Distribution {
    /// `event.context.distributionDomainName`.
    pub domain_name: String,
    /// `event.context.distributionId`.
    pub id: String,
}

/// One cache behavior and its functions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CacheBehavior {
    /// The hosts it is for: exact names or `*.example.com`; empty means every host.
    pub hosts: Vec<String>,
    /// CloudFront's path pattern; `None` is the default behavior.
    pub path_pattern: Option<String>,
    /// The function that runs before the cache is asked.
    pub viewer_request: Option<FunctionUnit>,
    /// The function that runs before the origin is asked; of Lambda@Edge, as the next one.
    pub origin_request: Option<FunctionUnit>,
    /// The function that runs on what the origin answered.
    pub origin_response: Option<FunctionUnit>,
    /// The function that runs on what the visitor gets.
    pub viewer_response: Option<FunctionUnit>,
    /// The computed `cloudfront-*` headers that the behavior's policies list; `None` when the policies are not known.
    pub computed_headers: Option<Vec<String>>,
}

impl CacheBehavior {
    /// The functions, in the order in which they run.
    pub fn functions(&self) -> impl Iterator<Item = &FunctionUnit> {
        let all = [&self.viewer_request, &self.origin_request, &self.origin_response, &self.viewer_response];
        all.into_iter().flatten()
    }
}

/// The platform that a function was written for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Platform {
    /// CloudFront Functions.
    #[default]
    CloudFrontFunctions,
    /// Lambda@Edge.
    LambdaEdge {
        /// Whether the function is shown the request's body.
        include_body: bool,
    },
}

/// One user function with the modules it consists of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionUnit {
    /// A name that is unique in the project; equal ids are the same function.
    pub id: String,
    /// The modules, the entry first. Paths are relative, with `/`, and without `..`.
    pub modules: Vec<UserModule>,
    /// Where the user finds the function, `file:line`.
    pub source: String,
    /// What it was written for.
    pub platform: Platform,
    /// Which of CloudFront's runtimes it was written for; of Lambda@Edge without a meaning.
    pub runtime: Runtime,
    /// The name of the function that takes the event: one of the top level, or of Lambda@Edge an export.
    pub handler: String,
    /// The binding of its key value store.
    pub kv_binding: Option<String>,
    /// The function as printed code, which then stands in the place of its modules.
    pub printed: Option<Printed>,
}

/// One file of the user, types already taken out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserModule {
    /// The path under the function's folder.
    pub path: String,
    /// The source.
    pub text: String,
}

/// CloudFront's JavaScript runtimes.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Runtime {
    /// `cloudfront-js-1.0`
    V1,
    /// `cloudfront-js-2.0`
    V2,
}

impl Runtime {
    /// The number in `cloudfront-js-…`.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Runtime::V1 => "1.0",
            Runtime::V2 => "2.0",
        }
    }
}

/// A key value store and the binding that stands for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KvBinding {
    /// The name in `env`: upper-case letters, digits and underscores.
    pub binding: String,
    /// The store's name at the source.
    pub name: String,
}

/// An origin, as far as a Worker can reach it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OriginSettings {
    /// The host to connect to.
    pub domain_name: String,
    /// Put in front of the path, without a slash at the end.
    pub origin_path: String,
    /// Headers that the origin gets.
    pub custom_headers: BTreeMap<String, String>,
}
