//! The reference as Markdown.

use super::entry::{Argument, Entry, Kind, Need, Topic};

/// One page with every topic.
pub fn page(topics: &[Topic]) -> String {
    let mut page = String::from("# Reference\n\n");
    for topic in topics {
        page.push_str(&format!("- [`{0}`](#{0}): {1}\n", topic.name, topic.doc));
    }
    for topic in topics {
        page.push_str(&format!("\n## {}\n\n{}\n", topic.name, topic.doc));
        for entry in &topic.entries {
            page.push_str(&format!("\n### {}\n\n{}", entry.name, self::entry(entry)));
        }
    }
    page
}

/// A topic with one line for each of its names.
pub fn topic(topic: &Topic) -> String {
    let mut text = format!("**{}**: {}\n\n", topic.name, topic.doc);
    for entry in &topic.entries {
        text.push_str(&format!("- `{}`: {}\n", entry.signature, entry.doc));
    }
    text
}

/// Signature, sentence, arguments, what comes back, example.
pub fn entry(entry: &Entry) -> String {
    let mut text = format!("```lua\n{}\n```\n\n{}\n", entry.signature, entry.doc);
    if let [.., _] = &entry.arguments[..] {
        text.push('\n');
    }
    for argument in &entry.arguments {
        text.push_str(&line(argument));
    }
    if !entry.returns.is_empty() {
        text.push_str(&format!("\nReturns {}", entry.returns));
        if !entry.failing.is_empty() {
            text.push_str(&format!("; when it fails: {}", entry.failing));
        }
        text.push_str(".\n");
    }
    if !entry.aliases.is_empty() {
        text.push_str(&format!("\nAlso called {}.\n", quoted(&entry.aliases)));
    }
    for note in &entry.notes {
        text.push_str(&format!("\n{note}\n"));
    }
    if !entry.example.is_empty() {
        text.push_str(&format!("\n```lua\n{}\n```\n", entry.example));
    }
    text
}

fn line(argument: &Argument) -> String {
    let need = match &argument.need {
        Need::Required => String::new(),
        Need::Optional => ", optional".into(),
        Need::Default(value) => format!(", default `{value}`"),
        Need::Rest => ", any number".into(),
    };
    let also = match &argument.aliases[..] {
        [] => String::new(),
        aliases => format!(" (also {})", quoted(aliases)),
    };
    let doc =
        if argument.doc == argument.kind { String::new() } else { format!(": {}", argument.doc) };
    format!("- `{}`{also}, {}{need}{doc}\n", argument.name, argument.kind)
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

impl Kind {
    /// What a list of topics calls it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Module => "module",
            Kind::Builder => "builder",
            Kind::Keys => "keys",
            Kind::Members => "members",
            Kind::Globals => "globals",
        }
    }
}
