use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was refused, as `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `/problems/KIND`
    #[serde(rename = "type")]
    pub reference: String,
    pub kind: Kind,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was attempted, on what, and why it did not happen.
    pub detail: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What one of them was meant to be named: the workflows of a file with several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The faults of a workflow file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// The same faults as text, with source lines and carets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendered: Option<String>,
}

/// One fault of a workflow file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// A stable word, as in `unknown-name`.
    pub code: String,
    pub message: String,
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In characters.
    pub length: u32,
    /// The text of the line.
    pub source: String,
    pub hint: Option<String>,
    /// The Lua calls that led here, innermost first.
    pub trace: Vec<String>,
}

/// The stable kind of an error: one exit code and one HTTP status each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Invalid,
    NotFound,
    Conflict,
    Locked,
    StaleToken,
    Denied,
    Limit,
    NoQuorum,
    Deadline,
    Unavailable,
    Corrupt,
}

impl Kind {
    pub const ALL: [Kind; 11] = [
        Kind::Invalid,
        Kind::NotFound,
        Kind::Conflict,
        Kind::Locked,
        Kind::StaleToken,
        Kind::Denied,
        Kind::Limit,
        Kind::NoQuorum,
        Kind::Deadline,
        Kind::Unavailable,
        Kind::Corrupt,
    ];

    /// Word, title, exit code, HTTP status.
    fn row(self) -> (&'static str, &'static str, u8, u16) {
        match self {
            Kind::Invalid => ("invalid", "the request is not valid", 2, 400),
            Kind::NotFound => ("not_found", "it does not exist", 3, 404),
            Kind::Conflict => ("conflict", "something else is there", 4, 409),
            Kind::Locked => ("locked", "held by somebody else", 4, 423),
            Kind::StaleToken => ("stale_token", "the token is no longer current", 4, 409),
            Kind::Denied => ("denied", "not permitted", 5, 403),
            Kind::Limit => ("limit", "a bound was reached", 9, 429),
            Kind::NoQuorum => ("no_quorum", "too few voters answer", 6, 503),
            Kind::Deadline => ("deadline", "the deadline has passed", 7, 504),
            Kind::Unavailable => ("unavailable", "something does not answer", 6, 502),
            Kind::Corrupt => ("corrupt", "the node cannot go on", 70, 500),
        }
    }

    pub fn word(self) -> &'static str {
        self.row().0
    }

    pub fn title(self) -> &'static str {
        self.row().1
    }

    /// Of the command line.
    pub fn exit_code(self) -> u8 {
        self.row().2
    }

    /// Of the API.
    pub fn status(self) -> u16 {
        self.row().3
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Problem {
            reference: format!("/problems/{kind}"),
            kind,
            title: kind.title().into(),
            status: kind.status(),
            detail: detail.into(),
            hint: None,
            choices: Vec::new(),
            errors: Vec::new(),
            rendered: None,
        }
    }
}
