use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use config::TaskName;
use serde_json::{Map, Value as Json};

use crate::field::Slot;
use crate::model::{Retry, Target};

/// A place in the book's table of functions.
pub type FunctionId = i64;

/// A task or workflow as far as the file has described it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub name: String,
    pub line: u32,
    settings: BTreeMap<Slot, Entry>,
}

/// A value and the line that gave it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub setting: Setting,
    pub line: u32,
}

/// A checked value.
#[derive(Clone, Debug)]
pub enum Setting {
    Text(String),
    Duration(Duration),
    Count(u32),
    Switch(bool),
    Texts(Vec<String>),
    Tasks(Vec<TaskName>),
    Variables(BTreeMap<String, String>),
    Map(Map<String, Json>),
    Function(FunctionId),
    Command(CommandDraft),
    Condition(ConditionDraft),
    Retry(Retry),
    Target(Target),
    /// Numbers of task drafts, in listed order.
    Members(Vec<usize>),
    Config(Draft),
}

#[derive(Clone, Debug)]
pub enum CommandDraft {
    Line(String),
    Function(FunctionId),
    /// The task whose settings this one inherits.
    Task(usize),
}

#[derive(Clone, Debug)]
pub enum ConditionDraft {
    Line(String),
    Function(FunctionId),
}

/// The accessors of one variant each: a slot always holds the variant its field's kind reads.
macro_rules! accessors {
    ($($method:ident: $variant:ident($type:ty)),* $(,)?) => {
        impl Draft {
            $(pub fn $method(&self, slot: Slot) -> Option<&$type> {
                match self.setting(slot) {
                    Some(Setting::$variant(value)) => Some(value),
                    _ => None,
                }
            })*
        }
    };
}

accessors! {
    text: Text(String),
    duration: Duration(Duration),
    count: Count(u32),
    switch: Switch(bool),
    texts: Texts(Vec<String>),
    tasks: Tasks(Vec<TaskName>),
    variables: Variables(BTreeMap<String, String>),
    map: Map(Map<String, Json>),
    command: Command(CommandDraft),
    condition: Condition(ConditionDraft),
    retry: Retry(Retry),
    target: Target(Target),
    members: Members(Vec<usize>),
    config: Config(Draft),
}

impl Draft {
    pub fn new(name: String, line: u32) -> Self {
        Draft { name, line, settings: BTreeMap::new() }
    }

    /// Moves the settings out; the name stays.
    pub fn take(&mut self) -> Self {
        let empty = Draft::new(self.name.clone(), self.line);
        std::mem::replace(self, empty)
    }

    pub fn set(&mut self, slot: Slot, setting: Setting, line: u32) {
        self.settings.insert(slot, Entry { setting, line });
    }

    pub fn has(&self, slot: Slot) -> bool {
        self.settings.contains_key(&slot)
    }

    /// The line that set this, or where the draft was named.
    pub fn line_of(&self, slot: Slot) -> u32 {
        self.settings.get(&slot).map_or(self.line, |entry| entry.line)
    }

    pub fn path(&self, slot: Slot) -> Option<PathBuf> {
        self.text(slot).map(PathBuf::from)
    }

    /// The function in this slot, whatever else the slot may hold.
    pub fn function(&self, slot: Slot) -> Option<FunctionId> {
        match self.setting(slot)? {
            Setting::Function(id)
            | Setting::Command(CommandDraft::Function(id))
            | Setting::Condition(ConditionDraft::Function(id)) => Some(*id),
            _ => None,
        }
    }

    /// Takes from `base` what this draft leaves open, its command first of all.
    pub fn inherit(&mut self, base: &Draft) {
        self.settings.remove(&Slot::Command);
        for (slot, entry) in &base.settings {
            self.settings.entry(*slot).or_insert_with(|| entry.clone());
        }
    }

    fn setting(&self, slot: Slot) -> Option<&Setting> {
        self.settings.get(&slot).map(|entry| &entry.setting)
    }
}
