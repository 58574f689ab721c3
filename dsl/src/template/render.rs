use std::cell::Cell;

use serde_json::Value;

use super::lexer::at;
use super::{Node, Operand, Pipe, Range, STEPS_MAX, TEXT_MAX, functions};

pub fn render(nodes: &[Node], data: &Value) -> Result<String, String> {
    let variables = vec![(String::new(), data.clone())];
    let mut work = Work { out: String::new(), variables, steps: Cell::new(0) };
    work.nodes(nodes, data)?;
    Ok(work.out)
}

struct Work {
    out: String,
    /// Innermost last; `$` is the first.
    variables: Vec<(String, Value)>,
    steps: Cell<usize>,
}

impl Work {
    /// Variables set within end with it.
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), String> {
        let known = self.variables.len();
        let done = nodes.iter().try_for_each(|node| self.node(node, dot));
        self.variables.truncate(known);
        done
    }

    fn node(&mut self, node: &Node, dot: &Value) -> Result<(), String> {
        match node {
            Node::Text(text) => self.print(0, text),
            Node::Print(line, pipe) => match self.pipe(*line, pipe, dot)? {
                Some(value) => self.print(*line, &shown(&value)),
                None => Err(at(*line, &format!("there is no value `{}`", spelled(pipe)))),
            },
            Node::Set(line, name, pipe) => {
                let value = self.pipe(*line, pipe, dot)?.unwrap_or(Value::Null);
                self.variables.push((name.clone(), value));
                Ok(())
            }
            Node::If(line, branches, otherwise) => {
                for (condition, body) in branches {
                    if self.pipe(*line, condition, dot)?.is_some_and(|value| holds(&value)) {
                        return self.nodes(body, dot);
                    }
                }
                self.nodes(otherwise, dot)
            }
            Node::With(line, pipe, body, otherwise) => match self.pipe(*line, pipe, dot)? {
                Some(value) if holds(&value) => self.nodes(body, &value),
                _ => self.nodes(otherwise, dot),
            },
            Node::Range(line, range) => self.range(*line, range, dot),
        }
    }

    fn range(&mut self, line: u32, range: &Range, dot: &Value) -> Result<(), String> {
        let items: Vec<(Value, Value)> = match self.pipe(line, &range.over, dot)? {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                items.into_iter().enumerate().map(|(index, item)| (index.into(), item)).collect()
            }
            Some(Value::Object(map)) => {
                let mut entries: Vec<(String, Value)> = map.into_iter().collect();
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
            }
            Some(_) => return Err(at(line, "`range` needs a list or a table")),
        };
        if items.is_empty() {
            return self.nodes(&range.otherwise, dot);
        }
        for (key, value) in items {
            self.spend(line, 1)?;
            let known = self.variables.len();
            match &range.names[..] {
                [only] => self.variables.push((only.clone(), value.clone())),
                [first, second, ..] => {
                    self.variables.push((first.clone(), key));
                    self.variables.push((second.clone(), value.clone()));
                }
                [] => {}
            }
            self.nodes(&range.body, &value)?;
            self.variables.truncate(known);
        }
        Ok(())
    }

    /// The value of a pipe; nothing when it names what is not there.
    fn pipe(&self, line: u32, pipe: &Pipe, dot: &Value) -> Result<Option<Value>, String> {
        let mut value = None;
        for (index, command) in pipe.iter().enumerate() {
            let before = (index > 0).then_some(value);
            value = self.command(line, command, dot, before)?;
        }
        Ok(value.filter(|value| !value.is_null()))
    }

    fn command(
        &self,
        line: u32,
        command: &[Operand],
        dot: &Value,
        before: Option<Option<Value>>,
    ) -> Result<Option<Value>, String> {
        self.spend(line, 1)?;
        let [first, rest @ ..] = command else { return Ok(None) };
        let function = match first {
            Operand::Word(name) => functions::find(name).map(|function| (name, function)),
            _ => None,
        };
        let Some((name, function)) = function else {
            return match first {
                Operand::Word(name) if !rest.is_empty() || before.is_some() => {
                    Err(at(line, &format!("there is no function `{name}`")))
                }
                _ if !rest.is_empty() || before.is_some() => {
                    Err(at(line, "a value is no function"))
                }
                operand => self.operand(line, operand, dot),
            };
        };
        let mut arguments = Vec::new();
        for operand in rest {
            arguments.push(self.operand(line, operand, dot)?);
        }
        arguments.extend(before);
        function(&arguments).map_err(|needs| at(line, &format!("`{name}` {needs}")))
    }

    fn operand(&self, line: u32, operand: &Operand, dot: &Value) -> Result<Option<Value>, String> {
        match operand {
            Operand::Field(path) => self.copy(line, inside(dot, path)),
            Operand::Word(name) => self.copy(line, inside(dot, std::slice::from_ref(name))),
            Operand::Constant(value) => Ok(Some(value.clone())),
            Operand::Group(pipe) => self.pipe(line, pipe, dot),
            Operand::Variable(name, path) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                let (_, value) =
                    found.ok_or_else(|| at(line, &format!("there is no variable `${name}`")))?;
                self.copy(line, inside(value, path))
            }
        }
    }

    fn print(&mut self, line: u32, text: &str) -> Result<(), String> {
        if self.out.len() + text.len() > TEXT_MAX {
            return Err(at(line, &format!("the text has more than {TEXT_MAX} bytes")));
        }
        self.out.push_str(text);
        Ok(())
    }

    /// A value of the data for its own use.
    fn copy(&self, line: u32, value: Option<&Value>) -> Result<Option<Value>, String> {
        self.spend(line, value.map_or(0, weight))?;
        Ok(value.cloned())
    }

    fn spend(&self, line: u32, steps: usize) -> Result<(), String> {
        self.steps.set(self.steps.get() + steps);
        if self.steps.get() > STEPS_MAX {
            return Err(at(line, &format!("the template takes more than {STEPS_MAX} steps")));
        }
        Ok(())
    }
}

fn inside<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    let found = path.iter().try_fold(value, |value, part| value.get(part));
    found.filter(|value| !value.is_null())
}

/// What copying a value costs in steps.
fn weight(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len() / 64,
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(map) => map.values().map(weight).sum(),
        _ => 0,
    }
}

/// Whether a condition takes the value for a yes.
pub fn holds(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn spelled(pipe: &Pipe) -> String {
    match pipe.first().and_then(|command| command.first()) {
        Some(Operand::Field(path)) => format!(".{}", path.join(".")),
        Some(Operand::Variable(name, path)) => {
            [format!("${name}")].iter().chain(path).cloned().collect::<Vec<_>>().join(".")
        }
        Some(Operand::Word(name)) => name.clone(),
        _ => "…".into(),
    }
}
