use std::fmt;

use mlua::{Lua, LuaSerdeExt, Table, Value};
use serde::{Deserialize, Serialize};

use crate::registry::outcome;

/// Tables within tables.
const DEPTH_MAX: usize = 100;

/// Bytes that a value takes beside its text.
const COST: usize = 8;

/// A plain Lua value: no function, no userdata, no metatable but that of a `Result`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Item {
    Nil,
    /// `data.null`.
    Null,
    Boolean(bool),
    Integer(i64),
    /// The bits of a float, so that every one equals itself.
    Number(u64),
    Text(Vec<u8>),
    /// Entries in the order of their keys.
    Table(Shape, Vec<(Item, Item)>),
}

/// What kind of table it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Shape {
    Plain,
    /// An empty list that must not be taken for an object.
    List,
    /// What functions of modules return.
    Result,
}

impl Item {
    /// The value as plain data, or what about it is not plain.
    pub fn of(lua: &Lua, value: &Value) -> Result<Item, String> {
        read(lua, value, DEPTH_MAX)
    }

    pub fn to_lua(&self, lua: &Lua) -> mlua::Result<Value> {
        Ok(match self {
            Item::Nil => Value::Nil,
            Item::Null => Value::NULL,
            Item::Boolean(value) => Value::Boolean(*value),
            Item::Integer(value) => Value::Integer(*value),
            Item::Number(bits) => Value::Number(f64::from_bits(*bits)),
            Item::Text(bytes) => Value::String(lua.create_string(bytes)?),
            Item::Table(shape, entries) => Value::Table(table(lua, *shape, entries)?),
        })
    }

    /// Bytes, roughly.
    pub fn size(&self) -> usize {
        COST + match self {
            Item::Text(bytes) => bytes.len(),
            Item::Table(_, entries) => {
                entries.iter().map(|(key, value)| key.size() + value.size()).sum()
            }
            _ => 0,
        }
    }
}

fn read(lua: &Lua, value: &Value, depth: usize) -> Result<Item, String> {
    Ok(match value {
        Value::Nil => Item::Nil,
        null if null.is_null() => Item::Null,
        Value::Boolean(value) => Item::Boolean(*value),
        Value::Integer(value) => Item::Integer(*value),
        Value::Number(value) => Item::Number(value.to_bits()),
        Value::String(text) => Item::Text(text.as_bytes().to_vec()),
        Value::Table(_) if depth == 0 => {
            return Err(format!("a table that holds itself or more than {DEPTH_MAX} levels"));
        }
        Value::Table(table) => {
            let mut entries = Vec::new();
            for pair in table.pairs::<Value, Value>() {
                let (key, value) = pair.map_err(|error| error.to_string())?;
                entries.push((read(lua, &key, depth - 1)?, read(lua, &value, depth - 1)?));
            }
            entries.sort();
            Item::Table(shape(lua, table)?, entries)
        }
        other => return Err(format!("a {}", other.type_name())),
    })
}

fn shape(lua: &Lua, table: &Table) -> Result<Shape, String> {
    match table.metatable() {
        None => Ok(Shape::Plain),
        Some(meta) if meta == lua.array_metatable() => Ok(Shape::List),
        Some(_) if outcome::is_result(lua, table).unwrap_or(false) => Ok(Shape::Result),
        Some(_) => Err("a table with a metatable".into()),
    }
}

fn table(lua: &Lua, shape: Shape, entries: &[(Item, Item)]) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, entries.len())?;
    for (key, value) in entries {
        table.raw_set(key.to_lua(lua)?, value.to_lua(lua)?)?;
    }
    match shape {
        Shape::Plain => {}
        Shape::List => table.set_metatable(Some(lua.array_metatable()))?,
        Shape::Result => outcome::mark(lua, &table)?,
    }
    Ok(table)
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Nil | Item::Null => f.write_str("nil"),
            Item::Boolean(value) => write!(f, "{value}"),
            Item::Integer(value) => write!(f, "{value}"),
            Item::Number(bits) => write!(f, "{}", f64::from_bits(*bits)),
            Item::Text(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Item::Table(_, entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let separator = if index == 0 { " " } else { ", " };
                    match key {
                        Item::Integer(_) => write!(f, "{separator}{value}")?,
                        Item::Text(key) => {
                            write!(f, "{separator}{} = {value}", String::from_utf8_lossy(key))?;
                        }
                        key => write!(f, "{separator}[{key}] = {value}")?,
                    }
                }
                f.write_str(" }")
            }
        }
    }
}
