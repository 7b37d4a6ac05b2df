//! The rows of `grammars/cloudfront/` and how an attribute finds its own: from the row of its block, by its spelling.
//!
//! The table is generated (see the test); what no row names is refused by name, never passed over.

use crate::model::{Class, Touches, UNKNOWN_ATTRIBUTE};

/// What a row says of what is written inside of its attribute.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Inner {
    /// Rows below this one.
    Rows,
    /// Everything inside is settled by this row.
    Any,
    /// Entries with free names, each a block of this row.
    Map,
    /// Attributes of the row above.
    Same,
}

/// One attribute, block or resource.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) cloudformation: &'static [&'static str],
    pub(crate) terraform: &'static [&'static str],
    pub(crate) class: Class,
    pub(crate) inner: Inner,
}

/// Which spelling a file uses.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Spelling {
    CloudFormation,
    Terraform,
}

impl Row {
    fn is_spelled(&self, name: &str, spelling: Spelling) -> bool {
        match spelling {
            Spelling::CloudFormation => self.cloudformation.contains(&name),
            Spelling::Terraform => self.terraform.contains(&name),
        }
    }

    fn parent(&self) -> Option<&'static str> {
        self.name.rsplit_once('.').map(|it| it.0)
    }
}

/// What a construct stands under.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Under {
    /// A row.
    Row(&'static Row),
    /// An attribute that no row names: nothing inside of it is known either.
    Unknown,
    /// A part that only a run of the tool can write out.
    Open,
}

/// The row of the constructs of an open part.
pub(crate) const OPEN: Class = Class::Refused {
    row: "open block",
    later: "the reader of evaluated templates and plans",
    touches: Touches::Everything,
};

impl Under {
    /// Name and class of the construct itself.
    pub(crate) fn settle(self) -> (&'static str, Class) {
        match self {
            Under::Row(row) => (row.name, row.class),
            Under::Unknown => {
                let later = "nothing: no row names it";
                (UNKNOWN_ATTRIBUTE, Class::Refused { row: UNKNOWN_ATTRIBUTE, later, touches: Touches::Everything })
            }
            Under::Open => ("open block", OPEN),
        }
    }

    /// What `name`, written inside, is.
    pub(crate) fn child(self, name: &str, spelling: Spelling) -> Under {
        let row = match self {
            Under::Row(row) => row,
            Under::Unknown | Under::Open => return self,
        };
        if row.inner == Inner::Any {
            return self;
        }
        let holder = if row.inner == Inner::Same { row.parent().unwrap_or(row.name) } else { row.name };
        let inner = below(holder).find(|it| it.is_spelled(name, spelling));
        // Every Terraform resource has the attributes of the language. CloudFormation keeps its own outside of `Properties`.
        let outermost = spelling == Spelling::Terraform && !holder.contains('.');
        let common = || below("resource").filter(|_| outermost).find(|it| it.is_spelled(name, spelling));
        match inner.or_else(common) {
            Some(found) => Under::Row(found),
            None if row.inner == Inner::Map => self,
            None => Under::Unknown,
        }
    }
}

/// The rows directly below a row.
fn below(name: &str) -> impl Iterator<Item = &'static Row> {
    let from = crate::table::ROWS.partition_point(|it| it.name <= name);
    let rows = crate::table::ROWS.get(from..).unwrap_or(&[]).iter();
    let inside =
        move |it: &&'static Row| it.name.starts_with(name) && it.name.as_bytes().get(name.len()) == Some(&b'.');
    rows.filter(inside).filter(move |it| it.parent() == Some(name))
}

/// The row of a resource type, such as `AWS::CloudFront::Function`.
pub(crate) fn resource(kind: &str, spelling: Spelling) -> Under {
    let found = crate::table::ROWS.iter().filter(|it| it.parent().is_none());
    found.into_iter().find(|it| it.is_spelled(kind, spelling)).map_or(Under::Unknown, Under::Row)
}

