//! The functions of `string` that need no pattern.

use memchr::memmem;
use mlua::{IntoLuaMulti, MultiValue, Result, Value};

use super::arguments::{Arguments, end_offset, offset};
use super::{RESULTS_MAX, TEXT_MAX};

pub fn length(arguments: Arguments<'_>) -> Result<MultiValue> {
    arguments.text(0)?.as_bytes().len().into_lua_multi(arguments.lua)
}

pub fn upper(arguments: Arguments<'_>) -> Result<MultiValue> {
    text(&arguments, arguments.text(0)?.as_bytes().to_ascii_uppercase())
}

pub fn lower(arguments: Arguments<'_>) -> Result<MultiValue> {
    text(&arguments, arguments.text(0)?.as_bytes().to_ascii_lowercase())
}

pub fn reverse(arguments: Arguments<'_>) -> Result<MultiValue> {
    text(&arguments, arguments.text(0)?.as_bytes().iter().rev().copied().collect())
}

pub fn sub(arguments: Arguments<'_>) -> Result<MultiValue> {
    let subject = arguments.text(0)?;
    let subject = subject.as_bytes();
    let start = offset(arguments.integer(1)?, subject.len());
    let end = end_offset(arguments.integer_or(2, -1)?, subject.len());
    let part = if start < end { &subject[start..end] } else { &[] };
    arguments.lua.create_string(part)?.into_lua_multi(arguments.lua)
}

pub fn byte(arguments: Arguments<'_>) -> Result<MultiValue> {
    let subject = arguments.text(0)?;
    let subject = subject.as_bytes();
    let first = arguments.integer_or(1, 1)?;
    let start = offset(first, subject.len());
    let end = end_offset(arguments.integer_or(2, first)?, subject.len());
    let part = if start < end { &subject[start..end] } else { &[] };
    if part.len() > RESULTS_MAX {
        return Err(arguments.fail(format!("more than {RESULTS_MAX} values")));
    }
    Ok(part.iter().map(|byte| Value::Integer(i64::from(*byte))).collect())
}

pub fn char(arguments: Arguments<'_>) -> Result<MultiValue> {
    let bytes = (0..arguments.values.len()).map(|index| {
        u8::try_from(arguments.integer(index)?)
            .map_err(|_| arguments.wrong(index, "a number from 0 to 255"))
    });
    let bytes = bytes.collect::<Result<Vec<u8>>>()?;
    text(&arguments, bytes)
}

pub fn repeat(arguments: Arguments<'_>) -> Result<MultiValue> {
    let unit = arguments.text(0)?;
    let count = usize::try_from(arguments.integer(1)?.max(0)).unwrap_or(usize::MAX);
    let separator = if arguments.is_absent(2) { None } else { Some(arguments.text(2)?) };
    let unit = unit.as_bytes();
    let separator =
        separator.as_ref().map_or(Vec::new(), |separator| separator.as_bytes().to_vec());
    let size = (unit.len() + separator.len()).saturating_mul(count);
    if size > TEXT_MAX {
        return Err(arguments.fail(format!("the text would be longer than {TEXT_MAX} bytes")));
    }
    // Nothing repeated is nothing, however often.
    if size == 0 {
        return text(&arguments, Vec::new());
    }
    let mut output = [&unit[..], &separator].concat().repeat(count);
    output.truncate(size - separator.len());
    text(&arguments, output)
}

/// The parts between separators, as a list.
pub fn split(arguments: Arguments<'_>) -> Result<MultiValue> {
    let (subject, separator) = (arguments.text(0)?, arguments.text(1)?);
    let (subject, separator) = (subject.as_bytes(), separator.as_bytes());
    if separator.is_empty() {
        return Err(arguments.fail("the separator is empty"));
    }
    let parts = arguments.lua.create_table()?;
    let mut start = 0;
    for at in memmem::find_iter(&subject, &separator[..]) {
        parts.raw_push(arguments.lua.create_string(&subject[start..at])?)?;
        start = at + separator.len();
    }
    parts.raw_push(arguments.lua.create_string(&subject[start..])?)?;
    parts.into_lua_multi(arguments.lua)
}

/// An iterator over lines without their ends; a final newline begins no further line.
pub fn lines(arguments: Arguments<'_>) -> Result<MultiValue> {
    let subject = arguments.text(0)?;
    let mut start = 0;
    let next = arguments.lua.create_function_mut(move |lua, ()| {
        let subject = subject.as_bytes();
        if start >= subject.len() {
            return Ok(Value::Nil);
        }
        let rest = &subject[start..];
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        start += end + 1;
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        lua.create_string(line).map(Value::String)
    })?;
    next.into_lua_multi(arguments.lua)
}

fn text(arguments: &Arguments<'_>, bytes: Vec<u8>) -> Result<MultiValue> {
    arguments.lua.create_string(bytes)?.into_lua_multi(arguments.lua)
}
