//! Tables within tables: merged, made flat, reached by a path.

use serde_json::{Map, Value};

use crate::registry::Arguments;
use crate::registry::answer::{Answer, Code, Failure, Outcome};

pub fn deep_merge(mut arguments: Arguments) -> Outcome {
    let (base, over): (Value, Value) = (arguments.take("base")?, arguments.take("over")?);
    Answer::value(merged(base, over))
}

/// Tables are merged, everything else of `over` takes the place of what was there.
fn merged(base: Value, over: Value) -> Value {
    match (base, over) {
        (Value::Object(mut base), Value::Object(over)) => {
            for (key, value) in over {
                let value = match base.remove(&key) {
                    Some(present) => merged(present, value),
                    None => value,
                };
                base.insert(key, value);
            }
            Value::Object(base)
        }
        (_, over) => over,
    }
}

pub fn flatten(mut arguments: Arguments) -> Outcome {
    let (table, separator): (Value, String) =
        (arguments.take("table")?, arguments.take("separator")?);
    let mut flat = Map::new();
    spread(&mut flat, String::new(), table, &separator);
    Answer::value(flat)
}

fn spread(flat: &mut Map<String, Value>, path: String, value: Value, separator: &str) {
    let below = |key: &str| match path.is_empty() {
        true => key.to_owned(),
        false => format!("{path}{separator}{key}"),
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                spread(flat, below(&key), value, separator);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.into_iter().enumerate() {
                spread(flat, below(&(index + 1).to_string()), value, separator);
            }
        }
        _ if path.is_empty() => {}
        value => drop(flat.insert(path, value)),
    }
}

pub fn unflatten(mut arguments: Arguments) -> Outcome {
    let (table, separator): (Value, String) =
        (arguments.take("table")?, arguments.take("separator")?);
    let Value::Object(flat) = table else { return Answer::value(table) };
    let mut value = Value::Object(Map::new());
    for (path, leaf) in flat {
        put(&mut value, &split(&path, &separator), leaf).map_err(|key| {
            let message = format!("`{path}` goes through `{key}`, which holds a plain value");
            Failure::new(Code::Conflict, message)
        })?;
    }
    Answer::value(listed(value))
}

/// Tables whose keys are 1, 2 and so on as lists.
fn listed(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let map: Map<String, Value> =
        map.into_iter().map(|(key, value)| (key, listed(value))).collect();
    let items: Option<Vec<Value>> =
        (1..=map.len()).map(|index| map.get(&index.to_string()).cloned()).collect();
    match items {
        Some(items) if !items.is_empty() => Value::Array(items),
        _ => Value::Object(map),
    }
}

pub fn get(mut arguments: Arguments) -> Outcome {
    let table: Value = arguments.take("table")?;
    let (path, separator): (String, String) =
        (arguments.take("path")?, arguments.take("separator")?);
    let default = arguments.find::<Value>("default")?.unwrap_or(Value::Null);
    let found = split(&path, &separator).into_iter().try_fold(&table, step);
    Answer::value(found.filter(|found| !found.is_null()).cloned().unwrap_or(default))
}

fn step<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?.checked_sub(1)?),
        value => value.get(key),
    }
}

pub fn set(mut arguments: Arguments) -> Outcome {
    let mut table: Value = arguments.take("table")?;
    let (path, separator): (String, String) =
        (arguments.take("path")?, arguments.take("separator")?);
    let value = arguments.find::<Value>("value")?.unwrap_or(Value::Null);
    put(&mut table, &split(&path, &separator), value).map_err(|key| {
        Failure::new(
            Code::Conflict,
            format!("`{path}` goes through `{key}`, which holds a plain value"),
        )
    })?;
    Answer::value(table)
}

/// Makes the tables on the way. The error is the key that holds something else.
fn put(value: &mut Value, path: &[&str], leaf: Value) -> Result<(), String> {
    let [key, rest @ ..] = path else {
        *value = leaf;
        return Ok(());
    };
    let slot = match value {
        Value::Object(map) => map.entry(*key).or_insert(Value::Null),
        Value::Array(items) => {
            let index = key.parse::<usize>().ok().and_then(|key| key.checked_sub(1));
            let index = index.filter(|index| *index <= items.len()).ok_or(*key)?;
            if index == items.len() {
                items.push(Value::Null);
            }
            &mut items[index]
        }
        _ => return Err((*key).to_owned()),
    };
    if !rest.is_empty() && slot.is_null() {
        *slot = Value::Object(Map::new());
    }
    put(slot, rest, leaf).map_err(|deeper| {
        if rest.first() == Some(&deeper.as_str()) { (*key).to_owned() } else { deeper }
    })
}

fn split<'a>(path: &'a str, separator: &str) -> Vec<&'a str> {
    match separator.is_empty() {
        true => vec![path],
        false => path.split(separator).collect(),
    }
}
