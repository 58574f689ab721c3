use std::path::{Path, PathBuf};

use clap::Args;
use ulid::Ulid;
use web::client::Error as ClientError;
use web::wire::{Accepted, Source, Submit};

use super::resume::resume;
use super::stay::Stay;
use crate::commands::Here;
use crate::error::{Error, io};
use crate::exit::Exit;
use crate::file;
use crate::session::Session;
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
    #[command(flatten)]
    pub stay: Stay,
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
            values,
            workflow: self.workflow.clone(),
            tasks: self.tasks.clone(),
            on: (!self.on.is_empty()).then(|| self.on.join(",")),
            workdir: Some(workdir.display().to_string()),
            ..Submit::new(source)
        }));
        Ok(())
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let id = match &self.resume {
            Some(id) => resume(session, id).await?,
            None => self.submit(session).await?,
        };
        self.stay.with(session, &id, false).await
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
