use clap::Args;

use crate::error::Error;
use crate::exit::Exit;
use crate::output::Output;
use crate::version;

/// Show the version and how it was built
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth version
  sloth version -o json")]
pub struct Version {}

impl Version {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        out.thing(&version::facts(), |_| format!("sloth {}", version::text()));
        Ok(Exit::Done)
    }
}
