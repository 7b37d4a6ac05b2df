//! Writing the output tree: whole or not at all, never over a folder that is not ours, never over what the user edited.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use pipeline::{MARKER, digest};

/// The files of an earlier run that the user has edited, by path.
pub type Edited = Vec<String>;

/// What an earlier run wrote, by path; `None` where the folder does not exist.
///
/// # Errors
/// When the folder exists, is not empty, and holds no marker of ours.
fn earlier(out: &Path) -> Result<Option<BTreeMap<String, String>>> {
    if !out.exists() {
        return Ok(None);
    }
    let marker = out.join(MARKER);
    if !marker.is_file() {
        let empty = out.is_dir() && std::fs::read_dir(out)?.next().is_none();
        if empty {
            return Ok(None);
        }
        bail!("`{}` exists and is not the output of an earlier run; nothing was written", out.display());
    }
    let text = std::fs::read_to_string(&marker).with_context(|| format!("cannot read `{}`", marker.display()))?;
    let json: serde_json::Value = serde_json::from_str(&text).context("the marker is not JSON")?;
    let files = json.get("files").and_then(serde_json::Value::as_object);
    let files = files.into_iter().flatten().filter_map(|(path, hash)| Some((path.clone(), hash.as_str()?.to_owned())));
    Ok(Some(files.collect()))
}

/// Every file below a folder, relative to it.
fn present(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(next) = todo.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                todo.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                out.push(relative.to_path_buf());
            }
        }
    }
    out.sort();
    Ok(out)
}

/// Writes the tree beside `out` and puts it in its place. Files of the user stay, and where one of ours was edited, the
/// new one is written as `<name>.new`; those are returned.
///
/// # Errors
/// When `out` is not ours, or the file system refuses; then nothing has changed.
pub fn write(out: &Path, files: &BTreeMap<String, String>) -> Result<Edited> {
    let before = earlier(out)?;
    let parent = out.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot create `{}`", parent.display()))?;
    let staged = tempfile::Builder::new().prefix(".migrate-").tempdir_in(parent)?;
    let new = staged.path().join("new");
    let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
    let mut put = |path: &Path, bytes: &[u8]| -> Result<()> {
        let path = new.join(path);
        if let Some(folder) = path.parent()
            && !folders.contains(folder)
        {
            std::fs::create_dir_all(folder)?;
            folders.insert(folder.to_path_buf());
        }
        std::fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
    };
    std::fs::create_dir_all(&new)?;
    let mut edited = Vec::new();
    let mut kept: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    if let Some(before) = &before {
        for path in present(out)? {
            let name = path.to_string_lossy().replace('\\', "/");
            if name == MARKER || name.ends_with(".new") {
                continue;
            }
            let bytes = std::fs::read(out.join(&path))?;
            let ours = before.get(&name).is_some_and(|it| *it == digest(&bytes));
            let same = files.get(&name).is_some_and(|it| it.as_bytes() == bytes);
            if !ours && !same {
                kept.insert(path, bytes);
            }
        }
    }
    for (name, text) in files {
        let path = PathBuf::from(name);
        if kept.contains_key(&path) {
            put(Path::new(&format!("{name}.new")), text.as_bytes())?;
            edited.push(name.clone());
        } else {
            put(&path, text.as_bytes())?;
        }
    }
    for (path, bytes) in &kept {
        put(path, bytes)?;
    }
    if out.exists() {
        std::fs::rename(out, staged.path().join("old"))?;
        if let Err(error) = std::fs::rename(&new, out) {
            std::fs::rename(staged.path().join("old"), out)?;
            return Err(error.into());
        }
    } else {
        std::fs::rename(&new, out)?;
    }
    Ok(edited)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> BTreeMap<String, String> {
        let marker = format!("{{\"files\": {{\"a/b.json\": \"{}\"}}}}", digest(text.as_bytes()));
        BTreeMap::from([("a/b.json".to_owned(), text.to_owned()), (MARKER.to_owned(), marker)])
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() -> Result<()> {
        let outer = tempfile::tempdir()?;
        let out = outer.path().join("out");
        std::fs::create_dir(&out)?;
        std::fs::write(out.join("mine"), "x")?;
        assert!(write(&out, &tree("1")).is_err());
        assert_eq!(present(&out)?, [PathBuf::from("mine")]);
        Ok(())
    }

    #[test]
    fn what_was_edited_stays_and_ours_stands_beside_it() -> Result<()> {
        let outer = tempfile::tempdir()?;
        let out = outer.path().join("out");
        assert_eq!(write(&out, &tree("1"))?, Vec::<String>::new());
        assert_eq!(write(&out, &tree("2"))?, Vec::<String>::new());
        assert_eq!(std::fs::read_to_string(out.join("a/b.json"))?, "2");
        std::fs::write(out.join("a/b.json"), "edited")?;
        std::fs::write(out.join("note"), "n")?;
        assert_eq!(write(&out, &tree("3"))?, ["a/b.json"]);
        assert_eq!(std::fs::read_to_string(out.join("a/b.json"))?, "edited");
        assert_eq!(std::fs::read_to_string(out.join("a/b.json.new"))?, "3");
        assert!(out.join("note").is_file());
        Ok(())
    }
}
