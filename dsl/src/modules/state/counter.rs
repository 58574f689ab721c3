use serde_json::Value;

use super::entries::update;
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::plan::Plan;
use crate::registry::{Arguments, World};

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
        let sum = |present: Option<Value>| {
            let present = present.map_or(Ok(0), |value| whole(&self.key, &value))?;
            let sum = present.checked_add(self.delta).ok_or_else(|| too_large(&self.key))?;
            Ok((Value::from(sum), sum))
        };
        Answer::value(update(&world, place, None, sum).await?)
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
