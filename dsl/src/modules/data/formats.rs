//! JSON, YAML and TOML.

use serde_json::{Map, Value};

use super::bounded::Bounded;
use crate::registry::Arguments;
use crate::registry::answer::{Answer, Code, Content, Failure, Outcome};

/// Bytes of a text that is read.
const TEXT_MAX: usize = 16 << 20;

/// How the TOML reader hands over a date.
const DATE: &str = "$__toml_private_datetime";

pub fn parse_json(arguments: Arguments) -> Outcome {
    read(arguments, from_json)
}

pub fn parse_yaml(arguments: Arguments) -> Outcome {
    read(arguments, from_yaml)
}

pub fn parse_toml(arguments: Arguments) -> Outcome {
    read(arguments, from_toml)
}

pub fn json_validate(mut arguments: Arguments) -> Outcome {
    from_json(&arguments.take::<String>("text")?)?;
    Answer::truth(true)
}

pub fn to_json(mut arguments: Arguments) -> Outcome {
    let (value, indent): (Value, bool) = (arguments.take("value")?, arguments.take("indent")?);
    text(if indent { format!("{value:#}") } else { value.to_string() })
}

pub fn json_encode(mut arguments: Arguments) -> Outcome {
    text(arguments.take::<Value>("value")?.to_string())
}

pub fn to_yaml(mut arguments: Arguments) -> Outcome {
    yaml(&arguments.take("value")?)
}

pub fn to_toml(mut arguments: Arguments) -> Outcome {
    let value = without_null(arguments.take("value")?);
    text(toml::to_string(&value).map_err(|error| invalid("TOML", &error))?)
}

pub fn json_to_yaml(mut arguments: Arguments) -> Outcome {
    yaml(&from_json(&arguments.take::<String>("text")?)?)
}

pub fn yaml_to_json(mut arguments: Arguments) -> Outcome {
    text(format!("{:#}", from_yaml(&arguments.take::<String>("text")?)?))
}

/// `null` alone becomes `nil`; it is no failure.
fn read(mut arguments: Arguments, parse: fn(&str) -> Result<Value, Failure>) -> Outcome {
    Answer::value(parse(&arguments.take::<String>("text")?)?)
}

pub fn text(text: String) -> Outcome {
    Ok(Answer::Value(Content::Bytes(text.into_bytes())))
}

fn from_json(text: &str) -> Result<Value, Failure> {
    check_size(text)?;
    let parsed: Bounded = serde_json::from_str(text).map_err(|error| invalid("JSON", &error))?;
    Ok(parsed.0)
}

fn from_yaml(text: &str) -> Result<Value, Failure> {
    check_size(text)?;
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
    };
    let parsed: Bounded = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| invalid("YAML", &error))?;
    Ok(parsed.0)
}

fn from_toml(text: &str) -> Result<Value, Failure> {
    check_size(text)?;
    let parsed: Bounded =
        toml::from_str(text).map_err(|error| invalid("TOML", &error.message()))?;
    Ok(dated(parsed.0))
}

/// Dates as their text.
fn dated(value: Value) -> Value {
    match value {
        Value::Object(mut map) if map.contains_key(DATE) => map.remove(DATE).unwrap_or(Value::Null),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, dated(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(dated).collect()),
        other => other,
    }
}

/// TOML has no null: an entry without a value is left out.
fn without_null(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            let kept: Map<_, _> = kept.map(|(key, value)| (key, without_null(value))).collect();
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_null).collect()),
        other => other,
    }
}

fn yaml(value: &Value) -> Outcome {
    text(serde_saphyr::to_string(value).map_err(|error| invalid("YAML", &error))?)
}

pub fn check_size(text: &str) -> Result<(), Failure> {
    if text.len() > TEXT_MAX {
        let message =
            format!("the text has {} bytes, more than the {TEXT_MAX} that are read", text.len());
        return Err(Failure::new(Code::Invalid, message));
    }
    Ok(())
}

pub fn invalid(format: &str, error: &dyn std::fmt::Display) -> Failure {
    let reason = error.to_string();
    Failure::new(
        Code::Invalid,
        format!("no valid {format}: {}", reason.lines().next().unwrap_or_default()),
    )
}