/// The row of a name, for parts that are entered without a spelling.
pub(crate) fn named(name: &str) -> Under {
    crate::table::ROWS.iter().find(|it| it.name == name).map_or(Under::Unknown, Under::Row)
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests; blessing writes the table"
)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::path::Path;

    /// The committed table, as the grammar gives it.
    fn generated() -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammars/cloudfront/distribution.toml");
        let text = std::fs::read_to_string(root).unwrap();
        let grammar: toml::Table = text.parse().unwrap();
        let sources = grammar["sources"].as_table().unwrap();
        let mut rows: Vec<(&String, &toml::Value)> = grammar.iter().filter(|it| it.0 != "sources").collect();
        rows.sort_by_key(|it| it.0);
        let mut out = String::from(
            "//! The rows of `grammars/cloudfront/distribution.toml`, sorted by name. Generated: edit the grammar and bless the test.\n\n\
             use crate::model::{Class, Touches};\nuse crate::rows::{Inner, Row};\n\n#[rustfmt::skip]\npub(crate) static ROWS: &[Row] = &[\n",
        );
        for (name, row) in &rows {
            if let Some((parent, _)) = name.rsplit_once('.') {
                assert!(grammar.contains_key(parent), "{name} stands under no row");
            }
            assert!(sources.contains_key(row["source"].as_str().unwrap()), "{name} has a source that is not listed");
            let text = row["text"].as_str().unwrap();
            let (class, field) = match row["class"].as_str().unwrap() {
                "read" => ("Read", "feeds"),
                "refused" => ("Refused", "later"),
                "no_effect" => ("NoEffect", "why"),
                "default" => ("Default", "why"),
                other => panic!("{name}: no class {other}"),
            };
            let inner = match row.get("inner").map(|it| it.as_str().unwrap()) {
                None => "Rows",
                Some("any") => "Any",
                Some("map") => "Map",
                Some("same") => "Same",
                Some(other) => panic!("{name}: no inner {other}"),
            };
            let touches = row.get("touches").map(|it| it.as_str().unwrap());
            let touches = match (class, touches) {
                ("Refused", None) => ", touches: Touches::Nothing",
                ("Refused", Some("answers")) => ", touches: Touches::Answers",
                ("Refused", Some("response")) => ", touches: Touches::Response",
                ("Refused", Some("path")) => ", touches: Touches::Path",
                ("Refused", Some("origin")) => ", touches: Touches::Origin",
                ("Refused", Some("everything")) => ", touches: Touches::Everything",
                (_, None) => "",
                (_, Some(other)) => panic!("{name}: {class} touches {other}"),
            };
            let list = |key: &str| {
                let names = row.get(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
                format!(
                    "&[{}]",
                    names.iter().map(|it| format!("{:?}", it.as_str().unwrap())).collect::<Vec<_>>().join(", ")
                )
            };
            writeln!(
                out,
                "    Row {{ name: {name:?}, cloudformation: {}, terraform: {}, class: Class::{class} {{ row: {name:?}, {field}: {text:?}{touches} }}, inner: Inner::{inner} }},",
                list("cloudformation"),
                list("terraform"),
            )
            .unwrap();
        }
        out.push_str("];\n");
        out
    }

    #[test]
    fn the_table_is_the_grammar() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/table.rs");
        let fresh = generated();
        if std::env::var_os("MIGRATE_BLESS").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), fresh, "run with MIGRATE_BLESS=1");
    }

    #[test]
    fn no_spelling_stands_twice_in_a_block() {
        for row in crate::table::ROWS {
            for other in crate::table::ROWS.iter().filter(|it| it.name != row.name && it.parent() == row.parent()) {
                for (one, two) in [(row.cloudformation, other.cloudformation), (row.terraform, other.terraform)] {
                    let twice = one.iter().find(|it| two.contains(it));
                    assert_eq!(twice, None, "{} and {}", row.name, other.name);
                }
            }
        }
    }

    #[test]
    fn attributes_are_found_from_their_block() {
        let cfn = |path: &[&str]| {
            let start = resource("AWS::CloudFront::Distribution", Spelling::CloudFormation);
            path.iter().fold(start, |under, it| under.child(it, Spelling::CloudFormation)).settle().0
        };
        assert_eq!(cfn(&["DistributionConfig", "CacheBehaviors", "Compress"]), "distribution.cache_behavior.compress");
        assert_eq!(cfn(&["DistributionConfig", "OriginGroups", "Items", "Id"]), "distribution.origin_group.id");
        assert_eq!(cfn(&["Properties"]), UNKNOWN_ATTRIBUTE);
        let tf = |path: &[&str]| {
            let start = resource("aws_cloudfront_distribution", Spelling::Terraform);
            path.iter().fold(start, |under, it| under.child(it, Spelling::Terraform)).settle().0
        };
        assert_eq!(tf(&["ordered_cache_behavior", "compress"]), "distribution.cache_behavior.compress");
        assert_eq!(
            tf(&["default_cache_behavior", "function_association", "event_type"]),
            "distribution.cache_behavior.function.event"
        );
        assert_eq!(tf(&["lifecycle", "ignore_changes"]), "resource.lifecycle");
        assert_eq!(tf(&["no_such"]), UNKNOWN_ATTRIBUTE);
    }
}
