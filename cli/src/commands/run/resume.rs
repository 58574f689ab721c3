//! Going on with a run that nobody executes.

use std::os::unix::process::CommandExt;

use web::wire::{Kind, RunSummary, RunsQuery};

use crate::error::{Error, io};
use crate::exit::Exit;
use crate::session::Session;

/// Marks an interrupted run as wanted again. Its id.
pub async fn resume(session: &Session, id: &str) -> Result<String, Error> {
    let id = match id {
        "latest" => latest_interrupted(session).await?.id,
        id => id.to_owned(),
    };
    match session.client.resume(&id).await {
        Ok(()) => Ok(id),
        Err(error) if error.kind() == Kind::Conflict => {
            session.out.warn(&Error::from(error).message);
            Ok(id)
        }
        Err(error) => Err(error.into()),
    }
}

async fn latest_interrupted(session: &Session) -> Result<RunSummary, Error> {
    let active = session.client.runs(RunsQuery { active: true, ..RunsQuery::default() }).await?;
    let interrupted = active.items.into_iter().find(|run| run.interrupted);
    interrupted
        .ok_or_else(|| Error::new(Exit::NotFound, "no run is interrupted").hint("sloth run list"))
}

/// The process that executed the run is gone: this one becomes its successor, in a process of one thread.
pub fn take_over(session: &Session, id: &str) -> Error {
    session.out.note("the process that executed the run is gone; going on here");
    let program = std::env::current_exe().unwrap_or_else(|_| "sloth".into());
    let mut command = std::process::Command::new(program);
    command.args(["run", "--resume", id]).arg("--data-dir").arg(&session.data_dir);
    command.args(["--output", session.globals.output.word()]);
    if session.globals.quiet {
        command.arg("--quiet");
    }
    command.env_remove("SLOTH_NODE");
    io("start again", &command.exec())
}
