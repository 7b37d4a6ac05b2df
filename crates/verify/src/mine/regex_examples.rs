//! Strings that a regular expression of the source matches, by walking its syntax tree with a random generator.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::random::Random;

/// Up to `count` strings. A pattern in a dialect that cannot be read gives the literal runs of its text.
pub(crate) fn examples(pattern: &str, flags: &str, count: usize, random: &mut Random) -> Vec<String> {
    let parsed = regex_syntax::ParserBuilder::new()
        .case_insensitive(flags.contains('i'))
        .unicode(false)
        .utf8(false)
        .nest_limit(100)
        .build()
        .parse(pattern);
    let mut found: Vec<String> = Vec::new();
    match parsed {
        Ok(hir) => {
            for _ in 0..count * 2 {
                let mut out = String::new();
                sample(&hir, random, &mut out);
                if !found.contains(&out) && found.len() < count {
                    found.push(out);
                }
            }
        }
        Err(_) => {
            for run in pattern.split(|it: char| !(it.is_ascii_alphanumeric() || "/-_.".contains(it))) {
                if !run.is_empty() && found.len() < count {
                    found.push(run.to_owned());
                }
            }
        }
    }
    found
}

/// The recursion is as deep as the pattern nests, which the parser bounds.
fn sample(hir: &Hir, random: &mut Random, out: &mut String) {
    if out.len() > 200 {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => {
            let ranges: Vec<(u32, u32)> = match class {
                Class::Unicode(it) => {
                    it.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
                }
                Class::Bytes(it) => it.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect(),
            };
            // Printable text without the characters that would end a path; what is left if that is nothing.
            let all: Vec<char> = ranges
                .iter()
                .flat_map(|(low, high)| (*low).max(33)..=(*high).min(126))
                .filter_map(char::from_u32)
                .collect();
            let tame: Vec<char> = all.iter().copied().filter(char::is_ascii_alphanumeric).collect();
            let from = if tame.is_empty() || random.one_in(6) { &all } else { &tame };
            out.extend(from.get(random.below(from.len())));
        }
        HirKind::Repetition(it) => {
            let extra = u32::try_from(random.below(4)).unwrap_or(0);
            let most = it.max.unwrap_or(it.min.saturating_add(3));
            for _ in 0..it.min.saturating_add(extra).min(most).min(40) {
                sample(&it.sub, random, out);
            }
        }
        HirKind::Capture(it) => sample(&it.sub, random, out),
        HirKind::Concat(parts) => {
            for part in parts {
                sample(part, random, out);
            }
        }
        HirKind::Alternation(parts) => {
            if let Some(part) = parts.get(random.below(parts.len())) {
                sample(part, random, out);
            }
        }
    }
}
