//! What waits now, and for what.

use web::wire::{Instance, Run, Task};

use crate::output::time;

/// Each task or instance that has not ended, and why it does not run or since when it does.
pub fn waits(run: &Run) -> Vec<(String, String)> {
    if run.summary.status.is_final() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if run.summary.interrupted {
        let how = format!("nobody executes it: sloth run --resume {}", run.summary.id);
        lines.push(("run".to_owned(), how));
    }
    for task in run.tasks.iter().filter(|task| !task.status.is_final()) {
        if task.instances.is_empty() {
            lines.extend(unopened(run, task).map(|why| (task.name.clone(), why)));
        }
        for instance in task.instances.iter().filter(|instance| !instance.status.is_final()) {
            lines.extend(open(instance).map(|why| (subject(run, task, instance), why)));
        }
    }
    lines
}

fn subject(run: &Run, task: &Task, instance: &Instance) -> String {
    match &instance.node {
        Some(node) if *node != run.summary.owner => format!("{}@{node}", task.name),
        _ => task.name.clone(),
    }
}

/// Of a task without an instance: the node says what it waits for, unless that is other tasks.
fn unopened(run: &Run, task: &Task) -> Option<String> {
    if task.callback {
        return None;
    }
    let note = task.notes.iter().rev().find(|note| note.starts_with("waits "));
    note.cloned().or_else(|| {
        let ended = |name: &String| {
            run.tasks.iter().any(|other| other.name == *name && other.status.is_final())
        };
        let open: Vec<&str> =
            task.depends_on.iter().filter(|name| !ended(name)).map(String::as_str).collect();
        (!open.is_empty()).then(|| format!("waits for {} to end", open.join(", ")))
    })
}

fn open(instance: &Instance) -> Option<String> {
    match (&instance.wait, instance.attempts.last()) {
        (Some(wait), _) => Some(format!("waits {wait}")),
        (None, Some(attempt)) => Some(format!("runs since {}", time::of_day(attempt.started_at))),
        (None, None) => None,
    }
}
