use std::time::Duration;

use serde_json::Value;

use super::{ask, strange};
use crate::host::{Condition, StateAnswer, StateOperation};
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::plan::{Change, Fields, Plan};
use crate::registry::{Arguments, World};

/// Tries of one update while others write the same key.
const TRIES: usize = 100;

/// A value and its version, when there is one.
pub async fn read(
    world: &World,
    namespace: &str,
    key: &str,
) -> Result<Option<(Value, u64)>, Failure> {
    let operation = StateOperation::Get { namespace: namespace.to_owned(), key: key.to_owned() };
    match ask(world, operation).await? {
        StateAnswer::Entry(entry) => Ok(entry),
        other => Err(strange(&other)),
    }
}

/// Writes when the condition holds; the version written.
pub async fn write(
    world: &World,
    (namespace, key): (&str, &str),
    value: Value,
    ttl: Option<Duration>,
    only_if: Condition,
) -> Result<u64, Failure> {
    let (namespace, key) = (namespace.to_owned(), key.to_owned());
    match ask(world, StateOperation::Set { namespace, key, value, ttl, only_if }).await? {
        StateAnswer::Version(version) => Ok(version),
        other => Err(strange(&other)),
    }
}

/// Replaces a value by what is made of it, whatever others write meanwhile.
pub async fn update<T>(
    world: &World,
    place: (&str, &str),
    ttl: Option<Duration>,
    make: impl Fn(Option<Value>) -> Result<(Value, T), Failure>,
) -> Result<T, Failure> {
    for _ in 0..TRIES {
        let (present, condition) = match read(world, place.0, place.1).await? {
            Some((value, version)) => (Some(value), Condition::Version(version)),
            None => (None, Condition::Absent),
        };
        let (value, made) = make(present)?;
        match write(world, place, value, ttl, condition).await {
            Ok(_) => return Ok(made),
            Err(failure) if failure.code == Code::Conflict => {}
            Err(failure) => return Err(failure),
        }
    }
    let message = format!("`{}` was changed by others {TRIES} times in a row", place.1);
    Err(Failure::new(Code::Conflict, message))
}

pub async fn get(world: World, mut arguments: Arguments) -> Outcome {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    match (read(&world, &namespace, &key).await?, arguments.find::<Value>("default")?) {
        (Some((value, _)), _) => Answer::value(value),
        (None, Some(default)) => Answer::value(default),
        (None, None) => Err(Failure::new(Code::NotFound, format!("there is no key `{key}`"))),
    }
}

pub async fn exists(world: World, mut arguments: Arguments) -> Outcome {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    Answer::truth(read(&world, &namespace, &key).await?.is_some())
}

pub async fn set(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    let (value, ttl): (Value, Option<Duration>) =
        (arguments.take("value")?, arguments.find("ttl")?);
    let present = read(&world, &namespace, &key).await?;
    let change = Change::of(&key).field("key", key.clone());
    if ttl.is_none()
        && let Some((present, version)) = &present
        && *present == value
    {
        return Ok(change.field("version", *version).kept("already set"));
    }
    let before = present.map_or(Value::Null, |(value, _)| value);
    Ok(change.diff(before, value.clone()).pending("set", async move {
        let version = write(&world, (&namespace, &key), value, ttl, Condition::Always).await?;
        Ok(vec![("version", version.into())])
    }))
}

pub async fn delete(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    let Some((before, _)) = read(&world, &namespace, &key).await? else {
        return Ok(Change::of(key).kept("was not there"));
    };
    Ok(Change::of(&key).diff(before, Value::Null).pending("deleted", async move {
        match ask(&world, StateOperation::Delete { namespace, key }).await? {
            StateAnswer::Removed(_) => Ok(Fields::new()),
            other => Err(strange(&other)),
        }
    }))
}

pub async fn cas(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    let (expected, value) = (arguments.find::<Value>("expected")?, arguments.take("value")?);
    let present = read(&world, &namespace, &key).await?.map(|(value, _)| value);
    let would = Answer::Truth(present == expected, None);
    let condition = expected.map_or(Condition::Absent, Condition::Value);
    Ok(Plan::pending(would, async move {
        match write(&world, (&namespace, &key), value, None, condition).await {
            Ok(_) => Answer::truth(true),
            Err(failure) if failure.code == Code::Conflict => {
                Ok(Answer::Truth(false, Some(failure.message)))
            }
            Err(failure) => Err(failure),
        }
    }))
}
