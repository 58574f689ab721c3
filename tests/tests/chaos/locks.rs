//! Clients that take a lock, write under its token, and come back with tokens of the past.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::history::What;
use tests::{Dice, Fencing, Grant, Guarded};
use web::wire::{Acquire, Fence, Set};

use crate::doors::Told;
use crate::registers::Store;

/// Of each lock.
pub type Locks = Mutex<BTreeMap<String, Fencing>>;

/// One client of some locks.
pub struct Locker {
    pub store: Store,
    pub locks: Arc<Locks>,
    pub name: String,
    pub dice: Dice,
    number: u64,
}

impl Locker {
    pub fn new(store: Store, locks: Arc<Locks>, name: String, dice: Dice) -> Self {
        Self { store, locks, name, dice, number: 0 }
    }

    /// Until the storm is over. A lock that is left behind ends with its time.
    pub async fn work(mut self, locks: &'static [&'static str]) {
        let mut past = BTreeMap::new();
        while !self.store.doors.is_over() {
            let lock = *self.dice.pick(locks);
            if let Some(token) = past.get(lock) {
                self.write(lock, *token).await;
            }
            if let Some(token) = self.acquire(lock).await {
                for _ in 0..self.dice.below(4) {
                    self.write(lock, token).await;
                    tokio::time::sleep(self.dice.millis(20, 300)).await;
                }
                if self.dice.chance(60) {
                    let client = self.store.doors.any(&mut self.dice);
                    let _ = self.store.doors.judge(client.release(lock, token).await);
                }
                past.insert(lock, token);
            }
            tokio::time::sleep(self.dice.millis(50, 300)).await;
        }
    }

    async fn acquire(&mut self, lock: &str) -> Option<u64> {
        self.number += 1;
        // A label of its own for each try: nobody is taken for the holder before.
        let acquire = Acquire { label: self.label(), ttl: "1500ms".into() };
        let doors = self.store.doors.clone();
        let call = doors.now();
        let told = doors.judge(doors.any(&mut self.dice).acquire(lock, &acquire).await);
        let Told::Done(held) = told else { return None };
        let grant = Grant { call, end: doors.now(), token: held.token };
        self.locks.lock().unwrap().entry(lock.into()).or_default().granted(grant);
        Some(held.token)
    }

    async fn write(&mut self, lock: &str, token: u64) {
        self.number += 1;
        let value = json!({ "by": self.label(), "token": token });
        let fence = Some(Fence { lease: lock.into(), token });
        let text = value.to_string();
        let set = Set { value, ttl: None, only_if: None, fence };
        let client = self.store.doors.any(&mut self.dice);
        let call = self.store.doors.now();
        let noted = What::write(text, None, None);
        let Some(outcome) = self.store.set(client, &guarded(lock), set, noted).await else {
            return;
        };
        let write = Guarded { call, token, outcome };
        self.locks.lock().unwrap().entry(lock.into()).or_default().wrote(write);
    }

    fn label(&self) -> String {
        format!("{}-{}", self.name, self.number)
    }
}

/// The key that is written only under a lock.
pub fn guarded(lock: &str) -> String {
    format!("guarded-{lock}")
}

/// In the order of versions, no value is from an older token than the one before.
pub fn falling(values: &BTreeMap<u64, &str>) -> Vec<String> {
    let token = |text: &str| serde_json::from_str::<Value>(text).unwrap()["token"].as_u64();
    let tokens: Vec<_> = values.iter().map(|(version, text)| (version, token(text))).collect();
    let falling = tokens.windows(2).filter(|pair| pair[0].1 > pair[1].1);
    falling.map(|pair| format!("versions and tokens: {pair:?}")).collect()
}

/// What a storm without a lesson would lack.
pub fn lessons(locks: &BTreeMap<String, Fencing>) -> (usize, usize) {
    (locks.values().map(Fencing::grants).sum(), locks.values().map(Fencing::late).sum())
}
