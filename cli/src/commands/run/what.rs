use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::json;
use ulid::Ulid;
use web::wire::{Source, Submit};

use crate::args::duration;
use crate::commands::Here;
use crate::error::{Error, io};
use crate::file;
use crate::output::text::quoted;
use crate::values::{self, Variable};

/// What to run, and how it differs from what the file says.
#[derive(Args, Debug)]
pub struct What {
    /// The workflow file, or - for standard input; the only *.sloth file here unless given
    #[arg(value_name = "FILE")]
    path: Option<PathBuf>,
    /// The same
    #[arg(short, long, conflicts_with = "path")]
    file: Option<PathBuf>,
    /// Run a workflow saved under this name
    #[arg(long, alias = "sloth", value_name = "NAME", conflicts_with_all = ["path", "file"])]
    saved: Option<String>,
    /// Which workflow of a file with several; all of them, one after the other, unless given
    #[arg(short, long, alias = "group", short_alias = 'g', value_name = "NAME")]
    workflow: Option<String>,
    /// Only this task and what it depends on; may be repeated
    #[arg(short, long = "task", value_name = "NAME")]
    tasks: Vec<String>,
    /// Only tasks that carry this tag and what they depend on; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Never this task: it counts as done; may be repeated
    #[arg(long, value_name = "NAME")]
    skip: Vec<String>,
    /// This task and what follows it; what comes before counts as done
    #[arg(long, value_name = "NAME")]
    from: Option<String>,
    /// Only the tasks that are named, without what they depend on
    #[arg(long)]
    no_deps: bool,
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
    // The flag of every command, with a meaning of its own here; global, so that `run show` and its like keep theirs.
    /// End the run after this time, whatever the file says; of what only looks at runs: give up a request
    #[arg(
        id = "timeout",
        long = "timeout",
        global = true,
        value_name = "DURATION",
        value_parser = duration
    )]
    limit: Option<Duration>,
    /// Run so many tasks at once, whatever the file says
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max_parallel: Option<u32>,
    /// Try every task again so often, whatever the file says
    #[arg(long, value_name = "COUNT")]
    retry: Option<u32>,
    /// After a failure, go on with tasks that do not need what failed
    #[arg(long)]
    keep_going: bool,
    /// Shown with the run: KEY=VALUE; may be repeated
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,
    /// Why, shown with the run
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// What the file sees as the list `values.args`
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    #[arg(skip)]
    submit: Option<Box<Submit>>,
}

/// Under which the reason of a run is shown.
const REASON: &str = "reason";

impl What {
    /// Reads all files, so that what is wrong with them is said before anything starts.
    pub fn read(&mut self) -> Result<(), Error> {
        let mut values = values::gather(&self.values, &self.variables)?;
        if !self.arguments.is_empty() {
            values.insert("args".to_owned(), json!(self.arguments));
        }
        let source = match &self.saved {
            Some(name) => Source::Saved(name.clone()),
            None => self.source()?,
        };
        let workdir = std::env::current_dir();
        let workdir = workdir.map_err(|error| io("find the current directory", &error))?;
        let mut labels: BTreeMap<String, String> = self.labels.iter().cloned().collect();
        labels.extend(self.reason.iter().map(|reason| (REASON.to_owned(), reason.clone())));
        self.submit = Some(Box::new(Submit {
            id: Some(Ulid::generate().to_string()),
            values,
            workflow: self.workflow.clone(),
            tasks: self.tasks.clone(),
            tags: self.tags.clone(),
            from: self.from.clone(),
            skip: self.skip.clone(),
            alone: self.no_deps,
            timeout: self.limit.map(config::duration::format),
            parallel: self.max_parallel,
            retries: self.retry,
            keep_going: self.keep_going,
            labels,
            on: (!self.on.is_empty()).then(|| self.on.join(",")),
            workdir: Some(workdir.display().to_string()),
            ..Submit::new(source)
        }));
        Ok(())
    }

    fn source(&self) -> Result<Source, Error> {
        let found;
        let path = match self.path.as_ref().or(self.file.as_ref()) {
            Some(path) => path,
            None => {
                found = file::only_one(Path::new("."))?;
                &found
            }
        };
        let dsl::Source { name, text } = read(path)?;
        Ok(Source::File { name, text })
    }

    /// The command that runs the same, but for what it changes of the file.
    pub fn again(&self) -> String {
        let path = self.path.as_ref().or(self.file.as_ref()).and_then(|path| path.to_str());
        match (&self.saved, path) {
            (Some(name), _) => format!("sloth run --saved {}", quoted(name)),
            (None, Some(path)) if path != "-" => format!("sloth run {}", quoted(path)),
            (None, _) => "sloth run".to_owned(),
        }
    }

    /// What has been read.
    pub fn submit(&self) -> Result<&Submit, Error> {
        self.submit.as_deref().ok_or_else(|| Error::usage("nothing to run"))
    }

    /// Whether standard input is the file, so that nobody can answer there.
    pub fn is_standard_input(&self) -> bool {
        let path = self.path.as_ref().or(self.file.as_ref());
        path.is_some_and(|path| path.to_str() == Some("-"))
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = pair.ok_or("expected KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_a_key() {
        assert_eq!(label("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(label("a="), Ok(("a".into(), String::new())));
        assert!(label("=b").is_err() && label("a").is_err());
    }
}
