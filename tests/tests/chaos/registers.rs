//! Clients that read, write, and write on a condition.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::Dice;
use tests::history::{History, Operation, Outcome, What};
use web::Client;
use web::client::Error;
use web::wire::{Condition, DeleteQuery, Deleted, Entry, Kind, Set, Stored};

use crate::doors::{Door, Doors, Told};

pub const NAMESPACE: &str = "chaos";
/// Within it all copies are the same once nobody writes, and what ends by itself has ended.
const SETTLED: Duration = Duration::from_secs(30);

/// What was asked and told, by key.
pub type Histories = Mutex<BTreeMap<String, History>>;

/// Keys of the store as clients use them, with every answer written down.
#[derive(Clone)]
pub struct Store {
    pub doors: Arc<Doors>,
    pub histories: Arc<Histories>,
}

impl Store {
    pub fn new(doors: &Arc<Doors>) -> Self {
        Self { doors: doors.clone(), histories: Arc::default() }
    }

    /// Version and value of a key; version 0 is no value.
    pub async fn read(&self, client: &Client, key: &str) -> Option<(u64, Value)> {
        let call = self.doors.now();
        let (version, value) = self.judge(client.entry(NAMESPACE, key).await)?;
        self.note(key, call, What::Read { version, value: text(version, &value) });
        Some((version, value))
    }

    /// The same without agreement: what stands behind one door.
    pub async fn read_stale(&self, door: &Door, key: &str) -> Option<(u64, Value)> {
        let (call, before) = (self.doors.now(), door.life());
        let (version, value) = self.judge(door.stale.entry(NAMESPACE, key).await)?;
        // Across a start nobody knows which life has answered.
        let life = before.filter(|before| door.life() == Some(*before));
        self.note(key, call, What::Stale { version, value: text(version, &value), life });
        Some((version, value))
    }

    fn judge(&self, answer: Result<Entry, Error>) -> Option<(u64, Value)> {
        match self.doors.judge(answer) {
            Told::Done(Entry { version, value, .. }) => Some((version, value)),
            Told::Refused(Kind::NotFound) => Some((0, Value::Null)),
            _ => None,
        }
    }

    /// Ends a version, if it is still there.
    pub async fn delete(&self, client: &Client, key: &str, version: u64) -> Option<bool> {
        let call = self.doors.now();
        let query = DeleteQuery { if_version: Some(version), ..DeleteQuery::default() };
        let done = match self.doors.judge(client.delete_entry(NAMESPACE, key, &query).await) {
            Told::Done(Deleted { deleted }) => Some(deleted),
            Told::Refused(_) => Some(false),
            Told::Unknown => None,
            Told::Nobody => return None,
        };
        self.note(key, call, What::Delete { version, done });
        done
    }

    /// Writes a value that is like no other, if the version is still this one, 0 being none.
    pub async fn write(
        &self,
        client: &Client,
        key: &str,
        value: Value,
        after: Option<u64>,
    ) -> Option<Outcome> {
        let text = value.to_string();
        let only_if = after.map(Condition::Version);
        let set = Set { value, ttl: None, only_if, fence: None };
        self.set(client, key, set, What::write(text, after, None)).await
    }

    /// Writes a value that ends by itself.
    async fn write_brief(&self, client: &Client, key: &str, value: Value, ttl: Duration) {
        let text = value.to_string();
        let of_wire = Some(format!("{}ms", ttl.as_millis()));
        let set = Set { value, ttl: of_wire, only_if: None, fence: None };
        self.set(client, key, set, What::write(text, None, Some(ttl))).await;
    }

    /// Writes with whatever else must hold, and notes it as this write, whose outcome is still to come.
    pub async fn set(
        &self,
        client: &Client,
        key: &str,
        set: Set,
        write: impl FnOnce(Outcome) -> What,
    ) -> Option<Outcome> {
        let call = self.doors.now();
        let told = self.doors.judge(client.set(NAMESPACE, key, &set).await);
        let outcome = told.outcome(|stored: &Stored| stored.version)?;
        self.note(key, call, write(outcome));
        Some(outcome)
    }

    fn note(&self, key: &str, call: Duration, what: What) {
        let operation = Operation { call, end: self.doors.now(), what };
        self.histories.lock().unwrap().entry(key.into()).or_default().push(operation);
    }

    /// All keys there are, through every door, when all is quiet.
    pub async fn read_all(&self) {
        let keys: Vec<String> = self.histories.lock().unwrap().keys().cloned().collect();
        for key in &keys {
            self.settles(key).await;
            for door in self.doors.all() {
                if self.read(&door.client, key).await.is_none() {
                    self.doors.complain(format!("key {key} cannot be read when all is quiet"));
                }
            }
        }
    }

    /// Waits until every copy is as new as the others, and what ends by itself has ended.
    async fn settles(&self, key: &str) {
        let began = Instant::now();
        loop {
            let first = self.read(&self.doors.all()[0].client, key).await;
            let is_there = first.as_ref().is_some_and(|(version, _)| *version > 0);
            let mut left = Vec::new();
            if is_there && self.histories.lock().unwrap()[key].ends_by_itself() {
                left.push("it has not ended".to_owned());
            }
            for door in self.doors.all() {
                let found = self.read_stale(door, key).await;
                if found.is_none() || found != first {
                    left.push(format!("{found:?} instead of {first:?}"));
                }
            }
            if left.is_empty() {
                return;
            }
            if began.elapsed() > SETTLED {
                return self.doors.complain(format!("key {key} after {SETTLED:?}: {left:?}"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn text(version: u64, value: &Value) -> Option<String> {
    (version > 0).then(|| value.to_string())
}

/// One client of a few keys, until the storm is over.
pub async fn use_registers(
    store: Store,
    name: String,
    keys: &'static [&'static str],
    mut dice: Dice,
) {
    let mut seen = BTreeMap::new();
    for number in 0.. {
        if store.doors.is_over() {
            return;
        }
        let key = *dice.pick(keys);
        let door = store.doors.one(&mut dice);
        let client = &door.client;
        let value = Value::from(format!("{name}-{number}"));
        let after: u64 = seen.get(key).copied().unwrap_or_default();
        match dice.below(20) {
            0..6 => {
                if let Some((version, _)) = store.read(client, key).await {
                    seen.insert(key, version);
                }
            }
            6..10 => drop(store.read_stale(door, key).await),
            10..13 => drop(store.write(client, key, value, None).await),
            13..15 => store.write_brief(client, key, value, dice.millis(300, 4_000)).await,
            15..17 => {
                if let Some((version @ 1.., _)) = store.read(client, key).await
                    && store.delete(client, key, version).await == Some(true)
                {
                    seen.insert(key, 0);
                }
            }
            _ => {
                let outcome = store.write(client, key, value, Some(after)).await;
                if let Some(Outcome::Version(version)) = outcome {
                    seen.insert(key, version);
                }
            }
        }
        tokio::time::sleep(dice.millis(10, 60)).await;
    }
}
