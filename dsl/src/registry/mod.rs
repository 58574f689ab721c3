//! The list of modules and functions, and what is made of it: the binding, the checks of arguments, the returns.

mod accept;
pub mod answer;
mod arguments;
mod bind;
mod call;
mod capability;
pub mod common;
mod effect;
pub mod function;
mod guards;
pub mod module;
pub mod outcome;
pub mod parameter;
pub mod plan;
pub mod reference;
mod sealed;
mod table;
mod world;

use mlua::{Error, Lua, Result, Table, Value};

use crate::modules::{ALL, GLOBALS, Stage};
use crate::text::{self, nearest};
pub use arguments::{Argument, Arguments};
pub use module::Module;
pub use reference::{Found, lookup, reference, stub_files, stubs, suggest, topics};
pub use sealed::sealed;
pub use world::{Locks, World};

/// Modules that are known and not there yet.
pub const LATER_MODULES: &[&str] = &[
    "ai",
    "aws",
    "azure",
    "cron",
    "crypto",
    "database",
    "db",
    "digitalocean",
    "docker",
    "facts",
    "firewall",
    "frp",
    "gcp",
    "git",
    "gitops",
    "helm",
    "http",
    "incus",
    "infra_test",
    "k8s",
    "kubernetes",
    "lvm",
    "metrics",
    "monitor",
    "net",
    "network",
    "nfs",
    "nixos",
    "notification",
    "notifications",
    "notify",
    "observability",
    "pkg",
    "pulumi",
    "python",
    "raid",
    "reliability",
    "salt",
    "security",
    "sloth",
    "smb",
    "ssh",
    "stack",
    "stow",
    "strings",
    "sysctl",
    "systemd",
    "terraform",
    "time",
    "user",
    "watcher",
];

/// Libraries of the language that `require` answers as well.
const LIBRARIES: &[&str] = &["coroutine", "io", "math", "os", "string", "table", "utf8"];

/// Where the tables of the modules are kept, so that `require` gives them whatever the globals became.
const TABLES: &str = "sloth.modules";

/// Every module, in the order of the reference.
pub fn modules() -> &'static [Module] {
    ALL
}

/// Puts the modules, `require`, `must` and the bounded `string` and `table` into a new Lua state.
pub fn install(lua: &Lua) -> Result<()> {
    let string = text::install(lua)?;
    outcome::install(lua, &string)?;
    lua.set_app_data(Locks::default());
    Stage::install(lua)?;
    let globals = lua.globals();
    let tables = lua.create_table()?;
    for module in modules() {
        let table = table::of(lua, module)?;
        for name in module.aliases.iter().chain([&module.name]) {
            globals.raw_set(*name, &table)?;
            tables.raw_set(*name, &table)?;
        }
    }
    for function in GLOBALS {
        globals.raw_set(function.name, table::global(lua, function)?)?;
    }
    lua.set_named_registry_value(TABLES, tables)?;
    globals.raw_set("must", lua.create_function(outcome::must)?)?;
    globals.raw_set("require", lua.create_function(require)?)
}

fn require(lua: &Lua, name: String) -> Result<Value> {
    let found = lua.named_registry_value::<Table>(TABLES)?.raw_get::<Value>(name.as_str())?;
    match found {
        Value::Nil if LIBRARIES.contains(&name.as_str()) => lua.globals().raw_get(name),
        Value::Nil => Err(refuse_module(&name)),
        found => Ok(found),
    }
}

/// The error for a module that is not there.
pub fn refuse_module(name: &str) -> Error {
    Error::runtime(refusal(name))
}

fn refusal(name: &str) -> String {
    if LATER_MODULES.contains(&name) {
        return format!("module `{name}` is not there yet");
    }
    match nearest(name, modules().iter().map(|module| module.name)) {
        Some(meant) => format!("there is no module `{name}`, did you mean `{meant}`?"),
        None => format!("there is no module `{name}`"),
    }
}
