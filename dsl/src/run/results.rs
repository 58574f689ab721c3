//! What callbacks get: the tasks' results, and failures that read as text.

use mlua::{Lua, MultiValue, Table};
use serde_json::{Map, Value as Json, json};

use super::job::{Attempt, TaskResult};
use super::outcome::Outcome;
use super::this::concat;
use crate::convert;

/// Entries in execution order and by name; each is the task's output, with its outcome behind it.
pub fn results(lua: &Lua, results: &[TaskResult]) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for result in results {
        let entry = entry(lua, result)?;
        table.raw_push(&entry)?;
        table.raw_set(result.name.as_str(), entry)?;
    }
    Ok(table)
}

fn entry(lua: &Lua, result: &TaskResult) -> mlua::Result<Table> {
    let entry = convert::map_to_lua(lua, object(&result.output))?;
    let error = if result.success { None } else { result.message.as_deref() };
    let facts = json!({
        "name": result.name,
        "status": result.status,
        "success": result.success,
        "message": result.message,
        "error": error,
        "duration": result.duration.as_secs_f64(),
        "attempts": result.attempts,
        "agent": result.agent.as_deref().unwrap_or("local"),
        "output": result.output,
    });
    let meta = lua.create_table()?;
    meta.raw_set("__index", convert::map_to_lua(lua, object(&facts))?)?;
    entry.set_metatable(Some(meta))?;
    Ok(entry)
}

/// The third argument of a task's `on_failure`.
pub fn failure(lua: &Lua, attempt: &Attempt, outcome: &Outcome) -> mlua::Result<Table> {
    let message = outcome.message.clone().unwrap_or_default();
    told(lua, &attempt.task, &message, attempt.number, &outcome.output)
}

/// A failure that has been reported.
pub fn of_result(lua: &Lua, result: &TaskResult) -> mlua::Result<Table> {
    let message = result.message.as_deref().unwrap_or_default();
    told(lua, &result.name, message, result.attempts, &result.output)
}

/// The first argument of a workflow's `on_failure`: what went wrong first.
pub fn first_failure(lua: &Lua, results: &[TaskResult]) -> mlua::Result<Table> {
    let failed = |result: &&TaskResult| !result.success && result.status != "skipped";
    match results.iter().find(failed) {
        Some(result) => of_result(lua, result),
        None => told(lua, "", "the run failed", 0, &Json::Null),
    }
}

fn told(lua: &Lua, task: &str, message: &str, attempts: u32, output: &Json) -> mlua::Result<Table> {
    let facts = json!({
        "error": message,
        "message": message,
        "task": task,
        "task_name": task,
        "attempts": attempts,
        "output": object(output),
    });
    as_text(lua, convert::map_to_lua(lua, object(&facts))?, message)
}

/// Lets a table be printed and joined like a text.
fn as_text(lua: &Lua, table: Table, text: &str) -> mlua::Result<Table> {
    let meta = lua.create_table()?;
    let text = lua.create_string(text)?;
    meta.raw_set("__tostring", lua.create_function(move |_, _: MultiValue| Ok(text.clone()))?)?;
    meta.raw_set("__concat", lua.create_function(concat)?)?;
    table.set_metatable(Some(meta))?;
    Ok(table)
}

/// The members of an object; none of anything else.
pub fn object(json: &Json) -> &Map<String, Json> {
    static EMPTY: std::sync::LazyLock<Map<String, Json>> = std::sync::LazyLock::new(Map::new);
    json.as_object().unwrap_or(&EMPTY)
}
