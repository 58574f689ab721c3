//! The spellings of `delegate_to`.

use config::{Name, selector};
use mlua::{Table, Value};

use super::book::describe;
use super::read::Fault;
use super::value::texts;
use crate::diagnostic::Code;
use crate::model::{Strategy, Target};

const FORMS: &str = "expected a node's name, a list of names, { tags = … }, \"any\", \"any:EXPR\", { any = …, strategy = … }, \"all\" or \"local\"";

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
        "any" => Ok(any(None)),
        "all" => Ok(Target::All),
        _ => match text.split_once(':') {
            Some(("any", expression)) => Ok(any(Some(expr(expression)?))),
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
        Value::String(text) => {
            Some(text.to_string_lossy()).filter(|text| !KEYS.contains(&text.as_str()))
        }
        _ => None,
    });
    if let Some(key) = strange {
        return Err(Fault::new(
            Code::NotYet,
            format!("`{key}` in `delegate_to` is not there yet"),
            &key,
        ));
    }
    match (field("tags"), field("any")) {
        (Value::Nil, Value::Nil) => names(table),
        (Value::Nil, which) => one_of(&which, &field("strategy")),
        (tags, Value::Nil) => Ok(Target::Labels(expr(&texts(&tags, "tags")?.join(","))?)),
        _ => Err(wrong("both `tags` and `any`")),
    }
}

/// What a table that is no list of names may say.
const KEYS: [&str; 3] = ["tags", "any", "strategy"];

/// `{ any = "role=web", strategy = "spread" }`; `any = true` is any node at all.
fn one_of(which: &Value, strategy: &Value) -> Result<Target, Fault> {
    let labels = match which {
        Value::Boolean(true) => None,
        Value::String(text) => Some(expr(&text.to_string_lossy())?),
        other => return Err(wrong(&format!("`any` as {}", describe(other)))),
    };
    let strategy = match strategy {
        Value::Nil => Strategy::default(),
        Value::String(text) => match &*text.to_string_lossy() {
            "least_loaded" => Strategy::LeastLoaded,
            "round_robin" => Strategy::RoundRobin,
            "spread" => Strategy::Spread,
            other => {
                let message = format!("there is no strategy `{other}`");
                return Err(Fault::new(Code::BadValue, message, other)
                    .hint("there are \"least_loaded\", \"round_robin\" and \"spread\""));
            }
        },
        other => return Err(wrong(&format!("`strategy` as {}", describe(other)))),
    };
    Ok(Target::Any { labels, strategy })
}

fn any(labels: Option<selector::Expr>) -> Target {
    Target::Any { labels, strategy: Strategy::default() }
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
