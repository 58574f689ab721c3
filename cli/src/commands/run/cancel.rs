use clap::Args;

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::session::Session;

/// Cancel runs: what is running is stopped, nothing new starts
///
/// Ends with 4 when a run has ended already.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth run cancel latest
  sloth run cancel latest --reason 'wrong branch'"
)]
pub struct Cancel {
    /// Ids of runs, or latest
    #[arg(required = true)]
    ids: Vec<String>,
    /// Shown with the run
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

impl Cancel {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        for id in &self.ids {
            session.client.cancel(id, &self.reason).await?;
            session.out.note(&format!("run {id} is being cancelled"));
            session.out.next(&After::Cancelling { run: id });
        }
        Ok(Exit::Done)
    }
}
