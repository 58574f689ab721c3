//! Results as programs get them.

use serde::Serialize;
use serde_json::Value;

/// Indented, for one document.
pub fn pretty<T: Serialize>(thing: &T) -> String {
    serde_json::to_string_pretty(thing).unwrap_or_else(|error| refused(&error))
}

/// On one line.
pub fn compact<T: Serialize>(thing: &T) -> String {
    serde_json::to_string(thing).unwrap_or_else(|error| refused(&error))
}

/// As a YAML document, without an end of line.
pub fn yaml<T: Serialize>(thing: &T) -> String {
    let text = serde_saphyr::to_string(thing).unwrap_or_else(|error| refused(&error));
    text.trim_end_matches('\n').to_owned()
}

/// Only types that JSON cannot hold end here, and no result is one.
fn refused(error: &dyn std::fmt::Display) -> String {
    serde_json::json!({"error": error.to_string()}).to_string()
}

/// What things call themselves, the most telling first.
const NAMES: [&str; 8] = ["name", "key", "id", "sequence", "file", "check", "token", "task"];

/// What a thing is called, or the whole of it when it has no name.
pub fn name<T: Serialize>(thing: &T) -> String {
    let value = serde_json::to_value(thing).unwrap_or_default();
    let named = NAMES.iter().find_map(|field| value.get(field).filter(|name| !name.is_null()));
    match named {
        Some(Value::String(name)) => name.clone(),
        Some(other) => other.to_string(),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_thing_has_the_most_telling_of_its_names() {
        assert_eq!(name(&json!({"id": "00", "name": "web-1"})), "web-1");
        assert_eq!(name(&json!({"sequence": 7, "task": "build"})), "7");
        assert_eq!(name(&json!({"size": 7})), r#"{"size":7}"#);
    }

    #[test]
    fn yaml_reads_back_as_the_same() {
        let value = json!({
            "text": "yes", "number": 1, "list": ["a: b", "- c", ""], "none": null, "on": true,
            "lines": "one\ntwo\n", "map": {}, "date": "2026-11-24",
        });
        let read: Value = serde_saphyr::from_str(&yaml(&value)).unwrap();
        assert_eq!(read, value);
    }
}
