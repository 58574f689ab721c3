use config::limits;

use super::{Condition, Delete, Entry, Set, TTL_MAX};
use crate::state::Context;
use crate::{Answer, Elapsed, Refusal, Reply, State, check, json};

impl State {
    pub(crate) fn set(&mut self, context: &Context<'_>, set: &Set) -> Reply {
        check_address(&set.namespace, &set.key)?;
        check_value(&set.json)?;
        if let Some(ttl) = set.ttl {
            check::span("ttl", ttl, Elapsed(1), TTL_MAX)?;
        }
        self.check_fence(set.fence.as_ref())?;
        self.check_condition(&set.namespace, &set.key, &set.only_if)?;
        let version = self.kv.last_version(&set.namespace, &set.key).saturating_add(1);
        let entry = Entry {
            json: set.json.clone(),
            version,
            changed_at: context.at,
            changed_by: context.by.clone(),
            expires: set.ttl.map(|ttl| self.clock.after(ttl)),
        };
        self.kv.put(&set.namespace, &set.key, entry)?;
        Ok(Answer::Version(version))
    }

    pub(crate) fn delete(&mut self, _: &Context<'_>, delete: &Delete) -> Reply {
        check_address(&delete.namespace, &delete.key)?;
        self.check_fence(delete.fence.as_ref())?;
        self.check_condition(&delete.namespace, &delete.key, &delete.only_if)?;
        let there = self.kv.get(&delete.namespace, &delete.key, self.clock).is_some();
        self.kv.end(&delete.namespace, &delete.key);
        Ok(Answer::Removed(there))
    }

    fn check_condition(
        &self,
        namespace: &str,
        key: &str,
        only_if: &Condition,
    ) -> Result<(), Refusal> {
        let entry = self.kv.get(namespace, key, self.clock);
        let version = entry.map_or(0, |entry| entry.version);
        let holds = match only_if {
            Condition::Always => true,
            Condition::Absent => entry.is_none(),
            Condition::Version(wanted) => version == *wanted,
            Condition::Value(wanted) => entry.is_some_and(|entry| entry.json == *wanted),
        };
        if holds {
            return Ok(());
        }
        let found = match entry {
            None => "is absent".into(),
            Some(entry) => {
                format!("has version {} and value {}", version, check::shown(&entry.json))
            }
        };
        Err(Refusal::conflict(format!("key `{}` in `{namespace}` {found}", check::shown(key))))
    }
}

fn check_address(namespace: &str, key: &str) -> Result<(), Refusal> {
    check::name("namespace", namespace)?;
    if key.is_empty() {
        return Err(Refusal::invalid("an empty key"));
    }
    check::line("key", key, limits::KEY_BYTES)
}

fn check_value(text: &str) -> Result<(), Refusal> {
    let (length, most) = (text.len(), limits::VALUE_BYTES);
    if length > most {
        return Err(Refusal::limit(format!("a value of {length} bytes, the most is {most}")));
    }
    json::check("value", text)
}
