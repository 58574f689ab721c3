//! From the agreed records to read models.

use serde_json::Value;
use state::run::{self, Ending, Instance, Output, Phase, Role, Run, Status, Vertex, Wait};
use state::{Moment, RunId};

use crate::names::Names;
use crate::view::{self, Word};

/// How a run looks to somebody who lists runs.
pub fn summary(id: RunId, run: &Run, names: &Names) -> view::RunSummary {
    let counted = |number: u32| run.plan.task(number).is_some_and(|it| it.role == Role::Task);
    let tasks = run.vertices.iter().filter(|(number, _)| counted(*number));
    view::RunSummary {
        id,
        workflow: run.plan.workflow.clone(),
        status: run.status,
        interrupted: run.suspended && run.status == Status::Running,
        owner: names.of(run.owner),
        by: names.subject(&run.by),
        begun_at: run.begun_at,
        ended_at: run.ended_at,
        error: run.error.clone(),
        tasks_done: tasks.clone().filter(|(_, vertex)| vertex.ending.is_some()).count() as u32,
        tasks: tasks.count() as u32,
    }
}

/// A whole run. `clock` is the stopwatch, `sequence` the newest event contained.
pub fn run(id: RunId, run: &Run, names: &Names, clock: Moment, sequence: u64) -> view::Run {
    let tasks: Vec<view::Task> = (0..)
        .zip(&run.plan.tasks)
        .filter_map(|(number, task)| Some((task, run.vertices.get(number)?)))
        .map(|(task, vertex)| view_task(run, task, vertex, names, clock))
        .collect();
    view::Run {
        summary: summary(id, run, names),
        description: run.plan.description.clone(),
        version: run.plan.version.clone(),
        metadata: run.plan.metadata.clone(),
        workdir: run.workdir.clone(),
        rerun_of: run.rerun,
        check: run.plan.check,
        interactive: run.plan.interactive,
        home: run.home,
        outputs: tasks.iter().filter_map(output).collect(),
        tasks,
        sequence,
    }
}

fn view_task(
    run: &Run,
    task: &run::Task,
    vertex: &Vertex,
    names: &Names,
    clock: Moment,
) -> view::Task {
    let needs = task.needs.iter().filter_map(|need| run.plan.task(*need));
    let waiting = vertex.ending.is_none() && vertex.instances.is_empty();
    let mut notes = vertex.notes.clone();
    if waiting && vertex.wait != Wait::Dependencies {
        notes.push(format!("waits {}", wait(&vertex.wait, clock).0));
    }
    view::Task {
        name: task.name.clone(),
        description: task.description.clone(),
        is_callback: task.role != Role::Task,
        needs: needs.filter(|it| it.role == Role::Task).map(|it| it.name.clone()).collect(),
        target: vertex.target.as_deref().unwrap_or(&task.target).to_string(),
        status: task_word(run, vertex),
        wants_approval: vertex.wait == Wait::Approval && vertex.ending.is_none(),
        notes,
        instances: vertex
            .instances
            .iter()
            .map(|(slot, it)| instance(slot, it, names, clock))
            .collect(),
    }
}

fn instance(slot: u32, instance: &Instance, names: &Names, clock: Moment) -> view::Instance {
    let waits = match &instance.phase {
        Phase::Waiting { reason, .. } => Some(wait(reason, clock)),
        _ => None,
    };
    view::Instance {
        slot,
        node: instance.node.map(|node| names.of(node)),
        status: instance_word(instance),
        next_try_ms: waits.as_ref().and_then(|(_, next)| *next),
        wait: waits.map(|(reason, _)| reason),
        changed: instance.changed,
        output: inline(&instance.output),
        artifacts: instance.artifacts.clone(),
        attempts: instance.attempts.iter().map(|it| attempt(it, names)).collect(),
    }
}

fn attempt(attempt: &run::Attempt, names: &Names) -> view::Attempt {
    view::Attempt {
        number: attempt.number,
        nth: attempt.nth,
        function: attempt.kind.function(),
        node: names.of(attempt.node),
        incarnation: attempt.incarnation,
        ending: attempt.ending,
        exit_code: attempt.exit_code,
        message: attempt.message.clone(),
        tail: attempt.tail.clone(),
        started_at: attempt.granted_at,
        ended_at: attempt.ended_at,
        duration_ms: attempt.duration_ms,
        log_size: attempt.log_size,
    }
}

/// A task's output: the instance's own, or one row a node.
fn output(task: &view::Task) -> Option<(String, Value)> {
    let outputs: Vec<_> = task
        .instances
        .iter()
        .filter_map(|it| Some((it.node.clone()?, it.output.clone()?)))
        .collect();
    match &outputs[..] {
        [] => None,
        [(_, only)] if task.instances.len() == 1 => Some((task.name.clone(), only.clone())),
        many => Some((task.name.clone(), Value::Object(many.iter().cloned().collect()))),
    }
}

fn inline(output: &Output) -> Option<Value> {
    match output {
        Output::Nothing => None,
        Output::Inline(json) => serde_json::from_str(json).ok(),
        Output::Blob { hash, size } => {
            Some(serde_json::json!({ "blob": hash.to_string(), "size": size }))
        }
    }
}

fn task_word(run: &Run, vertex: &Vertex) -> Word {
    if let Some(ending) = vertex.ending {
        return ending.into();
    }
    let mut instances = vertex.instances.values();
    match vertex.wait {
        _ if instances.any(|it| it.running().is_some()) => Word::Running,
        Wait::Dependencies if vertex.instances.is_empty() && !run.status.is_final() => {
            Word::Pending
        }
        _ => Word::Queued,
    }
}

fn instance_word(instance: &Instance) -> Word {
    match instance.phase {
        Phase::Waiting { .. } => Word::Queued,
        Phase::Running { .. } => Word::Running,
        Phase::Ended(ending) => ending.into(),
    }
}

fn wait(wait: &Wait, clock: Moment) -> (String, Option<u64>) {
    match wait {
        Wait::Dependencies => ("for its dependencies".into(), None),
        Wait::Placement => ("for a node to be chosen".into(), None),
        Wait::RunSlot => ("for a slot: as many tasks run as may run at once".into(), None),
        Wait::NodeSlot => ("for a slot: its node runs as many tasks as it may".into(), None),
        Wait::Backoff { until } => {
            let left = until.since(clock).0;
            (format!("for its next try in {left} ms"), Some(left))
        }
        Wait::Deferred { reason } => (reason.clone(), None),
        Wait::Owner => ("for its owner to come back".into(), None),
        Wait::Resume => ("for `sloth run --resume`".into(), None),
        Wait::Approval => ("for somebody to approve it".into(), None),
        Wait::Decision(question) => (format!("for what `{}` says", question.function()), None),
    }
}

impl From<Ending> for Word {
    fn from(ending: Ending) -> Word {
        match ending {
            Ending::Succeeded => Word::Succeeded,
            Ending::Failed => Word::Failed,
            Ending::TimedOut => Word::TimedOut,
            Ending::Cancelled => Word::Cancelled,
            Ending::Skipped => Word::Skipped,
            Ending::Lost => Word::Lost,
            Ending::Refused => Word::Refused,
        }
    }
}
