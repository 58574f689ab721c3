use serde_json::Value;

use super::entries::{read, write};
use crate::host::Condition;
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::plan::Plan;
use crate::registry::{Arguments, World};

/// Tries of one addition while others write the same key.
const TRIES: usize = 100;

pub fn increment(world: World, arguments: Arguments) -> Result<Plan, Failure> {
    add(world, arguments, 1)
}

pub fn decrement(world: World, arguments: Arguments) -> Result<Plan, Failure> {
    add(world, arguments, -1)
}

fn add(world: World, arguments: Arguments, sign: i64) -> Result<Plan, Failure> {
    let sum = Sum::of(arguments, sign)?;
    let would = Answer::skipped(format!("{} would be counted", sum.key));
    Ok(Plan::pending(would, async move { sum.add(world).await }))
}

struct Sum {
    namespace: String,
    key: String,
    delta: i64,
}

impl Sum {
    fn of(mut arguments: Arguments, sign: i64) -> Result<Sum, Failure> {
        let (namespace, key): (String, String) =
            (arguments.take("namespace")?, arguments.take("key")?);
        let delta = arguments.take::<i64>("delta")?.checked_mul(sign);
        let delta = delta.ok_or_else(|| too_large(&key))?;
        Ok(Sum { namespace, key, delta })
    }

    async fn add(self, world: World) -> Outcome {
        let place = (self.namespace.as_str(), self.key.as_str());
        for _ in 0..TRIES {
            let (present, condition) = match read(&world, place.0, place.1).await? {
                Some((value, version)) => (whole(&self.key, &value)?, Condition::Version(version)),
                None => (0, Condition::Absent),
            };
            let sum = present.checked_add(self.delta).ok_or_else(|| too_large(&self.key))?;
            match write(&world, place, Value::from(sum), None, condition).await {
                Ok(_) => return Answer::value(sum),
                Err(failure) if failure.code == Code::Conflict => {}
                Err(failure) => return Err(failure),
            }
        }
        let message = format!("`{}` was changed by others {TRIES} times in a row", self.key);
        Err(Failure::new(Code::Conflict, message))
    }
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
