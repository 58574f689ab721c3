use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::answer::{Code, Failure};

/// A checked argument as a Rust value.
#[derive(Clone, Debug)]
pub enum Argument {
    Text(String),
    Bytes(Vec<u8>),
    Integer(i64),
    Boolean(bool),
    Duration(Duration),
    List(Vec<String>),
    Integers(Vec<i64>),
    Map(Vec<(String, String)>),
    Data(Value),
    Function(mlua::Function),
    Value(mlua::Value),
    Values(Vec<mlua::Value>),
}

/// The checked arguments of one call: required ones are present, defaults are filled in, types are right.
#[derive(Debug)]
pub struct Arguments {
    pub function: Arc<str>,
    given: Vec<(&'static str, Argument)>,
}

impl Arguments {
    pub fn new(function: Arc<str>) -> Self {
        Self { function, given: Vec::new() }
    }

    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// An argument that stays where it is.
    pub fn get(&self, name: &str) -> Option<&Argument> {
        self.given.iter().find(|(given, _)| *given == name).map(|(_, argument)| argument)
    }

    /// Every text within an argument.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        let mut texts = Vec::new();
        match self.get(name) {
            Some(Argument::Text(text)) => texts.push(text.as_str()),
            Some(Argument::Bytes(bytes)) => texts.extend(std::str::from_utf8(bytes).ok()),
            Some(Argument::List(list)) => texts.extend(list.iter().map(String::as_str)),
            Some(Argument::Map(map)) => texts.extend(map.iter().map(|(_, value)| value.as_str())),
            Some(Argument::Data(value)) => leaves(value, &mut texts),
            _ => {}
        }
        texts
    }

    pub fn put(&mut self, name: &'static str, argument: Argument) {
        self.given.push((name, argument));
    }

    pub fn replace(&mut self, name: &'static str, argument: Argument) {
        self.given.retain(|(given, _)| *given != name);
        self.put(name, argument);
    }

    /// Takes an argument that is always there.
    pub fn take<T: FromArgument>(&mut self, name: &str) -> Result<T, Failure> {
        self.find(name)?.ok_or_else(|| self.failure(format!("needs `{name}`")))
    }

    /// Takes an argument that may have been left out.
    pub fn find<T: FromArgument>(&mut self, name: &str) -> Result<Option<T>, Failure> {
        let Some(index) = self.given.iter().position(|(given, _)| *given == name) else {
            return Ok(None);
        };
        let (_, argument) = self.given.swap_remove(index);
        match T::from_argument(argument) {
            Some(value) => Ok(Some(value)),
            None => Err(self.failure(format!("`{name}` is of another kind than declared"))),
        }
    }

    fn failure(&self, what: String) -> Failure {
        Failure::raised(Code::Invalid, format!("`{}`: {what}", self.function))
    }
}

fn leaves<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(list) => list.iter().for_each(|value| leaves(value, texts)),
        Value::Object(map) => map.values().for_each(|value| leaves(value, texts)),
        _ => {}
    }
}

/// Rust types that arguments become.
pub trait FromArgument: Sized {
    fn from_argument(argument: Argument) -> Option<Self>;
}

macro_rules! from_argument {
    ($($variant:ident => $type:ty),* $(,)?) => {$(
        impl FromArgument for $type {
            fn from_argument(argument: Argument) -> Option<Self> {
                match argument {
                    Argument::$variant(value) => Some(value),
                    _ => None,
                }
            }
        }
    )*};
}

from_argument! {
    Text => String,
    Bytes => Vec<u8>,
    Integer => i64,
    Boolean => bool,
    Duration => Duration,
    List => Vec<String>,
    Integers => Vec<i64>,
    Map => Vec<(String, String)>,
    Data => Value,
    Function => mlua::Function,
    Value => mlua::Value,
    Values => Vec<mlua::Value>,
}

/// Either form of a command, as given.
impl FromArgument for Argument {
    fn from_argument(argument: Argument) -> Option<Self> {
        Some(argument)
    }
}
