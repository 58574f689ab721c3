//! Drafts of the events that runs cause.

use config::NodeId;
use serde_json::json;

use super::{AttemptKey, Kind, Run, RunId, TaskNumber};
use crate::Elapsed;
use crate::event::Draft;

impl Draft {
    pub(super) fn of_run(kind: &str, run: RunId) -> Draft {
        Draft { run: Some(run), ..Draft::new(kind) }
    }

    pub(super) fn of_task(kind: &str, id: RunId, run: &Run, task: TaskNumber) -> Draft {
        let task = run.plan.task(task).map(|task| task.name.clone());
        Draft { task, ..Draft::of_run(kind, id) }
    }

    /// A task's work has started, or one of its questions is asked.
    pub(super) fn of_start(kind: Kind, id: RunId, run: &Run, task: TaskNumber) -> Draft {
        match kind {
            Kind::Work => Draft::of_task("task.started", id, run, task),
            Kind::Decide(question) => {
                Draft::of_task("task.asked", id, run, task).with("function", question.function())
            }
        }
    }

    pub(super) fn on(mut self, node: NodeId) -> Draft {
        self.node = Some(node);
        self
    }

    /// Which attempt of which instance, and which try of its work.
    pub(super) fn attempt(mut self, run: &Run, key: AttemptKey) -> Draft {
        self.data["attempt"] = json!(key.attempt);
        self.data["try"] = json!(run.nth(key));
        self.data["slot"] = json!(key.instance.slot);
        self
    }

    /// How long it waited for which slot, if it had to.
    pub(super) fn waited(mut self, waited: Option<(Elapsed, &'static str)>) -> Draft {
        if let Some((span, what)) = waited {
            self.data["waited_ms"] = json!(span.0);
            self.data["waited_for"] = json!(what);
        }
        self
    }

    pub(super) fn because(mut self, reason: Option<&str>) -> Draft {
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            self.data["message"] = json!(reason);
        }
        self
    }
}
