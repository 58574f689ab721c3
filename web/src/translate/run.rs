use node::view;
use node::view::{Ending, Word};

use super::{both, time};
use crate::wire::{Artifact, Attempt, Decision, Instance, Run, RunSummary, Status, Task};

impl From<view::RunSummary> for RunSummary {
    fn from(run: view::RunSummary) -> Self {
        let span = run.ended_at.map(|end| end.0.saturating_sub(run.begun_at.0));
        let (duration, duration_ms) = both(span);
        RunSummary {
            id: run.id.to_string(),
            workflow: run.workflow,
            status: run.status.into(),
            interrupted: run.interrupted,
            owner: run.owner,
            by: run.by,
            started_at: time(run.begun_at),
            finished_at: run.ended_at.map(time),
            duration,
            duration_ms,
            error: run.error,
            tasks_done: run.tasks_done,
            tasks_total: run.tasks,
        }
    }
}

impl From<view::Run> for Run {
    fn from(run: view::Run) -> Self {
        Run {
            summary: run.summary.into(),
            description: run.description,
            version: run.version,
            metadata: run.metadata.into_iter().collect(),
            workdir: run.workdir,
            rerun_of: run.rerun_of.map(|run| run.to_string()),
            check: run.check,
            interactive: run.interactive,
            home: run.home,
            tasks: run.tasks.into_iter().map(Task::from).collect(),
            outputs: run.outputs.into_iter().collect(),
            sequence: run.sequence,
        }
    }
}

impl From<view::Task> for Task {
    fn from(task: view::Task) -> Self {
        Task {
            name: task.name,
            description: task.description,
            callback: task.is_callback,
            depends_on: task.needs,
            target: task.target,
            status: task.status.into(),
            changed: task.instances.iter().any(|instance| instance.changed),
            approval: task.wants_approval,
            notes: task.notes,
            instances: task.instances.into_iter().map(Instance::from).collect(),
        }
    }
}

impl From<view::Instance> for Instance {
    fn from(instance: view::Instance) -> Self {
        let attempts: Vec<Attempt> = instance.attempts.into_iter().map(Attempt::from).collect();
        let last = attempts.iter().rfind(|attempt| attempt.function.is_none());
        let (next_try, next_try_ms) = both(instance.next_try_ms);
        Instance {
            slot: instance.slot,
            node: instance.node,
            status: instance.status.into(),
            wait: instance.wait,
            next_try,
            next_try_ms,
            changed: instance.changed,
            attempt: last.map(|attempt| attempt.number),
            exit_code: last.and_then(|attempt| attempt.exit_code),
            error: last.filter(|attempt| attempt.status.is_bad()).map(said),
            duration: last.and_then(|attempt| attempt.duration.clone()),
            duration_ms: last.and_then(|attempt| attempt.duration_ms),
            output: instance.output,
            artifacts: instance.artifacts.into_iter().map(Artifact::from).collect(),
            attempts,
        }
    }
}

fn said(attempt: &Attempt) -> String {
    attempt.message.clone()
}

impl From<view::Attempt> for Attempt {
    fn from(attempt: view::Attempt) -> Self {
        let (duration, duration_ms) = both(attempt.ending.map(|_| attempt.duration_ms));
        Attempt {
            number: attempt.number,
            nth: attempt.nth,
            function: attempt.function.map(str::to_owned),
            node: attempt.node,
            incarnation: attempt.incarnation,
            status: attempt.ending.map_or(Status::Running, Status::from),
            exit_code: attempt.exit_code,
            message: attempt.message,
            tail: attempt.tail,
            started_at: time(attempt.started_at),
            finished_at: attempt.ended_at.map(time),
            duration,
            duration_ms,
            log_bytes: attempt.log_size,
        }
    }
}

impl From<view::Artifact> for Artifact {
    fn from(artifact: view::Artifact) -> Self {
        Artifact {
            path: artifact.path,
            hash: artifact.hash.to_string(),
            size: artifact.size,
            mode: format!("{:04o}", artifact.mode),
        }
    }
}

impl From<view::Status> for Status {
    fn from(status: view::Status) -> Self {
        match status {
            view::Status::Running => Status::Running,
            view::Status::Succeeded => Status::Succeeded,
            view::Status::Failed => Status::Failed,
            view::Status::TimedOut => Status::TimedOut,
            view::Status::Cancelled => Status::Cancelled,
        }
    }
}

impl From<Ending> for Status {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Succeeded => Status::Succeeded,
            Ending::Failed => Status::Failed,
            Ending::TimedOut => Status::TimedOut,
            Ending::Cancelled => Status::Cancelled,
            Ending::Skipped => Status::Skipped,
            Ending::Lost => Status::Lost,
            Ending::Refused => Status::Refused,
        }
    }
}

impl From<Word> for Status {
    fn from(word: Word) -> Self {
        match word {
            Word::Pending => Status::Pending,
            Word::Queued => Status::Queued,
            Word::Running => Status::Running,
            Word::Succeeded => Status::Succeeded,
            Word::Failed => Status::Failed,
            Word::TimedOut => Status::TimedOut,
            Word::Cancelled => Status::Cancelled,
            Word::Skipped => Status::Skipped,
            Word::Lost => Status::Lost,
            Word::Refused => Status::Refused,
        }
    }
}

impl From<Decision> for view::Approval {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Run => view::Approval::Run,
            Decision::Skip => view::Approval::Skip,
            Decision::Abort => view::Approval::Abort,
            Decision::RunAll => view::Approval::RunAll,
        }
    }
}
