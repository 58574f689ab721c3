//! The spellings of `delegate_to`.

use config::{Name, selector};
use mlua::{Lua, Table, Value};

use super::book::{self, describe};
use super::draft::FunctionId;
use super::read::{Fault, Stop};
use super::value::texts;
use crate::diagnostic::Code;
use crate::expand;
use crate::model::{Strategy, Target};

const FORMS: &str = "expected a node's name, a list of names, { tags = … }, \"any\", \"any:EXPR\", { any = …, strategy = … }, \"all\", \"local\" or a function";

/// What a table that is no list of names may say.
const KEYS: [&str; 3] = ["tags", "any", "strategy"];

/// A target whose texts may still name values.
#[derive(Clone, Debug)]
pub enum TargetDraft {
    Ready(Target),
    Function(FunctionId),
    Open(Words),
}

/// A target as the file writes it.
#[derive(Clone, Debug)]
pub enum Words {
    Word(String),
    Names(Vec<String>),
    Tags(Vec<String>),
    OneOf { labels: Option<String>, strategy: Strategy },
}

/// Reads the value of `delegate_to`; what names no values is checked at once.
pub fn target(lua: &Lua, value: &Value) -> Result<TargetDraft, Stop> {
    if let Value::Function(function) = value {
        return Ok(TargetDraft::Function(book::keep(lua, function)?));
    }
    let words = words(value)?;
    if words.texts().any(expand::is_open) {
        return Ok(TargetDraft::Open(words));
    }
    Ok(TargetDraft::Ready(words.target()?))
}

/// What a function answered.
pub fn answered(value: &Value) -> Result<Target, Fault> {
    words(value)?.target()
}

fn words(value: &Value) -> Result<Words, Fault> {
    match value {
        Value::String(text) => Ok(Words::Word(text.to_string_lossy())),
        Value::Table(table) => table_form(table),
        Value::Nil => Err(Fault::new(
            Code::BadValue,
            "`delegate_to` got nothing, so where to run is unknown".into(),
            "delegate_to",
        )
        .hint("a value that may be absent needs a default: `values.node or \"any\"`")),
        other => Err(wrong(&describe(other))),
    }
}

fn table_form(table: &Table) -> Result<Words, Fault> {
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
        let message = format!("`{key}` in `delegate_to` is not there yet");
        return Err(Fault::new(Code::NotYet, message, &key));
    }
    match (field("tags"), field("any")) {
        (Value::Nil, Value::Nil) => names(table),
        (Value::Nil, which) => one_of(&which, &field("strategy")),
        (tags, Value::Nil) => Ok(Words::Tags(texts(&tags, "tags")?)),
        _ => Err(wrong("both `tags` and `any`")),
    }
}

/// `{ any = "role=web", strategy = "spread" }`; `any = true` is any node at all.
fn one_of(which: &Value, strategy: &Value) -> Result<Words, Fault> {
    let labels = match which {
        Value::Boolean(true) => None,
        Value::String(text) => Some(text.to_string_lossy()),
        other => return Err(wrong(&format!("`any` as {}", describe(other)))),
    };
    let strategy = match strategy {
        Value::Nil => Strategy::default(),
        Value::String(text) => strategy_of(&text.to_string_lossy())?,
        other => return Err(wrong(&format!("`strategy` as {}", describe(other)))),
    };
    Ok(Words::OneOf { labels, strategy })
}

fn strategy_of(text: &str) -> Result<Strategy, Fault> {
    match text {
        "least_loaded" => Ok(Strategy::LeastLoaded),
        "round_robin" => Ok(Strategy::RoundRobin),
        "spread" => Ok(Strategy::Spread),
        other => {
            let message = format!("there is no strategy `{other}`");
            Err(Fault::new(Code::BadValue, message, other)
                .hint("there are \"least_loaded\", \"round_robin\" and \"spread\""))
        }
    }
}

fn names(table: &Table) -> Result<Words, Fault> {
    match texts(&Value::Table(table.clone()), "delegate_to")? {
        names if names.is_empty() => Err(wrong("an empty table")),
        names => Ok(Words::Names(names)),
    }
}

impl Words {
    fn texts(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Words::Word(text) => (Some(text), &[][..]),
            Words::Names(texts) | Words::Tags(texts) => (None, texts.as_slice()),
            Words::OneOf { labels, .. } => (labels.as_ref(), &[][..]),
        };
        one.into_iter().chain(many).map(String::as_str)
    }

    /// The same with every text replaced.
    pub fn map<E>(&self, replace: impl Fn(&str) -> Result<String, E>) -> Result<Words, E> {
        let each = |texts: &[String]| -> Result<Vec<String>, E> {
            texts.iter().map(|text| replace(text)).collect()
        };
        Ok(match self {
            Words::Word(text) => Words::Word(replace(text)?),
            Words::Names(texts) => Words::Names(each(texts)?),
            Words::Tags(texts) => Words::Tags(each(texts)?),
            Words::OneOf { labels, strategy } => Words::OneOf {
                labels: labels.as_deref().map(replace).transpose()?,
                strategy: *strategy,
            },
        })
    }

    pub fn target(&self) -> Result<Target, Fault> {
        match self {
            Words::Word(text) => word(text),
            Words::Names(texts) => {
                let mut nodes = texts.iter().map(|it| name(it)).collect::<Result<Vec<_>, _>>()?;
                nodes.sort();
                nodes.dedup();
                Ok(Target::Names(nodes))
            }
            Words::Tags(texts) => Ok(Target::Labels(expr(&texts.join(","))?)),
            Words::OneOf { labels, strategy } => Ok(Target::Any {
                labels: labels.as_deref().map(expr).transpose()?,
                strategy: *strategy,
            }),
        }
    }
}

fn word(text: &str) -> Result<Target, Fault> {
    let any = |labels| Target::Any { labels, strategy: Strategy::default() };
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

fn name(text: &str) -> Result<Name, Fault> {
    Name::new(text).map_err(|error| Fault::new(Code::BadValue, error.to_string(), text))
}

/// A label expression.
pub fn expr(text: &str) -> Result<selector::Expr, Fault> {
    selector::parse(text).map_err(|error| Fault::new(Code::BadValue, error.to_string(), text))
}

fn wrong(found: &str) -> Fault {
    Fault::new(Code::WrongType, format!("`delegate_to` got {found}"), "delegate_to").hint(FORMS)
}
