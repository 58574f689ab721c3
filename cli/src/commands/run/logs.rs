use std::collections::VecDeque;

use clap::Args;
use config::suggest::nearest;
use web::wire::{Instance, Line, LogQuery, Run, Task};

use crate::error::Error;
use crate::exit::Exit;
use crate::follow::{Followed, Follower, Interrupt};
use crate::next::After;
use crate::progress::{Log, View};
use crate::session::Session;

/// Show what the tasks of a run wrote
///
/// Lines are prefixed with their task, and its node when it ran elsewhere, if
/// there are several.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth run logs
  sloth run logs latest build --timestamps
  sloth run logs latest --tail 20 --stream stderr --grep error
  sloth run logs latest --follow"
)]
pub struct Logs {
    /// The run's id, or latest
    #[arg(default_value = "latest")]
    id: String,
    /// Only this task
    task: Option<String>,
    /// Go on until the run ends
    #[arg(short, long, conflicts_with = "attempt")]
    follow: bool,
    /// Only this attempt; the last unless given
    #[arg(long, value_name = "NUMBER")]
    attempt: Option<u32>,
    /// Only what was written to stdout or stderr, or logged at this level: info, warn, error, debug
    #[arg(long, value_name = "STREAM")]
    stream: Option<String>,
    /// Only lines that have this in them
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
    /// Only the last lines
    #[arg(long, value_name = "COUNT", conflicts_with = "follow", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tail: Option<u32>,
    /// The time before each line
    #[arg(long)]
    timestamps: bool,
}

/// Lines of one request.
const PAGE: u32 = 1_000;

impl Logs {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let run = session.client.run(&self.id).await?;
        let tasks = self.select(&run)?;
        let log = self.log(&run, &tasks);
        if self.follow && !run.summary.status.is_final() {
            return follow(session, &run.summary.id, log).await;
        }
        let mut last = VecDeque::new();
        for task in tasks {
            for instance in task.instances.iter().filter(|instance| instance.attempt.is_some()) {
                self.print(session, &run, (task, instance), &log, &mut last).await?;
            }
        }
        last.iter().for_each(|line| log.print(line, &session.out));
        session.out.next(&After::Logs { run: &run.summary.id });
        Ok(Exit::Done)
    }

    fn log(&self, run: &Run, tasks: &[&Task]) -> Log {
        let instances: usize = tasks.iter().map(|task| task.instances.len()).sum();
        Log {
            task: self.task.clone(),
            stream: self.stream.clone(),
            word: self.grep.clone(),
            labelled: tasks.len() > 1 || instances > 1,
            timestamps: self.timestamps,
            owner: run.summary.owner.clone(),
        }
    }

    fn select<'a>(&self, run: &'a Run) -> Result<Vec<&'a Task>, Error> {
        let Some(name) = &self.task else { return Ok(run.tasks.iter().collect()) };
        if let Some(task) = run.tasks.iter().find(|task| task.name == *name) {
            return Ok(vec![task]);
        }
        let message = format!("run {} has no task `{name}`", run.summary.id);
        let error = Error::new(Exit::NotFound, message);
        Err(match nearest(name, run.tasks.iter().map(|task| task.name.as_str())) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("sloth run show {}", run.summary.id)),
        })
    }

    async fn print(
        &self,
        session: &Session,
        run: &Run,
        (task, instance): (&Task, &Instance),
        log: &Log,
        last: &mut VecDeque<Line>,
    ) -> Result<(), Error> {
        let mut from = 0;
        while !session.out.is_closed() {
            let query = LogQuery {
                task: task.name.clone(),
                slot: Some(instance.slot),
                attempt: self.attempt,
                from,
                limit: Some(PAGE),
                wait: None,
            };
            let page = session.client.log(&run.summary.id, &query).await?;
            let over = page.done || page.items.is_empty();
            from = page.next;
            match self.tail {
                None => page.items.iter().for_each(|line| log.print(line, &session.out)),
                Some(most) => {
                    last.extend(page.items.into_iter().filter(|line| log.shows(line)));
                    last.drain(..last.len().saturating_sub(most as usize));
                }
            }
            if over {
                return Ok(());
            }
        }
        Ok(())
    }
}

async fn follow(session: &Session, id: &str, log: Log) -> Result<Exit, Error> {
    let follower = Follower::new(session, id, Interrupt::Detaches).shown_as(View::Log(log));
    Ok(match follower.follow(false).await? {
        Followed::Ended(_) | Followed::Interrupted => Exit::Done,
        Followed::Detached if session.out.is_closed() => Exit::Done,
        Followed::Detached | Followed::Orphaned => Exit::Interrupted,
    })
}
