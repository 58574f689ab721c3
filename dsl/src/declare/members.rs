//! The tasks of a workflow.

use mlua::{Lua, Table, Value};

use super::book::{self, Book, describe};
use super::builder::TaskHandle;
use super::draft::Draft;
use super::read::{self, Fault, Key, Stop, entries};
use super::value::{task_name, text};
use crate::diagnostic::Code;
use crate::field::{Slot, TASK};

/// Tasks of one workflow.
pub const MEMBERS_MAX: usize = 100_000;

/// Built tasks and plain tables, in a list or by name.
pub fn members(lua: &Lua, value: &Value, line: u32) -> Result<Vec<usize>, Stop> {
    let Value::Table(table) = value else {
        let message = format!("`tasks` expects a table of tasks, found {}", describe(value));
        return Err(Fault::new(Code::WrongType, message, "tasks").into());
    };
    let mut placed = Vec::new();
    for (key, value) in entries(table)? {
        let number = of_entry(lua, &key, &value, line)?;
        let place = match &key {
            Key::Number(_) => 0,
            Key::Text(_) => place(lua, number)?,
        };
        placed.push((place, key, number));
    }
    placed.sort();
    Ok(placed.into_iter().map(|(_, _, number)| number).collect())
}

fn of_entry(lua: &Lua, key: &Key, value: &Value, line: u32) -> Result<usize, Stop> {
    if let Some(number) = TaskHandle::number(value) {
        return Ok(number);
    }
    let name = match (name_of(value)?, key) {
        (Value::Nil, Key::Text(key)) => key.clone(),
        (Value::Nil, Key::Number(_)) => {
            let message = "a task in `tasks` has no name".into();
            return Err(Fault::new(Code::BadValue, message, "tasks")
                .hint("add `name = \"…\"`")
                .into());
        }
        (name, _) => text(&name, "name")?,
    };
    let line = Book::of(lua)?.place(line, &name);
    new(lua, &name, value, line)
}

/// What a table calls itself.
fn name_of(value: &Value) -> mlua::Result<Value> {
    match value {
        Value::Table(table) => table.raw_get("name"),
        _ => Ok(Value::Nil),
    }
}

/// One task: a built one, a table, or a name with its command or its table.
pub fn member(lua: &Lua, values: &[Value], line: u32) -> Result<usize, Stop> {
    let (first, second) = (values.first(), values.get(1).unwrap_or(&Value::Nil));
    match first {
        Some(value) if TaskHandle::number(value).is_some() || value.is_table() => {
            of_entry(lua, &Key::Number(1), value, line)
        }
        Some(name) => new(lua, &text(name, "task")?, second, line),
        None => new(lua, "", second, line),
    }
}

fn new(lua: &Lua, name: &str, value: &Value, line: u32) -> Result<usize, Stop> {
    let mut draft = Draft::new(task_name(name)?.as_str().into(), line);
    match value {
        Value::Table(table) => read::set_all(lua, &mut draft, &TASK, table, line)?,
        Value::Function(_) | Value::String(_) | Value::UserData(_) => {
            read::set(lua, &mut draft, &TASK, "command", std::slice::from_ref(value), line)?;
        }
        other => {
            let message = format!("`tasks` expects tasks, found {}", describe(other));
            return Err(Fault::new(Code::WrongType, message, "tasks").into());
        }
    }
    Ok(Book::of(lua)?.task(draft)?)
}

/// The task that lends its settings: a built one or a table.
pub fn base(lua: &Lua, value: &Value, name: &str, line: u32) -> Result<usize, Stop> {
    if let Some(number) = TaskHandle::number(value) {
        return Ok(number);
    }
    let Value::Table(table) = value else {
        return Err(super::value::wrong(name, "a task or a table of settings", value).into());
    };
    Ok(lend(lua, table, line)?)
}

fn lend(lua: &Lua, table: &Table, line: u32) -> mlua::Result<usize> {
    let mut draft = Draft::lending(line);
    read::set_all(lua, &mut draft, &TASK, table, line)?;
    Book::of(lua)?.task(draft)
}

/// The line that orders a keyed member: where its command begins, or where it is named.
fn place(lua: &Lua, number: usize) -> mlua::Result<u32> {
    let (line, command, text) = {
        let book = Book::of(lua)?;
        let draft = &book.tasks[number];
        (draft.line, draft.function(Slot::Command), book.text.clone())
    };
    Ok(match command {
        Some(id) => book::line_of(&text, &book::kept(lua, id)?),
        None => line,
    })
}
