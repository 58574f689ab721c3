use futures::future::BoxFuture;
use mlua::{Lua, MultiValue};

use super::answer::Outcome;
use super::arguments::Arguments;
use super::parameter::Parameter;
use super::world::World;

/// One function of a module: what reference pages tell about it and the work behind it.
pub struct Function {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub doc: &'static str,
    pub parameters: &'static [Parameter],
    pub capability: Capability,
    pub class: Class,
    pub returns: &'static str,
    pub work: Work,
}

impl Function {
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.is_called(name))
    }

    /// The parameter at a place counted from 0; the last one may take all that follow.
    pub fn positional(&self, place: usize) -> Option<&'static Parameter> {
        let mut places = self.parameters.iter().filter(|parameter| parameter.positional);
        places.nth(place)
    }
}

/// What a function may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    Nothing,
    Log,
    Exec,
    FsRead,
    FsWrite,
    State,
    Event,
}

/// What a function returns on success and on failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `Result, message`, or `false, error, Result`.
    Change {
        /// Whether a second identical call finds nothing to do.
        idempotent: bool,
    },
    /// The value, or `nil, error, Result`.
    Value,
    /// `true` or `false`, then a detail; `false, error` when it could not be found out.
    Predicate,
    /// `Result, nil, false`, or `Result, error, true`.
    Command,
    /// The object; raises on failure.
    Object,
    /// Nothing; raises on failure.
    Silent,
}

/// The work behind a function.
#[derive(Clone, Copy)]
pub enum Work {
    /// Only computes, so it may be called while a file is loaded.
    Pure(fn(Arguments) -> Outcome),
    /// Tells the world something and waits for nothing.
    Told(fn(&World, Arguments) -> Outcome),
    /// Touches the machine or the cluster.
    World(fn(World, Arguments) -> BoxFuture<'static, Outcome>),
    /// Touches the world and calls back into Lua.
    Scripted(fn(Lua, World, Arguments) -> BoxFuture<'static, mlua::Result<MultiValue>>),
    /// The module itself, with one of its parameters fixed to the argument given.
    Fixed(&'static str),
}
