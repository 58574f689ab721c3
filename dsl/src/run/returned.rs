//! What a function's return values mean.

use mlua::{MultiValue, Table, Value};
use serde_json::Value as Json;

use super::outcome::{Outcome, Status};
use crate::convert;

/// Bytes of a message.
const MESSAGE_MAX: usize = 8 << 10;

/// `true[, message[, table]]`, `false[, message[, table]]`, a table, a message or nothing.
pub fn outcome(values: &MultiValue) -> Outcome {
    match values.front().unwrap_or(&Value::Nil) {
        Value::Nil => Outcome::new(Status::Succeeded, message(values.get(1))),
        Value::Boolean(success) => {
            let output = values.iter().skip(1).find_map(Value::as_table);
            with_output(status(*success), message(values.get(1)), output)
        }
        Value::Table(table) => of_table(table, values.get(1)),
        text @ Value::String(_) => Outcome::new(Status::Succeeded, message(Some(text))),
        other => Outcome::failed(format!(
            "expected true or false, a message or a table from the function, found the type {}",
            other.type_name()
        )),
    }
}

/// Whether a function that is asked a yes-or-no question said yes.
pub fn is_true(values: &MultiValue) -> bool {
    matches!(values.front(), Some(Value::Boolean(true)))
}

fn status(success: bool) -> Status {
    if success { Status::Succeeded } else { Status::Failed }
}

fn of_table(table: &Table, second: Option<&Value>) -> Outcome {
    let flag = |name| table.raw_get::<Value>(name).ok().and_then(|value| value.as_boolean());
    let success = flag("success").unwrap_or_else(|| flag("failed") != Some(true));
    let names: &[&str] = if success { &["message"] } else { &["error", "message", "stderr"] };
    let text =
        |name: &&str| table.raw_get::<Value>(*name).ok().and_then(|value| message(Some(&value)));
    with_output(
        status(success),
        names.iter().find_map(text).or_else(|| message(second)),
        Some(table),
    )
}

fn with_output(status: Status, message: Option<String>, output: Option<&Table>) -> Outcome {
    let mut warnings = Vec::new();
    let output = match output {
        Some(table) => convert::to_leave(&Value::Table(table.clone()), "output", &mut warnings),
        None => Ok(Json::Null),
    };
    match output {
        Ok(output) => {
            let unchanged = output.get("changed") == Some(&Json::Bool(false));
            let changed = status == Status::Succeeded && !unchanged;
            Outcome { output, warnings, changed, ..Outcome::new(status, message) }
        }
        Err(fault) => Outcome { warnings, ..Outcome::failed(fault) },
    }
}

fn message(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.to_string_lossy(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let text = text.trim_end();
    (!text.is_empty()).then(|| text[..text.floor_char_boundary(MESSAGE_MAX)].to_string())
}
