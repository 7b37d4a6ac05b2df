//! Hooks in guarded-update normal form: ordered exits, and one chain of guarded values per slot, all over the incoming exchange.

use std::collections::BTreeMap;
use std::sync::Arc;

use source::Span;

use crate::{ExprId, Ledger, Slot, Store, Why};

/// When a hook runs.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HookPoint {
    /// Before the cache, on every request.
    ClientRequest,
    /// Before the origin is asked, where the cache has no answer.
    OriginRequest,
    /// After the origin answered, before the answer is stored.
    OriginResponse,
    /// Before the answer leaves, from cache or origin.
    ClientResponse,
}

impl HookPoint {
    /// All points.
    pub const ALL: [HookPoint; 4] =
        [HookPoint::ClientRequest, HookPoint::OriginRequest, HookPoint::OriginResponse, HookPoint::ClientResponse];

    /// The name in reports and the text form.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            HookPoint::ClientRequest => "client_request",
            HookPoint::OriginRequest => "origin_request",
            HookPoint::OriginResponse => "origin_response",
            HookPoint::ClientResponse => "client_response",
        }
    }

    /// Whether it runs on a response.
    #[must_use]
    pub fn of_response(self) -> bool {
        match self {
            HookPoint::ClientRequest | HookPoint::OriginRequest => false,
            HookPoint::OriginResponse | HookPoint::ClientResponse => true,
        }
    }

    /// Whether it runs only where the cache has no answer.
    #[must_use]
    pub fn on_miss(self) -> bool {
        match self {
            HookPoint::OriginRequest | HookPoint::OriginResponse => true,
            HookPoint::ClientRequest | HookPoint::ClientResponse => false,
        }
    }
}

/// One value a slot may get.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arm {
    /// When.
    pub guard: ExprId,
    /// What.
    pub value: ExprId,
    /// Which constructs it comes from.
    pub why: Why,
    /// The statement that wrote it.
    pub span: Span,
}

/// What ends a hook with an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExitKind {
    /// An answer with a `Location` and a redirecting status.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `Location`.
        to: ExprId,
    },
    /// Any other answer.
    Respond {
        /// The status.
        status: ExprId,
        /// The body; missing: none.
        body: ExprId,
    },
    /// The platform fails the request: an uncaught throw, a broken rule of the platform. The words say how.
    PlatformError(Arc<str>),
}

/// An exit; first match wins, guards are relative to the exits before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exit {
    /// When, given that no earlier exit was taken.
    pub guard: ExprId,
    /// What.
    pub kind: ExitKind,
    /// Response headers and cookies the answer carries.
    pub also: Vec<(Slot, ExprId)>,
    /// Which constructs it comes from.
    pub why: Why,
    /// The statement that makes the answer.
    pub span: Span,
}

/// One function (or block of configuration) at one point.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Name of the function, for people.
    pub name: Arc<str>,
    /// When it runs.
    pub point: HookPoint,
    /// Statement that the hook begins with.
    pub span: Span,
    /// Exits in order.
    pub exits: Vec<Exit>,
    /// What each slot holds if no exit was taken: first match wins, else unchanged.
    pub updates: BTreeMap<Slot, Vec<Arm>>,
}

/// One source's edge program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// All expressions.
    pub store: Store,
    /// All hooks.
    pub hooks: Vec<Hook>,
    /// Constructs and what became of them.
    pub ledger: Ledger,
}
