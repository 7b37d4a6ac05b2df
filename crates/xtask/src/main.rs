//! Checks and set-up of the workspace: `cargo xtask test` is the README's test command and all of CI.
//!
//! It starts other programs and reads the repository; nothing of it is published or used by another crate.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for terminals")]

mod ci;
mod judges;
mod repository;
mod tidy;
mod tools;

use anyhow::{Result, bail};
use repository::Repository;
use std::process::ExitCode;

const USAGE: &str = "cargo xtask <command>

  test [STEP…]  everything CI checks, or only the named steps
  tidy          the rules of the house: module heads, layers, names, lengths
  layers        the table of forbidden arrows, as Markdown
  setup         install the pinned tools into .tools";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("xtask: {fault:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let repository = Repository::here();
    match arguments.split_first().map(|(command, rest)| (command.as_str(), rest)) {
        Some(("test", steps)) => ci::run_steps(&repository, steps),
        Some(("tidy", [])) => {
            let faults = tidy::faults(&repository)?;
            faults.iter().for_each(|it| println!("{it}"));
            if faults.is_empty() { Ok(()) } else { bail!("{} faults", faults.len()) }
        }
        Some(("layers", [])) => {
            print!("{}", tidy::layers::table());
            Ok(())
        }
        Some(("setup", [])) => tools::install(&repository),
        Some(_) | None => bail!("{USAGE}"),
    }
}
