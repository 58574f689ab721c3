use web::wire::{Attempt, Event, Instance, Run};

use crate::commands::events;
use crate::output::text::plain;

/// One committed event, with the run that it is part of.
pub struct Fact<'a> {
    pub event: &'a Event,
    pub run: &'a Run,
}

impl<'a> Fact<'a> {
    /// `build@web-1`, a task, a node, or `run`.
    pub fn subject(&self) -> String {
        match (&self.event.task, &self.event.node) {
            (Some(task), Some(node)) if *node != self.run.summary.owner => format!("{task}@{node}"),
            (Some(task), _) => task.clone(),
            (None, Some(node)) if self.event.run.is_none() => node.clone(),
            (None, _) => "run".to_owned(),
        }
    }

    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.event.data.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        self.event.data.get(key)?.as_u64()
    }

    /// The first line of what was said.
    pub fn message(&self) -> Option<String> {
        self.text("message").map(|text| plain(text.lines().next().unwrap_or_default()))
    }

    /// `word: message`, the message alone where it begins with the word.
    pub fn told(&self, word: &str) -> String {
        match self.message() {
            None => word.to_owned(),
            Some(message) if message == self.event.kind => word.to_owned(),
            Some(message) if message.starts_with(word) => message,
            Some(message) => format!("{word}: {message}"),
        }
    }

    pub fn instance(&self) -> Option<&'a Instance> {
        let name = self.event.task.as_ref()?;
        let task = self.run.tasks.iter().find(|task| task.name == *name)?;
        let slot = self.number("slot")?;
        task.instances.iter().find(|instance| u64::from(instance.slot) == slot)
    }

    pub fn attempt(&self) -> Option<&'a Attempt> {
        let number = self.number("attempt")?;
        self.instance()?.attempts.iter().find(|attempt| u64::from(attempt.number) == number)
    }

    /// `, attempt 2` of all but the first.
    pub fn which(&self) -> String {
        match self.number("attempt") {
            Some(number @ 2..) => format!(", attempt {number}"),
            _ => String::new(),
        }
    }

    pub fn bare(&self) -> String {
        let facts = events::facts(self.event);
        format!("{} {facts}", self.event.kind).trim_end().to_owned()
    }
}
