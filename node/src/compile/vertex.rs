use std::collections::BTreeMap;

use config::TaskName;
use dsl::model::{self, Workflow};
use state::run::{Backoff, Retry, Role, Target, Task};
use state::{Elapsed, TaskNumber};

use super::{CALLBACK_TIMEOUT, target};

/// The vertices of the plan: `on_start` first, `on_complete` last, between them the tasks in listed order.
pub fn all(workflow: &Workflow, tasks: &[&model::Task], on: Option<&Target>) -> Vec<Task> {
    let first = u32::from(workflow.on_start);
    let numbers: BTreeMap<&str, TaskNumber> =
        tasks.iter().map(|task| task.name.as_str()).zip(first..).collect();
    let of = |names: &[TaskName]| -> Vec<TaskNumber> {
        names.iter().filter_map(|name| numbers.get(name.as_str()).copied()).collect()
    };
    let of_workflow = workflow.target.as_ref().map(target);
    let middle = tasks.iter().map(|task| {
        let mut needs = of(&task.depends_on);
        if needs.is_empty() && workflow.on_start {
            needs.push(0);
        }
        let own = task.target.as_ref().map(target);
        let target = own.or_else(|| on.cloned()).or_else(|| of_workflow.clone());
        Task {
            needs,
            rescues: of(&task.handles),
            target: target.unwrap_or(Target::Owner),
            ..vertex(task)
        }
    });
    let start = workflow.on_start.then(|| callback("on_start", Role::OnStart));
    let complete = workflow.has_end().then(|| callback("on_complete", Role::OnComplete));
    start.into_iter().chain(middle).chain(complete).collect()
}

/// A task without its edges and its place.
fn vertex(task: &model::Task) -> Task {
    Task {
        name: task.name.to_string(),
        description: task.description.clone(),
        timeout: Elapsed::from(task.timeout),
        deadline: task.deadline.map(Elapsed::from),
        retry: retry(&task.retry),
        consumes: task.consumes.iter().map(|name| name.to_string()).collect(),
        background: task.background,
        ignore_errors: task.ignore_errors,
        once: task.once,
        ..callback("", Role::Task)
    }
}

fn retry(retry: &model::Retry) -> Retry {
    Retry {
        count: retry.count,
        backoff: match retry.backoff {
            model::Backoff::Fixed => Backoff::Fixed,
            model::Backoff::Linear => Backoff::Linear,
            model::Backoff::Exponential => Backoff::Exponential,
        },
        base: Elapsed::from(retry.base),
        most: Elapsed::from(retry.most),
        jitter: retry.jitter,
        asks: retry.asks,
    }
}

/// A vertex of the owner's own that is tried once.
fn callback(name: &str, role: Role) -> Task {
    Task {
        name: name.into(),
        description: String::new(),
        role,
        needs: Vec::new(),
        rescues: Vec::new(),
        feeds: Vec::new(),
        target: Target::Owner,
        timeout: Elapsed::from(CALLBACK_TIMEOUT),
        deadline: None,
        retry: Retry {
            count: 0,
            backoff: Backoff::Fixed,
            base: Elapsed(0),
            most: Elapsed(0),
            jitter: false,
            asks: false,
        },
        consumes: Vec::new(),
        background: false,
        ignore_errors: false,
        once: false,
    }
}
