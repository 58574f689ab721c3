//! The globals that are no modules: `values`, `print`, what is left of `os` and `math`, and what is not there yet.

mod clock;
mod random;
pub mod values;

use mlua::{Lua, MultiValue, Value};

use crate::context::Context;
use crate::field::GLOBALS;
use crate::host::Stream;
use crate::registry::{LATER_MODULES, refuse_module};

/// Sets them all; `values` are those of the run.
pub fn install(lua: &Lua, given: &serde_json::Value) -> mlua::Result<()> {
    let globals = lua.globals();
    values::install(lua, given)?;
    globals.raw_set("print", lua.create_function(print)?)?;
    globals.raw_set("os", clock::table(lua)?)?;
    random::install(lua, &globals.get("math")?)
}

/// From now on nothing a task draws at random follows from what the load was told.
pub fn end_of_load(lua: &Lua) -> mlua::Result<()> {
    random::end_of_load(lua)
}

/// Documented names that are not there yet raise as soon as they are touched.
pub fn guard(lua: &Lua) -> mlua::Result<()> {
    let globals = lua.globals();
    let meta = lua.create_table()?;
    meta.raw_set("__index", lua.create_function(|_, (_, name): (Value, Value)| touched(&name))?)?;
    meta.raw_set("__metatable", false)?;
    globals.set_metatable(Some(meta))
}

fn touched(name: &Value) -> mlua::Result<Value> {
    refuse(name)?;
    match name.as_string().map(|text| text.to_string_lossy()) {
        Some(text) if LATER_MODULES.contains(&text.as_str()) => Err(refuse_module(&text)),
        _ => Ok(Value::Nil),
    }
}

fn refuse(name: &Value) -> mlua::Result<Value> {
    let Value::String(text) = name else { return Ok(Value::Nil) };
    match GLOBALS.iter().find(|(later, _)| text.as_bytes() == later.as_bytes()) {
        None => Ok(Value::Nil),
        Some((name, "")) => Err(mlua::Error::runtime(format!("`{name}` is not there yet"))),
        Some((name, instead)) => {
            Err(mlua::Error::runtime(format!("`{name}` is not there yet: {instead}")))
        }
    }
}

/// Shown where there is a world: in tasks, and once of a load, where the file is accepted.
fn print(lua: &Lua, values: MultiValue) -> mlua::Result<()> {
    let Some(host) = Context::of(lua)?.host else { return Ok(()) };
    let texts = values.iter().map(|value| value.to_string()).collect::<mlua::Result<Vec<_>>>()?;
    for line in texts.join("\t").lines() {
        host.line(Stream::Stdout, line);
    }
    Ok(())
}
