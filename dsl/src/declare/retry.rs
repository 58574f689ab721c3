//! The spellings of retries.

use std::time::Duration;

use mlua::{Lua, Table, Value};

use super::book::{self, describe};
use super::draft::FunctionId;
use super::read::{Fault, Stop};
use super::value::{duration, function, text, wrong};
use crate::diagnostic::Code;
use crate::model::{Backoff, EXPONENTIAL_MAX, RETRY_BASE, Retry, WAIT_MAX};

/// Retries beyond this number are a mistake.
const RETRIES_MAX: u32 = 1_000;

const KEYS: [&str; 5] = ["max_attempts", "backoff", "initial_delay", "max_delay", "should_retry"];

/// What one place of the file says about retries.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub count: Option<u32>,
    pub backoff: Option<Backoff>,
    pub base: Option<Duration>,
    pub most: Option<Duration>,
    pub should_retry: Option<FunctionId>,
}

impl Policy {
    /// This one, and the other where it says nothing.
    pub fn or(self, other: Option<&Policy>) -> Policy {
        let Some(other) = other else { return self };
        Policy {
            count: self.count.or(other.count),
            backoff: self.backoff.or(other.backoff),
            base: self.base.or(other.base),
            most: self.most.or(other.most),
            should_retry: self.should_retry.or(other.should_retry),
        }
    }

    pub fn retry(&self) -> Retry {
        let backoff = self.backoff.unwrap_or(Backoff::Linear);
        let doubles = backoff == Backoff::Exponential;
        let most = self.most.unwrap_or(if doubles { EXPONENTIAL_MAX } else { WAIT_MAX });
        Retry {
            count: self.count.unwrap_or_default(),
            backoff,
            base: self.base.unwrap_or(RETRY_BASE),
            most,
            jitter: doubles,
            asks: self.should_retry.is_some(),
        }
    }
}

/// A count and perhaps a back-off.
pub fn retries(values: &[Value], name: &str) -> Result<Policy, Fault> {
    let count = count(values.first().unwrap_or(&Value::Nil), name)?;
    let backoff = match values.get(1) {
        None | Some(Value::Nil) => None,
        Some(value) => Some(backoff(value, name)?),
    };
    Ok(Policy { count: Some(count), backoff, ..Policy::default() })
}

/// A back-off by name, or the full form.
pub fn policy(lua: &Lua, value: &Value, name: &str) -> Result<Policy, Stop> {
    match value {
        Value::String(_) => {
            Ok(Policy { backoff: Some(backoff(value, name)?), ..Policy::default() })
        }
        Value::Table(table) => of_table(lua, table, name),
        other => Err(wrong(name, "a back-off's name or a table", other).into()),
    }
}

fn of_table(lua: &Lua, table: &Table, name: &str) -> Result<Policy, Stop> {
    known(table, name, &KEYS)?;
    let field = |key: &str| table.raw_get::<Option<Value>>(key);
    let should_retry = match field("should_retry")? {
        Some(value) => Some(book::keep(lua, function(&value, "should_retry")?)?),
        None => None,
    };
    let attempts = |value: Value| Ok(count(&value, "max_attempts")?.saturating_sub(1));
    Ok(Policy {
        count: field("max_attempts")?.map(attempts).transpose().map_err(Stop::Fault)?,
        backoff: field("backoff")?.map(|value| backoff(&value, "backoff")).transpose()?,
        base: field("initial_delay")?.map(|it| duration(&it, "initial_delay")).transpose()?,
        most: field("max_delay")?.map(|it| duration(&it, "max_delay")).transpose()?,
        should_retry,
    })
}

/// Refuses keys that mean nothing.
pub fn known(table: &Table, name: &str, keys: &[&str]) -> Result<(), Stop> {
    for (key, _) in super::read::entries(table)? {
        let key = key.to_string();
        if !keys.contains(&key.as_str()) {
            let fault = Fault::new(Code::UnknownName, format!("`{name}` has no `{key}`"), &key);
            let nearest = config::suggest::nearest(&key, keys.iter().copied());
            return Err(match nearest {
                Some(nearest) => fault.hint(&format!("did you mean `{nearest}`?")),
                None => fault.hint(&format!("it has {}", keys.join(", "))),
            }
            .into());
        }
    }
    Ok(())
}

fn count(value: &Value, name: &str) -> Result<u32, Fault> {
    let number = match value {
        Value::Integer(number) => *number,
        Value::Number(number) if number.fract() == 0.0 => *number as i64,
        other => {
            let message =
                format!("`{name}` expects a number of attempts, found {}", describe(other));
            return Err(Fault::new(Code::WrongType, message, name));
        }
    };
    if number > i64::from(RETRIES_MAX) {
        let message = format!("`{name}` is more than {RETRIES_MAX}");
        return Err(Fault::new(Code::BadValue, message, name));
    }
    Ok(u32::try_from(number).unwrap_or_default())
}

fn backoff(value: &Value, name: &str) -> Result<Backoff, Fault> {
    match text(value, name)?.as_str() {
        "fixed" => Ok(Backoff::Fixed),
        "linear" => Ok(Backoff::Linear),
        "exponential" => Ok(Backoff::Exponential),
        other => {
            let message = format!("`{name}`: the back-off {other:?} is unknown");
            Err(Fault::new(Code::BadValue, message, other)
                .hint("it is \"fixed\", \"linear\" or \"exponential\""))
        }
    }
}
