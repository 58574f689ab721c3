use std::collections::BTreeMap;
use std::time::Duration;

use config::TaskName;
use serde_json::{Map, Value as Json};

use super::retry::Policy;
use super::target::TargetDraft;
use crate::field::Slot;
use crate::model::Clean;
use crate::policy::Layer;

/// A place in the book's table of functions.
pub type FunctionId = i64;

/// A task or workflow as far as the file has described it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub name: String,
    pub line: u32,
    /// Whether it is no task of the implicit workflow: it only lends its settings, or has been run already.
    pub apart: bool,
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
    Base(usize),
    Condition(ConditionDraft),
    Policy(Policy),
    Target(TargetDraft),
    /// Numbers of task drafts, in listed order.
    Members(Vec<usize>),
    Config(Draft),
    Clean(CleanDraft),
    Sandbox(Layer),
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

#[derive(Clone, Debug)]
pub enum CleanDraft {
    When(Clean),
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
    base: Base(usize),
    condition: Condition(ConditionDraft),
    policy: Policy(Policy),
    target: Target(TargetDraft),
    members: Members(Vec<usize>),
    config: Config(Draft),
    clean: Clean(CleanDraft),
    sandbox: Sandbox(Layer),
}

impl Draft {
    pub fn new(name: String, line: u32) -> Self {
        Draft { name, line, apart: false, settings: BTreeMap::new() }
    }

    /// One that is no task itself.
    pub fn lending(line: u32) -> Self {
        Draft { apart: true, ..Draft::new("uses".into(), line) }
    }

    /// Moves the settings out; the name stays.
    pub fn take(&mut self) -> Self {
        let empty = Draft { apart: self.apart, ..Draft::new(self.name.clone(), self.line) };
        std::mem::replace(self, empty)
    }

    /// Tasks and labels come one after the other; anything else is said once.
    pub fn set(&mut self, slot: Slot, setting: Setting, line: u32) {
        let earlier = self.settings.get_mut(&slot).map(|entry| &mut entry.setting);
        match (earlier, setting) {
            (Some(Setting::Members(list)), Setting::Members(more)) => list.extend(more),
            (Some(Setting::Map(map)), Setting::Map(more)) if slot == Slot::Labels => {
                map.extend(more);
            }
            (_, setting) => drop(self.settings.insert(slot, Entry { setting, line })),
        }
    }

    pub fn has(&self, slot: Slot) -> bool {
        self.settings.contains_key(&slot)
    }

    /// Whether the switch is on.
    pub fn is(&self, slot: Slot) -> bool {
        self.switch(slot).copied().unwrap_or_default()
    }

    /// The line that set this, or where the draft was named.
    pub fn line_of(&self, slot: Slot) -> u32 {
        self.settings.get(&slot).map_or(self.line, |entry| entry.line)
    }

    /// The function in this slot, whatever else the slot may hold.
    pub fn function(&self, slot: Slot) -> Option<FunctionId> {
        match self.setting(slot)? {
            Setting::Function(id)
            | Setting::Command(CommandDraft::Function(id))
            | Setting::Condition(ConditionDraft::Function(id))
            | Setting::Target(TargetDraft::Function(id))
            | Setting::Clean(CleanDraft::Function(id)) => Some(*id),
            _ => None,
        }
    }

    /// The task from which this one inherits next.
    pub fn parent(&self) -> Option<usize> {
        match self.command(Slot::Command) {
            Some(CommandDraft::Task(base)) => Some(*base),
            _ => self.base(Slot::Base).copied(),
        }
    }

    /// Takes from its parent what this draft leaves open.
    pub fn inherit(&mut self, parent: &Draft) {
        if matches!(self.command(Slot::Command), Some(CommandDraft::Task(_))) {
            self.settings.remove(&Slot::Command);
        } else {
            self.settings.remove(&Slot::Base);
        }
        for (slot, entry) in &parent.settings {
            self.settings.entry(*slot).or_insert_with(|| entry.clone());
        }
    }

    fn setting(&self, slot: Slot) -> Option<&Setting> {
        self.settings.get(&slot).map(|entry| &entry.setting)
    }
}
