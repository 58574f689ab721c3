//! What a file says by the globals it leaves behind: labels, and the oldest spelling of workflows.

use mlua::{Lua, Table, Value};
use serde_json::{Map, Value as Json};

use super::book::Book;
use super::draft::Draft;
use super::read::{self, Fault, Key};
use super::value::{plain, task_name};
use crate::diagnostic::Code;
use crate::field::WORKFLOW;
use crate::globals;

/// Globals that are only labels of the file's workflows.
const LABELS: [&str; 5] = ["name", "version", "description", "author", "tags"];

/// Read once the whole file has run.
#[derive(Clone, Debug, Default)]
pub struct Left {
    pub labels: Map<String, Json>,
    /// With all defaults; null when no text names any.
    pub values: Json,
}

/// Reads them into the book.
pub fn look(lua: &Lua) -> mlua::Result<()> {
    legacy(lua)?;
    outputs(lua)?;
    let open = Book::of(lua)?.open;
    let values = if open { globals::values::all(lua)? } else { Json::Null };
    let left = Left { labels: labels(lua)?, values };
    Book::of(lua)?.left = left;
    Ok(())
}

/// Anything else under such a name is a variable of the file's own.
fn labels(lua: &Lua) -> mlua::Result<Map<String, Json>> {
    let mut labels = Map::new();
    for name in LABELS {
        let value: Value = lua.globals().raw_get(name)?;
        if let Value::String(_) | Value::Table(_) = value
            && let Ok(value) = plain(&value, name)
        {
            labels.insert(name.into(), value);
        }
    }
    Ok(labels)
}

fn outputs(lua: &Lua) -> mlua::Result<()> {
    let value: Value = lua.globals().raw_get("outputs")?;
    if !value.is_table() {
        return Ok(());
    }
    let fault = Fault::new(Code::NotYet, "`outputs` is not there yet".into(), "outputs");
    let fault = fault.hint("return a table from the command");
    Book::of(lua)?.fault(fault, 1)
}

/// `TaskDefinitions = { name = { tasks = … } }`.
fn legacy(lua: &Lua) -> mlua::Result<()> {
    let Value::Table(groups) = lua.globals().raw_get("TaskDefinitions")? else { return Ok(()) };
    for (key, group) in read::entries(&groups)? {
        let (Key::Text(name), Value::Table(group)) = (&key, &group) else {
            let message = "`TaskDefinitions` holds workflows by name".into();
            Book::of(lua)?.fault(Fault::new(Code::WrongType, message, "TaskDefinitions"), 1)?;
            continue;
        };
        if let Err(fault) = task_name(name) {
            Book::of(lua)?.fault(fault, 1)?;
            continue;
        }
        workflow(lua, name, group)?;
    }
    Ok(())
}

fn workflow(lua: &Lua, name: &str, group: &Table) -> mlua::Result<()> {
    let line = Book::of(lua)?.place(1, name);
    let mut draft = Draft::new(name.into(), line);
    read::set_all(lua, &mut draft, &WORKFLOW, group, line)?;
    Book::of(lua)?.workflow(draft).map(drop)
}
