//! `string.format`, as tolerant as scripts expect: whole numbers are made of floats and numeric texts.

use mlua::{Function, MultiValue, Result, Value};

use super::arguments::Arguments;

/// Formats with the language's own function after the arguments were made to fit their verbs.
pub fn format(native: &Function, mut arguments: Arguments<'_>) -> Result<MultiValue> {
    let pattern = arguments.text(0)?;
    let mut values = std::mem::take(&mut arguments.values);
    for (index, verb) in verbs(&pattern.as_bytes()).enumerate() {
        if let Some(value) = values.get_mut(index + 1)
            && matches!(verb, b'd' | b'i' | b'c' | b'x' | b'X' | b'o')
        {
            *value = whole(&arguments, value.clone())?;
        }
    }
    if let Some(first) = values.front_mut() {
        *first = Value::String(pattern);
    }
    native.call(values)
}

/// The letter of every directive that takes an argument.
fn verbs(pattern: &[u8]) -> impl Iterator<Item = u8> {
    let mut bytes = pattern.iter().copied();
    std::iter::from_fn(move || {
        loop {
            bytes.by_ref().find(|byte| *byte == b'%')?;
            let verb = bytes
                .by_ref()
                .find(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'#' | b' ' | b'.'))?;
            if verb != b'%' {
                return Some(verb);
            }
        }
    })
}

fn whole(arguments: &Arguments<'_>, value: Value) -> Result<Value> {
    let number = arguments.lua.coerce_number(value.clone())?.map(f64::trunc);
    Ok(match (&value, number) {
        (Value::Integer(_), _) => value,
        (_, Some(number)) if number.abs() < i64::MAX as f64 => Value::Integer(number as i64),
        _ => value,
    })
}
