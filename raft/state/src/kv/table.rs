use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{BYTES_MAX, ENDED_MAX, Entry, KEYS_MAX, NAMESPACES_MAX};
use crate::due::Due;
use crate::query::Namespace;
use crate::{Map, Moment, Refusal, check};

type Space = Map<Arc<str>, Arc<Entry>>;
/// A namespace and a key.
type Address = (Arc<str>, Arc<str>);

/// All namespaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Records", into = "Records")]
pub struct Table {
    spaces: Map<Arc<str>, Space>,
    /// The last versions of deleted keys, so that a new life of a key never meets an old version.
    ended: Map<Address, u64>,
    /// No version of a deleted key that is not remembered one by one is above this.
    floor: u64,
    due: Due<Address>,
    keys: usize,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Records {
    spaces: Map<Arc<str>, Space>,
    ended: Map<Address, u64>,
    floor: u64,
}

impl Table {
    /// A key's value, unless it has expired.
    pub fn get(&self, namespace: &str, key: &str, now: Moment) -> Option<&Entry> {
        self.stored(namespace, key).filter(|entry| lives(entry, now))
    }

    /// Keys of a namespace in byte order.
    pub fn range<'a>(
        &'a self,
        namespace: &str,
        prefix: &'a str,
        after: Option<&'a str>,
        now: Moment,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Entry)> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let space = self.spaces.get(namespace).into_iter();
        space
            .flat_map(move |space| space.range::<_, str>((start, Bound::Unbounded)))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .filter(move |(_, entry)| lives(entry, now))
            .map(|(key, entry)| (key, &**entry))
    }

    /// What each namespace holds, by name.
    pub fn namespaces(&self) -> impl Iterator<Item = Namespace> {
        self.spaces.iter().map(|(name, space)| Namespace {
            name: name.to_string(),
            keys: space.len() as u64,
            bytes: space.iter().map(|(key, entry)| size(key, entry)).sum(),
        })
    }

    pub fn is_empty(&self) -> bool {
        self.keys == 0
    }

    /// Keys with a value.
    pub fn len(&self) -> usize {
        self.keys
    }

    /// Bytes of keys and values.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The version that the next change of a key follows.
    pub(super) fn last_version(&self, namespace: &str, key: &str) -> u64 {
        if let Some(entry) = self.stored(namespace, key) {
            return entry.version;
        }
        if self.ended.is_empty() {
            return self.floor;
        }
        let address = (namespace.into(), key.into());
        self.ended.get(&address).copied().unwrap_or(self.floor)
    }

    pub(super) fn put(&mut self, namespace: &str, key: &str, entry: Entry) -> Result<(), Refusal> {
        let address = self.address(namespace, key);
        self.take(&address);
        self.ended.remove(&address);
        self.keys += 1;
        self.bytes += size(key, &entry);
        self.due.add(entry.expires, address.clone());
        let (namespace, key) = address;
        self.spaces.entry(namespace).or_default().insert(key, Arc::new(entry));
        self.check_bounds()
    }

    fn check_bounds(&self) -> Result<(), Refusal> {
        check::room("keys", self.keys - 1, KEYS_MAX)?;
        check::room("namespaces", self.spaces.len() - 1, NAMESPACES_MAX)?;
        if self.bytes <= BYTES_MAX {
            return Ok(());
        }
        let bytes = self.bytes;
        Err(Refusal::limit(format!("all values would have {bytes} bytes, the most is {BYTES_MAX}")))
    }

    /// Deletes a key and remembers its version.
    pub(super) fn end(&mut self, namespace: &str, key: &str) {
        let address = self.address(namespace, key);
        self.end_at(address);
    }

    fn end_at(&mut self, address: Address) {
        let Some(entry) = self.take(&address) else { return };
        self.ended.insert(address, entry.version);
        if self.ended.len() > ENDED_MAX
            && let Some((first, version)) = self.ended.get_min().cloned()
        {
            self.ended.remove(&first);
            self.floor = self.floor.max(version);
        }
    }

    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.next()
    }

    pub(crate) fn expire(&mut self, now: Moment) {
        for address in self.due.ripe(now) {
            self.end_at(address);
        }
    }

    fn stored(&self, namespace: &str, key: &str) -> Option<&Entry> {
        self.spaces.get(namespace)?.get(key).map(|entry| &**entry)
    }

    /// The texts as they are stored already, if they are.
    fn address(&self, namespace: &str, key: &str) -> Address {
        let Some((namespace, space)) = self.spaces.get_key_value(namespace) else {
            return (namespace.into(), key.into());
        };
        let key = space.get_key_value(key).map_or_else(|| key.into(), |(key, _)| key.clone());
        (namespace.clone(), key)
    }

    fn take(&mut self, address: &Address) -> Option<Arc<Entry>> {
        let (namespace, key) = address;
        let space = self.spaces.get_mut(namespace)?;
        let entry = space.remove(key)?;
        if space.is_empty() {
            self.spaces.remove(namespace);
        }
        self.keys -= 1;
        self.bytes -= size(key, &entry);
        self.due.cancel(entry.expires, address.clone());
        Some(entry)
    }
}

fn lives(entry: &Entry, now: Moment) -> bool {
    entry.expires.is_none_or(|expires| expires > now)
}

fn size(key: &str, entry: &Entry) -> u64 {
    (key.len() + entry.json.len()) as u64
}

impl From<Records> for Table {
    fn from(Records { spaces, ended, floor }: Records) -> Self {
        let mut table = Self { ended, floor, ..Self::default() };
        for (namespace, space) in &spaces {
            table.keys += space.len();
            for (key, entry) in space {
                table.bytes += size(key, entry);
                table.due.add(entry.expires, (namespace.clone(), key.clone()));
            }
        }
        table.spaces = spaces;
        table
    }
}

impl From<Table> for Records {
    fn from(table: Table) -> Self {
        Self { spaces: table.spaces, ended: table.ended, floor: table.floor }
    }
}
