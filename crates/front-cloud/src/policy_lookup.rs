//! Which policy a behavior names: one that a file defines, a ready-made one, or one that is not known here.

use crate::model::{CloudFile, Hole, Text};
use crate::policies::{Policy, PolicyBody};
use crate::settings::{PolicyRef, PolicyTarget};

/// The policies that the behaviors of one scope can name, and what fills the holes in what they say.
#[derive(Copy, Clone)]
pub struct Policies<'a> {
    files: &'a [CloudFile],
    scope: &'a str,
    pub(crate) fill: &'a dyn Fn(&Hole) -> Option<String>,
}

impl<'a> Policies<'a> {
    /// The policies of a scope ([`CloudFile::scope`]). `fill` says what stands in a hole, if that is known.
    #[must_use]
    pub fn new(files: &'a [CloudFile], scope: &'a str, fill: &'a dyn Fn(&Hole) -> Option<String>) -> Policies<'a> {
        Policies { files, scope, fill }
    }

    /// The policy with an id of the scope.
    fn local(&self, id: &str) -> Option<&'a Policy> {
        let here = self.files.iter().filter(|it| it.scope == self.scope);
        here.flat_map(|it| &it.policies).find(|it| it.id == id)
    }

    /// The policy that is deployed under a name, wherever it is defined.
    fn called(&self, name: &str) -> Option<&'a Policy> {
        let defined = self.files.iter().flat_map(|it| &it.policies);
        let mut found = defined.filter(|it| {
            !matches!(it.body, PolicyBody::Lookup { .. })
                && it.name.as_ref().and_then(|it| it.filled(self.fill)).as_deref() == Some(name)
        });
        // Two of one name in one repository: which one is meant depends on what is deployed.
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The policy whose name is taken for a look-up: `aws_cloudfront_cache_policy.x.name`.
    fn name_of(&self, text: &Text) -> Option<&'a Policy> {
        let Text::Hole(hole) = text else { return None };
        self.local(hole.name.strip_suffix(".name")?)
    }

    /// The policy that a reference leads to.
    #[must_use]
    pub fn find(&self, reference: &PolicyRef) -> Named<'a> {
        let by_name = |text: &Text| match text.filled(self.fill) {
            None => self.name_of(text).map_or_else(|| Named::Unknown(open_text(text)), Named::Defined),
            Some(name) => self.called(&name).map_or(Named::Elsewhere(name), Named::Defined),
        };
        let by_id = |text: &Text| match text.filled(self.fill) {
            None => Named::Unknown(open_text(text)),
            Some(id) => Named::Elsewhere(id),
        };
        match &reference.target {
            PolicyTarget::Id(text) => by_id(text),
            PolicyTarget::Name(text) => by_name(text),
            PolicyTarget::Local(id) => match self.local(id) {
                None => Named::Unknown(format!("`{id}` is not defined")),
                Some(policy) => match &policy.body {
                    PolicyBody::Lookup { id: Some(id) } => by_id(id),
                    PolicyBody::Lookup { id: None } => match &policy.name {
                        Some(name) => by_name(name),
                        None => Named::Unknown(format!("`{id}` names no policy")),
                    },
                    PolicyBody::Cache(_)
                    | PolicyBody::OriginRequest(_)
                    | PolicyBody::ResponseHeaders(_)
                    | PolicyBody::Open(_) => Named::Defined(policy),
                },
            },
        }
    }
}

/// Where a policy is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Named<'a> {
    /// A file defines it.
    Defined(&'a Policy),
    /// By this id or name: ready-made, or defined nowhere here.
    Elsewhere(String),
    /// Not known which one, and why.
    Unknown(String),
}

/// Why a text is not known.
pub(crate) fn open_text(text: &Text) -> String {
    match text.holes().first() {
        Some(hole) => format!("`{}` is filled in at deployment", hole.name),
        None => "it is filled in at deployment".to_owned(),
    }
}
