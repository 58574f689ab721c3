//! The language's own names: builders, keys of tables, `this`, globals.

use crate::field::{self, CONFIG, Fields, TASK, WORKFLOW};

use super::entry::{Argument, Entry, Kind, Need, Topic};
use super::{globals, words};

pub fn topics() -> Vec<Topic> {
    vec![
        builder("task", "A task: `task(\"name\")` begins one, each method describes it.", &TASK),
        builder(
            "workflow",
            "A workflow: `workflow.define(\"name\")` begins one, each method describes it.",
            &WORKFLOW,
        ),
        keys("config", "The keys of a workflow's `config` table.", &CONFIG),
        globals::this(),
        globals::topic(),
    ]
}

fn builder(name: &'static str, doc: &str, fields: &'static Fields) -> Topic {
    let fields = fields.here().filter(|(field, _)| *field != "name");
    let entries = fields.map(|(field, kind)| method(name, field, kind)).collect();
    Topic { kind: Kind::Builder, ..topic(name, doc, entries) }
}

fn keys(name: &'static str, doc: &str, fields: &'static Fields) -> Topic {
    let entries = fields.here().map(|(field, kind)| key(name, field, kind)).collect();
    Topic { kind: Kind::Keys, ..topic(name, doc, entries) }
}

fn topic(name: &str, doc: &str, entries: Vec<Entry>) -> Topic {
    let (name, doc) = (name.to_owned(), doc.to_owned());
    Topic { name, aliases: Vec::new(), doc, kind: Kind::Members, entries, call: None }
}

fn method(owner: &'static str, field: &'static str, kind: field::Kind) -> Entry {
    let mut entry = described(owner, field, kind);
    // `:once()` is `:once(true)`.
    let mark = if kind == field::Kind::Switch { "?" } else { "" };
    if let (Some(value), "?") = (entry.arguments.first_mut(), mark) {
        value.need = Need::Default("true".into());
    }
    Entry {
        name: format!("{owner}:{field}"),
        signature: format!(":{field}({}{mark})", words::kind(kind).name),
        returns: format!("the {owner}"),
        ..entry
    }
}

fn key(owner: &'static str, field: &'static str, kind: field::Kind) -> Entry {
    let signature = format!("{field} = {}", words::kind(kind).name);
    Entry { name: format!("{owner}.{field}"), signature, ..described(owner, field, kind) }
}

fn described(owner: &'static str, field: &'static str, kind: field::Kind) -> Entry {
    let words = words::kind(kind);
    let (doc, example) = words::field(owner, field).unwrap_or_default();
    let value = Argument {
        name: words.name.into(),
        aliases: Vec::new(),
        kind: words.described,
        lua: words.lua,
        need: Need::Required,
        positional: true,
        common: false,
        doc: words.described.into(),
    };
    Entry {
        name: String::new(),
        short: field.into(),
        aliases: Vec::new(),
        signature: String::new(),
        doc: doc.into(),
        arguments: vec![value],
        returns: String::new(),
        failing: String::new(),
        gives: Vec::new(),
        notes: Vec::new(),
        example: example.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_sentence() {
        for (owner, fields) in [("task", &TASK), ("workflow", &WORKFLOW), ("config", &CONFIG)] {
            for name in fields.names() {
                assert!(
                    name == "name" || words::field(owner, name).is_some(),
                    "add a sentence about `{name}` of {owner} to registry/reference/words.rs"
                );
            }
        }
    }
}
