//! Arguments and table values, checked and turned into settings.

use mlua::{Lua, Table, Value};

use super::book::{self, Book, describe};
use super::draft::{CommandDraft, ConditionDraft, Draft, Setting};
use super::members::{MEMBERS_MAX, members};
use super::target::target;
use super::value::{
    command, condition, count, duration, function, map, retries, switch, task_name, tasks, text,
    texts, variables, wrong,
};
use crate::diagnostic::Code;
use crate::field::{self, Fields, Kind, Standing};

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
    let read = standing(fields, name)
        .map_err(Stop::Fault)
        .and_then(|(kind, slot)| Ok((slot, setting(lua, kind, name, values, line)?)));
    match read {
        Ok((slot, setting)) => {
            draft.set(slot, setting, line);
            Ok(())
        }
        Err(Stop::Fault(fault)) => Book::of(lua)?.fault(fault, line),
        Err(Stop::Lua(error)) => Err(error),
    }
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

/// What a name means among these fields, or why it means nothing.
pub fn standing(fields: &'static Fields, name: &str) -> Result<(Kind, field::Slot), Fault> {
    let Some(field) = fields.find(name) else {
        let mut fault =
            Fault::new(Code::UnknownName, format!("{} has no `{name}`", fields.owner), name);
        fault.hint = config::suggest::nearest(name, fields.names())
            .map(|nearest| format!("did you mean `{nearest}`?"));
        return Err(fault);
    };
    match field.standing {
        Standing::Here(kind, slot) => Ok((kind, slot)),
        Standing::NotYet(instead) => {
            let fault = Fault::new(Code::NotYet, format!("`{name}` is not there yet"), name);
            Err(if instead.is_empty() { fault } else { fault.hint(instead) })
        }
    }
}

fn setting(
    lua: &Lua,
    kind: Kind,
    name: &str,
    values: &[Value],
    line: u32,
) -> Result<Setting, Stop> {
    let value = values.first().unwrap_or(&Value::Nil);
    let setting = match kind {
        Kind::Text => Setting::Text(text(value, name)?),
        Kind::Name => Setting::Text(task_name(&text(value, name)?)?.as_str().into()),
        Kind::Duration => Setting::Duration(duration(value, name)?),
        Kind::Count => Setting::Count(count(value, name)?),
        Kind::Switch => Setting::Switch(switch(value, name)?),
        Kind::Texts => Setting::Texts(texts(value, name)?),
        Kind::Tasks => Setting::Tasks(tasks(lua, value, name)?),
        Kind::Variables => Setting::Variables(variables(value, name)?),
        Kind::Map => Setting::Map(map(value, name)?),
        Kind::Function => Setting::Function(book::keep(lua, function(value, name)?)?),
        Kind::Command => Setting::Command(command(lua, value, name)?),
        Kind::Condition => Setting::Condition(condition(lua, value, name)?),
        Kind::Retries => Setting::Retry(retries(values, name)?),
        Kind::Target => Setting::Target(target(value)?),
        Kind::Members => Setting::Members(members(lua, value, line)?),
        Kind::Config => Setting::Config(config_table(lua, value, name, line)?),
    };
    Book::of(lua)?.charge(weight(&setting))?;
    Ok(setting)
}

/// Bytes, roughly.
fn weight(setting: &Setting) -> usize {
    match setting {
        Setting::Text(text) | Setting::Command(CommandDraft::Line(text)) => text.len(),
        Setting::Condition(ConditionDraft::Line(text)) => text.len(),
        Setting::Texts(texts) => texts.iter().map(String::len).sum(),
        Setting::Tasks(names) => names.iter().map(|name| name.len()).sum(),
        Setting::Variables(map) => map.iter().map(|(key, value)| key.len() + value.len()).sum(),
        Setting::Map(map) => {
            map.iter().map(|(key, value)| key.len() + value.to_string().len()).sum()
        }
        Setting::Members(list) => list.len() * size_of::<usize>(),
        _ => size_of::<Setting>(),
    }
}

fn config_table(lua: &Lua, value: &Value, name: &str, line: u32) -> Result<Draft, Stop> {
    let Value::Table(table) = value else { return Err(wrong(name, "a table", value).into()) };
    let mut draft = Draft::new("config".into(), line);
    set_all(lua, &mut draft, &field::CONFIG, table, line)?;
    Ok(draft)
}

/// A table's key: numbers before texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Number(i64),
    Text(String),
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
