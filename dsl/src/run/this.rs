//! `this`: the running task, as its functions see it.

use std::path::{Path, PathBuf};

use mlua::{Lua, LuaString, MultiValue, Table, Value};

use super::job::{Attempt, Job};
use crate::vm::Vm;

pub fn table(vm: &Vm, job: &Job, attempt: &Attempt, params: &Table) -> mlua::Result<Table> {
    let lua = vm.lua();
    let this = lua.create_table()?;
    this.raw_set("name", name(vm, &attempt.task)?)?;
    this.raw_set("workdir", workdir(lua, &job.workdir, job.check)?)?;
    this.raw_set("agent", agent(lua, job.agent.as_deref().unwrap_or("local"))?)?;
    this.raw_set("params", params)?;
    this.raw_set("attempt", attempt.number)?;
    this.raw_set("run_id", job.run_id.as_str())?;
    Ok(this)
}

/// The name is a plain text that may also be called: `this.name`, `this.name()` and `this:name()` are the same.
fn name(vm: &Vm, name: &str) -> mlua::Result<LuaString> {
    let name = vm.lua().create_string(name)?;
    let own = name.clone();
    let call = vm.lua().create_function(move |_, (called, _): (LuaString, MultiValue)| {
        if called == own {
            Ok(called)
        } else {
            Err(mlua::Error::runtime("attempt to call a string value"))
        }
    })?;
    vm.strings().raw_set("__call", call)?;
    Ok(name)
}

fn agent(lua: &Lua, name: &str) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("name", name)?;
    as_text(lua, table, name.to_string())
}

/// In check mode its methods change nothing and say that they would have succeeded.
fn workdir(lua: &Lua, path: &Path, check: bool) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    let method = |work: fn(PathBuf) -> std::io::Result<()>| {
        let work = if check { |_| Ok(()) } else { work };
        let path = path.to_path_buf();
        lua.create_async_function(move |_, _: MultiValue| {
            let path = path.clone();
            async move {
                let done = tokio::task::spawn_blocking(move || work(path)).await;
                Ok(match done.map_err(std::io::Error::other).flatten() {
                    Ok(()) => (true, None),
                    Err(error) => (false, Some(error.to_string())),
                })
            }
        })
    };
    table.raw_set("ensure", method(std::fs::create_dir_all)?)?;
    table.raw_set("cleanup", method(|path| delete(&path))?)?;
    table.raw_set(
        "recreate",
        method(|path| delete(&path).and_then(|()| std::fs::create_dir_all(path)))?,
    )?;
    let shown = path.to_path_buf();
    table.raw_set("exists", lua.create_function(move |_, _: MultiValue| Ok(shown.is_dir()))?)?;
    as_text(lua, table, path.to_string_lossy().into_owned())
}

fn delete(path: &Path) -> std::io::Result<()> {
    if path.parent().is_none() {
        return Err(std::io::Error::other("the root directory is never deleted"));
    }
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Lets a table be called, printed and joined like the text it stands for; `get` gives the text.
fn as_text(lua: &Lua, table: Table, text: String) -> mlua::Result<Table> {
    let text = lua.create_string(text)?;
    let get = lua.create_function(move |_, _: MultiValue| Ok(text.clone()))?;
    table.raw_set("get", &get)?;
    let meta = lua.create_table()?;
    meta.raw_set("__call", &get)?;
    meta.raw_set("__tostring", get)?;
    meta.raw_set("__concat", lua.create_function(concat)?)?;
    table.set_metatable(Some(meta))?;
    Ok(table)
}

/// Joins two values as text.
pub fn concat(_: &Lua, (left, right): (Value, Value)) -> mlua::Result<String> {
    Ok(left.to_string()? + &right.to_string()?)
}
