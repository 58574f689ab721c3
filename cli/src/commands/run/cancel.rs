use clap::Args;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::Session;

/// Cancel runs: what is running is stopped, nothing new starts
#[derive(Args, Debug)]
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
            session.out.next(&format!("sloth run follow {id}"));
        }
        Ok(Exit::Done)
    }
}
