use std::time::Duration;

use serde_json::Value;

use super::entries::{read, update};
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::plan::{Change, Fields, Plan};
use crate::registry::{Arguments, World};

pub fn append(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, key) = place(&mut arguments)?;
    let more: String = arguments.take("text")?;
    let would = Answer::skipped(format!("{key} would be appended to"));
    Ok(Plan::pending(would, async move {
        let longer = |present: Option<Value>| match present {
            None => Ok((Value::from(more.as_str()), more.clone())),
            Some(Value::String(text)) => Ok((Value::from(text.clone() + &more), text + &more)),
            Some(_) => Err(wrong(&key, "no text")),
        };
        Answer::value(update(&world, (&namespace, &key), None, longer).await?)
    }))
}

pub fn push(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, key) = place(&mut arguments)?;
    let item: Value = arguments.take("value")?;
    let would = Answer::skipped(format!("{key} would get an item"));
    Ok(Plan::pending(would, async move {
        let longer = |present: Option<Value>| {
            let mut items = items(&key, present)?;
            items.push(item.clone());
            let length = items.len();
            Ok((Value::from(items), length))
        };
        Answer::value(update(&world, (&namespace, &key), None, longer).await?)
    }))
}

pub async fn pop(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, key) = place(&mut arguments)?;
    let present = read(&world, &namespace, &key).await?.map(|(value, _)| value);
    if items(&key, present)?.is_empty() {
        return Ok(Plan::Settled(Answer::Nothing));
    }
    let would = Answer::skipped(format!("{key} would lose its last item"));
    Ok(Plan::pending(would, async move {
        let shorter = |present: Option<Value>| {
            let mut items = items(&key, present)?;
            let last = items.pop().unwrap_or(Value::Null);
            Ok((Value::from(items), last))
        };
        Answer::value(update(&world, (&namespace, &key), None, shorter).await?)
    }))
}

pub async fn length(world: World, mut arguments: Arguments) -> Outcome {
    let (namespace, key) = place(&mut arguments)?;
    let present = read(&world, &namespace, &key).await?.map(|(value, _)| value);
    Answer::value(items(&key, present)?.len())
}

pub async fn set_ttl(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, key) = place(&mut arguments)?;
    let ttl: Duration = arguments.take("ttl")?;
    let absent = || Failure::new(Code::NotFound, format!("there is no key `{key}`"));
    read(&world, &namespace, &key).await?.ok_or_else(absent)?;
    Ok(Change::of(key.clone()).pending("limited in time", async move {
        let absent = || Failure::new(Code::NotFound, format!("there is no key `{key}`"));
        let same = |present: Option<Value>| Ok((present.ok_or_else(absent)?, ()));
        update(&world, (&namespace, &key), Some(ttl), same).await?;
        Ok(Fields::new())
    }))
}

fn place(arguments: &mut Arguments) -> Result<(String, String), Failure> {
    Ok((arguments.take("namespace")?, arguments.take("key")?))
}

/// The items of a list; a missing one has none.
fn items(key: &str, present: Option<Value>) -> Result<Vec<Value>, Failure> {
    match present {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(wrong(key, "no list")),
    }
}

fn wrong(key: &str, held: &str) -> Failure {
    Failure::new(Code::Invalid, format!("`{key}` holds {held}"))
}
