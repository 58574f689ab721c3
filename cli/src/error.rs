use std::fmt::Display;

use serde_json::{Value, json};
use web::wire::Fault;

use crate::exit::Exit;

/// Why a command ended badly: one sentence, its causes, what to do next, and the exit code.
#[derive(Debug)]
pub struct Error {
    pub exit: Exit,
    pub message: String,
    pub hint: Option<String>,
    /// The faults of a workflow file; the message tells them, too.
    pub faults: Vec<Fault>,
}

impl Error {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, faults: Vec::new() }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn to_json(&self) -> Value {
        let mut error = json!({
            "kind": self.exit.word(),
            "message": self.message,
            "hint": self.hint,
            "exit_code": self.exit.code(),
        });
        if !self.faults.is_empty() {
            error["errors"] = json!(self.faults);
        }
        json!({"error": error})
    }
}

/// An error and its causes as one sentence; a cause that the sentence already tells is left out.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl From<config::Error> for Error {
    fn from(error: config::Error) -> Self {
        let exit = match &error {
            config::Error::Prepare { source, .. } | config::Error::Read { source, .. }
                if source.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                Exit::Denied
            }
            _ => Exit::Usage,
        };
        Self::new(exit, chain(&error))
    }
}

impl From<node::exec::Error> for Error {
    fn from(error: node::exec::Error) -> Self {
        let exit = match error {
            node::exec::Error::Held { .. } => Exit::Conflict,
            node::exec::Error::Lock { .. } => Exit::Denied,
            _ => Exit::Broken,
        };
        Self::new(exit, chain(&error))
    }
}

/// An error of the operating system, with what was attempted on what.
pub fn io(what: impl Display, error: &std::io::Error) -> Error {
    let exit = match error.kind() {
        std::io::ErrorKind::NotFound => Exit::NotFound,
        std::io::ErrorKind::PermissionDenied => Exit::Denied,
        _ => Exit::Failed,
    };
    Error::new(exit, format!("cannot {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let (text, rest) = texts.split_first().unwrap();
        let source = (!rest.is_empty()).then(|| Box::new(layers(rest)));
        Layer { text, source }
    }

    #[test]
    fn causes_are_told_once() {
        let chained = layers(&["cannot read a.toml", "permission denied", "permission denied"]);
        assert_eq!(chain(&chained), "cannot read a.toml: permission denied");
    }

    #[test]
    fn scripts_get_kind_and_code() {
        let error = Error::new(Exit::NotFound, "run `X` does not exist").hint("sloth run list");
        insta::assert_snapshot!(error.to_json(), @r#"{"error":{"kind":"not_found","message":"run `X` does not exist","hint":"sloth run list","exit_code":3}}"#);
    }
}
