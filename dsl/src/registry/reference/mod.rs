//! What a file may use, as data for people and editors: modules, the language's own builders and keys, globals.

mod entry;
mod functions;
mod globals;
mod language;
mod markdown;
mod stubs;
mod text;
mod words;

pub use entry::{Argument, Entry, Kind, Need, Topic};

use super::modules;
use crate::text::nearest;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A module, a builder or another group of names.
    Topic(Topic),
    /// One name of a topic.
    Entry(Entry),
}

impl Found {
    /// For a terminal: several lines, no colours.
    pub fn text(&self) -> String {
        match self {
            Found::Topic(topic) => text::topic(topic),
            Found::Entry(entry) => text::entry(entry),
        }
    }

    /// For an editor's hover and for pages.
    pub fn markdown(&self) -> String {
        match self {
            Found::Topic(topic) => markdown::topic(topic),
            Found::Entry(entry) => markdown::entry(entry),
        }
    }
}

/// Every topic, in the order of the reference: the language first, then the modules.
pub fn topics() -> Vec<Topic> {
    language::topics().into_iter().chain(modules().iter().map(functions::topic)).collect()
}

/// What a name such as `fs`, `fs.copy`, `exec.command`, `task`, `task:timeout` or `print` stands for.
pub fn lookup(name: &str) -> Option<Found> {
    let name = name.trim().trim_end_matches("()");
    let topics = topics();
    let global = |topic: &&Topic| topic.name == globals::NAME;
    match name.split_once(['.', ':']) {
        Some((topic, short)) => {
            let topic = topics.iter().find(|candidate| candidate.is_called(topic))?;
            topic.find(short).cloned().map(Found::Entry)
        }
        None => match topics.iter().find(|topic| topic.is_called(name)) {
            Some(topic) => Some(Found::Topic(topic.clone())),
            None => topics.iter().find(global)?.find(name).cloned().map(Found::Entry),
        },
    }
}

/// The known name that looks most like the given one.
pub fn suggest(name: &str) -> Option<String> {
    let topics = topics();
    let all = topics.iter().flat_map(|topic| {
        [topic.name.clone()].into_iter().chain(topic.entries.iter().map(|entry| entry.name.clone()))
    });
    let all: Vec<String> = all.collect();
    nearest(name, all.iter().map(String::as_str)).map(str::to_owned)
}

/// The whole reference as one Markdown page.
pub fn reference() -> String {
    markdown::page(&topics())
}

/// Definitions for Lua language servers as the files of a folder: name and text. There, `require` finds the modules.
pub fn stub_files() -> Vec<(String, String)> {
    stubs::files(&topics())
}

/// Definitions for Lua language servers in one text.
pub fn stubs() -> String {
    stubs::file(&topics())
}
