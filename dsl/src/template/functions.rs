use std::cmp::Ordering;

use serde_json::Value;

use super::render::{holds, shown};

/// Arguments that are not there are nothing. The error says what is needed.
pub type Function = fn(&[Option<Value>]) -> Result<Option<Value>, String>;

pub fn find(name: &str) -> Option<Function> {
    Some(match name {
        "eq" => |a| two(a).map(|(left, right)| Some((left == right).into())),
        "ne" => |a| two(a).map(|(left, right)| Some((left != right).into())),
        "lt" => |a| compared(a, Ordering::is_lt),
        "le" => |a| compared(a, Ordering::is_le),
        "gt" => |a| compared(a, Ordering::is_gt),
        "ge" => |a| compared(a, Ordering::is_ge),
        "and" => |a| Ok(a.iter().find(|value| !yes(value)).or(a.last()).cloned().flatten()),
        "or" => |a| Ok(a.iter().find(|value| yes(value)).or(a.last()).cloned().flatten()),
        "not" => |a| Ok(Some((!a.last().is_some_and(yes)).into())),
        "default" => {
            |a| Ok(a.iter().rev().find(|value| yes(value)).or(a.first()).cloned().flatten())
        }
        "len" => length,
        "index" => index,
        "join" => join,
        "printf" => printf,
        "upper" => |a| text(a).map(|text| Some(text.to_uppercase().into())),
        "lower" => |a| text(a).map(|text| Some(text.to_lowercase().into())),
        "trim" => |a| text(a).map(|text| Some(text.trim().into())),
        "quote" => |a| text(a).map(|text| Some(Value::from(text).to_string().into())),
        _ => return None,
    })
}

fn yes(value: &Option<Value>) -> bool {
    value.as_ref().is_some_and(holds)
}

fn two(arguments: &[Option<Value>]) -> Result<(&Option<Value>, &Option<Value>), String> {
    match arguments {
        [left, right] => Ok((left, right)),
        _ => Err("needs two values".into()),
    }
}

fn compared(
    arguments: &[Option<Value>],
    wanted: fn(Ordering) -> bool,
) -> Result<Option<Value>, String> {
    let order = match two(arguments)? {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            left.as_f64().partial_cmp(&right.as_f64())
        }
        (Some(Value::String(left)), Some(Value::String(right))) => Some(left.cmp(right)),
        _ => None,
    };
    let order = order.ok_or("needs two numbers or two texts")?;
    Ok(Some(wanted(order).into()))
}

fn length(arguments: &[Option<Value>]) -> Result<Option<Value>, String> {
    let length = match arguments {
        [Some(Value::String(text))] => text.chars().count(),
        [Some(Value::Array(items))] => items.len(),
        [Some(Value::Object(map))] => map.len(),
        [None] => 0,
        _ => return Err("needs a text, a list or a table".into()),
    };
    Ok(Some(length.into()))
}

fn index(arguments: &[Option<Value>]) -> Result<Option<Value>, String> {
    let (of, at) = two(arguments)?;
    let (Some(of), Some(at)) = (of, at) else { return Ok(None) };
    let found = match at {
        Value::String(key) => of.get(key),
        at => at.as_u64().and_then(|at| of.get(usize::try_from(at).ok()?)),
    };
    Ok(found.cloned())
}

fn join(arguments: &[Option<Value>]) -> Result<Option<Value>, String> {
    match two(arguments)? {
        (Some(Value::String(separator)), Some(Value::Array(items))) => {
            let texts: Vec<String> = items.iter().map(shown).collect();
            Ok(Some(texts.join(separator).into()))
        }
        _ => Err("needs a separator and a list".into()),
    }
}

/// `%s`, `%d` and `%v` take the next value, `%%` is a percent sign.
fn printf(arguments: &[Option<Value>]) -> Result<Option<Value>, String> {
    let Some((Some(Value::String(format)), values)) = arguments.split_first() else {
        return Err("needs a text first".into());
    };
    let (mut out, mut values, mut letters) = (String::new(), values.iter(), format.chars());
    while let Some(letter) = letters.next() {
        match (letter, if letter == '%' { letters.next() } else { None }) {
            ('%', Some('%')) => out.push('%'),
            ('%', Some('s' | 'd' | 'v')) => {
                let value = values.next().cloned().flatten();
                out.push_str(&shown(&value.ok_or("has fewer values than places")?));
            }
            ('%', _) => return Err("knows `%s`, `%d`, `%v` and `%%` only".into()),
            (letter, _) => out.push(letter),
        }
    }
    Ok(Some(out.into()))
}

fn text(arguments: &[Option<Value>]) -> Result<String, String> {
    match arguments {
        [Some(value)] => Ok(shown(value)),
        _ => Err("needs one value".into()),
    }
}
