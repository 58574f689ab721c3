//! The command line of `sloth`. Commands ask a node through `web::Client` and print; `run` and `node` may hold the
//! node themselves.

mod args;
mod commands;
mod connect;
mod error;
mod exit;
mod file;
mod follow;
mod graph;
mod life;
mod lsp;
mod next;
mod output;
mod parse;
mod progress;
mod prompt;
mod session;
mod signals;
mod since;
#[cfg(test)]
mod test_runs;
mod values;
mod version;
mod words;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = match parse::arguments() {
        Ok(arguments) => arguments,
        Err(answered) => return answered,
    };
    let out = arguments.globals.output();
    match arguments.globals.complete().and_then(|()| life::live(arguments)) {
        Ok(code) => code,
        Err(error) => {
            out.fail(&error);
            error.exit.into()
        }
    }
}
