//! What a follower knows of one attempt.

use web::wire::{Event, Status, Task, Time};

/// An instance of a task: its name and slot.
pub type Place = (String, u32);

/// An attempt that is not over, or one that waits for the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    pub task: String,
    pub slot: u32,
    pub node: String,
    pub attempt: u32,
    /// Which try of the task's work it is.
    pub nth: u32,
    pub since: Time,
    /// The last line it wrote.
    pub line: String,
    /// It failed and is tried again.
    pub retrying: bool,
}

/// The end of an attempt, or of a task that never had one.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    pub task: String,
    pub slot: Option<u32>,
    pub node: Option<String>,
    pub attempt: u32,
    /// Which try of the task's work it was.
    pub nth: u32,
    pub status: Status,
    pub duration_ms: Option<u64>,
    pub message: String,
}

impl Running {
    pub fn place(&self) -> Place {
        (self.task.clone(), self.slot)
    }

    pub fn is(&self, task: &str, slot: u32) -> bool {
        self.task == task && self.slot == slot
    }
}

impl Ended {
    /// A task that ended before any attempt.
    pub fn unstarted(task: &Task) -> Self {
        Ended {
            task: task.name.clone(),
            slot: None,
            node: None,
            attempt: 0,
            nth: 0,
            status: task.status,
            duration_ms: None,
            message: note(task),
        }
    }
}

/// Why a task ended so; the status stands beside it.
fn note(task: &Task) -> String {
    let last = task.notes.last().map(String::as_str).unwrap_or_default();
    let status = format!("{}: ", task.status.word());
    last.strip_prefix(&status).unwrap_or(last).to_owned()
}

/// Which attempt an event of a run is about: task, slot, number.
pub fn subject(event: &Event) -> Option<(&str, u32, u32)> {
    Some((event.task.as_deref()?, number(event, "slot")?, number(event, "attempt")?))
}

/// Which try of the task's work an event is about.
pub fn nth(event: &Event) -> u32 {
    number(event, "try").unwrap_or_default()
}

fn number(event: &Event, field: &str) -> Option<u32> {
    u32::try_from(event.data.get(field)?.as_u64()?).ok()
}

/// How an attempt ended, by the kind of event that says so.
pub fn ending(kind: &str) -> Option<Status> {
    Some(match kind {
        "task.completed" => Status::Succeeded,
        "task.skipped" => Status::Skipped,
        "task.failed" => Status::Failed,
        "task.timeout" => Status::TimedOut,
        "task.cancelled" => Status::Cancelled,
        "task.lost" => Status::Lost,
        _ => return None,
    })
}

pub fn message(event: &Event) -> String {
    event.data.get("message").and_then(|text| text.as_str()).unwrap_or_default().to_owned()
}
