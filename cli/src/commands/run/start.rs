use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use ulid::Ulid;
use web::client::Error as ClientError;
use web::wire::{Accepted, Identity, Kind, RunSummary, RunsQuery, Source, Submit};

use crate::commands::Here;
use crate::error::{Error, io};
use crate::exit::Exit;
use crate::file;
use crate::follow::{self, Followed, Follower, Interrupt};
use crate::output::Meaning;
use crate::session::Session;
use crate::signals::Signals;
use crate::values::{self, Variable};

/// What to run, and how.
#[derive(Args, Debug)]
pub struct Start {
    /// The workflow file, or - for standard input; the only *.sloth file here unless given
    #[arg(value_name = "FILE")]
    path: Option<PathBuf>,
    /// The same
    #[arg(short, long, conflicts_with = "path")]
    file: Option<PathBuf>,
    /// Run a workflow saved under this name
    #[arg(long, alias = "sloth", value_name = "NAME", conflicts_with_all = ["path", "file"])]
    saved: Option<String>,
    /// Which workflow of a file with several
    #[arg(short, long, alias = "group", short_alias = 'g', value_name = "NAME")]
    workflow: Option<String>,
    /// Only this task and what it depends on; may be repeated
    #[arg(short, long = "task", value_name = "NAME")]
    tasks: Vec<String>,
    /// Values from a YAML, JSON or TOML file; may be repeated, later ones win
    #[arg(short, long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// One value: KEY=TEXT or KEY:=JSON; may be repeated and wins over files
    #[arg(long = "var", alias = "set", value_name = "KEY=VALUE")]
    variables: Vec<Variable>,
    /// Where tasks without a target run: names, labels such as role=web, any, all
    #[arg(
        long,
        alias = "delegate-to",
        short_alias = 'd',
        value_name = "SELECTOR",
        value_delimiter = ','
    )]
    on: Vec<String>,
    /// Print the run's id and leave it to the node
    #[arg(long)]
    detach: bool,
    /// Go on with an interrupted run, the latest unless given
    #[arg(
        long,
        value_name = "ID",
        num_args = 0..=1,
        default_missing_value = "latest",
        conflicts_with_all = ["path", "file", "saved", "workflow", "tasks", "values", "variables", "on"]
    )]
    resume: Option<String>,
    #[arg(skip)]
    submit: Option<Box<Submit>>,
}

impl Start {
    /// Reads all files, so that what is wrong with them is said before anything starts.
    pub fn read(&mut self) -> Result<(), Error> {
        if self.resume.is_some() {
            return Ok(());
        }
        let values = values::gather(&self.values, &self.variables)?;
        let source = match &self.saved {
            Some(name) => Source::Saved(name.clone()),
            None => {
                let found;
                let path = match self.path.as_ref().or(self.file.as_ref()) {
                    Some(path) => path,
                    None => {
                        found = file::only_one(Path::new("."))?;
                        &found
                    }
                };
                let dsl::Source { name, text } = read(path)?;
                Source::File { name, text }
            }
        };
        let workdir = std::env::current_dir();
        let workdir = workdir.map_err(|error| io("find the current directory", &error))?;
        self.submit = Some(Box::new(Submit {
            id: Some(Ulid::generate().to_string()),
            source,
            values,
            workflow: self.workflow.clone(),
            tasks: self.tasks.clone(),
            on: (!self.on.is_empty()).then(|| self.on.join(",")),
            workdir: Some(workdir.display().to_string()),
        }));
        Ok(())
    }

    /// What needs somebody who stays.
    pub fn alone(&self) -> Result<(), Error> {
        match self.detach {
            false => Ok(()),
            true => Err(Error::usage("--detach needs a node that goes on with the run")
                .hint("start one with `sloth node`")),
        }
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let identity = session.identity().await?;
        let id = match &self.resume {
            Some(id) => resume(session, id).await?,
            None => self.submit(session).await?,
        };
        if self.detach {
            return Ok(detached(session, &id));
        }
        session.out.note(&header(session, identity, &id));
        let interrupt = match identity.standalone {
            true => Interrupt::Cancels,
            false => Interrupt::Detaches,
        };
        match Follower::new(session, &id, interrupt).follow(true).await? {
            Followed::Ended(run) => Ok(follow::exit(run.summary.status)),
            Followed::Detached | Followed::Interrupted => Ok(left(session, &id)),
            Followed::Orphaned => Err(take_over(session, &id)),
        }
    }

    async fn submit(&self, session: &Session) -> Result<String, Error> {
        let Some(submit) = &self.submit else { return Err(Error::usage("nothing to run")) };
        match session.client.submit(submit).await {
            Ok(Accepted { id }) => Ok(id),
            // It may have taken effect; under the same id asking again starts nothing twice.
            Err(ClientError::Broken { .. }) => Ok(session.client.submit(submit).await?.id),
            Err(error) => Err(error.into()),
        }
    }
}

/// The file to run; for a name that is none, what was probably meant.
fn read(path: &Path) -> Result<dsl::Source, Error> {
    file::read(path).map_err(|error| match meant(path) {
        _ if path.exists() => error,
        Some(meant) => error.hint(meant),
        None if file::is_named_so(path) => error,
        None => error.hint("`sloth run FILE.sloth` runs a file; stacks are not there yet"),
    })
}

fn meant(path: &Path) -> Option<String> {
    let here = Here::look(Path::new(".")).ok()??;
    let name = path.to_str()?;
    here.running(name)
        .map(|command| format!("`{name}` is a task: {command}"))
        .or_else(|| here.nearest(name).map(|near| format!("did you mean `sloth run {near}`?")))
}

fn detached(session: &Session, id: &str) -> Exit {
    session.out.thing(&json!({"id": id}), |_| id.to_owned());
    session.out.next(&format!("sloth run follow {id}"));
    Exit::Done
}

fn header(session: &Session, identity: &Identity, id: &str) -> String {
    let place = match identity.standalone {
        true => "standalone".to_owned(),
        false => format!("on {}", identity.name),
    };
    session.out.remark_paint().of(Meaning::Faint, &format!("run {id} {place}"))
}

fn left(session: &Session, id: &str) -> Exit {
    session.out.note(&format!("run {id} goes on without you"));
    session.out.note(&format!("hint: sloth run follow {id}, or sloth run cancel {id}"));
    Exit::Interrupted
}

/// Marks an interrupted run as wanted again. Its id.
async fn resume(session: &Session, id: &str) -> Result<String, Error> {
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

/// Stays until the runs that others handed over have ended. Whether they have: Ctrl-C hands them back.
pub async fn others(session: &Session) -> Result<bool, Error> {
    let mut signals = Signals::new()?;
    let query = || RunsQuery { active: true, ..RunsQuery::default() };
    while let Some(run) =
        session.client.runs(query()).await?.items.into_iter().find(|run| !run.interrupted)
    {
        let id = &run.id;
        session.out.note(&format!("waiting for run {id}, which was handed over to this one"));
        tokio::select! {
            watched = watch(session, id) => watched?,
            () = signals.next() => {
                session.out.note(&format!("run {id} goes back to whoever handed it over"));
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Waits for the end of a run without showing it.
async fn watch(session: &Session, id: &str) -> Result<(), Error> {
    use futures::StreamExt;
    let mut steps = session.client.follow(id, None).await?;
    while let Some(step) = steps.next().await {
        step?;
    }
    Ok(())
}

/// The process that executed the run is gone: this one becomes its successor, in a process of one thread.
fn take_over(session: &Session, id: &str) -> Error {
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
