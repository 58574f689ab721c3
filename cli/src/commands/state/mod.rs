//! `sloth state`: the replicated key-value store and its locks.

mod change;
mod held;
mod list;
mod lock;

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::error::Error;
use crate::exit::Exit;
use crate::output::json;
use crate::session::Session;

/// Read and change the replicated key-value store
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  sloth state set version 1.4
  sloth state get version
  sloth state cas version 1.4 1.5
  sloth state lock deploy -- make deploy")]
pub enum State {
    Get(Get),
    Set(change::Set),
    Delete(change::Delete),
    List(list::List),
    Cas(change::Cas),
    Lock(lock::Lock),
}

/// Print the value of a key
///
/// Text is printed as it is, anything else as JSON.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Get {
    key: String,
    #[command(flatten)]
    namespace: Namespace,
}

/// Which part of the store.
#[derive(Args, Debug)]
pub struct Namespace {
    /// The namespace of the key
    #[arg(short, long, value_name = "NAME", default_value = "default")]
    pub namespace: String,
}

impl State {
    pub fn read(&mut self) -> Result<(), Error> {
        match self {
            State::Set(set) => set.read(),
            _ => Ok(()),
        }
    }

    /// Whether the command lasts as long as somebody wants.
    pub fn stays(&self) -> bool {
        matches!(self, State::Lock(lock) if lock.runs_a_command())
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            State::Get(get) => get.run(session).await,
            State::Set(set) => set.run(session).await,
            State::Delete(delete) => delete.run(session).await,
            State::List(list) => list.run(session).await,
            State::Cas(cas) => cas.run(session).await,
            State::Lock(lock) => lock.run(session).await,
        }
    }
}

impl Get {
    async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let entry = session.client.entry(&self.namespace.namespace, &self.key).await?;
        session.out.thing(&entry, |_| shown(&entry.value));
        Ok(Exit::Done)
    }
}

/// A value for people: text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => json::compact(value),
    }
}

/// A value from the command line: text, or JSON where that was asked for.
fn value(text: &str, is_json: bool) -> Result<Value, Error> {
    match is_json {
        false => Ok(Value::String(text.to_owned())),
        true => serde_json::from_str(text)
            .map_err(|error| Error::usage(format!("{text:?} is not JSON: {error}"))),
    }
}
