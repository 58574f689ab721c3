//! Between Lua values and JSON: integers, lists and nulls are kept, and neither cycles nor size get out of hand.

use mlua::{Lua, LuaSerdeExt, Table, Value};
use serde_json::{Map, Number, Value as Json};

/// Levels of tables in tables.
const DEPTH_MAX: usize = 100;
/// Bytes of all texts and keys, and `VALUE_COST` for every value.
const SIZE_MAX: usize = 32 << 20;
const VALUE_COST: usize = 32;
/// Whole numbers up to here are exact as floats.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// A Lua value as JSON, or what about it cannot be one.
pub fn to_json(lua: &Lua, value: &Value) -> Result<Json, String> {
    Writer { lua, left: SIZE_MAX }.value(value, 0)
}

/// JSON as a Lua value; whole numbers become integers, `null` in a table the value `data.null`.
pub fn to_lua(lua: &Lua, value: &Json) -> mlua::Result<Value> {
    match value {
        Json::Null => Ok(Value::Nil),
        other => inner(lua, other),
    }
}

fn inner(lua: &Lua, value: &Json) -> mlua::Result<Value> {
    Ok(match value {
        Json::Null => Value::NULL,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => from_number(number),
        Json::String(text) => Value::String(lua.create_string(text)?),
        Json::Array(items) => {
            let list = lua.create_table_with_capacity(items.len(), 0)?;
            for (index, item) in items.iter().enumerate() {
                list.raw_set(index + 1, inner(lua, item)?)?;
            }
            if items.is_empty() {
                list.set_metatable(Some(lua.array_metatable()))?;
            }
            Value::Table(list)
        }
        Json::Object(entries) => {
            let table = lua.create_table_with_capacity(0, entries.len())?;
            for (key, value) in entries {
                table.raw_set(key.as_str(), inner(lua, value)?)?;
            }
            Value::Table(table)
        }
    })
}

fn from_number(number: &Number) -> Value {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => Value::Integer(whole),
        (None, Some(float)) if float.fract() == 0.0 && float.abs() < EXACT_MAX => {
            Value::Integer(float as i64)
        }
        (None, float) => Value::Number(float.unwrap_or(f64::NAN)),
    }
}

struct Writer<'a> {
    lua: &'a Lua,
    left: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<Json, String> {
        self.spend(VALUE_COST)?;
        match value {
            Value::Nil => Ok(Json::Null),
            null if null.is_null() => Ok(Json::Null),
            Value::Boolean(value) => Ok(Json::Bool(*value)),
            Value::Integer(value) => Ok(Json::from(*value)),
            Value::Number(value) => to_number(*value),
            Value::String(text) => self.text(text).map(Json::String),
            Value::Table(_) if depth == DEPTH_MAX => {
                Err(format!("a table that holds itself or more than {DEPTH_MAX} levels"))
            }
            Value::Table(table) => self.table(table, depth + 1),
            other => Err(format!("a {}", other.type_name())),
        }
    }

    fn table(&mut self, table: &Table, depth: usize) -> Result<Json, String> {
        match self.list_length(table)? {
            Some(length) => (1..=length)
                .map(|index| {
                    self.value(&table.raw_get(index).map_err(|error| error.to_string())?, depth)
                })
                .collect::<Result<Vec<_>, _>>()
                .map(Json::Array),
            None => self.entries(table, depth).map(Json::Object),
        }
    }

    /// The length when the table is a list: whole keys from 1 on, with few holes.
    fn list_length(&self, table: &Table) -> Result<Option<usize>, String> {
        let (mut count, mut last) = (0usize, 0usize);
        for pair in table.pairs::<Value, Value>() {
            let (key, _) = pair.map_err(|error| error.to_string())?;
            match key.as_integer().and_then(|key| usize::try_from(key).ok()) {
                Some(key) if key > 0 => last = last.max(key),
                _ => return Ok(None),
            }
            count += 1;
        }
        let empty_list =
            table.metatable().is_some_and(|metatable| metatable == self.lua.array_metatable());
        Ok(if count == 0 { empty_list.then_some(0) } else { (last <= 2 * count).then_some(last) })
    }

    /// Entries ordered by key, because a table has no order that would be the same everywhere.
    fn entries(&mut self, table: &Table, depth: usize) -> Result<Map<String, Json>, String> {
        let mut entries = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair.map_err(|error| error.to_string())?;
            let key = match &key {
                Value::String(text) => self.text(text)?,
                Value::Integer(whole) => whole.to_string(),
                other => return Err(format!("a table with a {} as a key", other.type_name())),
            };
            let value = self.value(&value, depth)?;
            entries.push((key, value));
        }
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(entries.into_iter().collect())
    }

    fn text(&mut self, text: &mlua::LuaString) -> Result<String, String> {
        self.spend(text.as_bytes().len())?;
        let text = text.to_str().map_err(|_| "text that is not UTF-8".to_owned())?;
        Ok(text.to_owned())
    }

    fn spend(&mut self, size: usize) -> Result<(), String> {
        self.left = self.left.checked_sub(size).ok_or("a value that is too large")?;
        Ok(())
    }
}

fn to_number(value: f64) -> Result<Json, String> {
    if value.fract() == 0.0 && value.abs() < EXACT_MAX {
        return Ok(Json::from(value as i64));
    }
    Number::from_f64(value).map(Json::Number).ok_or_else(|| format!("the number {value}"))
}
