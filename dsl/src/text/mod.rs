//! Text and table functions that end within a bounded number of steps.

mod arguments;
mod format;
mod nearest;
mod pattern;
mod plain;
mod replace;
mod search;
mod steps;
mod tables;
#[cfg(test)]
mod tests;

use mlua::{Function, Lua, LuaString, MultiValue, Result, Table};

use crate::registry::sealed;
use arguments::{Arguments, function};
pub use nearest::nearest;

/// Bytes of a text that one call may make.
const TEXT_MAX: usize = 64 << 20;
/// Values one call may return.
const RESULTS_MAX: usize = 100_000;

type Work = fn(Arguments<'_>) -> Result<MultiValue>;
type Wrapper = fn(&Function, Arguments<'_>) -> Result<MultiValue>;

/// `string`: every function takes a result as well as a text.
const STRING: &[(&str, &str, Work)] = &[
    ("byte", "string.byte", plain::byte),
    ("char", "string.char", plain::char),
    ("find", "string.find", search::find),
    ("gmatch", "string.gmatch", search::each_match),
    ("gsub", "string.gsub", replace::replace),
    ("len", "string.len", plain::length),
    ("lines", "string.lines", plain::lines),
    ("lower", "string.lower", plain::lower),
    ("match", "string.match", search::first_match),
    ("rep", "string.rep", plain::repeat),
    ("reverse", "string.reverse", plain::reverse),
    ("split", "string.split", plain::split),
    ("sub", "string.sub", plain::sub),
    ("upper", "string.upper", plain::upper),
];

const TABLE: &[(&str, &str, Wrapper)] = &[
    ("concat", "table.concat", tables::concat),
    ("insert", "table.insert", tables::insert),
    ("move", "table.move", tables::shift),
    ("remove", "table.remove", tables::remove),
    ("sort", "table.sort", tables::sort),
];

/// Functions of the language that are safe as they are.
const STRING_KEPT: &[&str] = &["pack", "packsize", "unpack"];
const TABLE_KEPT: &[&str] = &["pack", "unpack"];

/// Puts the bounded functions in the place of the language's own; returns the functions of `string`.
pub fn install(lua: &Lua) -> Result<Table> {
    let globals = lua.globals();
    let string = strings(lua, &globals.get("string")?)?;
    let table = tables(lua, &globals.get("table")?)?;
    globals.set("unpack", table.get::<Function>("unpack")?)?;
    globals.set("string", sealed(lua, "string", string.clone())?)?;
    globals.set("table", sealed(lua, "table", table)?)?;
    methods(lua, &string)?;
    Ok(string)
}

fn strings(lua: &Lua, native: &Table) -> Result<Table> {
    let string = lua.create_table()?;
    for (name, full, work) in STRING {
        string.raw_set(*name, function(lua, full, *work)?)?;
    }
    for name in STRING_KEPT {
        string.raw_set(*name, native.get::<Function>(*name)?)?;
    }
    let own = native.get::<Function>("format")?;
    string.raw_set(
        "format",
        function(lua, "string.format", move |arguments| format::format(&own, arguments))?,
    )?;
    Ok(string)
}

fn tables(lua: &Lua, native: &Table) -> Result<Table> {
    let table = lua.create_table()?;
    for (name, full, work) in TABLE {
        let own = native.get::<Function>(*name)?;
        table.raw_set(*name, function(lua, full, move |arguments| work(&own, arguments))?)?;
    }
    for name in TABLE_KEPT {
        table.raw_set(*name, native.get::<Function>(*name)?)?;
    }
    Ok(table)
}

/// `("x"):upper()` finds the same functions; nobody reaches or changes the metatable all texts share.
fn methods(lua: &Lua, string: &Table) -> Result<()> {
    let metatable = match lua.type_metatable::<LuaString>() {
        Some(metatable) => metatable,
        None => lua.create_table()?,
    };
    metatable.raw_set("__index", string)?;
    metatable.raw_set("__metatable", false)?;
    lua.set_type_metatable::<LuaString>(Some(metatable));
    Ok(())
}
