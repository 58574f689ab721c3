//! From what a script wrote to checked arguments: by place, by name, or both.

use std::sync::Arc;

use mlua::{Error, Lua, MultiValue, Result, Table, Value};

use super::accept::accept;
use super::arguments::{Argument, Arguments};
use super::function::Function;
use super::parameter::{Kind, Need, Parameter};
use super::{common, outcome};
use crate::text::nearest;

/// Arguments every function will take some day.
const LATER: &[&str] = &["target"];

/// Checks the values of one call against the function's parameters.
pub fn arguments(
    lua: &Lua,
    name: Arc<str>,
    function: &'static Function,
    values: MultiValue,
) -> Result<Arguments> {
    let mut call = Call { lua, function, arguments: Arguments::new(name) };
    let mut values = values.into_vec();
    drop_spill(lua, &mut values)?;
    while values.last().is_some_and(Value::is_nil) {
        values.pop();
    }
    call.place(values)?;
    call.complete()?;
    Ok(call.arguments)
}

/// A call as the last argument, such as `fs.write("now", exec.run("date"))`, hands over all it returned. What follows
/// the result and only repeats it was not meant.
fn drop_spill(lua: &Lua, values: &mut Vec<Value>) -> Result<()> {
    let count = values.len();
    let (result, repeated) = match &values[..] {
        [.., Value::Table(result), Value::Nil, Value::Boolean(false)] => (result, 2),
        [.., Value::Table(result), Value::String(error), Value::Boolean(true)]
            if result.raw_get::<Value>("error")?.as_string() == Some(error) =>
        {
            (result, 2)
        }
        [.., Value::Table(result), Value::String(message)]
            if result.raw_get::<Value>("message")?.as_string() == Some(message) =>
        {
            (result, 1)
        }
        _ => return Ok(()),
    };
    if outcome::is_result(lua, result)? {
        values.truncate(count - repeated);
    }
    Ok(())
}

struct Call<'a> {
    lua: &'a Lua,
    function: &'static Function,
    arguments: Arguments,
}

