//! The `tasks` of a workflow.

use mlua::{Lua, Value};

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
        let number = member(lua, &key, &value, line)?;
        let place = match &key {
            Key::Number(_) => 0,
            Key::Text(_) => place(lua, number)?,
        };
        placed.push((place, key, number));
    }
    placed.sort();
    Ok(placed.into_iter().map(|(_, _, number)| number).collect())
}

fn member(lua: &Lua, key: &Key, value: &Value, line: u32) -> Result<usize, Stop> {
    if let Some(number) = TaskHandle::number(value) {
        return Ok(number);
    }
    let Value::Table(table) = value else {
        let message = format!("`tasks` expects tasks, found {}", describe(value));
        return Err(Fault::new(Code::WrongType, message, "tasks").into());
    };
    let name = match (table.raw_get::<Value>("name")?, key) {
        (Value::Nil, Key::Text(key)) => key.clone(),
        (Value::Nil, Key::Number(_)) => {
            let message = "a task in `tasks` has no name".into();
            return Err(Fault::new(Code::BadValue, message, "tasks")
                .hint("add `name = \"…\"`")
                .into());
        }
        (name, _) => text(&name, "name")?,
    };
    let name = task_name(&name)?;
    let line = Book::of(lua)?.place(line, &name);
    let mut draft = Draft::new(name.as_str().into(), line);
    read::set_all(lua, &mut draft, &TASK, table, line)?;
    Ok(Book::of(lua)?.task(draft)?)
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
