//! What front ends have in common: the names of the platforms, and what a file was recognized as.
//!
//! The words of [`Platform`] are the ones of `migrate.toml` and of the report; each is spelled here only.

/// A platform whose edge logic can be a source.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Platform {
    /// AWS Lambda@Edge.
    LambdaEdge,
    /// AWS CloudFront Functions.
    CloudFrontFunctions,
    /// The configuration of a CloudFront distribution.
    CloudFront,
    /// NGINX configuration.
    Nginx,
    /// Lua inside NGINX.
    NginxLua,
    /// An Akamai property.
    AkamaiProperty,
    /// Akamai EdgeWorkers.
    AkamaiEdgeWorkers,
    /// Fastly VCL.
    FastlyVcl,
    /// Fastly Compute.
    FastlyCompute,
    /// A `_redirects` file.
    Redirects,
    /// A static site's own configuration.
    StaticSite,
    /// Kubernetes Ingress.
    KubernetesIngress,
    /// JavaScript inside NGINX.
    Njs,
    /// An API gateway.
    ApiGateway,
    /// A function of a Node host.
    NodeFunction,
    /// The middleware of a web framework.
    Middleware,
    /// Work on a schedule.
    Cron,
}

impl Platform {
    /// Every platform, in the order of the documentation.
    pub const ALL: [Platform; 17] = [
        Platform::LambdaEdge,
        Platform::CloudFrontFunctions,
        Platform::CloudFront,
        Platform::Nginx,
        Platform::NginxLua,
        Platform::AkamaiProperty,
        Platform::AkamaiEdgeWorkers,
        Platform::FastlyVcl,
        Platform::FastlyCompute,
        Platform::Redirects,
        Platform::StaticSite,
        Platform::KubernetesIngress,
        Platform::Njs,
        Platform::ApiGateway,
        Platform::NodeFunction,
        Platform::Middleware,
        Platform::Cron,
    ];

    /// The word for it in every file we read or write.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Platform::LambdaEdge => "lambda-edge",
            Platform::CloudFrontFunctions => "cloudfront-functions",
            Platform::CloudFront => "cloudfront",
            Platform::Nginx => "nginx",
            Platform::NginxLua => "nginx-lua",
            Platform::AkamaiProperty => "akamai-property",
            Platform::AkamaiEdgeWorkers => "akamai-edgeworkers",
            Platform::FastlyVcl => "fastly-vcl",
            Platform::FastlyCompute => "fastly-compute",
            Platform::Redirects => "redirects",
            Platform::StaticSite => "static-site",
            Platform::KubernetesIngress => "kubernetes-ingress",
            Platform::Njs => "njs",
            Platform::ApiGateway => "api-gateway",
            Platform::NodeFunction => "node-function",
            Platform::Middleware => "middleware",
            Platform::Cron => "cron",
        }
    }

    /// The platform of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Platform> {
        Platform::ALL.into_iter().find(|it| it.word() == word)
    }

    /// Whether a front end reads it today; the others are recognized and said.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Platform::CloudFrontFunctions | Platform::LambdaEdge | Platform::CloudFront)
    }
}

/// What the content of a script says it is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Recognized {
    /// A CloudFront function.
    CloudFrontFunction,
    /// A Lambda@Edge function.
    LambdaEdge,
    /// An Akamai EdgeWorker.
    EdgeWorker,
    /// A Cloudflare Worker: already where we migrate to.
    CloudflareWorker,
    /// A script for NGINX.
    NginxJs,
    /// A Fastly Compute service.
    FastlyCompute,
    /// The middleware of a web framework.
    Middleware,
}

impl Recognized {
    /// The platform it runs on; none for a Cloudflare Worker, which is no source.
    #[must_use]
    pub fn platform(self) -> Option<Platform> {
        match self {
            Recognized::CloudFrontFunction => Some(Platform::CloudFrontFunctions),
            Recognized::LambdaEdge => Some(Platform::LambdaEdge),
            Recognized::EdgeWorker => Some(Platform::AkamaiEdgeWorkers),
            Recognized::CloudflareWorker => None,
            Recognized::NginxJs => Some(Platform::Njs),
            Recognized::FastlyCompute => Some(Platform::FastlyCompute),
            Recognized::Middleware => Some(Platform::Middleware),
        }
    }

    /// Whether a front end reads it today.
    #[must_use]
    pub fn is_read(self) -> bool {
        self.platform().is_some_and(Platform::is_read)
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Recognized::CloudFrontFunction => "CloudFront function",
            Recognized::LambdaEdge => "Lambda@Edge function",
            Recognized::EdgeWorker => "Akamai EdgeWorker",
            Recognized::CloudflareWorker => "Cloudflare Worker",
            Recognized::NginxJs => "NGINX JavaScript",
            Recognized::FastlyCompute => "Fastly Compute service",
            Recognized::Middleware => "framework middleware",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_parse_back() {
        for platform in Platform::ALL {
            assert_eq!(Platform::parse(platform.word()), Some(platform));
        }
        assert_eq!(Platform::parse("varnish"), None);
    }

    #[test]
    fn functions_of_cloudfront_are_read_among_scripts() {
        assert!(Recognized::CloudFrontFunction.is_read());
        assert!(Recognized::LambdaEdge.is_read());
        assert!(!Recognized::EdgeWorker.is_read());
        assert_eq!(Recognized::CloudflareWorker.platform(), None);
        assert!(!Recognized::CloudflareWorker.is_read());
    }
}
