use std::fmt;

use config::Name;
use serde::{Deserialize, Serialize};

use super::{AttemptKey, TaskNumber};
use crate::{Elapsed, Hash};

/// The agreed graph of one run: numbers, edges, policies, selectors. No Lua.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub workflow: String,
    pub description: String,
    pub version: String,
    pub metadata: Vec<(String, String)>,
    /// The document that every executing node loads.
    pub bundle: Hash,
    /// In listed order; a task's number is its place here.
    pub tasks: Vec<Task>,
    /// Tasks of this run that run at once, on however many nodes.
    pub parallel: Option<u32>,
    /// The same for those on the owner.
    pub parallel_owner: u32,
    pub timeout: Option<Elapsed>,
    pub continue_on_error: bool,
    /// Nothing is changed: tasks say what they would do.
    pub check: bool,
    /// Somebody is asked before each task.
    pub interactive: bool,
    /// The lease that the run holds from its beginning to its end.
    pub lock: Option<String>,
    pub callbacks: Callbacks,
}

/// Functions of the workflow that are asked about every task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callbacks {
    pub task_start: bool,
    pub task_complete: bool,
    /// Decides about a failure.
    pub task_failure: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub name: String,
    pub description: String,
    pub role: Role,
    pub needs: Vec<TaskNumber>,
    /// A handler: runs if one of these failed, is skipped otherwise.
    pub rescues: Vec<TaskNumber>,
    /// The tasks that wait for this one: `needs` and `rescues` turned round.
    pub feeds: Vec<TaskNumber>,
    pub target: Target,
    /// Of one attempt.
    pub timeout: Elapsed,
    /// Of an instance, from its first start over all its attempts and back-offs.
    pub deadline: Option<Elapsed>,
    pub retry: Retry,
    /// Artifacts it takes from tasks before it.
    pub consumes: Vec<String>,
    /// Not counted against `parallel`; nothing but its dependents waits for it.
    pub background: bool,
    /// Its failure is reported, but its dependents run and the run does not fail by it.
    pub ignore_errors: bool,
    /// Starts at most once, whatever becomes of its node.
    pub once: bool,
}

/// What a vertex stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Task,
    /// The workflow's `on_start`: everything waits for it.
    OnStart,
    /// The workflow's `on_complete`: runs once all else has ended.
    OnComplete,
}

/// Where a task may run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    Owner,
    /// All of these.
    Names(Vec<Name>),
    /// Every live node whose labels match the expression.
    Labels(String),
    /// One live node, of those that match if an expression is given.
    Any {
        labels: Option<String>,
        strategy: Strategy,
    },
    /// Every live node.
    All,
    /// A function of the task says so, before the task starts.
    Ask,
}

/// Which of several nodes that would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// The one with the most free slots for its size.
    #[default]
    LeastLoaded,
    /// The next in the order of names.
    RoundRobin,
    /// The one with the fewest instances of this run.
    Spread,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Further attempts after the first.
    pub count: u32,
    pub backoff: Backoff,
    pub base: Elapsed,
    pub most: Elapsed,
    /// Each wait is a little longer or shorter, by the attempt's own dice.
    pub jitter: bool,
    /// A function of the task says whether there is to be a further attempt.
    pub asks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Backoff {
    Fixed,
    Linear,
    Exponential,
}

impl Retry {
    /// The wait before further attempt `number`, counted from 1, when `attempt` was the last.
    pub fn wait(&self, number: u32, attempt: AttemptKey) -> Elapsed {
        let wait = self.steady(number);
        let share = if self.jitter { dice(attempt) } else { WHOLE };
        Elapsed((wait.0.saturating_mul(share) / WHOLE).min(self.most.0))
    }

    fn steady(&self, number: u32) -> Elapsed {
        let base = self.base.0;
        let wait = match self.backoff {
            Backoff::Fixed => base,
            Backoff::Linear => base.saturating_mul(number.into()),
            Backoff::Exponential => {
                base.saturating_mul(1_u64.checked_shl(number.saturating_sub(1)).unwrap_or(u64::MAX))
            }
        };
        Elapsed(wait.min(self.most.0))
    }
}

/// Jitter is counted in thousandths of the wait.
const WHOLE: u64 = 1_000;
/// A wait with jitter is up to a quarter longer or shorter.
const JITTER: u64 = 250;

/// Thousandths, drawn from an attempt's name: `apply` has no randomness, yet others draw another number.
fn dice(attempt: AttemptKey) -> u64 {
    let AttemptKey { instance, attempt } = attempt;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&instance.run.0.0.to_le_bytes());
    for number in [instance.task, instance.slot, attempt] {
        hasher.update(&number.to_le_bytes());
    }
    let drawn = hasher.finalize().as_bytes()[..8]
        .iter()
        .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    WHOLE - JITTER + drawn % (2 * JITTER + 1)
}

impl Task {
    /// The tasks that must have ended before this one starts.
    pub fn before(&self) -> impl Iterator<Item = &TaskNumber> {
        self.needs.iter().chain(&self.rescues)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Owner => out.write_str("local"),
            Target::Names(names) => {
                let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
                out.write_str(&names.join(","))
            }
            Target::Labels(labels) => out.write_str(labels),
            Target::Any { labels: None, .. } => out.write_str("any"),
            Target::Any { labels: Some(labels), .. } => write!(out, "any:{labels}"),
            Target::All => out.write_str("all"),
            Target::Ask => out.write_str("as its function says"),
        }
    }
}

impl Plan {
    pub fn task(&self, number: TaskNumber) -> Option<&Task> {
        self.tasks.get(number as usize)
    }
}
