//! Canonical JSON text: keys sorted, no blanks, so that equal values are equal text.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::Refusal;

/// Values within values.
pub const DEPTH_MAX: usize = 32;

/// The canonical text of a value.
pub fn canonical(value: &Value) -> String {
    sorted(value).to_string()
}

/// The canonical text of JSON text; a number keeps its type (`1` is not `1.0`).
pub fn canonicalize(text: &str) -> Result<String, Refusal> {
    let value: Value = serde_json::from_str(text).map_err(|error| not_json("value", &error))?;
    let text = canonical(&value);
    check("value", &text).map(|()| text)
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            fields.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
        }
        plain => plain.clone(),
    }
}

/// Refuses text that is not canonical JSON. Never prints a number again, because how that is done may change.
pub(crate) fn check(what: &str, text: &str) -> Result<(), Refusal> {
    if has_blanks(text) {
        return Err(Refusal::invalid(format!("{what} is not canonical JSON: it has blanks")));
    }
    serde_json::from_str::<Canonical>(text).map(drop).map_err(|error| not_json(what, &error))
}

/// Refuses text that is not a JSON object.
pub(crate) fn check_object(what: &str, text: &str) -> Result<(), Refusal> {
    match serde_json::from_str::<serde_json::Map<String, Value>>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(not_json(what, &error)),
    }
}

fn not_json(what: &str, error: &serde_json::Error) -> Refusal {
    Refusal::invalid(format!("{what} is not as it must be: {error}"))
}

fn has_blanks(text: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().any(|byte| {
        let blank = !quoted && byte.is_ascii_whitespace();
        if byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = byte == b'\\' && !escaped;
        blank
    })
}

/// Accepts any value whose keys rise and whose depth is bounded; keeps nothing but the depth.
struct Canonical(usize);

impl<'de> Deserialize<'de> for Canonical {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Inspector)
    }
}

struct Inspector;

impl<'de> Visitor<'de> for Inspector {
    type Value = Canonical;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Canonical, E> {
        Ok(Canonical(0))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Canonical, E> {
        Ok(Canonical(0))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Canonical, E> {
        Ok(Canonical(0))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Canonical, E> {
        Ok(Canonical(0))
    }

    fn visit_str<E>(self, _: &str) -> Result<Canonical, E> {
        Ok(Canonical(0))
    }

    fn visit_unit<E>(self) -> Result<Canonical, E> {
        Ok(Canonical(0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Canonical, A::Error> {
        let mut depth = 0;
        while let Some(Canonical(inner)) = items.next_element()? {
            depth = depth.max(inner);
        }
        deeper(depth)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Canonical, A::Error> {
        let (mut depth, mut last) = (0, None::<String>);
        while let Some((key, Canonical(inner))) = fields.next_entry::<String, Canonical>()? {
            if last.is_some_and(|last| last >= key) {
                return Err(de::Error::custom("its keys are not sorted"));
            }
            (depth, last) = (depth.max(inner), Some(key));
        }
        deeper(depth)
    }
}

fn deeper<E: de::Error>(depth: usize) -> Result<Canonical, E> {
    if depth < DEPTH_MAX {
        return Ok(Canonical(depth + 1));
    }
    Err(E::custom(format_args!("it is more than {DEPTH_MAX} values deep")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_keys_without_blanks_are_canonical() {
        let text = canonicalize(r#" { "b" : [1, 1.0, "x y\" z"], "a" : {"d":null, "c":true} } "#);
        assert_eq!(text.unwrap(), r#"{"a":{"c":true,"d":null},"b":[1,1.0,"x y\" z"]}"#);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "{", "1 ", " 1", "[1, 2]", r#"{"b":1,"a":2}"#, r#"{"a":1,"a":1}"#, "NaN", "1e999"]
        {
            assert!(check("value", text).is_err(), "{text}");
        }
        for text in ["1", "null", "\"a b\"", "{}", "[]", r#"{"":0,"\"":1,"\\":2}"#, "\"\\\\\""] {
            assert_eq!(check("value", text), Ok(()), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(check("value", &nested(DEPTH_MAX)).is_ok());
        assert!(check("value", &nested(DEPTH_MAX + 1)).is_err());
        assert!(check("value", &nested(100_000)).is_err());
    }

    #[test]
    fn an_object_is_an_object() {
        assert!(check_object("data", r#"{ "b": 1, "a": [] }"#).is_ok());
        for text in ["[]", "1", "null", "", "{"] {
            assert!(check_object("data", text).is_err(), "{text}");
        }
    }
}
