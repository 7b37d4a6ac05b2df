//! The rules of the house that no compiler checks, each a function from the repository's files to sentences.
//!
//! They are tests of this crate, so a plain run of the tests finds what a reviewer would otherwise have to.

pub(crate) mod layers;
mod text;

use anyhow::Result;

use crate::repository::Repository;

/// Every fault, one sentence each, in a fixed order. Empty is tidy.
pub(crate) fn faults(repository: &Repository) -> Result<Vec<String>> {
    let files = repository.files()?;
    let members = layers::members(repository)?;
    let mut faults = text::faults(&files);
    faults.extend(layers::arrows(&members));
    faults.extend(layers::parsers(&members));
    faults.extend(layers::manifests(&files, &members));
    faults.extend(layers::no_io_in_the_core(&files, &members));
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() -> Result<()> {
        let faults = faults(&Repository::here())?;
        assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
        Ok(())
    }
}
