use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use web::wire::{ClearQuery, Condition, DeleteQuery, Fence, Kind, Set as Change};

use super::{Namespace, clear, value};
use crate::args::duration;
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::session::Session;
use crate::values::text_of;

/// Set a key
///
/// Ends with 4 when the condition that was given does not hold.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth state set greeting hello
  sloth state set hosts '[\"a\",\"b\"]' --json
  sloth state set version 1.5 --if-version 3
  sloth state set notes -f notes.txt --ttl 7d"
)]
pub struct Set {
    key: String,
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    value: Option<String>,
    /// Take the value from a file, or from standard input when it is -
    #[arg(short, long)]
    file: Option<PathBuf>,
    /// The value is JSON, not text
    #[arg(long)]
    json: bool,
    /// After which the key goes
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    ttl: Option<Duration>,
    /// Only if the key does not exist
    #[arg(long, conflicts_with = "if_version")]
    if_absent: bool,
    /// Only if the key has this version
    #[arg(long, value_name = "VERSION")]
    if_version: Option<u64>,
    #[command(flatten)]
    fence: Fenced,
    #[command(flatten)]
    namespace: Namespace,
}

/// Delete a key, or all that begin alike
#[derive(Args, Debug)]
#[command(
    visible_alias = "rm",
    alias = "remove",
    after_help = "\
Examples:
  sloth state delete version
  sloth state delete version --if-version 3
  sloth state delete deploy/ --prefix"
)]
pub struct Delete {
    key: String,
    /// All keys that begin so
    #[arg(long, conflicts_with = "if_version")]
    prefix: bool,
    /// Only if the key has this version
    #[arg(long, value_name = "VERSION")]
    if_version: Option<u64>,
    #[command(flatten)]
    fence: Fenced,
    #[command(flatten)]
    namespace: Namespace,
}

/// Set a key to NEW if its value is OLD
///
/// Ends with 4 when it is another.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth state cas version 1.4 1.5
  sloth state cas size 7 8 --json"
)]
pub struct Cas {
    key: String,
    old: String,
    new: String,
    /// The values are JSON, not text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    fence: Fenced,
    #[command(flatten)]
    namespace: Namespace,
}

/// A change that only the holder of a lock may make.
#[derive(Args, Debug)]
pub struct Fenced {
    /// Only while this lock is held with this token
    #[arg(long, value_name = "LOCK=TOKEN")]
    fence: Option<Held>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    lease: String,
    token: u64,
}

impl FromStr for Held {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.rsplit_once('=').filter(|(lease, _)| !lease.is_empty());
        let (lease, token) = parts.ok_or("expected LOCK=TOKEN")?;
        let token = token.parse().map_err(|_| format!("{token:?} is no token"))?;
        Ok(Self { lease: lease.to_owned(), token })
    }
}

impl Fenced {
    pub fn wire(&self) -> Option<Fence> {
        let held = self.fence.clone()?;
        Some(Fence { lease: held.lease, token: held.token })
    }
}

impl Set {
    pub fn read(&mut self) -> Result<(), Error> {
        if let Some(path) = &self.file {
            self.value = Some(text_of(path)?);
        }
        Ok(())
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let condition = match (self.if_absent, self.if_version) {
            (true, _) => Some(Condition::Absent),
            (false, version) => version.map(Condition::Version),
        };
        let change = Change {
            value: value(self.value.as_deref().unwrap_or_default(), self.json)?,
            ttl: self.ttl.map(config::duration::format),
            only_if: condition,
            fence: self.fence.wire(),
        };
        store(session, &self.namespace.namespace, &self.key, &change).await
    }
}

impl Cas {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let change = Change {
            value: value(&self.new, self.json)?,
            ttl: None,
            only_if: Some(Condition::Value(value(&self.old, self.json)?)),
            fence: self.fence.wire(),
        };
        store(session, &self.namespace.namespace, &self.key, &change).await
    }
}

async fn store(
    session: &Session,
    namespace: &str,
    key: &str,
    change: &Change,
) -> Result<Exit, Error> {
    let stored = session.client.set(namespace, key, change).await.map_err(|error| {
        let changed = error.kind() == Kind::Conflict;
        let error = Error::from(error);
        let look = || format!("sloth state get {key} -o json");
        if changed && error.hint.is_none() { error.hint(look()) } else { error }
    })?;
    session.out.done(&stored, &format!("{key} version {}", stored.version));
    session.out.next(&After::KeySet { key, namespace });
    Ok(Exit::Done)
}

impl Delete {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let namespace = &self.namespace.namespace;
        let fence = self.fence.wire();
        if self.prefix {
            return self.all(session, fence).await;
        }
        let query = DeleteQuery {
            if_version: self.if_version,
            if_value: None,
            lease: fence.as_ref().map(|fence| fence.lease.clone()),
            token: fence.map(|fence| fence.token),
        };
        let gone = session.client.delete_entry(namespace, &self.key, &query).await?;
        if !gone.deleted {
            return Err(Error::new(Exit::NotFound, format!("key `{}` does not exist", self.key)));
        }
        session.out.done(&gone, &format!("deleted {}", self.key));
        session.out.next(&After::KeysDeleted { namespace });
        Ok(Exit::Done)
    }

    async fn all(&self, session: &Session, fence: Option<Fence>) -> Result<Exit, Error> {
        let (prefix, namespace) = (self.key.clone(), &self.namespace.namespace);
        session.confirm(&format!("Delete all keys of `{namespace}` that begin with `{prefix}`"))?;
        let (lease, token) = fence.map(|fence| (fence.lease, fence.token)).unzip();
        clear::all(session, namespace, ClearQuery { prefix, lease, token }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn values_are_text_unless_said_otherwise() {
        assert_eq!(value("1", false).unwrap(), Value::String("1".into()));
        assert_eq!(value("1", true).unwrap(), serde_json::json!(1));
        assert_eq!(value("{", true).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn a_fence_names_lock_and_token() {
        assert_eq!("a=b=7".parse(), Ok(Held { lease: "a=b".into(), token: 7 }));
        for wrong in ["a", "=1", "a=", "a=x"] {
            assert!(wrong.parse::<Held>().is_err(), "{wrong}");
        }
    }
}
