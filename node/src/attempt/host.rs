use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use config::Secret;
use dsl::host::{
    Code, Error, Finished, Host, Level, Process, Program, StateAnswer, StateOperation, Stream,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use state::event::Emit;
use state::query::Work;
use state::run::Artifact;
use state::{Command, Subject};

use super::{Attempt, Bench, Environment, artifacts, store, user};
use crate::clock;
use crate::exec;
use crate::logs::Log;
use crate::mask::{self, Masker};
use crate::secrets::{self, Actor};

/// Where an attempt's processes run, and with what.
#[derive(Clone)]
struct Place {
    folder: PathBuf,
    environment: Environment,
}

/// The world as one attempt sees it.
pub struct AttemptHost {
    bench: Bench,
    work: Arc<Work>,
    subject: Subject,
    log: Arc<Log>,
    masker: Masker,
    processes: exec::Attempt,
    place: Mutex<Place>,
    produced: Mutex<Vec<Artifact>>,
    /// Secrets this attempt has opened.
    opened: Mutex<BTreeMap<String, Secret>>,
    /// Whether it was said that command lines can be read by others.
    warned: AtomicBool,
}

impl AttemptHost {
    pub fn new(
        attempt: &Attempt,
        log: Arc<Log>,
        masker: Masker,
        processes: exec::Attempt,
        folder: PathBuf,
    ) -> AttemptHost {
        let key = attempt.key();
        let own = [
            ("SLOTH_RUN_ID", key.instance.run.to_string()),
            ("SLOTH_TASK", attempt.work.task.name.clone()),
            ("SLOTH_INSTANCE", key.instance.slot.to_string()),
            ("SLOTH_ATTEMPT", key.attempt.to_string()),
            ("SLOTH_EXECUTOR", attempt.bench.agreement.me().to_string()),
        ];
        let own = own.map(|(name, value)| (name.to_string(), value));
        AttemptHost {
            place: Mutex::new(Place { folder, environment: attempt.bench.environment.with(own) }),
            bench: attempt.bench.clone(),
            work: attempt.work.clone(),
            subject: attempt.subject(),
            log,
            masker,
            processes,
            produced: Mutex::default(),
            opened: Mutex::default(),
            warned: AtomicBool::new(false),
        }
    }

    /// Ends what still runs; what was produced, and what was left behind.
    pub async fn finish(self) -> (Vec<Artifact>, Vec<exec::Leftover>) {
        let left = self.processes.finish().await;
        (self.produced.into_inner().unwrap_or_else(PoisonError::into_inner), left)
    }

    fn place(&self) -> Place {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn command(&self, process: Process) -> Result<exec::Command, Error> {
        let Place { folder, environment } = self.place();
        let program: exec::Program = match process.program {
            Program::Line(line) => exec::Program::line(&line),
            Program::Arguments(words) => words.into_iter().collect(),
        };
        let program = match &process.user {
            Some(user) => user::run_as(user, program)?,
            None => program,
        };
        Ok(exec::Command {
            program,
            workdir: folder.join(process.workdir.unwrap_or_default()),
            environment: environment.of_process(process.clean_env, process.env),
            input: process.stdin,
            umask: None,
            keep: process.keep,
            timeout: process.timeout,
            grace: self.bench.kill_grace,
        })
    }

    async fn run(&self, process: Process) -> Result<Finished, Error> {
        self.warn_of_command_line(&process.program);
        let sink = self.sink(process.log);
        let finished = self.processes.run(&self.command(process)?, sink).await.map_err(refused)?;
        Ok(Finished {
            exit_code: finished.code(),
            timed_out: finished.stopped == Some(exec::Stopped::TimedOut),
            truncated: finished.stdout.truncated() || finished.stderr.truncated(),
            duration: finished.elapsed,
            stdout: finished.stdout.bytes,
            stderr: finished.stderr.bytes,
        })
    }

    /// Writes the lines of a process to the log; a line that comes in pieces is masked as a whole.
    fn sink(&self, log: bool) -> exec::Sink {
        let log = log.then(|| (self.log.clone(), self.masker.clone()));
        let lines = Mutex::new(<[mask::Stream; 2]>::default());
        Arc::new(move |stream, piece, ends| {
            let Some((log, masker)) = &log else { return };
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            let place = usize::from(stream == exec::Stream::Stderr);
            if let Some(text) = lines[place].push(masker, piece, ends) {
                log.line(clock::wall(), exec_stream(stream), &text);
            }
        })
    }

    /// Whoever is on this machine can read command lines.
    fn warn_of_command_line(&self, program: &Program) {
        let held = match program {
            Program::Line(line) => self.masker.held(line.as_bytes()),
            Program::Arguments(words) => {
                words.iter().find_map(|word| self.masker.held(word.as_bytes()))
            }
        };
        if let Some(name) = held
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            let text = format!(
                "a command line holds the secret `{name}`, and everybody on this machine can read command lines: \
                 give it by `env` or `stdin`"
            );
            self.log.line(clock::wall(), "warn", &text);
        }
    }

    /// What is agreed is kept in clear by every replica.
    fn refuse_secret(&self, operation: &StateOperation) -> Result<(), Error> {
        let (texts, value) = match operation {
            StateOperation::Set { namespace, key, value, .. } => ([namespace, key], Some(value)),
            StateOperation::Lock { namespace, name, .. } => ([namespace, name], None),
            _ => return Ok(()),
        };
        let value = value.map(Value::to_string);
        let held =
            texts.into_iter().chain(&value).find_map(|text| self.masker.held(text.as_bytes()));
        match held {
            None => Ok(()),
            Some(name) => Err(Error {
                code: Code::Denied,
                message: format!(
                    "the secret `{name}` cannot be kept in the store, where it would lie in clear: keep its name instead"
                ),
            }),
        }
    }

    async fn open(&self, name: String) -> Result<Option<String>, Error> {
        self.on_owner()?;
        let opened = |name: &str| {
            let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.get(name).map(|secret| secret.reveal().to_owned())
        };
        if let Some(value) = opened(&name) {
            return Ok(Some(value));
        }
        let (run, task) = (self.work.assignment.attempt.instance.run, self.work.task.name.clone());
        let actor = Actor { subject: self.subject.clone(), run: Some(run), task: Some(task) };
        let content = self.bench.secrets.open(&name, actor).await;
        let Some(content) = content.map_err(|error| store::refused(&error))? else {
            return Ok(None);
        };
        self.hide(&name, content.value.reveal())?;
        let value = content.value.reveal().to_owned();
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(name, content.value);
        Ok(Some(value))
    }

    fn on_owner(&self) -> Result<(), Error> {
        if self.bench.agreement.me() == self.work.owner {
            return Ok(());
        }
        Err(Error {
            code: Code::Denied,
            message: "secrets in tasks on other nodes are not there yet: run the task where the run was started"
                .into(),
        })
    }

    async fn emit(&self, kind: String, data: Value) -> Result<(), Error> {
        let key = self.work.assignment.attempt.instance;
        let task = self.work.task.name.clone();
        if kind.starts_with(secrets::CATEGORY) {
            let message = format!("events `{}*` are stated by the node alone", secrets::CATEGORY);
            return Err(Error { code: Code::Denied, message });
        }
        let (kind, data) = (self.masked(&kind), self.masker.json(data).to_string());
        let emit = Emit { kind, run: Some(key.run), task: Some(task), data };
        let written = self.bench.agreement.write(self.subject.clone(), Command::Emit(emit)).await;
        written.map(drop).map_err(|error| store::refused(&error))
    }
}

impl Host for AttemptHost {
    fn enter(
        &self,
        folder: &Path,
        environment: &BTreeMap<String, String>,
        user: Option<&str>,
    ) -> Result<(), Error> {
        if let Some(user) = user {
            let message = format!("cannot run as the user `{user}`: it is not there yet");
            return Err(Error { code: Code::Denied, message });
        }
        std::fs::create_dir_all(folder).map_err(|error| Error {
            code: Code::Invalid,
            message: format!("cannot make the workdir {}: {error}", folder.display()),
        })?;
        let workspace = ("SLOTH_WORKSPACE".to_string(), folder.to_string_lossy().into_owned());
        let more = environment.iter().map(|(name, value)| (name.clone(), value.clone()));
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        place.folder = folder.to_path_buf();
        place.environment = place.environment.with(more.chain([workspace]));
        Ok(())
    }

    fn line(&self, stream: Stream, text: &str) {
        let stream = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
            Stream::Log(Level::Debug) => "debug",
            Stream::Log(Level::Info) => "info",
            Stream::Log(Level::Warn) => "warn",
            Stream::Log(Level::Error) => "error",
        };
        for line in self.masker.text(text).split('\n') {
            self.log.line(clock::wall(), stream, line);
        }
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.place().environment.get(name)
    }

    fn spawn(&self, process: Process) -> BoxFuture<'_, Result<Finished, Error>> {
        self.run(process).boxed()
    }

    fn state(&self, operation: StateOperation) -> BoxFuture<'_, Result<StateAnswer, Error>> {
        let key = self.work.assignment.attempt.instance;
        let store = store::Store {
            agreement: &self.bench.agreement,
            subject: &self.subject,
            run: key.run,
            label: &self.work.task.name,
        };
        async move {
            self.refuse_secret(&operation)?;
            store.operate(operation).await
        }
        .boxed()
    }

    fn event(&self, kind: String, data: Value) -> BoxFuture<'_, Result<(), Error>> {
        self.emit(kind, data).boxed()
    }

    fn secret(&self, name: String) -> BoxFuture<'_, Result<Option<String>, Error>> {
        self.open(name).boxed()
    }

    fn secrets(&self) -> BoxFuture<'_, Result<Vec<String>, Error>> {
        async move {
            self.on_owner()?;
            self.bench.secrets.names().await.map_err(|error| store::refused(&error))
        }
        .boxed()
    }

    fn hide(&self, name: &str, value: &str) -> Result<(), Error> {
        self.masker
            .hide(name, value)
            .map_err(|error| Error { code: Code::Invalid, message: error.to_string() })
    }

    fn masked(&self, text: &str) -> String {
        self.masker.text(text).into_owned()
    }

    fn consume(&self, names: Vec<String>) -> BoxFuture<'_, Result<(), Error>> {
        async move {
            let folder = self.place().folder;
            artifacts::consume(&self.bench, &self.work, &folder, names).await
        }
        .boxed()
    }

    fn produce(&self, globs: Vec<String>) -> BoxFuture<'_, Result<usize, Error>> {
        async move {
            let files =
                artifacts::produce(&self.bench.blobs, &self.masker, &self.place().folder, globs)
                    .await?;
            let count = files.len();
            self.produced.lock().unwrap_or_else(PoisonError::into_inner).extend(files);
            Ok(count)
        }
        .boxed()
    }
}

fn exec_stream(stream: exec::Stream) -> &'static str {
    match stream {
        exec::Stream::Stdout => "stdout",
        exec::Stream::Stderr => "stderr",
    }
}

fn refused(error: exec::Error) -> Error {
    let code = match error {
        exec::Error::Cancelled => Code::Cancelled,
        _ => Code::Invalid,
    };
    Error { code, message: crate::error::chain(&error) }
}
