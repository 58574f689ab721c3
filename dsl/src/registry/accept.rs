//! One Lua value to one argument of the wanted kind.

use std::time::Duration;

use mlua::{Lua, LuaString, Table, Value};

use super::arguments::Argument;
use super::outcome;
use super::parameter::Kind;
use crate::convert;

/// The argument, or what was got instead.
pub fn accept(lua: &Lua, kind: Kind, value: Value) -> Result<Argument, String> {
    match (kind, value) {
        (Kind::Text | Kind::Path(_), value) => text(lua, &value).map(Argument::Text),
        (Kind::Bytes, value) => Ok(Argument::Bytes(bytes(lua, &value)?.as_bytes().to_vec())),
        (Kind::Integer, value) => integer(&value).map(Argument::Integer),
        (Kind::Boolean, Value::Boolean(value)) => Ok(Argument::Boolean(value)),
        (Kind::Duration, value) => duration(&value).map(Argument::Duration),
        (Kind::Command, Value::Table(list)) if !is_result(lua, &list) => {
            texts(lua, &list).map(Argument::List)
        }
        (Kind::Command, value) => text(lua, &value).map(Argument::Text),
        (Kind::Integers, Value::Table(list)) => items(&list, integer).map(Argument::Integers),
        (Kind::Integers, value) => Ok(Argument::Integers(vec![integer(&value)?])),
        (Kind::Map, Value::Table(table)) => map(lua, &table).map(Argument::Map),
        (Kind::Data, value) => convert::to_json(&value).map(Argument::Data),
        (Kind::Object, Value::Table(table)) => object(table).map(Argument::Data),
        (Kind::Printed, value) => printed(lua, value).map(Argument::Text),
        (Kind::Function, Value::Function(function)) => Ok(Argument::Function(function)),
        (Kind::Value, value) => Ok(Argument::Value(value)),
        (Kind::Milliseconds, value) => milliseconds(&value).map(Argument::Duration),
        (_, value) => Err(shown(&value)),
    }
}

/// A value in the words of an error.
fn shown(value: &Value) -> String {
    match value {
        Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => {
            value.to_string().unwrap_or_default()
        }
        other => format!("a {}", other.type_name()),
    }
}

fn is_result(lua: &Lua, table: &Table) -> bool {
    outcome::is_result(lua, table).unwrap_or(false)
}

fn bytes(lua: &Lua, value: &Value) -> Result<LuaString, String> {
    let text = match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(_) => lua.coerce_string(value.clone()).ok().flatten(),
        Value::Number(_) => integer(value)
            .ok()
            .and_then(|whole| lua.coerce_string(Value::Integer(whole)).ok().flatten()),
        Value::Table(table) => outcome::text(lua, table).ok().flatten(),
        _ => None,
    };
    text.ok_or_else(|| shown(value))
}

fn text(lua: &Lua, value: &Value) -> Result<String, String> {
    let bytes = bytes(lua, value)?;
    let text = bytes.to_str().map_err(|_| "text that is not UTF-8".to_owned())?;
    if text.contains('\0') {
        return Err("text with a zero byte".to_owned());
    }
    Ok(text.to_owned())
}

fn integer(value: &Value) -> Result<i64, String> {
    match value {
        Value::Integer(value) => Ok(*value),
        Value::Number(value) if value.fract() == 0.0 && value.abs() < i64::MAX as f64 => {
            Ok(*value as i64)
        }
        other => Err(shown(other)),
    }
}

fn duration(value: &Value) -> Result<Duration, String> {
    match value {
        Value::Integer(seconds) => {
            config::duration::from_seconds(*seconds as f64).map_err(|error| error.to_string())
        }
        Value::Number(seconds) => {
            config::duration::from_seconds(*seconds).map_err(|error| error.to_string())
        }
        Value::String(text) => {
            config::duration::parse(&text.to_string_lossy()).map_err(|error| error.to_string())
        }
        other => Err(shown(other)),
    }
}

fn milliseconds(value: &Value) -> Result<Duration, String> {
    match value {
        Value::Integer(milliseconds) => duration(&Value::Number(*milliseconds as f64 / 1e3)),
        Value::Number(milliseconds) => duration(&Value::Number(milliseconds / 1e3)),
        other => duration(other),
    }
}

fn items<T>(list: &Table, item: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    let values = (1..=list.raw_len())
        .map(|index| list.raw_get::<Value>(index).map_err(|error| error.to_string()));
    values.map(|value| item(&value?)).collect()
}

fn texts(lua: &Lua, list: &Table) -> Result<Vec<String>, String> {
    for pair in list.pairs::<Value, Value>() {
        let (key, _) = pair.map_err(|error| error.to_string())?;
        if !key.is_integer() {
            return Err("a table that is no list".to_owned());
        }
    }
    items(list, |value| text(lua, value))
}

fn map(lua: &Lua, table: &Table) -> Result<Vec<(String, String)>, String> {
    let mut entries = Vec::new();
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair.map_err(|error| error.to_string())?;
        let key = text(lua, &key).map_err(|got| format!("{got} as a key"))?;
        let value = match value {
            Value::Boolean(value) => value.to_string(),
            Value::Number(value) if integer(&Value::Number(value)).is_err() => value.to_string(),
            value => text(lua, &value).map_err(|got| format!("{got} for `{key}`"))?,
        };
        entries.push((key, value));
    }
    // A table has no order of its own; the same call must be the same everywhere.
    entries.sort();
    Ok(entries)
}

fn object(table: Table) -> Result<serde_json::Value, String> {
    let value = convert::to_json(&Value::Table(table))?;
    if value.is_object() { Ok(value) } else { Err("a list".to_owned()) }
}

/// As `print` shows it; plain tables as JSON.
fn printed(lua: &Lua, value: Value) -> Result<String, String> {
    if let Value::Table(table) = &value
        && !table.has_metatable()
        && let Ok(json) = convert::to_json(&value)
    {
        return Ok(json.to_string());
    }
    if let Value::Table(table) = &value
        && let Ok(Some(text)) = outcome::text(lua, table)
    {
        return Ok(text.to_string_lossy());
    }
    match &value {
        Value::String(text) => Ok(text.to_string_lossy()),
        other => other.to_string().map_err(|error| error.to_string()),
    }
}
