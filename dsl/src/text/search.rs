//! `find`, `match` and `gmatch`.

use memchr::memmem;
use mlua::{Error, IntoLuaMulti, MultiValue, Result, Value};

use super::arguments::{Arguments, offset};
use super::pattern::{self, Capture, Fault, Match, Matcher};
use super::steps::Steps;

/// Bytes of a pattern repeated in an error.
const SHOWN_MAX: usize = 80;

pub fn find(arguments: Arguments<'_>) -> Result<MultiValue> {
    let (subject, pattern) = (arguments.text(0)?, arguments.text(1)?);
    let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
    let start = offset(arguments.integer_or(2, 1)?, subject.len());
    if start > subject.len() {
        return Value::Nil.into_lua_multi(arguments.lua);
    }
    let plain = arguments.get(3).as_boolean() != Some(false) && !arguments.is_absent(3);
    if plain || pattern::is_plain(&pattern) {
        let found = memmem::find(&subject[start..], &pattern).map(|at| start + at);
        return range(&arguments, found.map(|at| (at, at + pattern.len())));
    }
    let Some(found) = first(&arguments, &subject, &pattern, start)? else {
        return Value::Nil.into_lua_multi(arguments.lua);
    };
    let mut values = range(&arguments, Some((found.start, found.end)))?;
    for index in 0..found.count() {
        values.push_back(value(&arguments, &subject, capture(&arguments, &found, index)?)?);
    }
    Ok(values)
}

pub fn first_match(arguments: Arguments<'_>) -> Result<MultiValue> {
    let (subject, pattern) = (arguments.text(0)?, arguments.text(1)?);
    let subject = subject.as_bytes();
    let start = offset(arguments.integer_or(2, 1)?, subject.len());
    if start > subject.len() {
        return Value::Nil.into_lua_multi(arguments.lua);
    }
    match first(&arguments, &subject, &pattern.as_bytes(), start)? {
        Some(found) => captures(&arguments, &subject, &found),
        None => Value::Nil.into_lua_multi(arguments.lua),
    }
}

/// An iterator over all matches; `^` has no meaning in it.
pub fn each_match(arguments: Arguments<'_>) -> Result<MultiValue> {
    let (subject, pattern) = (arguments.text(0)?, arguments.text(1)?);
    let mut at = offset(arguments.integer_or(2, 1)?, subject.as_bytes().len());
    let mut last = None;
    let next = arguments.lua.create_function_mut(move |lua, ()| {
        let arguments = Arguments { lua, function: "string.gmatch", values: MultiValue::new() };
        let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
        let mut matcher = Matcher::new(&subject, &pattern, Steps::new(subject.len()));
        while at <= subject.len() {
            let found = matcher.at(at).map_err(|fault| refuse(&arguments, &pattern, &fault))?;
            match found {
                Some(found) if last != Some(found.end) => {
                    at = found.end;
                    last = Some(at);
                    return captures(&arguments, &subject, &found);
                }
                _ => at += 1,
            }
        }
        Value::Nil.into_lua_multi(lua)
    })?;
    next.into_lua_multi(arguments.lua)
}

fn first(
    arguments: &Arguments<'_>,
    subject: &[u8],
    pattern: &[u8],
    start: usize,
) -> Result<Option<Match>> {
    let (anchored, items) = pattern::anchored(pattern);
    let mut matcher = Matcher::new(subject, items, Steps::new(subject.len()));
    matcher.first(start, anchored).map_err(|fault| refuse(arguments, pattern, &fault))
}

fn range(arguments: &Arguments<'_>, found: Option<(usize, usize)>) -> Result<MultiValue> {
    match found {
        Some((start, end)) => (start + 1, end).into_lua_multi(arguments.lua),
        None => Value::Nil.into_lua_multi(arguments.lua),
    }
}

/// What the pattern captured, or the whole match when it captures nothing.
pub fn captures(arguments: &Arguments<'_>, subject: &[u8], found: &Match) -> Result<MultiValue> {
    let indices = 0..found.count().max(1);
    indices.map(|index| value(arguments, subject, capture(arguments, found, index)?)).collect()
}

pub fn capture(arguments: &Arguments<'_>, found: &Match, index: usize) -> Result<Capture> {
    found.capture(index).map_err(|fault| arguments.fail(fault))
}

pub fn value(arguments: &Arguments<'_>, subject: &[u8], capture: Capture) -> Result<Value> {
    Ok(match capture {
        Capture::Range(start, end) => {
            Value::String(arguments.lua.create_string(&subject[start..end])?)
        }
        Capture::Position(at) => Value::Integer(at as i64 + 1),
    })
}

pub fn refuse(arguments: &Arguments<'_>, pattern: &[u8], fault: &Fault) -> Error {
    let shown = String::from_utf8_lossy(&pattern[..pattern.len().min(SHOWN_MAX)]);
    arguments.fail(format!("{fault}: `{shown}`"))
}
