use clap::Args;
use ulid::Ulid;
use web::wire::Rerun as Wanted;

use super::stay::Stay;
use crate::error::{Error, io};
use crate::exit::Exit;
use crate::session::Session;

/// Run an ended run again, all of it or a part
///
/// From the same source with the same values. What is not done again counts as
/// done, with what it returned then.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth run rerun                     the last run, all of it
  sloth run rerun latest --failed     what failed, and what follows it
  sloth run rerun latest --from test  from this task on"
)]
pub struct Rerun {
    /// The run's id, or latest
    #[arg(default_value = "latest")]
    id: String,
    /// Only what failed or was skipped for it, and what follows
    #[arg(long, conflicts_with = "from")]
    failed: bool,
    /// From this task on; may be repeated
    #[arg(long, value_name = "TASK")]
    from: Vec<String>,
    #[command(flatten)]
    pub stay: Stay,
}

impl Rerun {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let workdir = std::env::current_dir();
        let workdir = workdir.map_err(|error| io("find the current directory", &error))?;
        let wanted = Wanted {
            id: Some(Ulid::generate().to_string()),
            failed: self.failed,
            from: self.from.clone(),
            workdir: Some(workdir.display().to_string()),
        };
        let id = session.client.rerun(&self.id, &wanted).await?.id;
        let came = self.stay.with(session, &id, false).await?;
        came.advise(session, "sloth run");
        Ok(came.exit)
    }
}
