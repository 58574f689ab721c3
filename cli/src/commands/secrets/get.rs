use std::io::{self, IsTerminal};

use clap::Args;
use web::wire::Clear;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::Session;

/// Print the value of a secret
///
/// On a terminal you are asked first. Elsewhere `--reveal` says that the value may go there. An event records who read it.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth secrets get registry_token
  sloth secrets get registry_token --reveal > token"
)]
pub struct Get {
    name: String,
    /// Print it without a question, also where no terminal is
    #[arg(long)]
    reveal: bool,
}

impl Get {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let name = &self.name;
        match (self.reveal, io::stdout().is_terminal()) {
            (true, _) => {}
            (false, true) => session.confirm(&format!("Show secret `{name}` on this screen"))?,
            (false, false) => {
                let message = format!("secret `{name}` is not written to what is no terminal");
                return Err(Error::usage(message).hint("add --reveal if it may be read there"));
            }
        }
        let revealed = session.client.reveal_secret(name).await?;
        let Clear(value) = &revealed.value;
        match session.out.is_text() {
            true if io::stdout().is_terminal() => session.out.line(value),
            true => session.out.raw(value),
            false => session.out.data(&revealed),
        }
        Ok(Exit::Done)
    }
}
