//! The command line of `sloth`. Commands ask a node through `web::Client` and print; `run` and `node` may hold the
//! node themselves.

mod args;
mod commands;
mod connect;
mod error;
mod exit;
mod follow;
mod life;
mod output;
mod progress;
mod prompt;
mod session;
mod signals;
#[cfg(test)]
mod test_runs;
mod values;
mod version;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let out = arguments.globals.output();
    match life::live(arguments) {
        Ok(code) => code,
        Err(error) => {
            out.fail(&error);
            error.exit.into()
        }
    }
}
