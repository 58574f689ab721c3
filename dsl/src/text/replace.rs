//! `gsub`.

use mlua::{IntoLuaMulti, LuaString, MultiValue, Result, Value};

use super::TEXT_MAX;
use super::arguments::Arguments;
use super::pattern::{self, Capture, Match, Matcher};
use super::search::{capture, captures, refuse, value};
use super::steps::Steps;

pub fn replace(arguments: Arguments<'_>) -> Result<MultiValue> {
    let (subject, pattern) = (arguments.text(0)?, arguments.text(1)?);
    let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
    let replacement = Replacement::of(&arguments)?;
    let most = arguments.integer_or(3, i64::MAX)?;
    let (anchored, pattern) = pattern::anchored(&pattern);
    let mut matcher = Matcher::new(&subject, pattern, Steps::new(subject.len()));
    let (mut at, mut last, mut count, mut output) = (0, None, 0, Vec::new());
    while count < most {
        let found = matcher.at(at).map_err(|fault| refuse(&arguments, pattern, &fault))?;
        match found {
            Some(found) if last != Some(found.end) => {
                count += 1;
                replacement.append(&arguments, &subject, &found, &mut output)?;
                at = found.end;
                last = Some(at);
            }
            _ if at < subject.len() => {
                output.push(subject[at]);
                at += 1;
            }
            _ => break,
        }
        check_size(&arguments, output.len())?;
        if anchored {
            break;
        }
    }
    output.extend_from_slice(&subject[at..]);
    (arguments.lua.create_string(&output)?, count).into_lua_multi(arguments.lua)
}

/// What `gsub` puts in the place of a match.
enum Replacement {
    Text(LuaString),
    /// A table or a function.
    Lookup(Value),
}

impl Replacement {
    fn of(arguments: &Arguments<'_>) -> Result<Self> {
        match arguments.get(2) {
            value @ Value::Function(_) => Ok(Replacement::Lookup(value)),
            value @ Value::Table(_) => match arguments.text(2) {
                Ok(text) => Ok(Replacement::Text(text)),
                Err(_) => Ok(Replacement::Lookup(value)),
            },
            Value::String(_) | Value::Integer(_) | Value::Number(_) => {
                Ok(Replacement::Text(arguments.text(2)?))
            }
            _ => Err(arguments.wrong(2, "text, a function or a table")),
        }
    }

    fn append(
        &self,
        arguments: &Arguments<'_>,
        subject: &[u8],
        found: &Match,
        output: &mut Vec<u8>,
    ) -> Result<()> {
        match self {
            Replacement::Text(text) => {
                template(arguments, &text.as_bytes(), subject, found, output)
            }
            Replacement::Lookup(by) => {
                let replaced = look_up(arguments, by, subject, found)?;
                append_value(arguments, replaced, &subject[found.start..found.end], output)
            }
        }
    }
}

fn look_up(arguments: &Arguments<'_>, by: &Value, subject: &[u8], found: &Match) -> Result<Value> {
    match by {
        Value::Function(function) => function.call(captures(arguments, subject, found)?),
        Value::Table(table) => table.get(value(arguments, subject, capture(arguments, found, 0)?)?),
        _ => Ok(Value::Nil),
    }
}

fn append_value(
    arguments: &Arguments<'_>,
    replaced: Value,
    original: &[u8],
    output: &mut Vec<u8>,
) -> Result<()> {
    match replaced {
        Value::Nil | Value::Boolean(false) => output.extend_from_slice(original),
        Value::String(_) | Value::Integer(_) | Value::Number(_) => {
            if let Some(text) = arguments.lua.coerce_string(replaced)? {
                output.extend_from_slice(&text.as_bytes());
            }
        }
        other => {
            return Err(
                arguments.fail(format!("invalid replacement value (a {})", other.type_name()))
            );
        }
    }
    Ok(())
}

/// A replacement text with `%0` … `%9` and `%%`.
fn template(
    arguments: &Arguments<'_>,
    text: &[u8],
    subject: &[u8],
    found: &Match,
    output: &mut Vec<u8>,
) -> Result<()> {
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match (byte, if *byte == b'%' { bytes.next() } else { None }) {
            (b'%', Some(b'%')) => output.push(b'%'),
            (b'%', Some(b'0')) => output.extend_from_slice(&subject[found.start..found.end]),
            (b'%', Some(digit @ b'1'..=b'9')) => {
                match capture(arguments, found, usize::from(digit - b'1'))? {
                    Capture::Range(start, end) => output.extend_from_slice(&subject[start..end]),
                    Capture::Position(at) => {
                        output.extend_from_slice((at + 1).to_string().as_bytes())
                    }
                }
            }
            (b'%', _) => return Err(arguments.fail("invalid use of '%' in replacement text")),
            (literal, _) => output.push(*literal),
        }
        check_size(arguments, output.len())?;
    }
    Ok(())
}

fn check_size(arguments: &Arguments<'_>, size: usize) -> Result<()> {
    if size > TEXT_MAX {
        return Err(arguments.fail(format!("the text would be longer than {TEXT_MAX} bytes")));
    }
    Ok(())
}
