//! What Lua says when something goes wrong, taken apart.

use mlua::{Error, Value};

use super::brake::Limit;
use crate::span::Text;

/// Calls shown of a traceback.
const TRACE_MAX: usize = 12;

/// An error that ended Lua code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Without its position.
    pub message: String,
    /// The place in the texts of the load.
    pub line: Option<u32>,
    /// The calls of the file's own functions, innermost first.
    pub trace: Vec<String>,
    /// Set when the code did not fail but was ended.
    pub limit: Option<Limit>,
}

impl Failure {
    /// From the value that was raised and the traceback of the place.
    pub fn new(texts: &Text, raised: &Value, traceback: Option<&str>) -> Self {
        let (text, inner) = text(raised);
        let (line, message) = texts.position(&text);
        let frames = inner.as_deref().or(traceback).map_or_else(Vec::new, |t| frames(texts, t));
        Failure {
            message: message.to_string(),
            line: line.or_else(|| frames.first().map(|frame| frame.line)),
            trace: frames.into_iter().take(TRACE_MAX).map(|frame| frame.text).collect(),
            limit: None,
        }
    }

    /// Code that was ended rather than failed.
    pub fn limited(limit: Limit) -> Self {
        let message = limit.text().to_string_lossy().into_owned();
        Failure { message, line: None, trace: Vec::new(), limit: Some(limit) }
    }

    /// `file:line: message`, the file as people name it.
    pub fn text(&self, texts: &Text) -> String {
        match self.line {
            Some(line) => format!("{}: {}", texts.shown(line), self.message),
            None => self.message.clone(),
        }
    }
}

/// The text of an error, without tracebacks.
pub fn message(error: &Error) -> String {
    root(error).0
}

/// The raised value as scripts should see it: an error of ours becomes text with its position.
pub fn explain(texts: &Text, raised: Value, lua: &mlua::Lua) -> mlua::Result<Value> {
    match raised {
        Value::Error(_) => {
            let failure = Failure::new(texts, &raised, None);
            let text = match failure.line {
                Some(line) => format!("{}: {}", texts.in_lua(line), failure.message),
                None => failure.message,
            };
            Ok(Value::String(lua.create_string(text)?))
        }
        other => Ok(other),
    }
}

fn text(raised: &Value) -> (String, Option<String>) {
    match raised {
        Value::Error(error) => root(error),
        Value::String(text) => (text.to_string_lossy(), None),
        Value::Table(table) => {
            let field = |name| table.raw_get::<Option<String>>(name).ok().flatten();
            let text = field("message").or_else(|| field("error"));
            (text.unwrap_or_else(|| "raised a table without `message` or `error`".into()), None)
        }
        Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => {
            (raised.to_string().unwrap_or_default(), None)
        }
        other => (format!("raised a {} value", other.type_name()), None),
    }
}

/// The innermost cause and the traceback nearest to it.
fn root(error: &Error) -> (String, Option<String>) {
    match error {
        Error::CallbackError { traceback, cause } => {
            let (message, inner) = root(cause);
            (message, inner.or_else(|| Some(traceback.clone())))
        }
        Error::WithContext { context, cause } => {
            let (message, inner) = root(cause);
            (format!("{context}: {message}"), inner)
        }
        Error::RuntimeError(text) => match text.split_once("\nstack traceback:") {
            Some((message, traceback)) => (message.into(), Some(traceback.into())),
            None => (text.clone(), None),
        },
        Error::SyntaxError { message, .. } => (message.clone(), None),
        Error::MemoryError(_) => ("not enough memory".into(), None),
        other => (other.to_string(), None),
    }
}

struct Frame {
    line: u32,
    text: String,
}

/// The frames of the file, without those of C functions and of the prelude.
fn frames(texts: &Text, traceback: &str) -> Vec<Frame> {
    let frame = |line: &str| {
        let (Some(line), place) = texts.position(line.trim()) else { return None };
        Some(Frame { line, text: format!("at {} {place}", texts.in_lua(line)) })
    };
    traceback.lines().filter_map(frame).collect()
}
