use std::time::Duration;

use super::arguments::Argument;

/// One argument a function takes.
pub struct Parameter {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub kind: Kind,
    pub need: Need,
    /// Whether it may be given by its place; such parameters come first.
    pub positional: bool,
    /// Whether what is given must not be seen in logs, reports and events.
    pub secret: bool,
    pub doc: &'static str,
}

/// What a parameter accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text; a whole number and a result are taken as well.
    Text,
    /// The path of a file or folder.
    Path(Access),
    /// Text that need not be UTF-8.
    Bytes,
    Integer,
    Boolean,
    /// A number of seconds or a text such as `1m30s`.
    Duration,
    /// A list of whole numbers; one number is a list of one.
    Integers,
    /// A line for the shell, or a list of words that no shell sees.
    Command,
    /// A table from text to text, numbers and booleans written out.
    Map,
    /// Whatever can be written as JSON.
    Data,
    /// A table with text keys that can be written as JSON.
    Object,
    /// Whatever can be printed.
    Printed,
    Function,
    /// Any value, as it is.
    Value,
    /// A number of milliseconds, or a text such as `1m30s`.
    Milliseconds,
}

/// What is done to the file at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

impl Kind {
    /// The type in the words of a Lua language server.
    pub fn lua(self) -> &'static str {
        match self {
            Kind::Text | Kind::Path(_) => "string|number|sloth.Result",
            Kind::Bytes => "string|number|sloth.Result",
            Kind::Integer => "integer",
            Kind::Boolean => "boolean",
            Kind::Duration => "string|number",
            Kind::Integers => "integer|integer[]",
            Kind::Command => "string|string[]",
            Kind::Map => "table<string, string|number|boolean>",
            Kind::Data | Kind::Printed | Kind::Value => "any",
            Kind::Milliseconds => "number|string",
            Kind::Object => "table<string, any>",
            Kind::Function => "function",
        }
    }

    /// As a reference page and an error say it.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Text | Kind::Bytes => "text",
            Kind::Path(_) => "a path",
            Kind::Integer => "a whole number",
            Kind::Boolean => "true or false",
            Kind::Duration => "a duration such as \"30s\" or a number of seconds",
            Kind::Integers => "a whole number or a list of them",
            Kind::Command => "a command line or a list of words",
            Kind::Map => "a table of texts",
            Kind::Data => "a plain value",
            Kind::Object => "a table with text keys",
            Kind::Printed | Kind::Value => "any value",
            Kind::Function => "a function",
            Kind::Milliseconds => "a number of milliseconds or a duration such as \"30s\"",
        }
    }

    /// Whether a table with text keys is a value of this kind rather than named arguments.
    pub fn takes_table(self) -> bool {
        matches!(self, Kind::Map | Kind::Data | Kind::Object | Kind::Printed | Kind::Value)
    }

    pub fn takes_list(self) -> bool {
        matches!(self, Kind::Integers | Kind::Command)
    }
}

/// What happens when the argument is not given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Need {
    Required,
    Optional,
    Default(Default),
    /// Takes every further positional argument.
    Rest,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    Boolean(bool),
    Integer(i64),
    Text(&'static str),
    Seconds(u64),
}

impl Default {
    /// As Lua writes it.
    pub fn lua(self) -> String {
        match self {
            Default::Boolean(value) => value.to_string(),
            Default::Integer(value) => value.to_string(),
            Default::Text(value) => format!("{value:?}"),
            Default::Seconds(value) => format!("\"{value}s\""),
        }
    }

    pub fn argument(self) -> Argument {
        match self {
            Default::Boolean(value) => Argument::Boolean(value),
            Default::Integer(value) => Argument::Integer(value),
            Default::Text(value) => Argument::Text(value.to_owned()),
            Default::Seconds(value) => Argument::Duration(Duration::from_secs(value)),
        }
    }
}

/// A positional parameter that must be given.
pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Parameter {
    Parameter {
        name,
        aliases: &[],
        kind,
        need: Need::Required,
        positional: true,
        secret: false,
        doc,
    }
}

/// A positional parameter that may be left out.
pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Parameter {
    Parameter {
        name,
        aliases: &[],
        kind,
        need: Need::Optional,
        positional: true,
        secret: false,
        doc,
    }
}

/// A parameter given by its name only.
pub const fn named(name: &'static str, kind: Kind, doc: &'static str) -> Parameter {
    Parameter {
        name,
        aliases: &[],
        kind,
        need: Need::Optional,
        positional: false,
        secret: false,
        doc,
    }
}

impl Parameter {
    pub const fn or(mut self, default: Default) -> Parameter {
        self.need = Need::Default(default);
        self
    }

    pub const fn secret(mut self) -> Parameter {
        self.secret = true;
        self
    }

    pub const fn rest(mut self) -> Parameter {
        self.need = Need::Rest;
        self
    }

    pub const fn also(mut self, aliases: &'static [&'static str]) -> Parameter {
        self.aliases = aliases;
        self
    }

    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}
