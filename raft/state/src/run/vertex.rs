use serde::{Deserialize, Serialize};

use super::{Attempt, Ending, Instance, Kind, Numbered, Target, Wait};
use crate::Moment;

/// A task of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vertex {
    /// Dependencies that have not ended well yet, and tasks it would handle that have not ended.
    pub blockers: u32,
    /// It, or something it needs, is a handler: it starts even when a failure has halted the run.
    pub rescuing: bool,
    /// Where it runs, if a function of it had to say so.
    pub target: Option<Box<Target>>,
    pub instances: Numbered<Instance>,
    /// Instances without an ending, and those that run now.
    pub open: u32,
    pub running: u32,
    /// Its work has started somewhere.
    pub started: bool,
    /// Why it has no instance yet.
    pub wait: Wait,
    /// Since when it waits so.
    pub since: Moment,
    pub ending: Option<Ending>,
    /// It ended without keeping its dependents from running.
    pub passed: bool,
    /// `on_task_failure` has said to go on with tasks that do not need it.
    pub tolerated: bool,
    /// What explains it: why it was skipped or refused, matching nodes that were left out, decisions.
    pub notes: Vec<String>,
}

/// Notes of one task; further ones add nothing.
const NOTES_MAX: usize = 100;

impl Vertex {
    pub(super) fn pending(blockers: u32, since: Moment) -> Vertex {
        Vertex {
            blockers,
            rescuing: false,
            target: None,
            instances: Numbered::default(),
            open: 0,
            running: 0,
            started: false,
            wait: Wait::Dependencies,
            since,
            ending: None,
            passed: false,
            tolerated: false,
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, text: String) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(text);
        }
    }

    /// It failed, in the sense of whoever handles it.
    pub fn failed(&self) -> bool {
        self.ending.is_some_and(|ending| ending.is_bad() && ending != Ending::Cancelled)
    }

    /// How it ended, or would if open questions change nothing: as the worst of its instances.
    pub(super) fn likely_ending(&self) -> Option<Ending> {
        let endings = self.instances.values().filter_map(Instance::likely_ending);
        self.ending.or_else(|| endings.max_by_key(|ending| ending.severity()))
    }

    /// Its tries, without those that decided something about it.
    pub fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        let all = self.instances.values().flat_map(|instance| &instance.attempts);
        all.filter(|attempt| attempt.kind == Kind::Work)
    }
}
