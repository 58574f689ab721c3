use clap::Args;

use crate::error::Error;
use crate::exit::Exit;
use crate::follow::{Followed, Follower, Interrupt, exit};
use crate::next::After;
use crate::session::Session;

/// Follow a run to its end, and end as it did
///
/// Ends with 1 when the run failed, with 8 when it was cancelled. Ctrl-C leaves
/// the run alone.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth run follow
  sloth run follow latest -o jsonl"
)]
pub struct Follow {
    /// The run's id, or latest
    #[arg(default_value = "latest")]
    id: String,
}

impl Follow {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        session.identity().await?;
        let id = session.client.run(&self.id).await?.summary.id;
        match Follower::new(session, &id, Interrupt::Detaches).follow(false).await? {
            Followed::Ended(run) => {
                session.out.next(&After::Ended { run: &run, again: "sloth run" });
                Ok(exit(run.summary.status))
            }
            Followed::Interrupted => {
                let message = format!("run {id} is interrupted: nobody executes it");
                Err(Error::new(Exit::Failed, message).hint(format!("sloth run --resume {id}")))
            }
            Followed::Detached | Followed::Orphaned => Ok(Exit::Interrupted),
        }
    }
}
