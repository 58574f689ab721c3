use mlua::{Error, Function, Lua, LuaString, MultiValue, Result, Table, Value};

use crate::registry::outcome;

/// The positional arguments of one library call, with errors that name the function.
pub struct Arguments<'a> {
    pub lua: &'a Lua,
    pub function: &'static str,
    pub values: MultiValue,
}

impl Arguments<'_> {
    pub fn get(&self, index: usize) -> Value {
        self.values.get(index).cloned().unwrap_or(Value::Nil)
    }

    pub fn is_absent(&self, index: usize) -> bool {
        matches!(self.values.get(index), None | Some(Value::Nil))
    }

    /// A text, a number written out, or what a result reads as.
    pub fn text(&self, index: usize) -> Result<LuaString> {
        match self.get(index) {
            Value::Table(table) => outcome::text(self.lua, &table)?.ok_or(()),
            value @ (Value::String(_) | Value::Integer(_) | Value::Number(_)) => {
                self.lua.coerce_string(value)?.ok_or(())
            }
            _ => Err(()),
        }
        .map_err(|()| self.wrong(index, "text"))
    }

    pub fn integer(&self, index: usize) -> Result<i64> {
        self.lua.coerce_integer(self.get(index))?.ok_or_else(|| self.wrong(index, "a whole number"))
    }

    pub fn integer_or(&self, index: usize, default: i64) -> Result<i64> {
        if self.is_absent(index) { Ok(default) } else { self.integer(index) }
    }

    pub fn table(&self, index: usize) -> Result<Table> {
        match self.get(index) {
            Value::Table(table) => Ok(table),
            _ => Err(self.wrong(index, "a table")),
        }
    }

    pub fn wrong(&self, index: usize, wanted: &str) -> Error {
        let got = self.values.get(index).map_or("nothing", Value::type_name);
        Error::runtime(format!(
            "argument {} of `{}` must be {wanted}, got {got}",
            index + 1,
            self.function
        ))
    }

    pub fn fail(&self, what: impl std::fmt::Display) -> Error {
        Error::runtime(format!("`{}`: {what}", self.function))
    }
}

/// A library function whose errors carry its name.
pub fn function<F>(lua: &Lua, name: &'static str, work: F) -> Result<Function>
where
    F: Fn(Arguments<'_>) -> Result<MultiValue> + Send + 'static,
{
    lua.create_function(move |lua, values| work(Arguments { lua, function: name, values }))
}

/// A byte position as scripts give it (from 1, negative from the end) as an offset from 0; may lie past the end.
pub fn offset(position: i64, length: usize) -> usize {
    let length = length as i64;
    let from_start = match position {
        0 => 1,
        position if position > 0 => position,
        position if position < -length => 1,
        position => length + position + 1,
    };
    (from_start - 1) as usize
}

/// The same for the end of a range: exclusive, and never past the end.
pub fn end_offset(position: i64, length: usize) -> usize {
    let length = length as i64;
    match position {
        position if position > length => length as usize,
        position if position >= 0 => position as usize,
        position if position < -length => 0,
        position => (length + position + 1) as usize,
    }
}
