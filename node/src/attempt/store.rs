//! The key-value store and its locks, as tasks use them.

use dsl::host::{Code, Condition, Error, StateAnswer, StateOperation};
use serde_json::Value;
use state::{Answer, Command, Elapsed, Query, RunId, Subject, View, json, kv, lease};

use crate::agreement::{Agreement, Consistency};
use crate::error::Kind;

pub struct Store<'a> {
    pub agreement: &'a Agreement,
    pub subject: &'a Subject,
    pub run: RunId,
    pub label: &'a str,
}

impl Store<'_> {
    pub async fn operate(self, operation: StateOperation) -> Result<StateAnswer, Error> {
        match operation {
            StateOperation::Get { namespace, key } => self.get(namespace, key).await,
            StateOperation::List { namespace, prefix, after, limit } => {
                self.list(namespace, prefix, after, limit).await
            }
            StateOperation::Set { namespace, key, value, ttl, only_if } => {
                let (json, ttl) = (json::canonical(&value), ttl.map(Elapsed::from));
                let only_if = condition(only_if);
                let set = kv::Set { namespace, key, json, ttl, only_if, fence: None };
                self.change(Command::Set(set)).await
            }
            StateOperation::Delete { namespace, key } => {
                let only_if = kv::Condition::Always;
                let delete = kv::Delete { namespace, key, only_if, fence: None };
                self.change(Command::Delete(delete)).await
            }
            StateOperation::Lock { namespace, name, ttl } => {
                let (name, label) = (lock_name(&namespace, &name), self.label.to_string());
                let (run, ttl) = (Some(self.run), Some(Elapsed::from(ttl)));
                self.change(Command::Acquire(lease::Acquire { name, label, run, ttl })).await
            }
            StateOperation::Unlock { namespace, name, token } => {
                let name = lock_name(&namespace, &name);
                self.change(Command::Release(lease::Release { name, token })).await
            }
        }
    }

    async fn get(&self, namespace: String, key: String) -> Result<StateAnswer, Error> {
        let view = self.ask(Query::Entry { namespace, key }).await?;
        let View::Entry(Some(entry)) = view else { return Ok(StateAnswer::Entry(None)) };
        let value = serde_json::from_str(&entry.json).unwrap_or(Value::Null);
        Ok(StateAnswer::Entry(Some((value, entry.version))))
    }

    async fn list(
        &self,
        namespace: String,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Result<StateAnswer, Error> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let view = self.ask(Query::Entries { namespace, prefix, after, limit }).await?;
        let View::Entries(entries) = view else { return Ok(StateAnswer::Keys(Vec::new())) };
        Ok(StateAnswer::Keys(entries.into_iter().map(|(key, _)| key).collect()))
    }

    async fn ask(&self, query: Query) -> Result<View, Error> {
        let answer = self.agreement.read(query, Consistency::Linearizable).await;
        answer.map_err(|error| refused(&error))
    }

    async fn change(&self, command: Command) -> Result<StateAnswer, Error> {
        let answer = self.agreement.write(self.subject.clone(), command).await;
        match answer.map_err(|error| refused(&error))? {
            Answer::Version(version) => Ok(StateAnswer::Version(version)),
            Answer::Token(token) => Ok(StateAnswer::Token(token)),
            Answer::Removed(removed) => Ok(StateAnswer::Removed(removed)),
            _ => Ok(StateAnswer::Removed(true)),
        }
    }
}

/// Locks of the default namespace are the leases of that name.
fn lock_name(namespace: &str, name: &str) -> String {
    match namespace {
        "default" => name.to_string(),
        namespace => format!("{namespace}/{name}"),
    }
}

fn condition(condition: Condition) -> kv::Condition {
    match condition {
        Condition::Always => kv::Condition::Always,
        Condition::Absent => kv::Condition::Absent,
        Condition::Version(version) => kv::Condition::Version(version),
        Condition::Value(value) => kv::Condition::Value(json::canonical(&value)),
    }
}

/// The stable word of a failure, for scripts.
pub fn refused(error: &crate::Error) -> Error {
    let code = match error.kind() {
        Kind::NotFound => Code::NotFound,
        Kind::Conflict | Kind::Locked | Kind::StaleToken => Code::Conflict,
        Kind::Denied => Code::Denied,
        Kind::Deadline => Code::Timeout,
        Kind::NoQuorum | Kind::Unavailable | Kind::Corrupt => Code::Unavailable,
        Kind::Invalid | Kind::Limit => Code::Invalid,
    };
    Error { code, message: crate::error::chain(error) }
}
