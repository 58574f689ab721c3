use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

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
    processes: exec::Attempt,
    place: Mutex<Place>,
    produced: Mutex<Vec<Artifact>>,
}

impl AttemptHost {
    pub fn new(
        attempt: &Attempt,
        log: Arc<Log>,
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
            processes,
            produced: Mutex::default(),
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
        let log = process.log.then(|| self.log.clone());
        let sink: exec::Sink = Arc::new(move |stream, text| {
            if let Some(log) = &log {
                log.line(clock::wall(), exec_stream(stream), text);
            }
        });
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

    async fn emit(&self, kind: String, data: Value) -> Result<(), Error> {
        let key = self.work.assignment.attempt.instance;
        let task = self.work.task.name.clone();
        let emit = Emit { kind, run: Some(key.run), task: Some(task), data: data.to_string() };
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
        for line in text.split('\n') {
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
        async move { store.operate(operation).await }.boxed()
    }

    fn event(&self, kind: String, data: Value) -> BoxFuture<'_, Result<(), Error>> {
        self.emit(kind, data).boxed()
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
            let files = artifacts::produce(&self.bench.blobs, &self.place().folder, globs).await?;
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
