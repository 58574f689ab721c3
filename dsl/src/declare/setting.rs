//! From a Lua value to the setting its field's kind asks for.

use mlua::{Lua, Table, Value};
use serde_json::{Map, Value as Json};

use super::book;
use super::draft::{CleanDraft, CommandDraft, ConditionDraft, Draft, Setting};
use super::members::{base, member, members};
use super::read::{self, Fault, Stop};
use super::retry::{known, policy, retries};
use super::target::{TargetDraft, target};
use super::value::{
    command, condition, count, duration, function, map, plain, switch, task_name, tasks, text,
    texts, variables, wrong,
};
use crate::diagnostic::Code;
use crate::expand;
use crate::field::{self, Kind};
use crate::globals;
use crate::model::Clean;
use crate::policy::Layer;

pub fn setting(
    lua: &Lua,
    kind: Kind,
    name: &str,
    values: &[Value],
    line: u32,
) -> Result<Setting, Stop> {
    let value = values.first().unwrap_or(&Value::Nil);
    Ok(match kind {
        Kind::Text => Setting::Text(text(value, name)?),
        Kind::Name => Setting::Text(task_name(&text(value, name)?)?.as_str().into()),
        Kind::Duration => Setting::Duration(duration(value, name)?),
        Kind::Count => Setting::Count(count(value, name)?),
        Kind::Switch => Setting::Switch(values.is_empty() || switch(value, name)?),
        Kind::Texts => Setting::Texts(texts(value, name)?),
        Kind::Tasks => Setting::Tasks(tasks(lua, value, name)?),
        Kind::Variables => Setting::Variables(variables(value, name)?),
        Kind::Map => Setting::Map(map(value, name)?),
        Kind::Label => Setting::Map(label(value, name)?),
        Kind::Function => Setting::Function(book::keep(lua, function(value, name)?)?),
        Kind::Command => Setting::Command(command(lua, value, name)?),
        Kind::Base => Setting::Base(base(lua, value, name, line)?),
        Kind::Condition => Setting::Condition(condition(lua, value, name)?),
        Kind::Retries => Setting::Policy(retries(values, name)?),
        Kind::Policy => Setting::Policy(policy(lua, value, name)?),
        Kind::Target => Setting::Target(target(lua, value)?),
        Kind::Pattern => Setting::Text(pattern(value, name)?),
        Kind::Members => Setting::Members(members(lua, value, line)?),
        Kind::Member => Setting::Members(vec![member(lua, values, line)?]),
        Kind::Config => Setting::Config(config_table(lua, value, name, line)?),
        Kind::OnError => Setting::Switch(on_error(value, name)?),
        Kind::Clean => Setting::Clean(clean(lua, value, name)?),
        Kind::Values => Setting::Map(defaults(lua, value, name)?),
        Kind::Sandbox => Setting::Sandbox(sandbox(value, name)?),
    })
}

fn label(value: &Value, name: &str) -> Result<Map<String, Json>, Fault> {
    Ok(Map::from_iter([(name.to_string(), plain(value, name)?)]))
}

/// A glob on names, checked where it is read.
fn pattern(value: &Value, name: &str) -> Result<String, Fault> {
    let text = text(value, name)?;
    config::selector::Pattern::new(&text)
        .map_err(|error| Fault::new(Code::BadValue, error.to_string(), &text))?;
    Ok(text)
}

fn config_table(lua: &Lua, value: &Value, name: &str, line: u32) -> Result<Draft, Stop> {
    let Value::Table(table) = value else { return Err(wrong(name, "a table", value).into()) };
    let mut draft = Draft::new("config".into(), line);
    read::set_all(lua, &mut draft, &field::CONFIG, table, line)?;
    Ok(draft)
}

/// Whether the run goes on; a switch means the name itself.
fn on_error(value: &Value, name: &str) -> Result<bool, Fault> {
    let word = match value {
        Value::Boolean(on) if name == "fail_fast" => return Ok(*on),
        Value::String(text) if name != "fail_fast" => text.to_string_lossy(),
        other if name == "fail_fast" => return Err(wrong(name, "true or false", other)),
        other => return Err(wrong(name, "\"stop\" or \"continue\"", other)),
    };
    match word.as_str() {
        "stop" | "fail" => Ok(false),
        "continue" => Ok(true),
        "rollback" => {
            let message = format!("`{name}` as \"rollback\" is not there yet");
            Err(Fault::new(Code::NotYet, message, &word).hint("undo in `on_failure`"))
        }
        _ => {
            let message = format!("`{name}` is \"stop\" or \"continue\", found {word:?}");
            Err(Fault::new(Code::BadValue, message, &word))
        }
    }
}

fn clean(lua: &Lua, value: &Value, name: &str) -> Result<CleanDraft, Stop> {
    if let Value::Function(function) = value {
        return Ok(CleanDraft::Function(book::keep(lua, function)?));
    }
    let expected = "\"always\", \"on_success\", \"never\" or a function";
    let Value::String(word) = value else { return Err(wrong(name, expected, value).into()) };
    Ok(CleanDraft::When(match word.to_string_lossy().as_str() {
        "always" => Clean::Always,
        "on_success" => Clean::OnSuccess,
        "never" => Clean::Never,
        other => {
            let message = format!("`{name}` is {expected}, found {other:?}");
            return Err(Fault::new(Code::BadValue, message, other).into());
        }
    }))
}

/// They count at once, for all that is read after them.
fn defaults(lua: &Lua, value: &Value, name: &str) -> Result<Map<String, Json>, Stop> {
    let map = map(value, name)?;
    if let Value::Table(table) = value {
        globals::values::defaults(lua, table)?;
    }
    Ok(map)
}

fn sandbox(value: &Value, name: &str) -> Result<Layer, Stop> {
    let Value::Table(table) = value else { return Err(wrong(name, "a table", value).into()) };
    known(table, name, &["allow", "deny"])?;
    let list = |key: &str| match field_of(table, key)? {
        Value::Nil => Ok(None),
        value => texts(&value, key).map(Some).map_err(Stop::Fault),
    };
    let deny = list("deny")?.unwrap_or_default();
    let layer = match list("allow")? {
        Some(allow) => Layer::only(&allow, &deny),
        None => Layer::new(&[], &deny),
    };
    layer.map_err(|message| Fault::new(Code::BadValue, format!("`{name}`: {message}"), name).into())
}

fn field_of(table: &Table, key: &str) -> mlua::Result<Value> {
    table.raw_get(key)
}

impl Setting {
    /// Whether it names values that are not known yet.
    pub fn is_open(&self) -> bool {
        match self {
            Setting::Text(text)
            | Setting::Command(CommandDraft::Line(text))
            | Setting::Condition(ConditionDraft::Line(text)) => expand::is_open(text),
            Setting::Target(TargetDraft::Open(_)) => true,
            _ => false,
        }
    }

    /// Bytes, roughly.
    pub fn weight(&self) -> usize {
        let all = |texts: &[String]| texts.iter().map(String::len).sum();
        match self {
            Setting::Text(text) | Setting::Command(CommandDraft::Line(text)) => text.len(),
            Setting::Condition(ConditionDraft::Line(text)) => text.len(),
            Setting::Texts(texts) => all(texts),
            Setting::Tasks(names) => names.iter().map(|name| name.len()).sum(),
            Setting::Variables(map) => map.iter().map(|(key, value)| key.len() + value.len()).sum(),
            Setting::Map(map) => {
                map.iter().map(|(key, value)| key.len() + value.to_string().len()).sum()
            }
            Setting::Members(list) => list.len() * size_of::<usize>(),
            _ => size_of::<Setting>(),
        }
    }
}
