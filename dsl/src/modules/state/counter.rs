use serde_json::Value;

use super::entries::{read, write};
use crate::host::Condition;
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::{Arguments, World};

/// Tries of one addition while others write the same key.
const TRIES: usize = 100;

pub async fn increment(world: World, arguments: Arguments) -> Outcome {
    add(world, arguments, 1).await
}

pub async fn decrement(world: World, arguments: Arguments) -> Outcome {
    add(world, arguments, -1).await
}

async fn add(world: World, mut arguments: Arguments, sign: i64) -> Outcome {
    let (namespace, key): (String, String) = (arguments.take("namespace")?, arguments.take("key")?);
    let delta = arguments.take::<i64>("delta")?.checked_mul(sign).ok_or_else(|| too_large(&key))?;
    for _ in 0..TRIES {
        let (present, condition) = match read(&world, &namespace, &key).await? {
            Some((value, version)) => (whole(&key, &value)?, Condition::Version(version)),
            None => (0, Condition::Absent),
        };
        let sum = present.checked_add(delta).ok_or_else(|| too_large(&key))?;
        match write(&world, (&namespace, &key), Value::from(sum), None, condition).await {
            Ok(_) => return Answer::value(sum),
            Err(failure) if failure.code == Code::Conflict => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::new(
        Code::Conflict,
        format!("`{key}` was changed by others {TRIES} times in a row"),
    ))
}

fn whole(key: &str, value: &Value) -> Result<i64, Failure> {
    value.as_i64().ok_or_else(|| {
        let kind = match value {
            Value::Number(_) => "a number with a fraction",
            Value::String(_) => "a text",
            _ => "no number",
        };
        Failure::new(Code::Invalid, format!("`{key}` holds {kind}, not a whole number"))
    })
}

fn too_large(key: &str) -> Failure {
    Failure::new(Code::Invalid, format!("`{key}` would leave the range of whole numbers"))
}
