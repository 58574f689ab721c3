//! From what Lua says to what a person needs.

use config::duration;

use super::LoadOptions;
use crate::context::REFUSED;
use crate::diagnostic::{Code, Diagnostic};
use crate::journal::DIFFERS;
use crate::span::Text;
use crate::vm::{Failure, Limit};

/// Calls shown only if there are at least this many: one repeats the position.
const TRACE_MIN: usize = 2;

/// The diagnostic for an error that ended the load.
pub fn load(
    failure: &Failure,
    text: &Text,
    globals: &[String],
    options: &LoadOptions,
) -> Diagnostic {
    let message = match failure.limit {
        Some(Limit::Instructions) => format!(
            "loading takes more than {} million instructions; move the work into a task",
            options.instructions / 1_000_000
        ),
        Some(_) => {
            let time = duration::format(options.time);
            format!("loading takes longer than {time}; move the work into a task")
        }
        None => failure.message.clone(),
    };
    let mut diagnostic = place(failure, message, text, failure.line.unwrap_or(1));
    let name = name(&failure.message).unwrap_or_default();
    diagnostic.hint = hint(diagnostic.code, &failure.message, name, globals);
    diagnostic
}

/// The diagnostic for an error that a function of the file raised in a task, if its line is known.
pub fn run(failure: &Failure, text: &Text) -> Option<Diagnostic> {
    Some(place(failure, failure.message.clone(), text, failure.line?))
}

fn place(failure: &Failure, message: String, text: &Text, line: u32) -> Diagnostic {
    let name = name(&failure.message).unwrap_or_default();
    let mut diagnostic = Diagnostic::new(code(failure), message, text.find(line, name));
    if failure.trace.len() >= TRACE_MIN {
        diagnostic.trace = failure.trace.clone();
    }
    diagnostic
}

fn code(failure: &Failure) -> Code {
    let message = &failure.message;
    if failure.limit.is_some() || message.contains("not enough memory") {
        Code::Limit
    } else if message.ends_with(REFUSED) {
        Code::World
    } else if message.starts_with(DIFFERS) {
        Code::Differs
    } else if message.starts_with("permission denied: ") {
        Code::Denied
    } else if message.contains("is not there yet") {
        Code::NotYet
    } else if message.contains(" has no function ") || message.starts_with("there is no module ") {
        Code::UnknownName
    } else if near(message).is_some() || message.contains("binary chunk") {
        Code::Syntax
    } else {
        Code::Runtime
    }
}

/// The token a syntax error stands at.
fn near(message: &str) -> Option<&str> {
    let token = message.rsplit_once(" near ")?.1;
    Some(token.strip_prefix('\'').and_then(|token| token.strip_suffix('\'')).unwrap_or(token))
}

/// The word of the text that the message is about.
fn name(message: &str) -> Option<&str> {
    let variable = ["(global '", "(local '", "(field '", "(method '", "(upvalue '"]
        .iter()
        .find_map(|kind| message.split_once(kind)?.1.split_once('\''))
        .map(|(name, _)| name);
    let function =
        message.split_once(" has no function `").and_then(|(_, rest)| rest.split_once('`'));
    let quoted = || message.split_once('`')?.1.split_once('`').map(|(name, _)| name);
    let asked = || message.strip_prefix(DIFFERS)?.strip_prefix("it asks ")?.split('(').next();
    let name = variable
        .or(function.map(|(name, _)| name))
        .or_else(asked)
        .or_else(|| near(message))
        .or_else(quoted)?;
    name.rsplit('.').next()
}

fn hint(code: Code, message: &str, name: &str, globals: &[String]) -> Option<String> {
    match code {
        Code::Runtime if message.contains("(global '") => {
            let nearest = config::suggest::nearest(name, globals.iter().map(String::as_str))?;
            Some(format!("did you mean `{nearest}`?"))
        }
        Code::Syntax if is_octal(name) => {
            Some("Lua has no octal numbers: write the mode as text, \"0644\"".into())
        }
        Code::Syntax if name == "<eof>" => {
            Some("the file ends too early: is an `end`, `)` or `}` missing?".into())
        }
        _ => None,
    }
}

fn is_octal(token: &str) -> bool {
    token.strip_prefix("0o").is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()))
}
