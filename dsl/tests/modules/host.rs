//! A world for tests: what is logged and published is kept, the store is a map, processes and files are real.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use dsl::host::{
    Code, Condition, Error, Finished, Host, Process, Program, StateAnswer, StateOperation, Stream,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

#[derive(Debug, Default)]
struct Store {
    version: u64,
    entries: BTreeMap<(String, String), (Value, u64)>,
    locks: BTreeMap<(String, String), u64>,
}

pub struct World {
    pub folder: TempDir,
    pub lines: Mutex<Vec<String>>,
    pub events: Mutex<Vec<Value>>,
    /// What was given to be hidden.
    pub hidden: Mutex<Vec<String>>,
    store: Mutex<Store>,
}

impl World {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            folder: tempfile::tempdir().unwrap(),
            lines: Mutex::default(),
            events: Mutex::default(),
            hidden: Mutex::default(),
            store: Mutex::default(),
        })
    }
}

impl World {
    /// What is in the store and who holds which lock.
    pub fn stored(&self) -> String {
        let store = self.store.lock().unwrap();
        format!("{:?} {:?}", store.entries, store.locks)
    }
}

fn refuse(code: Code, message: &str) -> Error {
    Error { code, message: message.to_owned() }
}

impl Store {
    fn apply(&mut self, operation: StateOperation) -> Result<StateAnswer, Error> {
        match operation {
            StateOperation::Get { namespace, key } => {
                Ok(StateAnswer::Entry(self.entries.get(&(namespace, key)).cloned()))
            }
            StateOperation::Set { namespace, key, value, ttl: _, only_if } => {
                let present = self.entries.get(&(namespace.clone(), key.clone()));
                let holds = match only_if {
                    Condition::Always => true,
                    Condition::Absent => present.is_none(),
                    Condition::Version(version) => {
                        present.is_some_and(|(_, present)| *present == version)
                    }
                    Condition::Value(value) => {
                        present.is_some_and(|(present, _)| *present == value)
                    }
                };
                if !holds {
                    return Err(refuse(Code::Conflict, "the value is another one"));
                }
                self.version += 1;
                self.entries.insert((namespace, key), (value, self.version));
                Ok(StateAnswer::Version(self.version))
            }
            StateOperation::Delete { namespace, key } => {
                Ok(StateAnswer::Removed(self.entries.remove(&(namespace, key)).is_some()))
            }
            StateOperation::List { namespace, prefix, after, limit } => {
                let keys = self
                    .entries
                    .keys()
                    .filter(|(space, _)| *space == namespace)
                    .map(|(_, key)| key);
                let keys = keys.filter(|key| {
                    key.starts_with(&prefix) && after.as_ref().is_none_or(|after| *key > after)
                });
                Ok(StateAnswer::Keys(keys.take(limit.min(3)).cloned().collect()))
            }
            StateOperation::Lock { namespace, name, ttl: _ } => {
                self.version += 1;
                let token = self.version;
                match self.locks.entry((namespace, name)) {
                    std::collections::btree_map::Entry::Occupied(_) => {
                        Err(refuse(Code::Conflict, "the lock is held"))
                    }
                    std::collections::btree_map::Entry::Vacant(free) => {
                        Ok(StateAnswer::Token(*free.insert(token)))
                    }
                }
            }
            StateOperation::Unlock { namespace, name, token } => {
                let held = self.locks.get(&(namespace.clone(), name.clone())) == Some(&token);
                Ok(StateAnswer::Removed(held && self.locks.remove(&(namespace, name)).is_some()))
            }
        }
    }
}

impl World {
    async fn process(&self, process: Process) -> Result<Finished, Error> {
        let mut command = match process.program {
            Program::Line(line) => {
                let mut command = Command::new("bash");
                command.arg("-c").arg(line);
                command
            }
            Program::Arguments(words) => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]);
                command
            }
        };
        if process.clean_env {
            command.env_clear().env("PATH", "/usr/bin:/bin");
        }
        command
            .envs(process.env)
            .current_dir(self.folder.path().join(process.workdir.unwrap_or_default()));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let started = Instant::now();
        let mut child =
            command.spawn().map_err(|error| refuse(Code::NotFound, &error.to_string()))?;
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&process.stdin.unwrap_or_default()).await.ok();
        drop(stdin);
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let work = async {
            tokio::join!(out.read_to_end(&mut stdout), err.read_to_end(&mut stderr), child.wait())
        };
        let ended =
            tokio::time::timeout(process.timeout.unwrap_or(Duration::from_secs(30)), work).await;
        if process.log {
            let text = String::from_utf8_lossy(&stdout);
            self.lines.lock().unwrap().extend(text.lines().map(|line| format!("Stdout {line}")));
        }
        let exit_code = match &ended {
            Ok((_, _, status)) => status.as_ref().unwrap().code().unwrap_or(128 + 9),
            Err(_) => 128 + 15,
        };
        let duration = started.elapsed();
        Ok(Finished {
            exit_code,
            stdout,
            stderr,
            truncated: false,
            timed_out: ended.is_err(),
            duration,
        })
    }
}

impl Host for World {
    fn enter(&self, _: &Path, _: &BTreeMap<String, String>, _: Option<&str>) -> Result<(), Error> {
        Ok(())
    }

    fn line(&self, stream: Stream, text: &str) {
        self.lines.lock().unwrap().push(format!("{stream:?} {text}"));
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "TMPDIR").then(|| self.folder.path().to_string_lossy().into_owned())
    }

    fn spawn(&self, process: Process) -> BoxFuture<'_, Result<Finished, Error>> {
        self.process(process).boxed()
    }

    fn state(&self, operation: StateOperation) -> BoxFuture<'_, Result<StateAnswer, Error>> {
        let denied = matches!(&operation, StateOperation::Get { key, .. } if key == "denied");
        let answer = if denied {
            Err(refuse(Code::Denied, "permission denied: state(denied)"))
        } else {
            self.store.lock().unwrap().apply(operation)
        };
        async move { answer }.boxed()
    }

    fn event(&self, kind: String, data: Value) -> BoxFuture<'_, Result<(), Error>> {
        let answer = match kind.as_str() {
            "refused" => Err(refuse(Code::Unavailable, "no quorum: 1 of 3 voters reachable")),
            _ => {
                self.events.lock().unwrap().push(json!({ "type": kind, "data": data }));
                Ok(())
            }
        };
        async move { answer }.boxed()
    }

    fn secret(&self, name: String) -> BoxFuture<'_, Result<Option<String>, Error>> {
        let answer = match name.as_str() {
            "token" | "get" => Ok(Some(format!("the {name}"))),
            "locked" => Err(refuse(Code::Denied, "permission denied: secrets(locked)")),
            _ => Ok(None),
        };
        async move { answer }.boxed()
    }

    fn secrets(&self) -> BoxFuture<'_, Result<Vec<String>, Error>> {
        async { Ok(vec!["get".to_owned(), "locked".to_owned(), "token".to_owned()]) }.boxed()
    }

    fn hide(&self, name: &str, value: &str) -> Result<(), Error> {
        self.hidden.lock().unwrap().push(format!("{name}={value}"));
        Ok(())
    }

    fn masked(&self, text: &str) -> String {
        text.replace("swordfish", "***")
    }

    fn consume(&self, _: Vec<String>) -> BoxFuture<'_, Result<(), Error>> {
        async { Ok(()) }.boxed()
    }

    fn produce(&self, _: Vec<String>) -> BoxFuture<'_, Result<usize, Error>> {
        async { Ok(0) }.boxed()
    }
}
