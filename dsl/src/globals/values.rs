//! `values`: what the caller gave, over the defaults the file gives by `values({ … })`.

use mlua::{Lua, Table, Value};
use serde_json::Value as Json;

use crate::convert;

/// Tables within tables.
const DEPTH_MAX: usize = 32;

const VALUES: &str = "sloth.values";

pub fn install(lua: &Lua, given: &Json) -> mlua::Result<()> {
    let table = match given {
        Json::Object(map) => convert::map_to_lua(lua, map)?,
        _ => lua.create_table()?,
    };
    let meta = lua.create_table()?;
    meta.raw_set(
        "__call",
        lua.create_function(|_, (values, defaults): (Table, Table)| {
            fill(&values, &defaults, DEPTH_MAX)?;
            Ok(values)
        })?,
    )?;
    meta.raw_set("__metatable", false)?;
    table.set_metatable(Some(meta))?;
    lua.set_named_registry_value(VALUES, &table)?;
    lua.globals().raw_set("Values", &table)?;
    lua.globals().raw_set("values", table)
}

/// More defaults, below those that are there already.
pub fn defaults(lua: &Lua, defaults: &Table) -> mlua::Result<()> {
    fill(&lua.named_registry_value(VALUES)?, defaults, DEPTH_MAX)
}

/// All values as loading left them, for texts that name them.
pub fn all(lua: &Lua) -> mlua::Result<Json> {
    let table: Table = lua.named_registry_value(VALUES)?;
    convert::to_leave(&Value::Table(table), "values", &mut Vec::new()).map_err(mlua::Error::runtime)
}

/// Adds what is absent, also in tables within.
fn fill(values: &Table, defaults: &Table, depth: usize) -> mlua::Result<()> {
    if depth == 0 {
        return Err(mlua::Error::runtime(format!(
            "`values` are nested more than {DEPTH_MAX} tables deep"
        )));
    }
    for pair in defaults.pairs::<Value, Value>() {
        let (key, default) = pair?;
        match (values.raw_get::<Value>(&key)?, default) {
            (Value::Nil, default) => values.raw_set(key, default)?,
            (Value::Table(inner), Value::Table(default)) if inner.raw_len() == 0 => {
                fill(&inner, &default, depth - 1)?;
            }
            _ => {}
        }
    }
    Ok(())
}
