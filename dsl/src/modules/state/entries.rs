use std::time::Duration;

use serde_json::Value;

use super::{ask, strange};
use crate::host::{Condition, StateAnswer, StateOperation};
use crate::registry::answer::{Answer, Code, Failure, Outcome, Report};
use crate::registry::{Arguments, World};

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

pub async fn set(world: World, mut arguments: Arguments) -> Outcome {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    let (value, ttl): (Value, Option<Duration>) =
        (arguments.take("value")?, arguments.find("ttl")?);
    if ttl.is_none()
        && let Some((present, version)) = read(&world, &namespace, &key).await?
        && present == value
    {
        return Ok(written(key, version, false));
    }
    let version = write(&world, (&namespace, &key), value, ttl, Condition::Always).await?;
    Ok(written(key, version, true))
}

fn written(key: String, version: u64, changed: bool) -> Answer {
    let message = if changed { format!("{key} set") } else { format!("{key} already set") };
    let fields = vec![("key", key.into()), ("version", version.into())];
    Answer::Report(Report { changed, message, fields, failure: None })
}

pub async fn delete(world: World, mut arguments: Arguments) -> Outcome {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    match ask(&world, StateOperation::Delete { namespace, key: key.clone() }).await? {
        StateAnswer::Removed(true) => Answer::changed(true, format!("{key} deleted")),
        StateAnswer::Removed(false) => Answer::changed(false, format!("{key} was not there")),
        other => Err(strange(&other)),
    }
}

pub async fn cas(world: World, mut arguments: Arguments) -> Outcome {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    let condition = arguments.find("expected")?.map_or(Condition::Absent, Condition::Value);
    match write(&world, (&namespace, &key), arguments.take("value")?, None, condition).await {
        Ok(_) => Answer::truth(true),
        Err(failure) if failure.code == Code::Conflict => {
            Ok(Answer::Truth(false, Some(failure.message)))
        }
        Err(failure) => Err(failure),
    }
}
