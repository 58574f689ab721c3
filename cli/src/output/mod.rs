//! Data goes to standard output, everything about the data to standard error.

mod color;
mod format;
pub mod json;
mod layout;
mod stream;
pub mod table;
pub mod terminal;
pub mod text;
pub mod time;

use serde::Serialize;
use web::wire::List;

pub use color::{Choice, Meaning, Paint};
pub use format::Format;
pub use layout::Layout;
pub use table::Table;

use crate::error::Error;
use crate::next::After;
use stream::Stream;

/// Where results, notes and errors go, and how they look.
pub struct Output {
    pub format: Format,
    layout: Layout,
    quiet: bool,
    json_errors: bool,
    results: Stream,
    remarks: Stream,
}

impl Output {
    pub fn new(format: Format, quiet: bool, color: Choice) -> Self {
        Self {
            format,
            layout: Layout { wide: format == Format::Wide, ..Layout::default() },
            quiet,
            json_errors: format.is_data(),
            results: Stream::results(color),
            remarks: Stream::remarks(color),
        }
    }

    /// Shows other columns of lists, or no headers.
    pub fn laid(mut self, columns: &[String], without_headers: bool) -> Self {
        self.layout.columns = columns.to_vec();
        self.layout.without_headers = without_headers;
        self
    }

    /// Writes errors as JSON whatever the format of results.
    pub fn with_json_errors(mut self, wanted: bool) -> Self {
        self.json_errors |= wanted;
        self
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
        let redrawn = matches!(self.format, Format::Table | Format::Wide);
        redrawn && !self.quiet && self.results.is_terminal && self.remarks.redraws
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

    /// The command that probably comes next.
    pub fn next(&self, after: &After<'_>) {
        self.advise(&format!("next: {}", after.command()));
    }

    /// A faint line for a person at a terminal; a script that reads the data has no use for it.
    pub fn advise(&self, text: &str) {
        if self.remarks.is_terminal && self.results.is_terminal && !self.format.is_data() {
            self.note(&self.remarks.paint.of(Meaning::Faint, text));
        }
    }

    /// Writes why the command ended badly.
    pub fn fail(&self, error: &Error) {
        if self.json_errors {
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
        match self.is_text() {
            true => self.results.write_line(text(self.paint()).trim_end_matches('\n')),
            false => self.data(thing),
        }
    }

    /// One thing as programs and shells read it.
    pub fn data<T: Serialize>(&self, thing: &T) {
        self.line(&match self.format {
            Format::Jsonl => json::compact(thing),
            Format::Yaml => json::yaml(thing),
            Format::Name => json::name(thing),
            _ => json::pretty(thing),
        });
    }

    /// A change that was made: a sentence for people, an object for programs.
    pub fn done<T: Serialize>(&self, thing: &T, sentence: &str) {
        match self.format.is_data() {
            true => self.data(thing),
            false => self.note(sentence),
        }
    }

    /// A page of things: a table for people, one object for programs, or one item a line.
    pub fn list<T: Serialize>(
        &self,
        list: &List<T>,
        table: impl FnOnce(&[T]) -> Table,
    ) -> Result<(), Error> {
        if !self.is_text() {
            self.page(list);
            return Ok(());
        }
        let width = self.results.width().filter(|_| !self.layout.wide);
        self.raw(&table(&list.items).laid(&self.layout)?.render(width, self.paint()));
        Ok(())
    }

    /// A page of things as programs and shells read it.
    pub fn page<T: Serialize>(&self, list: &List<T>) {
        match self.format {
            Format::Jsonl | Format::Name => list.items.iter().for_each(|item| self.data(item)),
            _ => self.data(list),
        }
    }

    /// Whether results are written for people.
    pub fn is_text(&self) -> bool {
        matches!(self.format, Format::Table | Format::Wide | Format::Basic)
    }
}
