use std::time::{Duration, Instant};

use serde_json::Value;
use state::lease::{Acquire, Fence, Release, Renew};
use state::{Answer, Command, Elapsed, Moment, Query, View, json, kv, query};

use super::{Caller, Handle};
use crate::agreement::Consistency;
use crate::error::Error;
use crate::names::Names;
use crate::view;

/// One key to change, and what must hold for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub namespace: String,
    pub key: String,
    pub only_if: Condition,
    /// Only while this lease is held with this token.
    pub fence: Option<(String, u64)>,
}

/// What must hold for a change of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Always,
    Absent,
    Version(u64),
    Value(Value),
}

/// Keys that one call deletes.
const CLEARED_MAX: u32 = 1_000;

/// The key-value store.
impl Handle {
    pub async fn entry(
        &self,
        namespace: &str,
        key: &str,
        consistency: Consistency,
    ) -> Result<Option<view::Entry>, Error> {
        let query = Query::Entry { namespace: namespace.into(), key: key.into() };
        let View::Entry(Some(entry)) = self.agreement().read(query, consistency).await? else {
            return Ok(None);
        };
        let (names, clock) = (self.names().await?, self.stopwatch().await?);
        Ok(Some(view_entry(key.to_string(), &entry, &names, clock)))
    }

    /// Keys in byte order after `after`.
    pub async fn entries(
        &self,
        namespace: &str,
        prefix: &str,
        after: Option<String>,
        limit: u32,
        consistency: Consistency,
    ) -> Result<Vec<view::Entry>, Error> {
        let (namespace, prefix) = (namespace.to_string(), prefix.to_string());
        let query = Query::Entries { namespace, prefix, after, limit };
        let View::Entries(entries) = self.agreement().read(query, consistency).await? else {
            return Ok(Vec::new());
        };
        let (names, clock) = (self.names().await?, self.stopwatch().await?);
        let entries = entries.into_iter();
        Ok(entries.map(|(key, entry)| view_entry(key, &entry, &names, clock)).collect())
    }

    /// Writes a key; returns its new version.
    pub async fn set(
        &self,
        by: Caller,
        change: Change,
        value: &Value,
        ttl: Option<Duration>,
    ) -> Result<u64, Error> {
        let set = kv::Set {
            namespace: change.namespace,
            key: change.key,
            json: json::canonical(value),
            ttl: ttl.map(Elapsed::from),
            only_if: change.only_if.into(),
            fence: change.fence.map(|(name, token)| Fence { name, token }),
        };
        match self.agreement().write(self.subject(by), Command::Set(set)).await? {
            Answer::Version(version) => Ok(version),
            other => Err(unexpected(&other)),
        }
    }

    /// Removes a key; whether it was there.
    pub async fn delete(&self, by: Caller, change: Change) -> Result<bool, Error> {
        let delete = kv::Delete {
            namespace: change.namespace,
            key: change.key,
            only_if: change.only_if.into(),
            fence: change.fence.map(|(name, token)| Fence { name, token }),
        };
        match self.agreement().write(self.subject(by), Command::Delete(delete)).await? {
            Answer::Removed(removed) => Ok(removed),
            other => Err(unexpected(&other)),
        }
    }

    /// Removes the first keys that begin so, as many as one entry may take; how many. None is left once that is 0.
    pub async fn clear(
        &self,
        by: Caller,
        namespace: &str,
        prefix: &str,
        fence: Option<(String, u64)>,
    ) -> Result<usize, Error> {
        let (space, prefix) = (namespace.to_string(), prefix.to_string());
        let query = Query::Entries { namespace: space, prefix, after: None, limit: CLEARED_MAX };
        let read = self.agreement().read(query, Consistency::Linearizable).await?;
        let View::Entries(entries) = read else { return Ok(0) };
        let fence = fence.map(|(name, token)| Fence { name, token });
        let delete = |(key, _): (String, kv::Entry)| {
            let (namespace, fence) = (namespace.to_string(), fence.clone());
            Command::Delete(kv::Delete { namespace, key, only_if: kv::Condition::Always, fence })
        };
        let commands: Vec<Command> = entries.into_iter().map(delete).collect();
        let cleared = commands.len();
        if cleared > 0 {
            self.agreement().write_many(self.subject(by), commands).await?;
        }
        Ok(cleared)
    }

