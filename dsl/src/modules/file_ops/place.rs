use regex::Regex;

use crate::registry::Arguments;
use crate::registry::answer::{Code, Failure};

/// Whether something shall be in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Present,
    Absent,
}

/// Where a new line or block goes.
pub enum Place {
    Start,
    End,
    After(Regex),
    Before(Regex),
}

impl State {
    pub fn of(arguments: &mut Arguments) -> Result<State, Failure> {
        match arguments.take::<String>("state")?.as_str() {
            "present" => Ok(State::Present),
            "absent" => Ok(State::Absent),
            other => {
                let function = &arguments.function;
                let message =
                    format!("`{function}` `state` must be present or absent, got `{other}`");
                Err(Failure::raised(Code::Invalid, message))
            }
        }
    }
}

impl Place {
    pub fn of(arguments: &mut Arguments) -> Result<Place, Failure> {
        let after = arguments.find::<String>("insertafter")?;
        let before = arguments.find::<String>("insertbefore")?;
        match (after.as_deref(), before.as_deref()) {
            (None | Some("EOF"), None) => Ok(Place::End),
            (None, Some("BOF")) => Ok(Place::Start),
            (Some(pattern), None) => regex(arguments, pattern).map(Place::After),
            (None, Some(pattern)) => regex(arguments, pattern).map(Place::Before),
            (Some(_), Some(_)) => {
                let function = &arguments.function;
                let message =
                    format!("`{function}` takes `insertafter` or `insertbefore`, not both");
                Err(Failure::raised(Code::Invalid, message))
            }
        }
    }

    /// The index at which a new line stands among these; at the end when nothing matches.
    pub fn index(&self, lines: &[&str]) -> usize {
        match self {
            Place::Start => 0,
            Place::End => lines.len(),
            Place::After(pattern) => lines
                .iter()
                .rposition(|line| pattern.is_match(line))
                .map_or(lines.len(), |at| at + 1),
            Place::Before(pattern) => {
                lines.iter().position(|line| pattern.is_match(line)).unwrap_or(lines.len())
            }
        }
    }
}

/// A regular expression, or what is wrong with it.
pub fn regex(arguments: &Arguments, pattern: &str) -> Result<Regex, Failure> {
    Regex::new(pattern).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        let function = &arguments.function;
        let message = format!("`{function}`: `{pattern}` is no valid regular expression: {reason}");
        Failure::raised(Code::Invalid, message)
    })
}

/// Lines as the text of a file, which ends with a line break.
pub fn joined(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [*line, "\n"]).collect()
}
