//! The table of codes and its pages: unique, sorted, documented, and no page without a code.

use diag::codes::{ALL, find};
use std::collections::BTreeSet;

const HEADINGS: [&str; 4] = ["What happens", "Why", "Example", "What to do"];

#[test]
fn ids_are_sorted_and_ids_and_names_are_unique() {
    assert!(ALL.windows(2).all(|pair| matches!(pair, [a, b] if a.id < b.id)));
    let names: BTreeSet<&str> = ALL.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), ALL.len());
    for code in ALL {
        let digits =
            code.id.strip_prefix("MIG").filter(|it| it.len() == 4 && it.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(digits.is_some(), "{}", code.id);
        assert!(code.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        assert!(code.summary.ends_with('.') && !code.summary.contains("  "), "{}: {:?}", code.id, code.summary);
    }
}

#[test]
fn every_page_has_its_title_and_its_parts_with_content() {
    for code in ALL {
        assert!(code.doc.starts_with(&format!("# {} {}\n", code.id, code.name)), "{}: title", code.id);
        for heading in HEADINGS {
            let words = code.section(heading).map_or(0, |it| it.split_whitespace().count());
            assert!(words >= 8, "{}: `## {heading}` has {words} words", code.id);
        }
        let order: Vec<&str> = code.doc.lines().filter_map(|it| it.strip_prefix("## ")).collect();
        assert_eq!(order, HEADINGS, "{}", code.id);
        assert!(code.doc.ends_with('\n') && !code.doc.ends_with("\n\n"), "{}: last line", code.id);
        assert!(code.doc.matches("```").count().is_multiple_of(2), "{}: an open fence", code.id);
        assert!(code.doc.lines().count() >= 14, "{}: short", code.id);
    }
}

#[test]
fn an_example_is_files_or_a_session() {
    for code in ALL {
        let session = code.section("Example").is_some_and(|it| it.contains("```text\n"));
        let files = code.example();
        assert!(files.is_empty() == session, "{}: {} files", code.id, files.len());
        assert!(files.iter().all(|(path, text)| path.contains('.') && !path.contains(' ') && text.ends_with('\n')));
    }
    let files = find("import-cycle").map(paths).unwrap_or_default();
    assert_eq!(files, ["index.js", "hosts.js"]);
}

fn paths(code: &diag::Code) -> Vec<&'static str> {
    code.example().into_iter().map(|(path, _)| path).collect()
}

#[test]
fn pages_refer_only_to_codes_that_exist() {
    for code in ALL {
        for (at, _) in code.doc.match_indices("MIG") {
            let Some(id) = code.doc.get(at..at + 7) else { continue };
            if id.bytes().skip(3).all(|byte| byte.is_ascii_digit()) {
                assert!(find(id).is_some(), "{} names {id}", code.id);
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may look at the repository")]
fn every_page_in_the_folder_belongs_to_a_code() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/codes");
    let pages = std::fs::read_dir(folder)?.map(|it| Ok(it?.file_name().to_string_lossy().into_owned()));
    let pages: BTreeSet<String> = pages.collect::<std::io::Result<_>>()?;
    let codes: BTreeSet<String> = ALL.iter().map(|it| format!("{}.md", it.id)).collect();
    assert_eq!(pages, codes);
    Ok(())
}

#[test]
fn a_code_is_found_by_id_and_by_name() {
    assert_eq!(find("mig0501").map(|it| it.name), Some("regex-needs-business"));
    assert_eq!(find("regex-needs-business").map(|it| it.id), Some("MIG0501"));
    assert_eq!(find("MIG9999"), None);
}
