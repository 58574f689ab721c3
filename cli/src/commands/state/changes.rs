//! What has changed between two looks at the same keys.

use std::collections::BTreeMap;

use serde::Serialize;
use web::wire::Entry;

use crate::error::Error;
use crate::exit::Exit;

/// Keys that one watcher remembers.
const KEYS_MAX: usize = 10_000;

/// The versions seen last.
#[derive(Debug, Default)]
pub struct Changes {
    seen: BTreeMap<String, u64>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    Set(Entry),
    Deleted { key: String, version: u64 },
}

impl Changes {
    /// What is other than at the look before, by key.
    pub fn of(&mut self, entries: Vec<Entry>) -> Result<Vec<Change>, Error> {
        if entries.len() > KEYS_MAX {
            let message =
                format!("{} keys begin so, at most {KEYS_MAX} are watched", entries.len());
            return Err(Error::new(Exit::Limit, message).hint("watch a longer prefix"));
        }
        let mut before = std::mem::take(&mut self.seen);
        let mut changed = Vec::new();
        for entry in entries {
            self.seen.insert(entry.key.clone(), entry.version);
            if before.remove(&entry.key) != Some(entry.version) {
                changed.push(Change::Set(entry));
            }
        }
        changed.extend(before.into_iter().map(|(key, version)| Change::Deleted { key, version }));
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use web::wire::Time;

    fn entry(key: &str, version: u64) -> Entry {
        Entry {
            key: key.into(),
            value: json!(version),
            version,
            changed_at: Time(0),
            changed_by: String::new(),
            expires_in: None,
            expires_in_ms: None,
        }
    }

    #[test]
    fn what_was_set_and_what_is_gone_is_told_once() {
        let mut changes = Changes::default();
        let mut look = |entries: Vec<Entry>| changes.of(entries).unwrap();
        assert_eq!(look(vec![entry("a", 1)]), [Change::Set(entry("a", 1))]);
        assert_eq!(look(vec![entry("a", 1)]), []);
        assert_eq!(
            look(vec![entry("b", 1), entry("a", 4)]),
            [Change::Set(entry("b", 1)), Change::Set(entry("a", 4))]
        );
        assert_eq!(look(vec![entry("a", 4)]), [Change::Deleted { key: "b".into(), version: 1 }]);
    }

    #[test]
    fn more_than_can_be_remembered_is_refused() {
        let many = (0..=KEYS_MAX).map(|number| entry(&number.to_string(), 1)).collect();
        assert_eq!(Changes::default().of(many).unwrap_err().exit, Exit::Limit);
    }
}
