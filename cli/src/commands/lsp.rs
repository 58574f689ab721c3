use clap::Args;

use crate::error::Error;
use crate::exit::Exit;
use crate::{life, lsp};

/// Serve an editor: diagnostics, completion, hover and layout of workflow files
///
/// Speaks the language server protocol on standard input and output.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth lsp
  in Neovim     vim.lsp.start({ cmd = { \"sloth\", \"lsp\" }, name = \"sloth\" })
  in Helix      [language-server.sloth] command = \"sloth\", args = [\"lsp\"]"
)]
pub struct Lsp {
    /// What editors say and is meant anyway
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Lsp {
    pub fn run(&self) -> Result<Exit, Error> {
        life::one_shot()?.block_on(lsp::serve());
        Ok(Exit::Done)
    }
}
