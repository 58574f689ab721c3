//! Workflow to plan: the only place that knows both.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dsl::model::{self, Order, Workflow};
use state::run::{Backoff, Callbacks, Plan, Retry, Role, Strategy, Target, Task};
use state::{Elapsed, Hash, TaskNumber};

use crate::Error;

/// No back-off grows beyond this.
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// An `on_start` or `on_complete` takes no longer.
const CALLBACK_TIMEOUT: Duration = model::DEFAULT_TIMEOUT;

/// What the submitter chose beyond the file.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// These tasks and what they need; all of them when empty.
    pub tasks: Vec<String>,
    /// Where tasks without a target of their own run.
    pub on: Option<Target>,
}

/// Compiles one workflow of a bundle.
pub fn compile(
    workflow: &Workflow,
    bundle: Hash,
    choice: &Choice,
    processors: u32,
) -> Result<Plan, Error> {
    let chosen = chosen(workflow, &choice.tasks)?;
    let tasks: Vec<&model::Task> =
        workflow.tasks.iter().filter(|task| chosen.contains(task.name.as_str())).collect();
    let mut plan = Plan {
        workflow: workflow.name.to_string(),
        description: workflow.description.clone(),
        version: workflow.version.clone(),
        metadata: labels(&workflow.metadata),
        bundle,
        tasks: vertices(workflow, &tasks, choice.on.as_ref()),
        parallel: parallel(workflow),
        parallel_owner: processors.max(1),
        timeout: workflow.settings.timeout.map(Elapsed::from),
        continue_on_error: workflow.settings.continue_on_error,
        check: false,
        interactive: false,
        lock: None,
        callbacks: Callbacks::default(),
    };
    mirror(&mut plan);
    Ok(plan)
}

/// The named tasks and everything they need.
fn chosen<'a>(workflow: &'a Workflow, names: &'a [String]) -> Result<BTreeSet<&'a str>, Error> {
    if names.is_empty() {
        return Ok(workflow.tasks.iter().map(|task| task.name.as_str()).collect());
    }
    let mut open: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut chosen = BTreeSet::new();
    while let Some(name) = open.pop() {
        let task = workflow.task(name).ok_or_else(|| no_task(workflow, name))?;
        if chosen.insert(task.name.as_str()) {
            open.extend(task.depends_on.iter().map(|need| need.as_str()));
        }
    }
    Ok(chosen)
}

fn no_task(workflow: &Workflow, name: &str) -> Error {
    let names: Vec<&str> = workflow.tasks.iter().map(|task| task.name.as_str()).collect();
    let nearest = config::suggest::nearest(name, names.iter().copied());
    Error::Invalid(match nearest {
        Some(nearest) => {
            format!("workflow `{}` has no task `{name}`: did you mean `{nearest}`?", workflow.name)
        }
        None => format!(
            "workflow `{}` has no task `{name}`: it has {}",
            workflow.name,
            names.join(", ")
        ),
    })
}

fn vertices(workflow: &Workflow, tasks: &[&model::Task], on: Option<&Target>) -> Vec<Task> {
    let first = u32::from(workflow.on_start);
    let numbers: BTreeMap<&str, TaskNumber> =
        tasks.iter().map(|task| task.name.as_str()).zip(first..).collect();
    let start = workflow.on_start.then(|| callback("on_start", Role::OnStart));
    let complete = workflow.on_complete.then(|| callback("on_complete", Role::OnComplete));
    let middle = tasks.iter().map(|task| {
        let mut needs: Vec<TaskNumber> =
            task.depends_on.iter().filter_map(|name| numbers.get(name.as_str()).copied()).collect();
        if needs.is_empty() && workflow.on_start {
            needs.push(0);
        }
        vertex(task, needs, on)
    });
    start.into_iter().chain(middle).chain(complete).collect()
}

fn vertex(task: &model::Task, needs: Vec<TaskNumber>, on: Option<&Target>) -> Task {
    Task {
        name: task.name.to_string(),
        description: task.description.clone(),
        role: Role::Task,
        needs,
        rescues: Vec::new(),
        feeds: Vec::new(),
        target: target(&task.target, on),
        timeout: Elapsed::from(task.timeout),
        deadline: None,
        retry: Retry {
            count: task.retry.count,
            backoff: match task.retry.backoff {
                model::Backoff::Fixed => Backoff::Fixed,
                model::Backoff::Linear => Backoff::Linear,
                model::Backoff::Exponential => Backoff::Exponential,
            },
            base: Elapsed::from(task.retry.base),
            most: Elapsed::from(BACKOFF_MAX),
            jitter: task.retry.backoff == model::Backoff::Exponential,
            asks: false,
        },
        consumes: task.consumes.iter().map(|name| name.to_string()).collect(),
        background: false,
        ignore_errors: false,
        once: false,
    }
}

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

/// The task's own target wins over the submitter's.
pub fn target(own: &model::Target, on: Option<&Target>) -> Target {
    match own {
        model::Target::Local => on.cloned().unwrap_or(Target::Owner),
        model::Target::Names(names) => Target::Names(names.clone()),
        model::Target::Labels(expression) => Target::Labels(expression.to_string()),
        model::Target::Any { labels, strategy } => Target::Any {
            labels: labels.as_ref().map(ToString::to_string),
            strategy: match strategy {
                model::Strategy::LeastLoaded => Strategy::LeastLoaded,
                model::Strategy::RoundRobin => Strategy::RoundRobin,
                model::Strategy::Spread => Strategy::Spread,
            },
        },
        model::Target::All => Target::All,
    }
}

/// A list runs one after the other unless it says how many at once.
fn parallel(workflow: &Workflow) -> Option<u32> {
    let listed = (workflow.order == Order::List).then_some(1);
    workflow.settings.max_parallel_tasks.or(listed)
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
