//! Clients that read, write, and write on a condition.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tests::Dice;
use tests::history::{History, Operation, Outcome, What};
use web::Client;
use web::wire::{Condition, Entry, Kind, Set, Stored};

use crate::doors::{Doors, Told};

pub const NAMESPACE: &str = "chaos";

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
        let told = self.doors.judge(client.entry(NAMESPACE, key).await);
        let (version, value) = match told {
            Told::Done(Entry { version, value, .. }) => (version, value),
            Told::Refused(Kind::NotFound) => (0, Value::Null),
            _ => return None,
        };
        let text = (version > 0).then(|| value.to_string());
        self.note(key, call, What::Read { version, value: text });
        Some((version, value))
    }

    /// Writes a value that is like no other, if the version is still this one.
    pub async fn write(
        &self,
        client: &Client,
        key: &str,
        value: Value,
        after: Option<u64>,
    ) -> Option<Outcome> {
        let text = value.to_string();
        let only_if = after.map(Condition::Version);
        self.set(client, key, Set { value, ttl: None, only_if, fence: None }, text, after).await
    }

    /// As [`Self::write`], with whatever else must hold.
    pub async fn set(
        &self,
        client: &Client,
        key: &str,
        set: Set,
        text: String,
        after: Option<u64>,
    ) -> Option<Outcome> {
        let call = self.doors.now();
        let told = self.doors.judge(client.set(NAMESPACE, key, &set).await);
        let outcome = told.outcome(|stored: &Stored| stored.version)?;
        self.note(key, call, What::Write { value: text, after, outcome });
        Some(outcome)
    }

    fn note(&self, key: &str, call: Duration, what: What) {
        let operation = Operation { call, end: self.doors.now(), what };
        self.histories.lock().unwrap().entry(key.into()).or_default().push(operation);
    }

    /// All keys there are, through every door.
    pub async fn read_all(&self) {
        let keys: Vec<String> = self.histories.lock().unwrap().keys().cloned().collect();
        for client in self.doors.all() {
            for key in &keys {
                if self.read(client, key).await.is_none() {
                    self.doors.complain(format!("key {key} cannot be read when all is quiet"));
                }
            }
        }
    }
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
        let client = store.doors.any(&mut dice);
        let value = Value::from(format!("{name}-{number}"));
        match dice.below(10) {
            0..4 => {
                if let Some((version, _)) = store.read(client, key).await {
                    seen.insert(key, version);
                }
            }
            4..7 => drop(store.write(client, key, value, None).await),
            _ => {
                let after = seen.get(key).copied().unwrap_or_default();
                let outcome = store.write(client, key, value, Some(after)).await;
                if let Some(Outcome::Version(version)) = outcome {
                    seen.insert(key, version);
                }
            }
        }
        tokio::time::sleep(dice.millis(10, 60)).await;
    }
}
