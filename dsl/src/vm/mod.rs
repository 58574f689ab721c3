//! A sandboxed Lua 5.4 state: text only, limited in memory and time, without any way to the world of its own.

mod brake;
mod coroutine;
mod failure;
mod hook;

use std::sync::{Arc, Mutex, PoisonError};

use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaOptions, MultiValue, StdLib, Table, Value};

pub use brake::{Allowance, Brake, Limit};
pub use failure::{Failure, message};
pub use hook::yieldable;

use crate::span::Text;

/// Bytes of a chunk that a script may compile by `load`.
const CHUNK_MAX: usize = 1 << 20;

const PRELUDE: &str = include_str!("prelude.lua");

/// One Lua state and what the host kept of it before the script saw it.
#[derive(Clone)]
pub struct Vm {
    lua: Lua,
    brake: Brake,
    texts: Text,
    getlocal: Function,
    xpcall: Function,
    handler: Function,
    /// The metatable that all strings share.
    strings: Table,
    /// Ends the fixed order of keys.
    loaded: Function,
    traceback: Arc<Mutex<Option<String>>>,
}

impl Vm {
    /// A fresh state for these texts, with at most `memory` bytes.
    pub fn new(texts: Text, memory: usize) -> mlua::Result<Vm> {
        let lua = bare();
        let globals = lua.globals();
        let debug: Table = globals.get("debug")?;
        let (getlocal, xpcall) = (debug.get("getlocal")?, globals.get("xpcall")?);
        let brake = Brake::default();
        let (strings, loaded) = prelude(&lua, &brake, &texts, &debug)?;
        let traceback = Arc::<Mutex<Option<String>>>::default();
        let handler = handler(&lua, traceback.clone())?;
        remove(&globals)?;
        lua.set_memory_limit(memory)?;
        Ok(Vm { lua, brake, texts, getlocal, xpcall, handler, strings, loaded, traceback })
    }

    pub fn lua(&self) -> &Lua {
        &self.lua
    }

    pub fn brake(&self) -> &Brake {
        &self.brake
    }

    /// What positions in Lua's messages are about.
    pub fn texts(&self) -> &Text {
        &self.texts
    }

    pub fn strings(&self) -> &Table {
        &self.strings
    }

    /// Sets the limits of the code that runs next.
    pub fn allow(&self, allowance: Allowance) {
        self.brake.set(&self.lua, allowance);
    }

    /// From now on keys come in Lua's own order.
    pub fn end_of_load(&self) -> mlua::Result<()> {
        self.loaded.call(())
    }

    /// Compiles one of the texts under the name of its chunk.
    pub fn compile(&self, chunk: &str, text: &str) -> Result<Function, Failure> {
        compile(&self.lua, chunk, text).map_err(|error| self.failed(&Value::Error(Box::new(error))))
    }

    /// Runs a function in a future: it gives way to others and may wait for the world.
    pub async fn call_async(
        &self,
        function: &Function,
        arguments: MultiValue,
    ) -> Result<MultiValue, Failure> {
        let arguments = self.arguments(function, arguments);
        self.finish(self.xpcall.call_async(arguments).await)
    }

    /// The name of a function's first parameter.
    pub fn first_parameter(&self, function: &Function) -> Option<String> {
        self.getlocal.call((function, 1)).ok().flatten()
    }

    /// What an error of the host's own means to the file.
    pub fn failed(&self, raised: &Value) -> Failure {
        let traceback = self.traceback.lock().unwrap_or_else(PoisonError::into_inner).take();
        let limit = self.brake.reached();
        Failure { limit, ..Failure::new(&self.texts, raised, traceback.as_deref()) }
    }

    fn arguments(&self, function: &Function, mut arguments: MultiValue) -> MultiValue {
        arguments.push_front(Value::Function(self.handler.clone()));
        arguments.push_front(Value::Function(function.clone()));
        arguments
    }

    fn finish(&self, result: mlua::Result<MultiValue>) -> Result<MultiValue, Failure> {
        let mut values = result.map_err(|error| self.failed(&Value::Error(Box::new(error))))?;
        match values.pop_front() {
            Some(Value::Boolean(true)) if self.brake.reached().is_none() => Ok(values),
            _ => Err(self.failed(&values.pop_front().unwrap_or(Value::Nil))),
        }
    }
}

/// A function of a text; a first line that begins with `#` is skipped.
pub fn compile(lua: &Lua, chunk: &str, text: &str) -> mlua::Result<Function> {
    // Lua would skip that line itself only when it reads a file.
    let text = if text.starts_with('#') { format!("--{text}") } else { text.to_string() };
    lua.load(text).set_name(format!("={chunk}")).set_mode(ChunkMode::Text).into_function()
}

/// The libraries that compute; `debug` only until `getlocal` has been taken from it.
fn bare() -> Lua {
    let libraries =
        StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::UTF8 | StdLib::COROUTINE;
    #[allow(
        unsafe_code,
        reason = "`debug` is removed before any script runs; binary chunks are refused"
    )]
    unsafe {
        Lua::unsafe_new_with(libraries | StdLib::DEBUG, LuaOptions::default())
    }
}

fn prelude(
    lua: &Lua,
    brake: &Brake,
    texts: &Text,
    debug: &Table,
) -> mlua::Result<(Table, Function)> {
    let texts = texts.clone();
    let explain = lua.create_function(move |lua, raised| failure::explain(&texts, raised, lua))?;
    let drive = coroutine::drive(lua, brake.clone())?;
    let meta_of: Function = debug.get("getmetatable")?;
    lua.load(PRELUDE).set_name("=sloth").call((explain, drive, CHUNK_MAX, meta_of))
}

/// Keeps the traceback of the place where an error was raised.
fn handler(lua: &Lua, kept: Arc<Mutex<Option<String>>>) -> mlua::Result<Function> {
    lua.create_function(move |lua, raised: Value| {
        let traceback = lua.traceback(None, 1).ok().map(|text| text.to_string_lossy());
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = traceback;
        Ok(raised)
    })
}

fn remove(globals: &Table) -> mlua::Result<()> {
    for name in ["debug", "dofile", "loadfile", "collectgarbage", "warn", "print"] {
        globals.raw_set(name, Value::Nil)?;
    }
    globals.get::<Table>("string")?.raw_set("dump", Value::Nil)
}
