//! A module as Lua sees it: functions are made when they are first used, and unknown ones are refused.

use std::sync::Arc;

use mlua::{Error, Function as LuaFunction, Lua, LuaString, MultiValue, Result, Table, Value};

use super::call::{Call, Fixed};
use super::function::{Function, Work};
use super::module::{Constant, Module};
use super::sealed::locked;

/// The table of a module.
pub fn of(lua: &Lua, module: &'static Module) -> Result<Table> {
    view(lua, module, None)
}

fn view(lua: &Lua, module: &'static Module, fixed: Option<Fixed>) -> Result<Table> {
    let made = lua.create_table()?;
    let known = move |lua: &Lua, key: &Value| -> Result<Value> {
        let found = made.raw_get::<Value>(key)?;
        if !found.is_nil() {
            return Ok(found);
        }
        let value = member(lua, module, key, fixed.clone())?;
        made.raw_set(key, &value)?;
        Ok(value)
    };
    let index = match module.functions.iter().find(|function| function.members) {
        Some(function) => members(lua, module, function, known)?,
        None => lua.create_function(move |lua, (_, key): (Table, Value)| known(lua, &key))?,
    };
    let metatable = locked(lua, module.name)?;
    metatable.raw_set("__pairs", pairs(lua, module, &index)?)?;
    if let Some(name) = module.call {
        metatable.raw_set("__call", call(lua, name, &index)?)?;
    }
    metatable.raw_set("__index", index)?;
    let table = lua.create_table()?;
    table.set_metatable(Some(metatable))?;
    Ok(table)
}

/// Reads names that are no functions by one of the functions, and raises where it gives nothing.
fn members(
    lua: &Lua,
    module: &'static Module,
    function: &'static Function,
    known: impl Fn(&Lua, &Value) -> Result<Value> + Clone + Send + Sync + 'static,
) -> Result<LuaFunction> {
    lua.create_async_function(move |lua, (_, key): (Table, LuaString)| {
        let known = known.clone();
        async move {
            let name = key.to_string_lossy();
            if module.function(&name).is_some() {
                return known(&lua, &Value::String(key));
            }
            let name: Arc<str> = format!("{}.{name}", module.name).into();
            let call = Call { name, function, fixed: None };
            let mut values =
                call.later(lua, MultiValue::from_vec(vec![Value::String(key)])).await?;
            match values.pop_front() {
                None | Some(Value::Nil) => Err(Error::runtime(match values.pop_front() {
                    Some(error) => error.to_string()?,
                    None => format!("`{}` is nothing", call.name),
                })),
                Some(value) => Ok(value),
            }
        }
    })
}

fn member(lua: &Lua, module: &'static Module, key: &Value, fixed: Option<Fixed>) -> Result<Value> {
    let name = match key {
        Value::String(name) => name.to_string_lossy(),
        other => return Err(Error::runtime(module.refuse(&other.to_string()?))),
    };
    if let Some(Constant::Null) = module.constant(&name) {
        return Ok(Value::NULL);
    }
    let function = module.function(&name).ok_or_else(|| Error::runtime(module.refuse(&name)))?;
    bound(lua, module, function, fixed).map(Value::Function)
}

/// Calling a module calls one of its functions.
fn call(lua: &Lua, name: &'static str, index: &LuaFunction) -> Result<LuaFunction> {
    let index = index.clone();
    lua.create_async_function(move |_, mut values: MultiValue| {
        let index = index.clone();
        async move {
            let module = values.pop_front().unwrap_or(Value::Nil);
            let function: LuaFunction = index.call((module, name))?;
            function.call_async::<MultiValue>(values).await
        }
    })
}

fn pairs(lua: &Lua, module: &'static Module, index: &LuaFunction) -> Result<LuaFunction> {
    let (index, next) = (index.clone(), lua.globals().get::<LuaFunction>("next")?);
    lua.create_function(move |lua, view: Table| {
        let members = lua.create_table()?;
        for function in module.functions {
            members.raw_set(function.name, index.call::<Value>((&view, function.name))?)?;
        }
        Ok((next.clone(), members))
    })
}

/// A function that needs no module.
pub fn global(lua: &Lua, function: &'static Function) -> Result<LuaFunction> {
    called(lua, Call { name: function.name.into(), function, fixed: None })
}

/// A Lua function that checks its arguments, does the work and returns what its class says.
fn bound(
    lua: &Lua,
    module: &'static Module,
    function: &'static Function,
    fixed: Option<Fixed>,
) -> Result<LuaFunction> {
    let name: Arc<str> = format!("{}.{}", module.name, function.name).into();
    let call = Call { name, function, fixed };
    match function.work {
        Work::Fixed(parameter) => lua.create_function(move |lua, values| {
            let call = Call { fixed: None, ..call.clone() };
            let value: String = call.arguments(lua, values)?.take(parameter)?;
            view(lua, module, Some(Fixed { parameter, value: value.into() }))
        }),
        _ => called(lua, call),
    }
}

fn called(lua: &Lua, call: Call) -> Result<LuaFunction> {
    match call.function.work {
        Work::Pure(_) | Work::Told(_) | Work::Made(_) => {
            lua.create_function(move |lua, values| call.at_once(lua, values))
        }
        _ => lua.create_async_function(move |lua, values| {
            let call = call.clone();
            async move { call.later(lua, values).await }
        }),
    }
}
