//! `task` and `workflow` in all their spellings.

use mlua::{
    AnyUserData, Function, Lua, MetaMethod, MultiValue, Table, UserData, UserDataMethods, Value,
};

use super::book::{self, Book, describe};
use super::draft::Draft;
use super::read::{self, Fault};
use super::value::{task_name, text};
use crate::diagnostic::Code;
use crate::field::{Fields, TASK, WORKFLOW};

/// Names of `workflow` that are documented and not there yet.
const WORKFLOW_LATER: [&str; 3] = ["parallel", "sequence", "conditional"];

/// A task in the script's hands.
pub struct TaskHandle(usize);

/// A workflow in the script's hands.
pub struct WorkflowHandle(usize);

/// What both kinds of builder share.
trait Handle: UserData + Send + 'static {
    const FIELDS: &'static Fields;
    /// The registry name of the table of methods made so far.
    const METHODS: &'static str;
    /// Methods that end a chain and change nothing.
    const ENDS: &'static [&'static str];

    fn draft<'a>(&self, book: &'a mut Book) -> &'a mut Draft;
}

impl Handle for TaskHandle {
    const FIELDS: &'static Fields = &TASK;
    const METHODS: &'static str = "sloth.task";
    const ENDS: &'static [&'static str] = &["build"];

    fn draft<'a>(&self, book: &'a mut Book) -> &'a mut Draft {
        &mut book.tasks[self.0]
    }
}

impl Handle for WorkflowHandle {
    const FIELDS: &'static Fields = &WORKFLOW;
    const METHODS: &'static str = "sloth.workflow";
    const ENDS: &'static [&'static str] = &["build", "register"];

    fn draft<'a>(&self, book: &'a mut Book) -> &'a mut Draft {
        &mut book.workflows[self.0]
    }
}

impl TaskHandle {
    /// The number of the task this value is, if it is one.
    pub fn number(value: &Value) -> Option<usize> {
        Some(value.as_userdata()?.borrow::<TaskHandle>().ok()?.0)
    }
}

impl UserData for TaskHandle {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        add_methods(methods);
    }
}

impl UserData for WorkflowHandle {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        add_methods(methods);
    }
}

fn add_methods<H: Handle, M: UserDataMethods<H>>(methods: &mut M) {
    methods.add_meta_function(MetaMethod::Index, |lua, (_, name): (AnyUserData, Value)| {
        method::<H>(lua, &name)
    });
    // `task "name" { … }`
    methods.add_meta_function(MetaMethod::Call, |lua, (handle, table): (AnyUserData, Table)| {
        fill::<H>(lua, &handle, &table, book::line(lua)?)?;
        Ok(handle)
    });
}

/// The method of that name, made when it is first asked for.
fn method<H: Handle>(lua: &Lua, name: &Value) -> mlua::Result<Function> {
    let made: Table = lua.named_registry_value(H::METHODS)?;
    if let Some(function) = made.raw_get(name)? {
        return Ok(function);
    }
    let Value::String(text) = name else {
        return Err(mlua::Error::runtime(format!("a builder has no {}", describe(name))));
    };
    let text = text.to_string_lossy();
    let function = if H::ENDS.contains(&text.as_str()) {
        lua.create_function(|_, handle: AnyUserData| Ok(handle))?
    } else {
        setter::<H>(lua, text)?
    };
    made.raw_set(name, &function)?;
    Ok(function)
}

fn setter<H: Handle>(lua: &Lua, name: String) -> mlua::Result<Function> {
    lua.create_function(move |lua, mut arguments: MultiValue| {
        let builder = arguments.pop_front().unwrap_or(Value::Nil);
        let Some(handle) = builder.as_userdata().filter(|handle| handle.is::<H>()) else {
            return Err(mlua::Error::runtime(format!("call it with a colon: `:{name}(…)`")));
        };
        let values: Vec<Value> = arguments.into_iter().collect();
        let line = book::line(lua)?;
        change::<H>(lua, handle, |draft| read::set(lua, draft, H::FIELDS, &name, &values, line))?;
        Ok(builder)
    })
}

fn fill<H: Handle>(lua: &Lua, handle: &AnyUserData, table: &Table, line: u32) -> mlua::Result<()> {
    change::<H>(lua, handle, |draft| read::set_all(lua, draft, H::FIELDS, table, line))
}

