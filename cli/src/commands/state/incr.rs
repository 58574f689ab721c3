use clap::Args;
use serde_json::{Value, json};
use web::wire::{Condition, Entry, Kind, Set as Change};

use super::Namespace;
use super::change::Fenced;
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::session::Session;

/// Add to a number
///
/// Others who count at the same time are not overwritten. A key that does not
/// exist counts from 0; the time after which it goes stays as it is. Prints the sum.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    visible_alias = "increment",
    after_help = "\
Examples:
  sloth state incr builds
  sloth state incr credit -5"
)]
pub struct Incr {
    key: String,
    /// How much; less than nothing takes away
    #[arg(value_name = "NUMBER", default_value_t = 1, allow_negative_numbers = true)]
    delta: i64,
    #[command(flatten)]
    fence: Fenced,
    #[command(flatten)]
    namespace: Namespace,
}

/// How often somebody else may be faster.
const TRIES: usize = 100;

impl Incr {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        for _ in 0..TRIES {
            if let Some((sum, version)) = self.add(session).await? {
                let (key, namespace) = (&self.key, &self.namespace.namespace);
                let object = json!({"key": key, "value": sum, "version": version});
                session.out.thing(&object, |_| sum.to_string());
                session.out.next(&After::KeySet { key, namespace });
                return Ok(Exit::Done);
            }
        }
        let message = format!("key `{}` was changed by others {TRIES} times meanwhile", self.key);
        Err(Error::new(Exit::Conflict, message).hint("try again"))
    }

    /// The sum and its version; none when somebody else was faster.
    async fn add(&self, session: &Session) -> Result<Option<(i64, u64)>, Error> {
        let namespace = &self.namespace.namespace;
        let present = match session.client.entry(namespace, &self.key).await {
            Ok(entry) => Some(entry),
            Err(error) if error.kind() == Kind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let sum = sum(&self.key, present.as_ref(), self.delta)?;
        let (condition, ttl) = match present {
            Some(entry) => (Condition::Version(entry.version), entry.expires_in),
            None => (Condition::Absent, None),
        };
        let fence = self.fence.wire();
        let change = Change { value: json!(sum), ttl, only_if: Some(condition), fence };
        match session.client.set(namespace, &self.key, &change).await {
            Ok(stored) => Ok(Some((sum, stored.version))),
            Err(error) if error.kind() == Kind::Conflict => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn sum(key: &str, present: Option<&Entry>, delta: i64) -> Result<i64, Error> {
    let number = match present.map(|entry| &entry.value) {
        None => 0,
        Some(value) => whole(value).ok_or_else(|| {
            Error::usage(format!("key `{key}` holds {value}, which is no whole number"))
                .hint(format!("sloth state set {key} 0 --json"))
        })?,
    };
    let sum = number.checked_add(delta);
    sum.ok_or_else(|| Error::usage(format!("{number} and {delta} are more than a number can be")))
}

/// A number; one that was set as text, too.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::wire::Time;

    #[test]
    fn numbers_are_added_and_nothing_else() {
        let entry = |value: Value| Entry {
            key: "k".into(),
            value,
            version: 1,
            changed_at: Time(0),
            changed_by: String::new(),
            expires_in: None,
            expires_in_ms: None,
        };
        let added = |value: Value, delta| sum("k", Some(&entry(value)), delta);
        assert_eq!(sum("k", None, -3).unwrap(), -3);
        assert_eq!(added(json!(4), 3).unwrap(), 7);
        assert_eq!(added(json!("4"), 3).unwrap(), 7);
        assert_eq!(added(json!([4]), 1).unwrap_err().exit, Exit::Usage);
        assert_eq!(added(json!(i64::MAX), 1).unwrap_err().exit, Exit::Usage);
        assert!(added(json!(1.5), 1).unwrap_err().message.contains("1.5"));
    }
}
