//! Paths as files write them, made relative to the root of the repository. What leads out is refused here, by text alone;
//! links are the business of the tree that reads.

/// A path that leaves the repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outside;

/// The folder a file is in; empty for the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |it| it.0)
}

/// `path`, written in a file of `folder`, from the root.
pub(crate) fn join(folder: &str, path: &str) -> Result<String, Outside> {
    let path = path.replace('\\', "/");
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '~']) || drive || path.contains('\0') {
        return Err(Outside);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(Outside)?;
            }
            other => parts.push(other),
        }
    }
    if parts.is_empty() { Err(Outside) } else { Ok(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_cleaned() {
        assert_eq!(join("infra/cdn", "./functions/a.js"), Ok("infra/cdn/functions/a.js".to_owned()));
        assert_eq!(join("infra/cdn", "../../src//a.js"), Ok("src/a.js".to_owned()));
        assert_eq!(join("", "a.js"), Ok("a.js".to_owned()));
        assert_eq!(join("x", "a\\b.js"), Ok("x/a/b.js".to_owned()));
    }

    #[test]
    fn what_leads_out_is_refused() {
        for path in ["../../../etc/passwd", "/etc/passwd", "~/.aws/credentials", "C:/x.js", "../..", "a\0b"] {
            assert_eq!(join("infra", path), Err(Outside), "{path}");
        }
        assert_eq!(folder("a/b.tf"), "a");
        assert_eq!(folder("b.tf"), "");
    }
}
