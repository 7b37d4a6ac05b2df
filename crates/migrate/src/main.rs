//! Entry point: arguments in, exit status out. The work runs on a thread with a stack as large as the parsers' threads have.

mod commands;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;

/// A parser's tree is many small pieces, made on every thread: a third of the time of a run was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Stack of the thread that does the work.
const STACK: usize = 64 * 1024 * 1024;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || commands::run(&cli));
    let status = worker.map_err(anyhow::Error::from).map(std::thread::JoinHandle::join);
    match status {
        Ok(Ok(Ok(status))) => ExitCode::from(status),
        Ok(Ok(Err(error))) => {
            commands::complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
        Ok(Err(_)) => {
            commands::complain("the tool itself failed; please report this with the input that shows it");
            ExitCode::from(3)
        }
        Err(error) => {
            commands::complain(&format!("{error:#}"));
            ExitCode::from(3)
        }
    }
}
