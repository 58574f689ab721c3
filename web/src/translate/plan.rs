use node::view;

use super::both;
use crate::wire::{Plan, Planned, duration};

impl From<view::Preview> for Plan {
    fn from(preview: view::Preview) -> Self {
        let (timeout, timeout_ms) = both(preview.timeout_ms);
        Plan {
            workflow: preview.workflow,
            description: preview.description,
            order: if preview.is_list { "list" } else { "graph" }.to_owned(),
            parallel: preview.parallel,
            timeout,
            timeout_ms,
            lock: preview.lock,
            tasks: preview.tasks.into_iter().map(Planned::from).collect(),
        }
    }
}

impl From<view::Planned> for Planned {
    fn from(task: view::Planned) -> Self {
        Planned {
            name: task.name,
            description: task.description,
            wave: task.wave,
            depends_on: task.needs,
            handles: task.handles,
            target: task.target,
            nodes: task.nodes,
            command: task.command,
            conditions: task.conditions,
            retries: task.retries,
            timeout: duration(task.timeout_ms),
            timeout_ms: task.timeout_ms,
        }
    }
}
