use clap::Args;
use web::wire::{Approve as Word, Decision};

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::session::Session;

/// Let a task run that waits for somebody
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth run approve latest deploy
  sloth run approve latest deploy --all")]
pub struct Approve {
    /// The run's id, or latest
    id: String,
    task: String,
    /// And all that come after it
    #[arg(long)]
    all: bool,
}

/// Keep a task from running that waits for somebody
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth run reject latest deploy
  sloth run reject latest deploy --abort")]
pub struct Reject {
    /// The run's id, or latest
    id: String,
    task: String,
    /// And end the run: nothing new starts, and it fails
    #[arg(long)]
    abort: bool,
}

impl Approve {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let decision = if self.all { Decision::RunAll } else { Decision::Run };
        say(session, &self.id, &self.task, decision).await
    }
}

impl Reject {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let decision = if self.abort { Decision::Abort } else { Decision::Skip };
        say(session, &self.id, &self.task, decision).await
    }
}

async fn say(session: &Session, id: &str, task: &str, decision: Decision) -> Result<Exit, Error> {
    let word = Word { task: task.to_owned(), decision };
    session.client.approve(id, &word).await?;
    let said = match decision {
        Decision::Run | Decision::RunAll => "may run",
        Decision::Skip => "is skipped",
        Decision::Abort => "is skipped, and the run ends",
    };
    session.out.done(&word, &format!("task {task} {said}"));
    session.out.next(&After::Answered { run: id });
    Ok(Exit::Done)
}