    pub async fn namespaces(
        &self,
        consistency: Consistency,
    ) -> Result<Vec<view::Namespace>, Error> {
        match self.agreement().read(Query::Namespaces, consistency).await? {
            View::Namespaces(namespaces) => Ok(namespaces),
            _ => Ok(Vec::new()),
        }
    }

    /// Waits until this node has applied something after an index of the log, at most so long.
    pub async fn newer(&self, than: u64, wait: Duration) -> Result<(), Error> {
        let mut watch = self.agreement().raft().watch();
        let deadline = Instant::now() + wait;
        while watch.index() <= than {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            watch.changed(left).await?;
        }
        Ok(())
    }

    pub(super) async fn stopwatch(&self) -> Result<Moment, Error> {
        match self.agreement().read(Query::Cluster, Consistency::Stale).await? {
            View::Cluster(Some(cluster)) => Ok(cluster.clock),
            _ => Ok(Moment::default()),
        }
    }
}

/// Leases.
impl Handle {
    pub async fn leases(
        &self,
        prefix: &str,
        consistency: Consistency,
    ) -> Result<Vec<view::Lease>, Error> {
        let query = Query::Leases { prefix: prefix.into(), after: None, limit: query::PAGE_MAX };
        let View::Leases(leases) = self.agreement().read(query, consistency).await? else {
            return Ok(Vec::new());
        };
        let (names, clock) = (self.names().await?, self.stopwatch().await?);
        let view = |(name, lease): (String, state::lease::Lease)| view::Lease {
            name,
            holder: names.subject(&lease.holder.subject),
            label: lease.holder.label,
            run: lease.holder.run,
            token: lease.token,
            acquired_at: lease.acquired_at,
            expires_in_ms: lease.expires.map(|expires| expires.since(clock).0),
        };
        Ok(leases.into_iter().map(view).collect())
    }

    /// Takes a lease; returns its fencing token.
    pub async fn acquire(
        &self,
        by: Caller,
        name: String,
        label: String,
        ttl: Duration,
    ) -> Result<u64, Error> {
        let acquire = Acquire { name, label, run: None, ttl: Some(Elapsed::from(ttl)) };
        match self.agreement().write(self.subject(by), Command::Acquire(acquire)).await? {
            Answer::Token(token) => Ok(token),
            other => Err(unexpected(&other)),
        }
    }

    pub async fn renew(
        &self,
        by: Caller,
        name: String,
        token: u64,
        ttl: Duration,
    ) -> Result<(), Error> {
        let renew = Command::Renew(Renew { name, token, ttl: Elapsed::from(ttl) });
        self.agreement().write(self.subject(by), renew).await.map(drop)
    }

    pub async fn release(&self, by: Caller, name: String, token: u64) -> Result<(), Error> {
        let release = Command::Release(Release { name, token });
        self.agreement().write(self.subject(by), release).await.map(drop)
    }
}

impl From<Condition> for kv::Condition {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Always => kv::Condition::Always,
            Condition::Absent => kv::Condition::Absent,
            Condition::Version(version) => kv::Condition::Version(version),
            Condition::Value(value) => kv::Condition::Value(json::canonical(&value)),
        }
    }
}

fn view_entry(key: String, entry: &kv::Entry, names: &Names, clock: Moment) -> view::Entry {
    view::Entry {
        key,
        value: serde_json::from_str(&entry.json).unwrap_or_default(),
        version: entry.version,
        changed_at: entry.changed_at,
        changed_by: names.subject(&entry.changed_by),
        expires_in_ms: entry.expires.map(|expires| expires.since(clock).0),
    }
}

pub(super) fn unexpected(answer: &Answer) -> Error {
    Error::Corrupt(format!("the answer {answer:?} does not belong to its question"))
}
