//! XML: an element is a table; its attributes are keys that begin with `@`, its text is `#text`, or all it is.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value, json};

use super::bounded::VALUES_MAX;
use super::formats::{check_size, invalid, text};
use crate::registry::Arguments;
use crate::registry::answer::{Answer, Failure, Outcome};

/// Elements within elements.
const DEPTH_MAX: usize = 100;

pub fn decode(mut arguments: Arguments) -> Outcome {
    let input: String = arguments.take("text")?;
    Answer::value(parse(&input)?)
}

pub fn to_json(mut arguments: Arguments) -> Outcome {
    let input: String = arguments.take("text")?;
    text(format!("{:#}", parse(&input)?))
}

/// An element that is still open.
struct Open {
    name: String,
    fields: Map<String, Value>,
    text: String,
}

fn parse(input: &str) -> Result<Value, Failure> {
    check_size(input)?;
    let mut reader = Reader::from_str(input);
    let document = Open { name: String::new(), fields: Map::new(), text: String::new() };
    let (mut open, mut values) = (vec![document], 0);
    loop {
        let event = reader.read_event().map_err(|error| invalid("XML", &error))?;
        values += 1;
        if values > VALUES_MAX {
            return Err(invalid("XML", &format!("more than {VALUES_MAX} values")));
        }
        match event {
            Event::Start(start) if open.len() > DEPTH_MAX => {
                let name = start.name().as_ref().to_owned();
                return Err(invalid(
                    "XML",
                    &format!("`{name}` is nested more than {DEPTH_MAX} deep"),
                ));
            }
            Event::Start(start) => open.push(opened(&start)?),
            Event::Empty(start) => {
                let element = opened(&start)?;
                close(&mut open, element);
            }
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    close(&mut open, element);
                }
            }
            Event::Text(piece) => add(&mut open, &piece),
            Event::CData(piece) => add(&mut open, &piece),
            Event::GeneralRef(name) => add(&mut open, &entity(&name)?),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(document), true) if document.fields.len() == 1 => Ok(Value::Object(document.fields)),
        (Some(_), true) => Err(invalid("XML", &"there is not exactly one root element")),
        (element, _) => {
            let name = element.map(|element| element.name).unwrap_or_default();
            Err(invalid("XML", &format!("`{name}` is never closed")))
        }
    }
}

fn opened(start: &BytesStart<'_>) -> Result<Open, Failure> {
    let name = start.name().as_ref().to_owned();
    let mut fields = Map::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| invalid("XML", &error))?;
        let key = format!("@{}", attribute.key.as_ref());
        let value = quick_xml::escape::unescape(&attribute.value);
        let value = value.map_err(|error| invalid("XML", &error))?;
        fields.insert(key, value.into());
    }
    Ok(Open { name, fields, text: String::new() })
}

fn add(open: &mut [Open], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// One of the five named ones, or a number. A document declares none of its own, so nothing can grow.
fn entity(name: &str) -> Result<String, Failure> {
    let whole = format!("&{name};");
    let text = quick_xml::escape::unescape(&whole).map_err(|error| invalid("XML", &error))?;
    Ok(text.into_owned())
}

/// Puts an element into the one around it; several of the same name become a list.
fn close(open: &mut [Open], element: Open) {
    let Some(parent) = open.last_mut() else { return };
    let Open { name, mut fields, text } = element;
    let text = text.trim();
    let value = match fields.is_empty() {
        true => json!(text),
        false => {
            if !text.is_empty() {
                fields.insert("#text".into(), json!(text));
            }
            Value::Object(fields)
        }
    };
    match parent.fields.get_mut(&name) {
        Some(Value::Array(items)) => items.push(value),
        Some(present) => {
            let first = present.take();
            *present = json!([first, value]);
        }
        None => drop(parent.fields.insert(name, value)),
    }
}

pub fn encode(mut arguments: Arguments) -> Outcome {
    let (value, root): (Value, String) = (arguments.take("value")?, arguments.take("root")?);
    let mut out = String::new();
    element(&mut out, &root, &value, 0)?;
    text(out)
}

fn element(out: &mut String, name: &str, value: &Value, depth: usize) -> Result<(), Failure> {
    let valid = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || "_-.:".contains(c));
    if !valid {
        return Err(invalid("XML", &format!("`{name}` cannot name an element")));
    }
    let pad = "  ".repeat(depth);
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| element(out, name, item, depth)),
        Value::Object(map) => {
            out.push_str(&format!("{pad}<{name}"));
            for (key, value) in map.iter().filter(|(key, _)| key.starts_with('@')) {
                out.push_str(&format!(" {}=\"{}\"", &key[1..], escaped(value)));
            }
            let text = map.get("#text").map(escaped).unwrap_or_default();
            let inner: Vec<_> =
                map.iter().filter(|(key, _)| !key.starts_with(['@', '#'])).collect();
            if inner.is_empty() {
                out.push_str(&format!(">{text}</{name}>\n"));
                return Ok(());
            }
            out.push_str(&format!(">{text}\n"));
            for (key, value) in inner {
                element(out, key, value, depth + 1)?;
            }
            out.push_str(&format!("{pad}</{name}>\n"));
            Ok(())
        }
        scalar => {
            out.push_str(&format!("{pad}<{name}>{}</{name}>\n", escaped(scalar)));
            Ok(())
        }
    }
}

fn escaped(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quick_xml::escape::escape(text.as_str()).into_owned(),
        other => quick_xml::escape::escape(other.to_string()).into_owned(),
    }
}
