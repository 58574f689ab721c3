//! `sloth state`: the replicated key-value store and its locks.

mod change;
mod changes;
mod clear;
mod get;
mod held;
mod incr;
mod list;
mod lock;
mod locks;
mod stats;
mod watch;

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
  sloth state incr builds
  sloth state watch deploy/
  sloth state lock deploy -- make deploy")]
pub enum State {
    Get(get::Get),
    Show(get::Show),
    Set(change::Set),
    Delete(change::Delete),
    Clear(clear::Clear),
    List(list::List),
    Stats(stats::Stats),
    Incr(incr::Incr),
    Cas(change::Cas),
    Watch(watch::Watch),
    Lock(lock::Lock),
    Unlock(locks::Unlock),
    Locks(locks::Locks),
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
        match self {
            State::Lock(lock) => lock.runs_a_command(),
            State::Watch(_) => true,
            _ => false,
        }
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            State::Get(get) => get.run(session).await,
            State::Show(show) => show.run(session).await,
            State::Set(set) => set.run(session).await,
            State::Delete(delete) => delete.run(session).await,
            State::Clear(clear) => clear.run(session).await,
            State::List(list) => list.run(session).await,
            State::Stats(stats) => stats.run(session).await,
            State::Incr(incr) => incr.run(session).await,
            State::Cas(cas) => cas.run(session).await,
            State::Watch(watch) => watch.run(session).await,
            State::Lock(lock) => lock.run(session).await,
            State::Unlock(unlock) => unlock.run(session).await,
            State::Locks(locks) => locks.run(session).await,
        }
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
