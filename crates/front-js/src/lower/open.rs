//! Open places of a template: markers in the text that stand for a value which only a deployment knows.
//!
//! Inside of a text a marker becomes the name `*hole NAME`, which no source can write, so what is computed from the rest of the text is
//! known. A marker in any other place may stand for anything and is not supported.

use std::sync::Arc;

use script::{Expr, ExprKind, Key};
use source::Span;

use super::{Lower, unsupported};

/// What the name of an open text begins with; its own name follows.
pub(crate) const PREFIX: &str = "*hole ";

impl Lower {
    /// The name of an open place in a text, if there is one.
    pub(super) fn open_in(&self, text: &str) -> Option<&Arc<str>> {
        self.open.iter().find(|it| text.contains(&*it.0)).map(|it| &it.1)
    }

    /// A text with open places as a template, or nothing where there is none.
    pub(super) fn open_text(&self, text: &str, span: Span) -> Option<ExprKind> {
        self.open_in(text)?;
        let (texts, exprs) = self.open_template(&[Arc::from(text)], Vec::new(), span);
        Some(match (texts.as_slice(), exprs.as_slice()) {
            ([before, after], [one]) if before.is_empty() && after.is_empty() => one.kind.clone(),
            _ => ExprKind::Template(texts, exprs),
        })
    }

    /// A template in which open places are expressions.
    pub(super) fn open_template(&self, texts: &[Arc<str>], exprs: Vec<Expr>, span: Span) -> (Vec<Arc<str>>, Vec<Expr>) {
        if self.open.is_empty() {
            return (texts.to_vec(), exprs);
        }
        let (mut out, mut between) = (Vec::new(), Vec::new());
        let mut exprs = exprs.into_iter();
        for text in texts {
            let mut rest: &str = text;
            let first =
                |rest: &str| self.open.iter().filter_map(|it| Some((rest.find(&*it.0)?, it))).min_by_key(|it| it.0);
            while let Some((at, (marker, name))) = first(rest) {
                out.push(Arc::from(rest.get(..at).unwrap_or("")));
                between.push(Expr { span, kind: ExprKind::Name(Arc::from(format!("{PREFIX}{name}"))) });
                rest = rest.get(at + marker.len()..).unwrap_or("");
            }
            out.push(Arc::from(rest));
            between.extend(exprs.next());
        }
        (out, between)
    }

    /// A property name; computed where it is open.
    pub(super) fn named(&self, name: &str, span: Span) -> Key {
        match self.open_text(name, span) {
            Some(kind) => Key::Computed(Box::new(Expr { span, kind })),
            None => Key::Name(Arc::from(name)),
        }
    }

    /// An expression that is refused because it is open.
    pub(super) fn open_expression(&self, text: &str, span: Span) -> Option<Expr> {
        self.open_in(text).map(|name| unsupported(span, &words(name), Vec::new()))
    }
}

/// The words for an open place that stands for code.
pub(super) fn words(name: &str) -> String {
    format!("`{name}`, which is filled in at deployment,")
}
