//! Data goes to standard output, everything about the data to standard error.

mod color;
mod format;
pub mod json;
mod stream;
pub mod table;
pub mod terminal;
pub mod text;
pub mod time;

use serde::Serialize;
use web::wire::List;

pub use color::{Choice, Meaning, Paint};
pub use format::Format;
pub use table::Table;

use crate::error::Error;
use stream::Stream;

/// Where results, notes and errors go, and how they look.
pub struct Output {
    pub format: Format,
    quiet: bool,
    results: Stream,
    remarks: Stream,
}

impl Output {
    pub fn new(format: Format, quiet: bool, color: Choice) -> Self {
        let results = Stream::results(color);
        let remarks = Stream::remarks(color);
        Self { format, quiet, results, remarks }
    }

    /// Colours on standard output.
    pub fn paint(&self) -> Paint {
        self.results.paint
    }

    /// Colours on standard error.
    pub fn remark_paint(&self) -> Paint {
        self.remarks.paint
    }

    /// Whether a person looks at both streams and both can be redrawn.
    pub fn is_live(&self) -> bool {
        !self.quiet && self.results.is_terminal && self.remarks.redraws
    }

    /// One line of data.
    pub fn line(&self, text: &str) {
        self.results.write_line(text);
    }

    /// Data as it is, without an end of line of our own.
    pub fn raw(&self, text: &str) {
        self.results.write(text);
    }

    /// Nobody reads standard output any more.
    pub fn is_closed(&self) -> bool {
        self.results.is_closed()
    }

    /// A sentence about the data.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.remarks.write_line(text);
        }
    }

    /// Text for the terminal as it is: the live region.
    pub fn draw(&self, text: &str) {
        self.remarks.write(text);
    }

    /// Something a person should see before it hurts.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            let label = self.remarks.paint.of(Meaning::Warning, "warning:");
            self.remarks.write_line(&format!("{label} {text}"));
        }
    }

    /// The command that probably comes next; only for a person.
    pub fn next(&self, text: &str) {
        if self.remarks.is_terminal {
            self.note(&self.remarks.paint.of(Meaning::Faint, text));
        }
    }

    /// Writes why the command ended badly.
    pub fn fail(&self, error: &Error) {
        if self.format != Format::Table {
            return self.remarks.write_line(&error.to_json().to_string());
        }
        let label = self.remarks.paint.of(Meaning::Bad, "error:");
        self.remarks.write_line(&format!("{label} {}", error.message));
        if let Some(hint) = &error.hint {
            let label = self.remarks.paint.of(Meaning::Faint, "hint:");
            self.remarks.write_line(&format!("{label} {hint}"));
        }
    }

    /// One thing: for people as text, for programs as an object.
    pub fn thing<T: Serialize>(&self, thing: &T, text: impl FnOnce(Paint) -> String) {
        match self.format {
            Format::Table => self.results.write_line(text(self.paint()).trim_end_matches('\n')),
            Format::Json => self.line(&json::pretty(thing)),
            Format::Jsonl => self.line(&json::compact(thing)),
        }
    }

    /// A page of things: a table for people, one object for programs, or one item a line.
    pub fn list<T: Serialize>(&self, list: &List<T>, table: impl FnOnce(&[T]) -> Table) {
        match self.format {
            Format::Table => {
                self.raw(&table(&list.items).render(self.results.width(), self.paint()));
            }
            Format::Json => self.line(&json::pretty(list)),
            Format::Jsonl => list.items.iter().for_each(|item| self.line(&json::compact(item))),
        }
    }
}
