//! Workflow to plan: the only place that knows both.

mod choose;
mod target;
mod vertex;

#[cfg(test)]
mod tests;

use std::time::Duration;

use dsl::model::{self, Order, Workflow};
use state::run::{Callbacks, Plan};
use state::{Elapsed, Hash, TaskNumber};

use crate::Error;
pub use choose::Choice;
pub use target::target;

/// An `on_start` or `on_complete` takes no longer.
const CALLBACK_TIMEOUT: Duration = model::DEFAULT_TIMEOUT;

/// Compiles one workflow of a bundle for a node with so many processors.
pub fn compile(
    workflow: &Workflow,
    bundle: Hash,
    choice: &Choice,
    processors: u32,
) -> Result<Plan, Error> {
    let tasks = choice.tasks_of(workflow)?;
    let processors = processors.max(1);
    let mut plan = Plan {
        workflow: workflow.name.to_string(),
        description: workflow.description.clone(),
        version: workflow.version.clone(),
        metadata: labels(&workflow.metadata),
        bundle,
        tasks: vertex::all(workflow, &tasks, choice.on.as_ref()),
        parallel: parallel(workflow, processors),
        parallel_owner: processors,
        timeout: workflow.settings.timeout.map(Elapsed::from),
        continue_on_error: workflow.settings.continue_on_error,
        check: choice.check,
        interactive: choice.interactive,
        lock: workflow.settings.require_lock.then(|| lock(workflow)),
        callbacks: Callbacks {
            task_start: workflow.on_task_start,
            task_complete: workflow.on_task_complete,
            task_failure: workflow.on_task_failure,
        },
    };
    mirror(&mut plan);
    Ok(plan)
}

/// A list runs one after the other unless it says how many at once.
fn parallel(workflow: &Workflow, processors: u32) -> Option<u32> {
    let listed = (workflow.order == Order::List).then_some(1);
    let all = workflow.settings.parallel.then_some(processors);
    workflow.settings.max_parallel_tasks.or(all).or(listed)
}

/// The lease that a run of the workflow holds when it says `require_lock`.
fn lock(workflow: &Workflow) -> String {
    format!("workflow/{}", workflow.name)
}

fn labels(metadata: &serde_json::Map<String, serde_json::Value>) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    metadata.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}

/// Writes every edge at its other end, too.
fn mirror(plan: &mut Plan) {
    let edges: Vec<(TaskNumber, TaskNumber)> = (0..)
        .zip(&plan.tasks)
        .flat_map(|(number, task)| {
            task.needs.iter().chain(&task.rescues).map(move |before| (*before, number))
        })
        .collect();
    for (from, to) in edges {
        if let Some(task) = plan.tasks.get_mut(from as usize) {
            task.feeds.push(to);
        }
    }
}
