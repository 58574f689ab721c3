//! What is wrong with a file, where, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::span::Span;

/// More than this many say nothing new.
pub const DIAGNOSTICS_MAX: usize = 20;

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub code: Code,
    pub message: String,
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In characters, at least 1.
    pub length: u32,
    /// The text of the line.
    pub source: String,
    pub hint: Option<String>,
    /// The Lua calls that led here, innermost first; empty when they tell nothing more.
    pub trace: Vec<String>,
}

/// The stable word for a kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    Syntax,
    UnknownName,
    NotYet,
    WrongType,
    BadValue,
    Duplicate,
    UnknownDependency,
    Cycle,
    NoCommand,
    NoWorkflow,
    Runtime,
    World,
    Differs,
    Denied,
    Limit,
}

impl Code {
    pub fn word(self) -> &'static str {
        match self {
            Code::Syntax => "syntax",
            Code::UnknownName => "unknown-name",
            Code::NotYet => "not-yet",
            Code::WrongType => "wrong-type",
            Code::BadValue => "bad-value",
            Code::Duplicate => "duplicate",
            Code::UnknownDependency => "unknown-dependency",
            Code::Cycle => "cycle",
            Code::NoCommand => "no-command",
            Code::NoWorkflow => "no-workflow",
            Code::Runtime => "runtime",
            Code::World => "world",
            Code::Differs => "differs",
            Code::Denied => "denied",
            Code::Limit => "limit",
        }
    }
}

impl Diagnostic {
    pub(crate) fn new(code: Code, message: String, span: Span) -> Self {
        Diagnostic {
            code,
            message,
            file: span.file.to_string(),
            line: span.line,
            column: span.column,
            length: span.length,
            source: span.source,
            hint: None,
            trace: Vec::new(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { file, line, column, code, message, .. } = self;
        write!(f, "{file}:{line}:{column}: error[{}]: {message}", code.word())?;
        if !self.source.trim().is_empty() {
            let margin = " ".repeat(line.to_string().len());
            let indent: String = self
                .source
                .chars()
                .take(*column as usize - 1)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            write!(f, "\n {line} | {}", self.source)?;
            write!(f, "\n {margin} | {indent}{}", "^".repeat(self.length as usize))?;
        }
        for call in &self.trace {
            write!(f, "\n  {call}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// All that was found, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn sorted(mut list: Vec<Diagnostic>) -> Self {
        list.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        list.dedup();
        list.truncate(DIAGNOSTICS_MAX);
        Diagnostics(list)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