/// Changes the draft outside of the book, because reading values uses the book.
fn change<H: Handle>(
    lua: &Lua,
    handle: &AnyUserData,
    change: impl FnOnce(&mut Draft) -> mlua::Result<()>,
) -> mlua::Result<()> {
    let handle = handle.borrow::<H>()?;
    let mut draft = handle.draft(&mut *Book::of(lua)?).take();
    let changed = change(&mut draft);
    *handle.draft(&mut *Book::of(lua)?) = draft;
    changed
}

/// Sets `task`, `workflow` and `group`, which is another word for a workflow.
pub fn install(lua: &Lua) -> mlua::Result<()> {
    lua.set_named_registry_value(TaskHandle::METHODS, lua.create_table()?)?;
    lua.set_named_registry_value(WorkflowHandle::METHODS, lua.create_table()?)?;
    lua.globals().raw_set("task", lua.create_function(task)?)?;
    lua.globals().raw_set("group", lua.create_function(define)?)?;
    lua.globals().raw_set("workflow", workflow_table(lua)?)
}

fn workflow_table(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("define", lua.create_function(define)?)?;
    table.raw_set("create", lua.create_function(define)?)?;
    let meta = lua.create_table()?;
    meta.raw_set(
        "__call",
        lua.create_function(|lua, (_, first, second): (Value, Value, Value)| {
            define(lua, (first, second))
        })?,
    )?;
    meta.raw_set("__index", lua.create_function(|_, (_, name): (Value, Value)| no_such(&name))?)?;
    meta.raw_set("__metatable", false)?;
    table.set_metatable(Some(meta))?;
    Ok(table)
}

fn no_such(name: &Value) -> mlua::Result<Value> {
    let name = name.to_string()?;
    let message = if WORKFLOW_LATER.contains(&name.as_str()) {
        format!("`workflow.{name}` is not there yet")
    } else {
        format!("workflow has no function `{name}`: it has `define` and `create`")
    };
    Err(mlua::Error::runtime(message))
}

/// `task(name)`, `task(name, table)`, `task(name, table, function)`, `task{…}`.
fn task(lua: &Lua, (first, second, third): (Value, Value, Value)) -> mlua::Result<AnyUserData> {
    let line = book::line(lua)?;
    let (name, table) = opening(lua, "task", first, second, line)?;
    let number = Book::of(lua)?.task(Draft::new(name, line))?;
    let handle = lua.create_userdata(TaskHandle(number))?;
    if let Some(table) = table {
        fill::<TaskHandle>(lua, &handle, &table, line)?;
    }
    if !third.is_nil() {
        change::<TaskHandle>(lua, &handle, |draft| {
            read::set(lua, draft, &TASK, "command", &[third], line)
        })?;
    }
    Ok(handle)
}

/// `workflow.define(name[, table])`, `workflow(name)`, `workflow{…}`.
fn define(lua: &Lua, (first, second): (Value, Value)) -> mlua::Result<AnyUserData> {
    let line = book::line(lua)?;
    let (name, table) = opening(lua, "workflow", first, second, line)?;
    let number = Book::of(lua)?.workflow(Draft::new(name, line))?;
    let handle = lua.create_userdata(WorkflowHandle(number))?;
    if let Some(table) = table {
        fill::<WorkflowHandle>(lua, &handle, &table, line)?;
    }
    Ok(handle)
}

/// The name and the table of a definition.
fn opening(
    lua: &Lua,
    what: &str,
    first: Value,
    second: Value,
    line: u32,
) -> mlua::Result<(String, Option<Table>)> {
    let (name, table) = match (first, second) {
        (Value::Table(table), Value::Nil) => (table.raw_get("name")?, Some(table)),
        (name, Value::Table(table)) => (name, Some(table)),
        (name, Value::Nil) => (name, None),
        (_, other) => {
            let message =
                format!("`{what}` expects a name and a table, found {}", describe(&other));
            Book::of(lua)?.fault(Fault::new(Code::WrongType, message, what), line)?;
            (Value::Nil, None)
        }
    };
    let checked = text(&name, what)
        .map_err(|_| {
            let message = format!("a {what} needs a name, found {}", describe(&name));
            Fault::new(Code::WrongType, message, what)
        })
        .and_then(|text| task_name(&text));
    match checked {
        Ok(name) => Ok((name.as_str().into(), table)),
        Err(fault) => {
            Book::of(lua)?.fault(fault, line)?;
            Ok(("?".into(), table))
        }
    }
}
