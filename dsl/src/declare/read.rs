//! Arguments and table values go into drafts; what is wrong with them goes into the book.

use std::fmt;

use mlua::{Lua, Table, Value};

use super::book::{Book, describe};
use super::draft::{Draft, Setting};
use super::members::MEMBERS_MAX;
use super::setting::setting;
use crate::diagnostic::Code;
use crate::field::{Field, Fields, Kind, Slot, Standing};

/// What is wrong with a value, and the word in the text to point at.
#[derive(Debug)]
pub struct Fault {
    pub code: Code,
    pub message: String,
    pub name: String,
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(code: Code, message: String, name: &str) -> Self {
        Fault { code, message, name: name.into(), hint: None }
    }

    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why reading stopped: the person's fault is collected, an error of the state ends the load.
pub enum Stop {
    Fault(Fault),
    Lua(mlua::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

impl From<mlua::Error> for Stop {
    fn from(error: mlua::Error) -> Self {
        Stop::Lua(error)
    }
}

/// Puts one named value into a draft, or its fault into the book.
pub fn set(
    lua: &Lua,
    draft: &mut Draft,
    fields: &'static Fields,
    name: &str,
    values: &[Value],
    line: u32,
) -> mlua::Result<()> {
    let read = match standing(lua, fields, name, line)? {
        Ok(Some((kind, slot))) => setting(lua, kind, name, values, line).map(|it| (slot, it)),
        Ok(None) => return Ok(()),
        Err(fault) => Err(Stop::Fault(fault)),
    };
    match read {
        Ok((slot, setting)) => put(lua, draft, (slot, name), setting, line),
        Err(Stop::Fault(fault)) => Book::of(lua)?.fault(fault, line),
        Err(Stop::Lua(error)) => Err(error),
    }
}

/// Puts a setting into a draft; opposite and negative spellings of one thing end here.
fn put(
    lua: &Lua,
    draft: &mut Draft,
    (slot, name): (Slot, &str),
    setting: Setting,
    line: u32,
) -> mlua::Result<()> {
    {
        let mut book = Book::of(lua)?;
        book.charge(setting.weight())?;
        book.open |= setting.is_open();
    }
    let setting = match (name, setting) {
        ("fail_fast", Setting::Switch(on)) => Setting::Switch(!on),
        (_, setting) => setting,
    };
    draft.set(slot, setting, line);
    Ok(())
}

/// Puts all entries of a table into a draft.
pub fn set_all(
    lua: &Lua,
    draft: &mut Draft,
    fields: &'static Fields,
    table: &Table,
    line: u32,
) -> mlua::Result<()> {
    for (key, value) in entries(table)? {
        let Key::Text(name) = key else {
            let message =
                format!("expected `name = value`, found {} without a name", describe(&value));
            Book::of(lua)?.fault(Fault::new(Code::WrongType, message, ""), line)?;
            continue;
        };
        if name != "name" {
            let place = Book::of(lua)?.place(line, &name);
            set(lua, draft, fields, &name, &[value], place)?;
        }
    }
    Ok(())
}

/// What a name means among these fields: nothing after a warning, or a fault.
fn standing(
    lua: &Lua,
    fields: &'static Fields,
    name: &str,
    line: u32,
) -> mlua::Result<Result<Option<(Kind, Slot)>, Fault>> {
    let Some(field) = fields.find(name) else { return unknown(lua, fields, name, line) };
    Ok(match field.standing {
        Standing::Here(kind, slot) => Ok(Some((kind, slot))),
        Standing::Idle(instead) => {
            let warning = format!("`{name}` has no effect: {instead}");
            Book::of(lua)?.warn(warning, line);
            Ok(None)
        }
        Standing::NotYet(instead) => Err(not_yet(field, instead)),
    })
}

fn not_yet(field: &Field, instead: &str) -> Fault {
    let message = format!("`{}` is not there yet", field.name);
    let fault = Fault::new(Code::NotYet, message, field.name);
    if instead.is_empty() { fault } else { fault.hint(instead) }
}

fn unknown(
    lua: &Lua,
    fields: &'static Fields,
    name: &str,
    line: u32,
) -> mlua::Result<Result<Option<(Kind, Slot)>, Fault>> {
    let message = format!("{} has no `{name}`", fields.owner);
    let nearest = config::suggest::nearest(name, fields.names());
    let hint = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
    if fields.lenient {
        let warning = [Some(message), hint].into_iter().flatten().collect::<Vec<_>>().join(": ");
        Book::of(lua)?.warn(warning, line);
        return Ok(Ok(None));
    }
    Ok(Err(Fault { hint, ..Fault::new(Code::UnknownName, message, name) }))
}

/// A table's key: numbers before texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Number(i64),
    Text(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Number(number) => number.fmt(f),
            Key::Text(text) => text.fmt(f),
        }
    }
}

/// The entries of a table in a fixed order.
pub fn entries(table: &Table) -> mlua::Result<Vec<(Key, Value)>> {
    let mut entries = Vec::new();
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair?;
        if entries.len() == MEMBERS_MAX {
            return Err(mlua::Error::runtime("a table of settings is too large"));
        }
        match key {
            Value::Integer(number) => entries.push((Key::Number(number), value)),
            Value::String(text) => entries.push((Key::Text(text.to_string_lossy()), value)),
            other => {
                let message = format!("a {} cannot be a key of settings", other.type_name());
                return Err(mlua::Error::runtime(message));
            }
        }
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}
