//! What callbacks get: the tasks' results, and a failure that reads as text.

use mlua::{Lua, Table};
use serde_json::{Map, Value as Json, json};

use super::job::{Attempt, Outcome, TaskResult};
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
    meta.raw_set("__index", convert::to_lua(lua, &facts)?)?;
    entry.set_metatable(Some(meta))?;
    Ok(entry)
}

/// The third argument of `on_failure`.
pub fn failure(lua: &Lua, attempt: &Attempt, outcome: &Outcome) -> mlua::Result<Table> {
    let message = outcome.message.clone().unwrap_or_default();
    let facts = json!({
        "error": message,
        "message": message,
        "task_name": attempt.task,
        "attempts": attempt.number,
        "output": object(&outcome.output),
    });
    let table = convert::map_to_lua(lua, object(&facts))?;
    let meta = lua.create_table()?;
    let text = lua.create_string(message)?;
    meta.raw_set(
        "__tostring",
        lua.create_function(move |_, _: mlua::MultiValue| Ok(text.clone()))?,
    )?;
    meta.raw_set("__concat", lua.create_function(concat)?)?;
    table.set_metatable(Some(meta))?;
    Ok(table)
}

/// The members of an object; none of anything else.
pub fn object(json: &Json) -> &Map<String, Json> {
    static EMPTY: std::sync::LazyLock<Map<String, Json>> = std::sync::LazyLock::new(Map::new);
    json.as_object().unwrap_or(&EMPTY)
}
