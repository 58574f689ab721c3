//! The reference for a terminal.

use super::entry::{Argument, Entry, Need, Topic};

/// A topic with one line for each of its names.
pub fn topic(topic: &Topic) -> String {
    let width = topic.entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
    let mut text = format!("{}: {}\n\n", topic.name, topic.doc);
    for entry in &topic.entries {
        text.push_str(&format!("  {:width$}  {}\n", entry.name, entry.doc));
    }
    text
}

/// Sentence, usage, arguments, what comes back, example.
pub fn entry(entry: &Entry) -> String {
    let mut text = format!("{}\n\n  {}\n", entry.doc, entry.signature);
    let (common, own): (Vec<&Argument>, Vec<&Argument>) =
        entry.arguments.iter().partition(|argument| argument.common);
    let width = entry.arguments.iter().map(|argument| argument.name.chars().count()).max();
    let width = width.unwrap_or(0);
    for (title, arguments) in [("Arguments", own), ("Common arguments", common)] {
        if !arguments.is_empty() {
            text.push_str(&format!("\n{title}:\n"));
        }
        for argument in arguments {
            text.push_str(&format!("  {:width$}  {}\n", argument.name, about(argument)));
        }
    }
    for (title, words) in [
        ("Returns", entry.returns.clone()),
        ("On failure", entry.failing.clone()),
        ("Also called", entry.aliases.join(", ")),
    ] {
        if !words.is_empty() {
            text.push_str(&format!("\n{title}: {words}\n"));
        }
    }
    for note in &entry.notes {
        text.push_str(&format!("\n{note}\n"));
    }
    if !entry.example.is_empty() {
        text.push_str(&format!("\nExample:\n  {}\n", entry.example));
    }
    text
}

fn about(argument: &Argument) -> String {
    let need = match &argument.need {
        Need::Required => String::new(),
        Need::Optional => "; optional".into(),
        Need::Default(value) => format!("; {value} unless given"),
        Need::Rest => "; any number of them".into(),
    };
    if argument.doc == argument.kind {
        return format!("{}{need}", argument.kind);
    }
    format!("{} ({}{need})", argument.doc, argument.kind)
}