impl Call<'_> {
    fn place(&mut self, mut values: Vec<Value>) -> Result<()> {
        if let [Value::Table(list)] = &values[..]
            && let Some(parameter) = self.list_parameter(list)?
        {
            let list = Value::Table(list.clone());
            return self.put(parameter, list);
        }
        let named = match values.pop() {
            Some(Value::Table(table)) if self.is_named(values.len(), &table)? => Some(table),
            Some(value) => {
                values.push(value);
                None
            }
            None => None,
        };
        self.by_place(values)?;
        named.map_or(Ok(()), |table| self.by_name(&table))
    }

    /// The parameter a lone, pure list goes to.
    fn list_parameter(&self, table: &Table) -> Result<Option<&'static Parameter>> {
        let takes_table = self.function.positional(0).is_some_and(|first| first.kind.takes_table());
        if takes_table || table.raw_len() == 0 || has_text_key(table)? {
            return Ok(None);
        }
        Ok(self.function.parameters.iter().find(|parameter| parameter.kind.takes_list()))
    }

    /// Whether a trailing table holds named arguments rather than the value of the parameter at its place.
    fn is_named(&self, place: usize, table: &Table) -> Result<bool> {
        if outcome::is_result(self.lua, table)? || self.rest_parameter(place).is_some() {
            return Ok(false);
        }
        match self.function.positional(place) {
            Some(parameter) if parameter.kind.takes_table() => Ok(false),
            Some(_) => Ok(has_text_key(table)? || table.is_empty()),
            None => Ok(true),
        }
    }

    fn rest_parameter(&self, place: usize) -> Option<&'static Parameter> {
        let last = (0..=place).rev().find_map(|place| self.function.positional(place))?;
        (last.need == Need::Rest).then_some(last)
    }

    fn by_place(&mut self, values: Vec<Value>) -> Result<()> {
        let mut values = values.into_iter().enumerate();
        while let Some((place, value)) = values.next() {
            if let Some(parameter) = self.rest_parameter(place) {
                let rest = std::iter::once(value).chain(values.by_ref().map(|(_, value)| value));
                return self.put_rest(parameter, rest.collect());
            }
            let Some(parameter) = self.function.positional(place) else {
                return Err(self.fail(format!("takes {place} arguments at most")));
            };
            self.put(parameter, value)?;
        }
        Ok(())
    }

    fn by_name(&mut self, table: &Table) -> Result<()> {
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            let parameter = match &key {
                Value::String(name) => self.parameter(&name.to_string_lossy())?,
                Value::Integer(place) => usize::try_from(place - 1)
                    .ok()
                    .and_then(|place| self.function.positional(place))
                    .ok_or_else(|| self.fail(format!("has no argument {place}")))?,
                _ => return Err(self.fail(format!("has no argument {}", key.to_string()?))),
            };
            self.put(parameter, value)?;
        }
        Ok(())
    }

    fn parameter(&self, name: &str) -> Result<&'static Parameter> {
        if let Some(parameter) = self.function.parameter(name) {
            return Ok(parameter);
        }
        let mut common = common::parameters(self.function);
        if let Some(parameter) = common.find(|parameter| parameter.is_called(name)) {
            return Ok(parameter);
        }
        if LATER.contains(&name) {
            return Err(self.fail(format!("`{name}` is not there yet")));
        }
        let own = self.function.parameters.iter();
        let names = own.chain(common::parameters(self.function)).map(|parameter| parameter.name);
        Err(self.fail(match nearest(name, names) {
            Some(meant) => format!("has no parameter `{name}`, did you mean `{meant}`?"),
            None => format!("has no parameter `{name}`"),
        }))
    }

    fn put(&mut self, parameter: &'static Parameter, value: Value) -> Result<()> {
        if value.is_nil() {
            return Ok(());
        }
        if self.arguments.has(parameter.name) {
            return Err(self.fail(format!("`{}` was given twice", parameter.name)));
        }
        if parameter.need == Need::Rest {
            return self.put_rest(parameter, vec![value]);
        }
        let argument = self.accept(parameter, value)?;
        self.arguments.put(parameter.name, argument);
        Ok(())
    }

    fn put_rest(&mut self, parameter: &'static Parameter, values: Vec<Value>) -> Result<()> {
        if parameter.kind == Kind::Value {
            self.arguments.put(parameter.name, Argument::Values(values));
            return Ok(());
        }
        let texts = values.into_iter().map(|value| match self.accept(parameter, value)? {
            Argument::Text(text) => Ok(text),
            _ => Err(self.fail(format!("`{}` takes texts only", parameter.name))),
        });
        let texts = texts.collect::<Result<Vec<_>>>()?;
        self.arguments.put(parameter.name, Argument::List(texts));
        Ok(())
    }

    fn accept(&self, parameter: &Parameter, value: Value) -> Result<Argument> {
        accept(self.lua, parameter.kind, value).map_err(|got| {
            let (name, wanted) = (parameter.name, parameter.kind.describe());
            self.fail(format!("`{name}` must be {wanted}, got {got}"))
        })
    }

    /// Fills in defaults and finds what is missing.
    fn complete(&mut self) -> Result<()> {
        for parameter in self.function.parameters {
            match parameter.need {
                _ if self.arguments.has(parameter.name) => {}
                Need::Required => return Err(self.fail(format!("needs `{}`", parameter.name))),
                Need::Default(default) => self.arguments.put(parameter.name, default.argument()),
                Need::Rest => self.put_rest(parameter, Vec::new())?,
                Need::Optional => {}
            }
        }
        Ok(())
    }

    fn fail(&self, what: String) -> Error {
        Error::runtime(format!("`{}` {what}", self.arguments.function))
    }
}

fn has_text_key(table: &Table) -> Result<bool> {
    for pair in table.pairs::<Value, Value>() {
        if pair?.0.is_string() {
            return Ok(true);
        }
    }
    Ok(false)
}
