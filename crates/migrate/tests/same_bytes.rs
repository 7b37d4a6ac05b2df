//! The same input gives the same bytes: between runs, numbers of threads and working directories.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

type Tree = BTreeMap<String, Vec<u8>>;

fn tree(folder: &Path) -> std::io::Result<Tree> {
    let mut out = Tree::new();
    let mut work = vec![folder.to_path_buf()];
    while let Some(next) = work.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                work.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                out.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(out)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for (name, bytes) in tree(from)? {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap_or(to))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// The source blocks of a fixture as files.
fn sources(fixture: &Path, to: &Path) -> std::io::Result<()> {
    let text = fs::read_to_string(fixture)?;
    let mut open: Option<(PathBuf, String)> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let path = info.split_once(' ').map_or("", |it| it.1);
                open = Some((PathBuf::from(path), String::new()));
            }
            (Some((path, text)), Some(_)) => {
                if !path.as_os_str().is_empty() {
                    let path = to.join(&*path);
                    fs::create_dir_all(path.parent().unwrap_or(to))?;
                    fs::write(path, &*text)?;
                }
                open = None;
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    Ok(())
}

/// Analyzes from a folder, naming the repository and the output as that folder sees them.
fn analyzed(
    from: &Path,
    repository: &str,
    out: &Path,
    threads: Option<usize>,
) -> Result<(Tree, String), Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.current_dir(from).args(["analyze", repository, "--format", "json", "--out"]).arg(out);
    if let Some(threads) = threads {
        command.args(["--jobs", &threads.to_string()]).env("RAYON_NUM_THREADS", threads.to_string());
    }
    let output = command.output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok((tree(out)?, String::from_utf8(output.stdout)?))
}

fn is_the_same(name: &str, fill: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), Box<dyn Error>> {
    let outer = tempfile::tempdir()?;
    let root = outer.path().join("repository");
    fs::create_dir(&root)?;
    fill(&root)?;
    let elsewhere = outer.path().join("far/away");
    fs::create_dir_all(&elsewhere)?;
    let full = root.to_string_lossy().into_owned();
    let first = analyzed(outer.path(), "repository", &outer.path().join("1"), None)?;
    assert!(first.0.len() >= 4, "{name}: {:?}", first.0.keys());
    for (at, (from, repository, threads)) in [
        (outer.path(), "repository", None),
        (outer.path(), "./repository/", Some(1)),
        (root.as_path(), ".", Some(2)),
        (elsewhere.as_path(), "../../repository", Some(7)),
        (Path::new("/"), full.as_str(), None),
    ]
    .into_iter()
    .enumerate()
    {
        let again = analyzed(from, repository, &outer.path().join(format!("again-{at}")), threads)?;
        for (path, bytes) in &first.0 {
            assert!(
                again.0.get(path) == Some(bytes),
                "{name}: `{path}` differs from {from:?} with {threads:?} threads"
            );
        }
        assert_eq!(first.0.len(), again.0.len(), "{name}: other files from {from:?}");
        assert_eq!(first.1, again.1, "{name}: another summary from {from:?}");
    }
    Ok(())
}

#[test]
fn the_example_and_two_fixtures() -> Result<(), Box<dyn Error>> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let example = repository.join("examples/storefront");
    is_the_same("storefront", |root| {
        copy(&example, root)?;
        match fs::remove_dir_all(root.join("migration")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    })?;
    for name in ["refused-lambda-neighbor", "helper-module"] {
        let fixture = repository.join(format!("fixtures/cloudfront-functions/{name}.md"));
        is_the_same(name, |root| sources(&fixture, root))?;
    }
    Ok(())
}
