//! The spellings of `delegate_to`.

use config::{Name, selector};
use mlua::{Table, Value};

use super::book::describe;
use super::read::Fault;
use super::value::texts;
use crate::diagnostic::Code;
use crate::model::Target;

const FORMS: &str = "expected a node's name, a list of names, { tags = … }, \"any\", \"any:EXPR\", \"all\" or \"local\"";

pub fn target(value: &Value) -> Result<Target, Fault> {
    match value {
        Value::String(text) => word(&text.to_string_lossy()),
        Value::Table(table) => table_form(table),
        Value::Nil => Err(Fault::new(
            Code::BadValue,
            "`delegate_to` got nothing, so where to run is unknown".into(),
            "delegate_to",
        )
        .hint("a value that may be absent needs a default: `values.node or \"any\"`")),
        Value::Function(_) => Err(Fault::new(
            Code::NotYet,
            "`delegate_to` with a function is not there yet".into(),
            "delegate_to",
        )),
        other => Err(wrong(&describe(other))),
    }
}

fn word(text: &str) -> Result<Target, Fault> {
    match text {
        "local" | "localhost" => Ok(Target::Local),
        "any" => Ok(Target::Any(None)),
        "all" => Ok(Target::All),
        _ => match text.split_once(':') {
            Some(("any", expression)) => Ok(Target::Any(Some(expr(expression)?))),
            Some(_) => Err(Fault::new(
                Code::NotYet,
                format!("delegate to the address {text:?} is not there yet"),
                text,
            )
            .hint("give the node's name")),
            None => Ok(Target::Names(vec![name(text)?])),
        },
    }
}

fn table_form(table: &Table) -> Result<Target, Fault> {
    let keys: Vec<Value> =
        table.pairs::<Value, Value>().flatten().map(|(key, _)| key).take(64).collect();
    let field = |name: &str| table.raw_get::<Value>(name).unwrap_or(Value::Nil);
    let strange = keys.iter().find_map(|key| match key {
        Value::String(text) if text.to_string_lossy() != "tags" => Some(text.to_string_lossy()),
        _ => None,
    });
    if let Some(key) = strange {
        return Err(Fault::new(
            Code::NotYet,
            format!("`{key}` in `delegate_to` is not there yet"),
            &key,
        ));
    }
    match field("tags") {
        Value::Nil => names(table),
        tags => Ok(Target::Labels(expr(&texts(&tags, "tags")?.join(","))?)),
    }
}

fn names(table: &Table) -> Result<Target, Fault> {
    let names = texts(&Value::Table(table.clone()), "delegate_to")?;
    if names.is_empty() {
        return Err(wrong("an empty table"));
    }
    let mut nodes = names.iter().map(|text| name(text)).collect::<Result<Vec<_>, _>>()?;
    nodes.sort();
    nodes.dedup();
    Ok(Target::Names(nodes))
}

fn name(text: &str) -> Result<Name, Fault> {
    Name::new(text).map_err(|error| Fault::new(Code::BadValue, error.to_string(), text))
}

fn expr(text: &str) -> Result<selector::Expr, Fault> {
    selector::parse(text).map_err(|error| Fault::new(Code::BadValue, error.to_string(), text))
}

fn wrong(found: &str) -> Fault {
    Fault::new(Code::WrongType, format!("`delegate_to` got {found}"), "delegate_to").hint(FORMS)
}
