use std::time::Duration;

use futures::future::BoxFuture;
use mlua::{Lua, MultiValue};

use super::answer::{Failure, Outcome};
use super::arguments::Arguments;
pub use super::capability::Capability;
pub use super::effect::Effect;
use super::parameter::Parameter;
use super::plan::Plan;
use super::world::World;

/// One function of a module: what reference pages tell about it and the work behind it.
pub struct Function {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// One sentence.
    pub doc: &'static str,
    /// A line of Lua that calls it.
    pub example: &'static str,
    pub parameters: &'static [Parameter],
    pub capability: Capability,
    pub class: Class,
    /// What is returned, in words.
    pub returns: &'static str,
    /// The Lua type of the value a function of class `Value` or `Object` returns.
    pub gives: &'static str,
    /// How long a call may take unless `timeout` says otherwise; the attempt's own time when absent.
    pub patience: Option<Duration>,
    /// Whether names of the module that are no functions are read by it, as `secrets.token` is.
    pub members: bool,
    pub work: Work,
}

/// A function with its usual ways; the methods below add to it.
pub const fn function(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    capability: Capability,
    class: Class,
    work: Work,
) -> Function {
    let (aliases, example, patience): (&[&str], _, _) = (&[], "", None);
    let (gives, returns) = ("any", class.returns());
    Function {
        name,
        aliases,
        doc,
        example,
        parameters,
        capability,
        class,
        returns,
        gives,
        patience,
        members: false,
        work,
    }
}

impl Function {
    /// Other names of the same function.
    pub const fn also(mut self, aliases: &'static [&'static str]) -> Function {
        self.aliases = aliases;
        self
    }

    /// What is returned: its Lua type, and in words.
    pub const fn gives(mut self, kind: &'static str, returns: &'static str) -> Function {
        self.gives = kind;
        self.returns = returns;
        self
    }

    pub const fn returns(mut self, returns: &'static str) -> Function {
        self.returns = returns;
        self
    }

    pub const fn example(mut self, example: &'static str) -> Function {
        self.example = example;
        self
    }

    /// How many seconds a call may take unless told otherwise.
    pub const fn patience(mut self, seconds: u64) -> Function {
        self.patience = Some(Duration::from_secs(seconds));
        self
    }

    /// Names of the module that are no functions are read by it.
    pub const fn members(mut self) -> Function {
        self.members = true;
        self
    }

    pub fn effect(&self) -> Effect {
        match self.work {
            Work::Pure(_) | Work::Made(_) | Work::Fixed(_) => Effect::Computes,
            Work::Told(_) => Effect::Tells,
            Work::Look(_) => Effect::Observes,
            Work::Change(_) if self.class == (Class::Change { idempotent: true }) => {
                Effect::Ensures
            }
            Work::Change(_) | Work::Act(_) => Effect::Acts,
            Work::Scripted(effect, _) => effect,
        }
    }

    /// Whether it may be asked while a file is loaded: it looks at the machine, or runs a command.
    pub fn observes(&self) -> bool {
        use Capability::{Env, Exec, FsRead, Net, Nothing};
        let machine = matches!(self.capability, Nothing | FsRead | Exec | Net | Env);
        match self.effect() {
            Effect::Observes => machine,
            Effect::Acts => self.capability == Exec && !matches!(self.class, Class::Change { .. }),
            Effect::Computes | Effect::Tells | Effect::Ensures | Effect::Runs => false,
        }
    }

    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The function's own parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.is_called(name))
    }

    /// The parameter at a place counted from 0; the last one may take all that follow.
    pub fn positional(&self, place: usize) -> Option<&'static Parameter> {
        let mut places = self.parameters.iter().filter(|parameter| parameter.positional);
        places.nth(place)
    }
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

impl Class {
    const fn returns(self) -> &'static str {
        match self {
            Class::Change { .. } => "Result, message",
            Class::Value => "the value",
            Class::Predicate => "true or false",
            Class::Command => "Result",
            Class::Object => "the object",
            Class::Silent => "nothing",
        }
    }

    /// What comes back when it does not succeed.
    pub fn failing(self) -> &'static str {
        match self {
            Class::Change { .. } => "false, error, Result",
            Class::Value => "nil, error, Result",
            Class::Predicate => "false, error",
            Class::Command => "Result, error, true",
            Class::Object | Class::Silent => "an error is raised",
        }
    }
}

/// The work behind a function.
#[derive(Clone, Copy)]
pub enum Work {
    /// Only computes, so it may be called while a file is loaded.
    Pure(fn(Arguments) -> Outcome),
    /// Tells the world something and waits for nothing.
    Told(fn(&World, Arguments) -> Outcome),
    /// Looks at the machine or the cluster and changes nothing.
    Look(fn(World, Arguments) -> BoxFuture<'static, Outcome>),
    /// Looks, and says what is to be done about it; the registry does it, or does not in check mode.
    Change(fn(World, Arguments) -> BoxFuture<'static, Result<Plan, Failure>>),
    /// Acts without looking first; check mode skips it.
    Act(fn(World, Arguments) -> BoxFuture<'static, Outcome>),
    /// Calls back into Lua, and minds check mode itself.
    Scripted(Effect, fn(Lua, World, Arguments) -> BoxFuture<'static, mlua::Result<MultiValue>>),
    /// Makes or asks an object of Lua's; it may be called while a file is loaded.
    Made(fn(&Lua, Arguments) -> mlua::Result<MultiValue>),
    /// The module itself, with one of its parameters fixed to the argument given.
    Fixed(&'static str),
}
