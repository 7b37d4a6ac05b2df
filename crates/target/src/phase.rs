//! Phases we emit into. The order of the variants is the order in which a request, then its response, meets them.

use crate::generated;
use crate::limits::Limit;
use std::fmt;

/// A phase: one list of rules at one point of a request's way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// Single redirects.
    DynamicRedirect,
    /// URL rewrites.
    UrlRewrite,
    /// Configuration rules.
    Config,
    /// Origin rules.
    Origin,
    /// WAF custom rules.
    WafCustom,
    /// Bulk redirects, of the account.
    BulkRedirect,
    /// Request header transforms.
    RequestHeaders,
    /// Cache rules.
    Cache,
    /// Snippets, which have an API of their own.
    Snippets,
    /// The place of the Worker; no phase of the Rulesets API.
    Worker,
    /// Custom error responses.
    CustomErrors,
    /// Response header transforms.
    ResponseHeaders,
}

/// What is known about a phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhaseRow {
    /// The name in the API.
    pub name: &'static str,
    /// The product users know.
    pub product: &'static str,
    /// Whether it sees the request or the response.
    pub side: Side,
    /// Its place in the documented list of its side.
    pub order: u8,
    /// Whose rules it holds.
    pub level: Level,
    /// Actions of the API that we emit there.
    pub actions: &'static [&'static str],
    /// Whether a matching rule ends the request.
    pub terminating: bool,
    /// Whether it has an API of its own, outside the Rulesets API.
    pub own_api: bool,
    /// The limit on the number of its rules.
    pub limit: Limit,
    /// Whether the documentation publishes a closed list of fields for it.
    pub closed_field_list: bool,
    /// What happens when several rules match.
    pub conflict: &'static str,
    /// Where this was read.
    pub source: &'static str,
    /// Age of what was read.
    pub checked: &'static str,
}

/// The side of an exchange.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// Before the origin answers.
    Request,
    /// After.
    Response,
}

/// Whose rules a phase holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// One entry point per zone.
    Zone,
    /// One entry point per account.
    Account,
}

impl Phase {
    /// All phases in their order.
    pub const ALL: [Self; 12] = [
        Self::DynamicRedirect,
        Self::UrlRewrite,
        Self::Config,
        Self::Origin,
        Self::WafCustom,
        Self::BulkRedirect,
        Self::RequestHeaders,
        Self::Cache,
        Self::Snippets,
        Self::Worker,
        Self::CustomErrors,
        Self::ResponseHeaders,
    ];

    /// What is known about it.
    #[must_use]
    pub fn row(self) -> &'static PhaseRow {
        generated::phase_row(self)
    }

    /// The name in the API, `worker` for the Worker.
    #[must_use]
    pub fn api_name(self) -> &'static str {
        self.row().name
    }

    /// The phase of an API name.
    #[must_use]
    pub fn from_api_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.api_name() == name)
    }

    /// Whether the phase sees the response.
    #[must_use]
    pub fn is_response(self) -> bool {
        self.row().side == Side::Response
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.api_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_variants_is_the_documented_order() {
        let keys: Vec<(Side, u8)> = Phase::ALL.iter().map(|it| (it.row().side, it.row().order)).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        assert_eq!(keys, sorted);
        assert!(Phase::ALL.is_sorted());
    }

    #[test]
    fn names_lead_back_to_phases() {
        for phase in Phase::ALL {
            assert_eq!(Phase::from_api_name(phase.api_name()), Some(phase));
        }
        assert_eq!(Phase::from_api_name("http_request_nowhere"), None);
    }
}
