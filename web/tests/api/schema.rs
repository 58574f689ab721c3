//! A small checker of JSON against the schemas of an OpenAPI document. It knows what the document uses, and refuses the rest.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keywords that say nothing about what is valid.
const SILENT: [&str; 5] = ["description", "format", "title", "default", "propertyNames"];

/// What is wrong with a value, place by place; nothing when it fits.
pub fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(document, schema, value, "$", &mut faults);
    undocumented(document, schema, value, &mut faults);
    faults
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else { return };
    for (keyword, argument) in keywords {
        match keyword.as_str() {
            "$ref" => check(document, resolve(document, argument), value, at, faults),
            "type" if !has_type(argument, value) => faults.push(format!("{at}: not {argument}")),
            "enum" if !items(argument).contains(value) => {
                faults.push(format!("{at}: {value} is not one of {argument}"));
            }
            "const" if argument != value => faults.push(format!("{at}: not {argument}")),
            "minimum" if value.is_number() && value.as_f64() < argument.as_f64() => {
                faults.push(format!("{at}: below {argument}"));
            }
            "allOf" => {
                items(argument).iter().for_each(|all| check(document, all, value, at, faults));
            }
            "oneOf" => {
                let misfits: Vec<_> =
                    items(argument).iter().map(|one| misfit(document, one, value)).collect();
                if misfits.iter().filter(|faults| faults.is_empty()).count() != 1 {
                    faults.push(format!("{at}: does not fit exactly one: {misfits:?}"));
                }
            }
            "required" => required(argument, value, at, faults),
            "properties" => members(document, argument, value, at, faults),
            "items" => {
                for (index, item) in items(value).iter().enumerate() {
                    check(document, argument, item, &format!("{at}[{index}]"), faults);
                }
            }
            "additionalProperties" => rest(document, keywords, argument, value, at, faults),
            "type" | "enum" | "const" | "minimum" => {}
            other => assert!(SILENT.contains(&other), "the checker does not know `{other}`"),
        }
    }
}

fn misfit(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(document, schema, value, "$", &mut faults);
    faults
}

fn required(names: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    let missing =
        items(names).iter().filter_map(Value::as_str).filter(|name| !object.contains_key(*name));
    faults.extend(missing.map(|name| format!("{at}: without `{name}`")));
}

fn members(
    document: &Value,
    properties: &Value,
    value: &Value,
    at: &str,
    faults: &mut Vec<String>,
) {
    for (name, schema) in object(properties) {
        if let Some(member) = value.get(name) {
            check(document, schema, member, &format!("{at}.{name}"), faults);
        }
    }
}

fn rest(
    document: &Value,
    keywords: &Map<String, Value>,
    schema: &Value,
    value: &Value,
    at: &str,
    faults: &mut Vec<String>,
) {
    let known = keywords.get("properties").and_then(Value::as_object);
    for (name, member) in object(value) {
        if known.is_some_and(|known| known.contains_key(name)) {
            continue;
        }
        if schema == &Value::Bool(false) {
            faults.push(format!("{at}: `{name}` is unknown"));
        }
        check(document, schema, member, &format!("{at}.{name}"), faults);
    }
}

/// Answers hold nothing that the document does not name.
fn undocumented(document: &Value, schema: &Value, value: &Value, faults: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    if !collect(document, schema, &mut names) {
        return;
    }
    let unknown = object(value).filter(|(name, _)| !names.contains(name.as_str()));
    faults.extend(unknown.map(|(name, _)| format!("$: `{name}` is not documented")));
}

/// The named properties; false when there may be others.
fn collect(document: &Value, schema: &Value, names: &mut BTreeSet<String>) -> bool {
    if let Some(reference) = schema.get("$ref") {
        return collect(document, resolve(document, reference), names);
    }
    if let Some(parts) = schema.get("allOf") {
        let open = items(parts).iter().filter(|part| !collect(document, part, names)).count();
        return open == 0;
    }
    let Some(properties) = schema.get("properties") else { return false };
    names.extend(object(properties).map(|(name, _)| name.clone()));
    schema.get("additionalProperties").is_none_or(|more| more == &Value::Bool(false))
}

fn resolve<'a>(document: &'a Value, reference: &Value) -> &'a Value {
    let path = reference.as_str().and_then(|text| text.strip_prefix('#')).unwrap();
    document.pointer(path).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    if let Some(several) = wanted.as_array() {
        return several.iter().any(|one| has_type(one, value));
    }
    match wanted.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the checker does not know the type `{other}`"),
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

pub async fn the_checker_finds_what_is_wrong() {
    use serde_json::json;
    let document = json!({ "components": { "schemas": {
        "P": { "type": "object", "required": ["n"], "properties": {
            "n": { "type": "integer", "minimum": 0 },
            "w": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/W" }] },
        } },
        "W": { "type": "string", "enum": ["a", "b"] },
    } } });
    let schema = json!({ "$ref": "#/components/schemas/P" });
    let count = |value| faults(&document, &schema, &value).len();
    assert_eq!(count(json!({ "n": 1, "w": "a" })), 0);
    assert_eq!(count(json!({ "n": 1, "w": null })), 0);
    assert_eq!(count(json!({ "n": -1, "w": "c" })), 2);
    assert_eq!(count(json!({ "w": 1, "x": 1 })), 3);
    assert_eq!(count(json!([])), 1);
}
