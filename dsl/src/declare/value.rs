//! What a single value must be.

use std::collections::BTreeMap;
use std::time::Duration;

use config::TaskName;
use mlua::{Function, Lua, Table, Value};
use serde_json::{Map, Value as Json};

use super::book::{self, Book, describe};
use super::builder::TaskHandle;
use super::draft::{CommandDraft, ConditionDraft};
use super::read::{Fault, Stop};
use crate::convert;
use crate::diagnostic::Code;

/// Bytes of one text.
const TEXT_MAX: usize = 64 << 10;

/// What may be written where plain values are wanted.
const PLAIN: &str = "a table of texts, numbers, booleans and such tables";

/// Entries of one list.
const LIST_MAX: usize = 10_000;

pub fn wrong(name: &str, expected: &str, found: &Value) -> Fault {
    let message = format!("`{name}` expects {expected}, found {}", describe(found));
    Fault::new(Code::WrongType, message, name)
}

pub fn text(value: &Value, name: &str) -> Result<String, Fault> {
    match value {
        Value::String(text) if text.as_bytes().len() > TEXT_MAX => {
            let message = format!("`{name}` is longer than {} KiB", TEXT_MAX >> 10);
            Err(Fault::new(Code::BadValue, message, name))
        }
        Value::String(text) => Ok(text.to_string_lossy()),
        Value::Integer(number) => Ok(number.to_string()),
        other => Err(wrong(name, "a text", other)),
    }
}

pub fn task_name(text: &str) -> Result<TaskName, Fault> {
    TaskName::new(text).map_err(|error| Fault::new(Code::BadValue, error.to_string(), text))
}

pub fn duration(value: &Value, name: &str) -> Result<Duration, Fault> {
    let parsed = match value {
        Value::String(text) => config::duration::parse(&text.to_string_lossy()),
        Value::Integer(seconds) => config::duration::from_seconds(*seconds as f64),
        Value::Number(seconds) => config::duration::from_seconds(*seconds),
        other => {
            return Err(wrong(name, "a duration such as \"30s\" or a number of seconds", other));
        }
    };
    let duration =
        parsed.map_err(|error| Fault::new(Code::BadValue, format!("`{name}`: {error}"), name))?;
    if duration.is_zero() {
        return Err(Fault::new(
            Code::BadValue,
            format!("`{name}` must be longer than nothing"),
            name,
        ));
    }
    Ok(duration)
}

pub fn count(value: &Value, name: &str) -> Result<u32, Fault> {
    match value {
        Value::Integer(number @ 1..) if u32::try_from(*number).is_ok() => Ok(*number as u32),
        other => Err(wrong(name, "a whole number above 0", other)),
    }
}

pub fn switch(value: &Value, name: &str) -> Result<bool, Fault> {
    value.as_boolean().ok_or_else(|| wrong(name, "true or false", value))
}

pub fn function<'a>(value: &'a Value, name: &str) -> Result<&'a Function, Fault> {
    value.as_function().ok_or_else(|| wrong(name, "a function", value))
}

/// One text or a list of them.
pub fn texts(value: &Value, name: &str) -> Result<Vec<String>, Fault> {
    match value {
        Value::Table(table) => list(table, name)?.iter().map(|item| text(item, name)).collect(),
        other => text(other, name)
            .map(|text| vec![text])
            .map_err(|_| wrong(name, "a text or a list of texts", other)),
    }
}

fn list(table: &Table, name: &str) -> Result<Vec<Value>, Fault> {
    let length = table.raw_len();
    if length > LIST_MAX {
        let message = format!("`{name}` lists more than {LIST_MAX} entries");
        return Err(Fault::new(Code::BadValue, message, name));
    }
    if length == 0 && !table.is_empty() {
        return Err(wrong(name, "a list", &Value::Table(table.clone())));
    }
    Ok((1..=length).map(|index| table.raw_get(index).unwrap_or(Value::Nil)).collect())
}

pub fn tasks(lua: &Lua, value: &Value, name: &str) -> Result<Vec<TaskName>, Stop> {
    let items = match value {
        Value::Table(table) => list(table, name)?,
        other => vec![other.clone()],
    };
    let mut names = Vec::with_capacity(items.len());
    for item in &items {
        let named = match TaskHandle::number(item) {
            Some(number) => Book::of(lua)?.tasks[number].name.clone(),
            None => text(item, name)
                .map_err(|_| wrong(name, "names of tasks, tasks, or a list of both", item))?,
        };
        let named = task_name(&named)?;
        if !names.contains(&named) {
            names.push(named);
        }
    }
    Ok(names)
}

pub fn variables(value: &Value, name: &str) -> Result<BTreeMap<String, String>, Fault> {
    let mut variables = BTreeMap::new();
    for (key, value) in map(value, name)? {
        let text = match value {
            Json::String(text) => text,
            Json::Number(number) => number.to_string(),
            Json::Bool(value) => value.to_string(),
            _ => {
                let message = format!("`{name}`: the variable {key} is no text, number or boolean");
                return Err(Fault::new(Code::WrongType, message, &key));
            }
        };
        if key.is_empty() || key.contains(['=', '\0']) || text.contains('\0') {
            let message = format!("`{name}`: {key:?} cannot be an environment variable");
            return Err(Fault::new(Code::BadValue, message, &key));
        }
        variables.insert(key, text);
    }
    Ok(variables)
}

pub fn map(value: &Value, name: &str) -> Result<Map<String, Json>, Fault> {
    if !value.is_table() {
        return Err(wrong(name, PLAIN, value));
    }
    match plain(value, name)? {
        Json::Object(map) => Ok(map),
        Json::Array(list) if list.is_empty() => Ok(Map::new()),
        _ => {
            Err(Fault::new(Code::WrongType, format!("`{name}` expects names for its values"), name))
        }
    }
}

/// A value without functions and the like.
pub fn plain(value: &Value, name: &str) -> Result<Json, Fault> {
    let mut dropped = Vec::new();
    let json = convert::to_leave(value, name, &mut dropped)
        .map_err(|message| Fault::new(Code::BadValue, message, name))?;
    match dropped.into_iter().next() {
        Some(dropped) => {
            Err(Fault::new(Code::WrongType, dropped, name)
                .hint(&format!("`{name}` expects {PLAIN}")))
        }
        None => Ok(json),
    }
}

pub fn command(lua: &Lua, value: &Value, name: &str) -> Result<CommandDraft, Stop> {
    match value {
        Value::Function(function) => Ok(CommandDraft::Function(book::keep(lua, function)?)),
        Value::String(_) => Ok(CommandDraft::Line(line(value, name)?)),
        other => match TaskHandle::number(other) {
            Some(number) => Ok(CommandDraft::Task(number)),
            None => Err(wrong(name, "a function, a shell line or a task", other).into()),
        },
    }
}

pub fn condition(lua: &Lua, value: &Value, name: &str) -> Result<ConditionDraft, Stop> {
    match value {
        Value::Function(function) => Ok(ConditionDraft::Function(book::keep(lua, function)?)),
        Value::String(_) => Ok(ConditionDraft::Line(line(value, name)?)),
        other => Err(wrong(name, "a function or a shell line", other).into()),
    }
}

fn line(value: &Value, name: &str) -> Result<String, Fault> {
    let line = text(value, name)?;
    if line.trim().is_empty() || line.contains('\0') {
        return Err(Fault::new(Code::BadValue, format!("`{name}` is no command: {line:?}"), name));
    }
    Ok(line)
}
