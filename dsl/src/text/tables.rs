//! `table.insert`, `remove`, `concat`, `move` and `sort`, bounded against lengths that lie.
//!
//! A plain table is as long as its memory, so the language's own function is safe. One with a metatable is walked
//! here, where its length was asked once and has a limit.

use mlua::{Function, IntoLuaMulti, MultiValue, Result, Table, Value};

use super::TEXT_MAX;
use super::arguments::Arguments;

/// Items one call may touch.
const ITEMS_MAX: i64 = 10_000_000;

pub fn insert(native: &Function, arguments: Arguments<'_>) -> Result<MultiValue> {
    let table = arguments.table(0)?;
    if !table.has_metatable() {
        return native.call(arguments.values);
    }
    let end = length(&arguments, &table)? + 1;
    let (position, value) = match arguments.values.len() {
        2 => (end, arguments.get(1)),
        3 => (arguments.integer(1)?, arguments.get(2)),
        _ => return Err(arguments.fail("wrong number of arguments")),
    };
    if !(1..=end).contains(&position) {
        return Err(arguments.fail(format!("position {position} is out of bounds")));
    }
    for index in (position..end).rev() {
        table.set(index + 1, table.get::<Value>(index)?)?;
    }
    table.set(position, value)?;
    Ok(MultiValue::new())
}

pub fn remove(native: &Function, arguments: Arguments<'_>) -> Result<MultiValue> {
    let table = arguments.table(0)?;
    if !table.has_metatable() {
        return native.call(arguments.values);
    }
    let length = length(&arguments, &table)?;
    let position = arguments.integer_or(1, length)?;
    if position != length && !(1..=length + 1).contains(&position) {
        return Err(arguments.fail(format!("position {position} is out of bounds")));
    }
    let removed = table.get::<Value>(position)?;
    for index in position..length {
        table.set(index, table.get::<Value>(index + 1)?)?;
    }
    if position <= length {
        table.set(length, Value::Nil)?;
    }
    removed.into_lua_multi(arguments.lua)
}

pub fn concat(native: &Function, arguments: Arguments<'_>) -> Result<MultiValue> {
    let table = arguments.table(0)?;
    if !table.has_metatable() {
        return native.call(arguments.values);
    }
    let separator =
        if arguments.is_absent(1) { Vec::new() } else { arguments.text(1)?.as_bytes().to_vec() };
    let first = arguments.integer_or(2, 1)?;
    let last =
        if arguments.is_absent(3) { length(&arguments, &table)? } else { arguments.integer(3)? };
    check_count(&arguments, first, last)?;
    let mut output = Vec::new();
    for index in first..=last {
        let item = table.get::<Value>(index)?;
        let Some(text) = arguments.lua.coerce_string(item)? else {
            return Err(arguments.fail(format!("item {index} is no text")));
        };
        output.extend_from_slice(&text.as_bytes());
        if index < last {
            output.extend_from_slice(&separator);
        }
        if output.len() > TEXT_MAX {
            return Err(arguments.fail(format!("the text would be longer than {TEXT_MAX} bytes")));
        }
    }
    arguments.lua.create_string(&output)?.into_lua_multi(arguments.lua)
}

pub fn shift(native: &Function, arguments: Arguments<'_>) -> Result<MultiValue> {
    check_count(&arguments, arguments.integer(1)?, arguments.integer(2)?)?;
    native.call(arguments.values)
}

pub fn sort(native: &Function, arguments: Arguments<'_>) -> Result<MultiValue> {
    let table = arguments.table(0)?;
    let lies = table.metatable().map(|meta| meta.raw_get::<Value>("__len")).transpose()?;
    if !matches!(lies, None | Some(Value::Nil)) {
        return Err(arguments.fail("a table with a `__len` of its own cannot be sorted"));
    }
    native.call(arguments.values)
}

fn length(arguments: &Arguments<'_>, table: &Table) -> Result<i64> {
    let length = table.len()?;
    check_count(arguments, 1, length)?;
    Ok(length)
}

fn check_count(arguments: &Arguments<'_>, first: i64, last: i64) -> Result<()> {
    if last >= first && last.saturating_sub(first) >= ITEMS_MAX {
        return Err(arguments.fail(format!("more than {ITEMS_MAX} items")));
    }
    Ok(())
}
