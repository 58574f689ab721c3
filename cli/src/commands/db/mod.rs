//! `sloth db`: the files of a data directory that no node uses.

mod check;

use clap::Subcommand;

use crate::args::Globals;
use crate::error::Error;
use crate::exit::Exit;

/// Look at the files of a data directory that no node uses
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  sloth db check")]
pub enum Db {
    Check(check::Check),
}

impl Db {
    pub fn run(&self, globals: &Globals) -> Result<Exit, Error> {
        match self {
            Db::Check(check) => check.run(globals),
        }
    }
}
