//! `${values.a.b}` in texts that are no Lua: shell lines, folders, users, nodes.

use serde_json::Value as Json;

const OPEN: &str = "${values.";

/// Whether the text names a value.
pub fn is_open(text: &str) -> bool {
    text.contains(OPEN)
}

/// A place of a text that cannot be filled.
#[derive(Debug, PartialEq, Eq)]
pub struct Gap {
    /// As the text names it: `values.a.b`.
    pub path: String,
    pub reason: &'static str,
}

/// The text with every `${values.…}` replaced by what it names.
pub fn expand(text: &str, values: &Json) -> Result<String, Gap> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (path, after) = after.split_once('}').ok_or_else(|| gap("", "is never closed"))?;
        expanded.push_str(before);
        expanded.push_str(&find(path, values)?);
        rest = after;
    }
    Ok(expanded + rest)
}

fn find(path: &str, values: &Json) -> Result<String, Gap> {
    let step = |value: &Json, key: &str| match value {
        Json::Object(map) => map.get(key).cloned(),
        // Lists count from 1, as everywhere in the file.
        Json::Array(list) => list.get(key.parse::<usize>().ok()?.checked_sub(1)?).cloned(),
        _ => None,
    };
    let found = path.split('.').try_fold(values.clone(), |value, key| step(&value, key));
    match found {
        Some(Json::String(text)) => Ok(text),
        Some(Json::Number(number)) => Ok(number.to_string()),
        Some(Json::Bool(value)) => Ok(value.to_string()),
        Some(Json::Array(_) | Json::Object(_)) => Err(gap(path, "is a table, not a text")),
        Some(Json::Null) | None => Err(gap(path, "is not defined")),
    }
}

fn gap(path: &str, reason: &'static str) -> Gap {
    Gap { path: format!("values.{path}"), reason }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_replaced_and_everything_else_stays() {
        let values = json!({ "a": { "b": "x" }, "n": 7, "list": ["first"] });
        let expanded = expand("${values.a.b}-${values.n} ${HOME} $${values.list.1}", &values);
        assert_eq!(expanded, Ok("x-7 ${HOME} $first".into()));
    }

    #[test]
    fn what_cannot_be_replaced_is_named() {
        let values = json!({ "a": { "b": "x" }, "none": null });
        let cases = [
            ("${values.a}", "values.a", "is a table, not a text"),
            ("${values.c.d}", "values.c.d", "is not defined"),
            ("${values.none}", "values.none", "is not defined"),
            ("${values.a", "values.", "is never closed"),
        ];
        for (text, path, reason) in cases {
            assert_eq!(expand(text, &values), Err(Gap { path: path.into(), reason }), "{text}");
        }
    }

    #[test]
    fn what_a_value_says_is_not_expanded_again() {
        let values = json!({ "a": "${values.a}" });
        assert_eq!(expand("${values.a}", &values), Ok("${values.a}".into()));
    }
}
