//! Definitions in the notation of Lua language servers.

use super::entry::{Argument, Entry, Kind, Need, Topic};

/// What the generated definitions lean on.
const BASE: &str = include_str!("base.lua");

/// One file with everything.
pub fn file(topics: &[Topic]) -> String {
    let texts: Vec<String> = topics.iter().map(topic).collect();
    format!("{BASE}{}", texts.concat())
}

/// Files of a folder: one with the language, and one of its own for each module, so that `require` finds them.
pub fn files(topics: &[Topic]) -> Vec<(String, String)> {
    let (modules, language): (Vec<&Topic>, Vec<&Topic>) =
        topics.iter().partition(|topic| topic.kind == Kind::Module);
    let texts: Vec<String> = language.into_iter().map(topic).collect();
    let language = ("sloth.lua".to_owned(), format!("{BASE}{}", texts.concat()));
    let modules = modules.into_iter().map(|module| {
        let text = format!("---@meta\n{}\nreturn {}\n", topic(module), module.name);
        (format!("{}.lua", module.name), text)
    });
    [language].into_iter().chain(modules).collect()
}

fn topic(topic: &Topic) -> String {
    let text = match topic.kind {
        Kind::Module => module(topic),
        Kind::Builder => builder(topic),
        Kind::Keys => table(&format!("sloth.{}", topic.name), topic),
        // The base writes the others out: they have shapes of their own.
        Kind::Globals => {
            let functions = topic.entries.iter().filter(|entry| !entry.arguments.is_empty());
            functions.map(|entry| function(entry, "")).collect()
        }
        Kind::Members => return String::new(),
    };
    format!("\n{text}")
}

fn module(topic: &Topic) -> String {
    let name = &topic.name;
    let mut text = comment(&topic.doc);
    text.push_str(&format!("---@class {name}\n"));
    if let Some(entry) = topic.call.as_ref().and_then(|call| topic.find(call)) {
        text.push_str(&format!("---@overload {}\n", type_of(&placed(entry), entry)));
    }
    text.push_str(&format!("{name} = {{}}\n"));
    for entry in &topic.entries {
        text.push('\n');
        text.push_str(&function(entry, name));
    }
    for alias in &topic.aliases {
        text.push_str(&format!("\n{alias} = {name}\n"));
    }
    text
}

fn function(entry: &Entry, module: &str) -> String {
    let mut text = comment(&entry.doc);
    let parameters = placed(entry);
    for (name, lua, doc) in &parameters {
        text.push_str(&format!("---@param {name} {lua} # {doc}\n"));
    }
    for (lua, name) in entry.gives.iter().zip(["result", "detail", "failure"]) {
        text.push_str(&format!("---@return {lua} {name}\n"));
    }
    if entry.arguments.len() > 1 && !is_rest(entry) {
        let named = format!("{{ {} }}", fields(entry.arguments.iter()));
        let only = vec![("arguments".to_owned(), named, String::new())];
        text.push_str(&format!("---@overload {}\n", type_of(&only, entry)));
    }
    let names: Vec<&str> = parameters.iter().map(|(name, ..)| name.trim_end_matches('?')).collect();
    text.push_str(&format!("function {}({}) end\n", entry.name, names.join(", ")));
    for alias in &entry.aliases {
        text.push_str(&format!("\n{module}.{alias} = {}\n", entry.name));
    }
    text
}

fn is_rest(entry: &Entry) -> bool {
    entry.arguments.iter().any(|argument| argument.need == Need::Rest)
}

/// Name, type and sentence of what is given by its place; a table of named ones comes last or in an optional place.
fn placed(entry: &Entry) -> Vec<(String, String, String)> {
    let named: Vec<&Argument> =
        entry.arguments.iter().filter(|argument| !argument.positional).collect();
    let options = format!("{{ {} }}", fields(named.iter().copied()));
    let mut parameters: Vec<(String, String, String)> = Vec::new();
    for argument in entry.arguments.iter().filter(|argument| argument.positional) {
        let doc = argument.doc.clone();
        parameters.push(match argument.need {
            Need::Required => (lua_name(&argument.name), argument.lua.into(), doc),
            Need::Rest => ("...".into(), argument.lua.into(), doc),
            _ if named.is_empty() => (lua_name(&argument.name) + "?", argument.lua.into(), doc),
            _ => (lua_name(&argument.name) + "?", format!("{}|{options}", argument.lua), doc),
        });
    }
    if !named.is_empty() {
        parameters.push(("options?".into(), options, "named arguments".into()));
    }
    parameters
}

