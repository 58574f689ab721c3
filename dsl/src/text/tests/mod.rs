//! The bounded functions against the language's own, and against what its own cannot survive.

mod bombs;
mod same;

use mlua::{Function, Lua, LuaOptions, StdLib, Table};

use crate::registry;

/// A state with the bounded functions, and the language's own under `native`.
fn lua() -> Lua {
    let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::COROUTINE;
    let lua = Lua::new_with(libraries, LuaOptions::default()).unwrap();
    let native = lua.create_table().unwrap();
    for library in ["string", "table"] {
        native.raw_set(library, lua.globals().get::<Table>(library).unwrap()).unwrap();
    }
    registry::install(&lua).unwrap();
    lua.globals().raw_set("native", native).unwrap();
    lua
}

/// `f(library, …)` called with both, each answer written out: results, or that it failed.
fn both(lua: &Lua, code: &str) -> Function {
    lua.load(format!(
        "local shown = function(...)
           local parts = {{}}
           for i = 1, select('#', ...) do
             local value = select(i, ...)
             parts[i] = type(value) .. ':' .. native.string.format('%q', value)
           end
           return native.table.concat(parts, ' ')
         end
         local f = function(library, ...) {code} end
         local answer = function(ok, ...) if ok then return shown(...) end return 'failed' end
         return function(...)
           return answer(pcall(f, native, ...)), answer(pcall(f, {{ string = string, table = table }}, ...))
         end"
    ))
    .eval()
    .unwrap()
}
