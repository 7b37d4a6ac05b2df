//! Registration of constructs in templates: every key and every object of a list inside of a CloudFront resource, with its row.
//!
//! The walk is a loop over what is written; aliases are leaves, because what they name is counted where it stands.

use crate::model::Construct;
use crate::node::{Kind, NodeId, Tree};
use crate::rows::{Spelling, Under, named};
use std::collections::BTreeSet;

/// Whether a key is an operator of the template language and no attribute.
pub(crate) fn is_operator(key: &str) -> bool {
    key.starts_with("Fn::") || key == "Ref"
}

/// All constructs of one resource, the resource itself included. `open` holds nodes whose shape is not fixed by the file.
pub(crate) fn register(
    tree: &Tree,
    key: NodeId,
    resource: NodeId,
    row: Under,
    open: &BTreeSet<NodeId>,
    out: &mut Vec<Construct>,
) {
    let (kind, class) = row.settle();
    out.push(Construct { kind, span: tree.span(key), class });
    walk(tree, resource, row, true, open, out);
}

/// The constructs inside of a value; `outermost` for a resource, whose own keys are those of every resource.
pub(crate) fn walk(
    tree: &Tree,
    value: NodeId,
    row: Under,
    outermost: bool,
    open: &BTreeSet<NodeId>,
    out: &mut Vec<Construct>,
) {
    let mut todo = vec![(value, row, outermost)];
    while let Some((id, under, outermost)) = todo.pop() {
        let under = if open.contains(&id) { Under::Open } else { under };
        let Some(node) = tree.raw(id) else { continue };
        match &node.kind {
            Kind::Scalar { .. } | Kind::Alias(_) => {}
            Kind::Sequence(items) => {
                for item in items.iter().rev() {
                    if is_object(tree, *item) {
                        let (kind, class) = if open.contains(item) { Under::Open } else { under }.settle();
                        out.push(Construct { kind, span: tree.span(*item), class });
                    }
                    todo.push((*item, under, false));
                }
            }
            Kind::Mapping(entries) => {
                for (key, value) in entries.iter().rev() {
                    // A key that is no scalar has no name, and so no row.
                    let name = match tree.raw(*key).map(|it| &it.kind) {
                        Some(Kind::Scalar { value, .. }) => value.as_str(),
                        Some(Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias(_)) | None => "",
                    };
                    if is_operator(name) {
                        todo.push((*value, under, false));
                        continue;
                    }
                    let below = match under {
                        Under::Row(_) if outermost => named("resource").child(name, Spelling::CloudFormation),
                        Under::Row(_) | Under::Unknown | Under::Open => under.child(name, Spelling::CloudFormation),
                    };
                    let (kind, class) = below.settle();
                    out.push(Construct { kind, span: tree.span(*key), class });
                    let inner = if outermost && name == "Properties" { under } else { below };
                    todo.push((*value, inner, false));
                }
            }
        }
    }
}

/// Whether an item of a list is an object of its own and not a call of an operator.
fn is_object(tree: &Tree, id: NodeId) -> bool {
    let Some(node) = tree.raw(id) else { return false };
    let Kind::Mapping(entries) = &node.kind else { return false };
    let operator = |key: &NodeId| match tree.raw(*key).map(|it| &it.kind) {
        Some(Kind::Scalar { value, .. }) => is_operator(value),
        Some(Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias(_)) | None => false,
    };
    !entries.iter().any(|(key, _)| operator(key))
}