fn type_of(parameters: &[(String, String, String)], entry: &Entry) -> String {
    let parameters: Vec<String> =
        parameters.iter().map(|(name, lua, _)| format!("{name}: {lua}")).collect();
    let gives = if entry.gives.is_empty() {
        String::new()
    } else {
        format!(": {}", entry.gives.join(", "))
    };
    format!("fun({}){gives}", parameters.join(", "))
}

fn fields<'a>(arguments: impl Iterator<Item = &'a Argument>) -> String {
    let fields: Vec<String> = arguments
        .map(|argument| {
            let mark = if argument.need == Need::Required { "" } else { "?" };
            format!("{}{mark}: {}", argument.name, argument.lua)
        })
        .collect();
    fields.join(", ")
}

/// Words of the language cannot be names of parameters.
fn lua_name(name: &str) -> String {
    match name {
        "end" | "function" | "local" | "repeat" | "until" | "while" => format!("{name}_"),
        name => name.to_owned(),
    }
}

/// The methods, and the same names as keys of a table.
fn builder(topic: &Topic) -> String {
    let class = class(&topic.name);
    let mut text = comment(&topic.doc);
    text.push_str(&format!(
        "---@class {class}\nlocal {class_name} = {{}}\n",
        class_name = local(&topic.name)
    ));
    for entry in topic.entries.iter().chain([&built(topic)]) {
        text.push('\n');
        text.push_str(&method(&class, &local(&topic.name), entry));
    }
    text.push('\n');
    text.push_str(&table(&format!("{class}Fields"), topic));
    text
}

fn built(topic: &Topic) -> Entry {
    Entry {
        name: format!("{}:build", topic.name),
        short: "build".into(),
        aliases: Vec::new(),
        signature: ":build()".into(),
        doc: format!("Ends the description of a {}.", topic.name),
        arguments: Vec::new(),
        returns: format!("the {}", topic.name),
        failing: String::new(),
        gives: Vec::new(),
        notes: Vec::new(),
        example: String::new(),
    }
}

fn method(class: &str, local: &str, entry: &Entry) -> String {
    let mut text = comment(&entry.doc);
    let value = entry.arguments.first();
    if let Some(value) = value {
        let mark = if value.need == Need::Required { "" } else { "?" };
        text.push_str(&format!("---@param value{mark} {} # {}\n", value.lua, value.kind));
    }
    text.push_str(&format!("---@return {class}\n"));
    let (value, more) = match value {
        Some(_) => ("value", ", ..."),
        None => ("", ""),
    };
    let name = &entry.short;
    text.push_str(&match lua_name(name) == *name {
        true => format!("function {local}:{name}({value}{more}) end\n"),
        // A word of the language is no name of a method, only a key.
        false => format!("{local}[\"{name}\"] = function(_, {value}{more}) end\n"),
    });
    text
}

/// A table type with every name of the topic as an optional key.
fn table(class: &str, topic: &Topic) -> String {
    let mut text = format!("---@class {class}\n");
    for entry in &topic.entries {
        let lua = entry.arguments.first().map_or("any", |value| value.lua);
        let name = match lua_name(&entry.short) == entry.short {
            true => entry.short.clone() + "?",
            false => format!("[\"{}\"]", entry.short),
        };
        text.push_str(&format!("---@field {name} {lua} # {}\n", entry.doc));
    }
    text
}

fn class(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    format!("sloth.{}", first.into_iter().chain(letters).collect::<String>())
}

fn local(name: &str) -> String {
    format!("{name}_methods")
}

fn comment(doc: &str) -> String {
    format!("---{doc}\n")
}
