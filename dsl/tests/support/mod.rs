//! An in-memory world: real short-lived processes, everything else in maps.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "helpers of tests, of which each binary uses its part"
)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dsl::host::{
    Code, Condition, Error, Finished, Host, Level, Process, Program, StateAnswer, StateOperation,
    Stream,
};
use dsl::{Attempt, Job, LoadOptions, Outcome, Source, Step};
use futures::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// What the attempt did to the world.
#[derive(Default)]
pub struct Memory {
    pub lines: Mutex<Vec<String>>,
    pub events: Mutex<Vec<(String, Value)>>,
    pub consumed: Mutex<Vec<String>>,
    pub produced: Mutex<Vec<String>>,
    pub variables: HashMap<String, String>,
    pub entered: Mutex<Option<(PathBuf, BTreeMap<String, String>)>>,
    pub spawned: Mutex<Vec<Program>>,
    pub entries: Mutex<BTreeMap<(String, String), (Value, u64)>>,
}

impl Memory {
    /// Whether nothing was asked of it but lines of the log.
    pub fn untouched(&self) -> bool {
        self.events.lock().unwrap().is_empty()
            && self.entries.lock().unwrap().is_empty()
            && self.spawned.lock().unwrap().is_empty()
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl Host for Memory {
    fn enter(
        &self,
        folder: &Path,
        environment: &BTreeMap<String, String>,
        user: Option<&str>,
    ) -> Result<(), Error> {
        if user == Some("nobody-here") {
            return Err(Error { code: Code::Denied, message: "no such user".into() });
        }
        *self.entered.lock().unwrap() = Some((folder.to_path_buf(), environment.clone()));
        Ok(())
    }

    fn line(&self, stream: Stream, text: &str) {
        let prefix = match stream {
            Stream::Stdout => "out",
            Stream::Stderr => "err",
            Stream::Log(Level::Debug) => "debug",
            Stream::Log(Level::Info) => "info",
            Stream::Log(Level::Warn) => "warn",
            Stream::Log(Level::Error) => "error",
        };
        self.lines.lock().unwrap().push(format!("{prefix}: {text}"));
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000_000)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn spawn(&self, process: Process) -> BoxFuture<'_, Result<Finished, Error>> {
        self.spawned.lock().unwrap().push(process.program.clone());
        async move {
            let mut command = match &process.program {
                Program::Line(line) => {
                    let mut command = tokio::process::Command::new("sh");
                    command.arg("-c").arg(line);
                    command
                }
                Program::Arguments(words) => {
                    let mut command = tokio::process::Command::new(&words[0]);
                    command.args(&words[1..]);
                    command
                }
            };
            command.envs(process.env).kill_on_drop(true).stdin(std::process::Stdio::null());
            let output = command
                .output()
                .await
                .map_err(|error| Error { code: Code::NotFound, message: error.to_string() })?;
            if process.log {
                for line in String::from_utf8_lossy(&output.stdout).lines() {
                    self.line(Stream::Stdout, line);
                }
            }
            Ok(Finished {
                exit_code: output.status.code().unwrap_or(128),
                truncated: output.stdout.len() > process.keep,
                stdout: output.stdout[..output.stdout.len().min(process.keep)].to_vec(),
                stderr: output.stderr,
                timed_out: false,
                duration: Duration::ZERO,
            })
        }
        .boxed()
    }

    fn state(&self, operation: StateOperation) -> BoxFuture<'_, Result<StateAnswer, Error>> {
        let mut entries = self.entries.lock().unwrap();
        let answer = match operation {
            StateOperation::Get { namespace, key } => {
                StateAnswer::Entry(entries.get(&(namespace, key)).cloned())
            }
            StateOperation::Set { namespace, key, value, only_if: Condition::Always, .. } => {
                let version = entries.len() as u64 + 1;
                entries.insert((namespace, key), (value, version));
                StateAnswer::Version(version)
            }
            StateOperation::Delete { namespace, key } => {
                StateAnswer::Removed(entries.remove(&(namespace, key)).is_some())
            }
            _ => StateAnswer::Keys(entries.keys().map(|(_, key)| key.clone()).collect()),
        };
        futures::future::ready(Ok(answer)).boxed()
    }

    fn event(&self, kind: String, data: Value) -> BoxFuture<'_, Result<(), Error>> {
        self.events.lock().unwrap().push((kind, data));
        futures::future::ready(Ok(())).boxed()
    }

    fn secret(&self, name: String) -> BoxFuture<'_, Result<Option<String>, Error>> {
        futures::future::ready(Ok((name == "token").then(|| "swordfish".to_owned()))).boxed()
    }

    fn secrets(&self) -> BoxFuture<'_, Result<Vec<String>, Error>> {
        futures::future::ready(Ok(vec!["token".to_owned()])).boxed()
    }

    fn hide(&self, _: &str, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn masked(&self, text: &str) -> String {
        text.replace("swordfish", "***")
    }

    fn consume(&self, names: Vec<String>) -> BoxFuture<'_, Result<(), Error>> {
        let missing = names.iter().find(|name| name.starts_with("missing")).cloned();
        self.consumed.lock().unwrap().extend(names);
        let result = match missing {
            Some(name) => {
                Err(Error { code: Code::NotFound, message: format!("no holder of {name}") })
            }
            None => Ok(()),
        };
        futures::future::ready(result).boxed()
    }

    fn produce(&self, globs: Vec<String>) -> BoxFuture<'_, Result<usize, Error>> {
        let count = globs.len();
        self.produced.lock().unwrap().extend(globs);
        futures::future::ready(Ok(count)).boxed()
    }
}

/// Loads a file without values.
pub fn load(text: &str) -> Result<dsl::File, dsl::Diagnostics> {
    dsl::load(&source(text), &json!({}), &LoadOptions::default())
}

/// The rendered diagnostics of a file that must not load.
pub fn faults(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

pub fn source(text: &str) -> Source {
    Source { name: "deploy.sloth".into(), text: text.into() }
}

/// The first and last attempt of a task of the file's implicit workflow.
pub fn job(text: &str, task: &str) -> Job {
    Job {
        source: source(text),
        file: None,
        values: json!({}),
        workflow: "deploy".into(),
        step: Step::Task(Attempt {
            task: task.into(),
            number: 1,
            first: true,
            last: true,
            dependencies: BTreeMap::new(),
        }),
        run_id: "01RUN".into(),
        agent: None,
        workdir: PathBuf::from("/tmp"),
        deadline: Instant::now() + Duration::from_secs(20),
        load: LoadOptions { memory: 64 << 20, ..LoadOptions::default() },
        check: false,
        cancel: CancellationToken::new(),
    }
}

/// Runs a job in a fresh world.
pub async fn run(job: Job) -> (Outcome, Arc<Memory>) {
    let memory = Arc::new(Memory::default());
    let outcome = dsl::run(job, memory.clone()).await;
    (outcome, memory)
}

/// Runs the task `a` of a file whose only task has this function as its command.
pub async fn command(body: &str) -> (Outcome, Arc<Memory>) {
    run(job(&format!("task('a'):command(function(this, params, deps) {body} end)"), "a")).await
}
