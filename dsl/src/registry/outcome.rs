//! Lua's side of an answer: the tuple of the function's class and the `Result` table.

use mlua::{Error, IntoLua, IntoLuaMulti, Lua, LuaString, MultiValue, Result, Table, Value};

use super::answer::{Answer, Content, Failure, Outcome, Report};
use super::function::Class;
use crate::convert;

/// Where the metatable of results is kept.
const METATABLE: &str = "sloth.result";

/// The values a function of this class returns; `check` says whether nothing was to be changed.
pub fn values(lua: &Lua, class: Class, check: bool, outcome: Outcome) -> Result<MultiValue> {
    match outcome {
        Ok(Answer::Nothing) => Ok(MultiValue::new()),
        Ok(Answer::Truth(holds, detail)) => (holds, detail).into_lua_multi(lua),
        Ok(Answer::Value(value)) => content(lua, value)?.into_lua_multi(lua),
        Ok(Answer::Report(report)) if report.failure.is_some() => failed(lua, class, check, report),
        Ok(Answer::Report(report)) if report.skipped => skipped(lua, class, check, report),
        Ok(Answer::Report(report)) => reported(lua, class, check, report),
        Err(failure) if failure.raised => Err(failure.into()),
        Err(failure) => {
            let report = Report { failure: Some(failure), ..Report::default() };
            failed(lua, class, check, report)
        }
    }
}

fn reported(lua: &Lua, class: Class, check: bool, report: Report) -> Result<MultiValue> {
    let message = report.message.clone();
    let result = table(lua, check, report)?;
    match class {
        Class::Change { .. } => (result, message).into_lua_multi(lua),
        Class::Command => (result, Value::Nil, false).into_lua_multi(lua),
        _ => result.into_lua_multi(lua),
    }
}

/// What was not done has no value, and its command wrote nothing.
fn skipped(lua: &Lua, class: Class, check: bool, mut report: Report) -> Result<MultiValue> {
    let message = report.message.clone();
    if class == Class::Command {
        let empty = ["stdout", "stderr", "output"].map(|name| (name, Content::from("")));
        report.fields.extend(empty);
        report.fields.extend([("success", true.into()), ("exit_code", 0.into())]);
    }
    let result = table(lua, check, report)?;
    match class {
        Class::Change { .. } => (result, message).into_lua_multi(lua),
        Class::Command => (result, Value::Nil, false).into_lua_multi(lua),
        Class::Predicate => (true, message).into_lua_multi(lua),
        Class::Value => (Value::Nil, Value::Nil, result).into_lua_multi(lua),
        Class::Object | Class::Silent => Ok(MultiValue::new()),
    }
}

fn failed(lua: &Lua, class: Class, check: bool, report: Report) -> Result<MultiValue> {
    let error = report.failure.as_ref().map(|failure| failure.message.clone());
    match class {
        Class::Change { .. } => (false, error, table(lua, check, report)?).into_lua_multi(lua),
        Class::Value => (Value::Nil, error, table(lua, check, report)?).into_lua_multi(lua),
        Class::Predicate => (false, error).into_lua_multi(lua),
        Class::Command => (table(lua, check, report)?, error, true).into_lua_multi(lua),
        Class::Object | Class::Silent => Err(Error::runtime(error.unwrap_or_default())),
    }
}

fn content(lua: &Lua, value: Content) -> Result<Value> {
    match value {
        Content::Json(value) => convert::to_lua(lua, &value),
        Content::Bytes(bytes) => lua.create_string(bytes).map(Value::String),
    }
}

fn table(lua: &Lua, check: bool, report: Report) -> Result<Table> {
    let failed = report.failure.is_some();
    let result = lua.create_table()?;
    result.raw_set("ok", !failed)?;
    result.raw_set("failed", failed)?;
    result.raw_set("changed", report.changed)?;
    result.raw_set("skipped", report.skipped)?;
    result.raw_set("check", check)?;
    result.raw_set("message", report.message)?;
    if let Some(Failure { code, message, .. }) = report.failure {
        result.raw_set("error", message)?;
        result.raw_set("code", code.word())?;
    }
    if let Some((before, after)) = report.diff {
        let diff = lua.create_table()?;
        diff.raw_set("before", convert::to_lua(lua, &before)?)?;
        diff.raw_set("after", convert::to_lua(lua, &after)?)?;
        result.raw_set("diff", diff)?;
    }
    for (name, value) in report.fields {
        result.raw_set(name, content(lua, value)?)?;
    }
    mark(lua, &result)?;
    Ok(result)
}

/// Makes a table a result.
pub fn mark(lua: &Lua, table: &Table) -> Result<()> {
    table.set_metatable(Some(lua.named_registry_value(METATABLE)?))
}

/// What a result reads as: the output of a command, else its message or error. Nothing when the table is no result.
pub fn text(lua: &Lua, table: &Table) -> Result<Option<LuaString>> {
    if !is_result(lua, table)? {
        return Ok(None);
    }
    for field in ["stdout", "error", "message"] {
        if let Some(text) = table.raw_get::<Option<LuaString>>(field)? {
            return Ok(Some(text));
        }
    }
    lua.create_string("").map(Some)
}

pub fn is_result(lua: &Lua, table: &Table) -> Result<bool> {
    match table.metatable() {
        Some(metatable) => Ok(metatable == lua.named_registry_value::<Table>(METATABLE)?),
        None => Ok(false),
    }
}

/// Makes results behave as their text; `string` holds the methods they answer to.
pub fn install(lua: &Lua, string: &Table) -> Result<()> {
    let metatable = lua.create_table()?;
    metatable.raw_set("__index", string)?;
    metatable.raw_set("__name", "Result")?;
    metatable.raw_set("__metatable", false)?;
    metatable
        .raw_set("__tostring", lua.create_function(|lua, result: Table| text(lua, &result))?)?;
    metatable.raw_set("__len", lua.create_function(|lua, result: Table| length(lua, &result))?)?;
    metatable.raw_set("__concat", lua.create_function(concat)?)?;
    lua.set_named_registry_value(METATABLE, metatable)
}

fn length(lua: &Lua, result: &Table) -> Result<usize> {
    Ok(text(lua, result)?.map_or(0, |text| text.as_bytes().len()))
}

fn concat(lua: &Lua, (left, right): (Value, Value)) -> Result<LuaString> {
    let mut joined = part(lua, left)?.as_bytes().to_vec();
    joined.extend_from_slice(&part(lua, right)?.as_bytes());
    lua.create_string(joined)
}

fn part(lua: &Lua, value: Value) -> Result<LuaString> {
    let kind = value.type_name();
    let text = match value {
        Value::Table(table) => text(lua, &table)?,
        other => lua.coerce_string(other)?,
    };
    text.ok_or_else(|| Error::runtime(format!("attempt to concatenate a {kind} value")))
}

/// `must(f(…))`: passes everything on, or raises the error the call returned.
pub fn must(lua: &Lua, values: MultiValue) -> Result<MultiValue> {
    let error = match (values.front(), values.get(1)) {
        (Some(Value::Table(table)), _) if is_result(lua, table)? => {
            table.raw_get::<Value>("error")?
        }
        (None | Some(Value::Nil | Value::Boolean(false)), Some(error)) if !error.is_nil() => {
            error.clone()
        }
        (None | Some(Value::Nil | Value::Boolean(false)), _) => {
            "`must` got nothing".into_lua(lua)?
        }
        _ => Value::Nil,
    };
    if error.is_nil() { Ok(values) } else { Err(Error::runtime(error.to_string()?)) }
}
