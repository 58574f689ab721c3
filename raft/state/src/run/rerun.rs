//! A run that takes from an older one what had passed there.

use super::{Ending, Instance, Plan, Rerun, Run, RunId, TaskNumber, Vertex};
use crate::state::Context;
use crate::{Moment, Refusal, State};

impl State {
    /// The named tasks begin ended, with what they returned in the older run.
    pub(super) fn take_over(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        rerun: &Rerun,
    ) -> Result<(), Refusal> {
        let old = self
            .runs
            .get(rerun.run)
            .cloned()
            .ok_or_else(|| Refusal::not_found(format!("run {} does not exist", rerun.run)))?;
        if !old.status.is_final() {
            return Err(Refusal::conflict(format!("run {} has not ended yet", rerun.run)));
        }
        if !run.plan.has_shape_of(&old.plan) {
            return Err(Refusal::conflict(format!(
                "the tasks of run {} are others than those of this run",
                rerun.run
            )));
        }
        for task in &rerun.tasks {
            let vertex = old.vertices.get(*task).filter(|vertex| vertex.passed);
            let (Some(vertex), Some(ending)) = (vertex, vertex.and_then(|it| it.ending)) else {
                return Err(Refusal::invalid(format!(
                    "task `{}` did not pass in run {}",
                    old.name(*task),
                    rerun.run
                )));
            };
            self.copy_task(run, *task, vertex, rerun.run);
            self.close_task(run, id, *task, ending, true);
        }
        for task in &rerun.tasks {
            self.follow_ended(context, run, id, *task);
        }
        Ok(())
    }

    fn copy_task(&mut self, run: &mut Run, task: TaskNumber, old: &Vertex, from: RunId) {
        let now = self.clock;
        let copies: Vec<Instance> = old.instances.values().map(|it| it.ended_copy(now)).collect();
        copies.iter().for_each(|instance| self.runs.refer_again(instance));
        if copies.iter().any(|instance| !instance.artifacts.is_empty()) {
            run.producers.insert(task);
        }
        let Some(vertex) = run.vertices.get_mut(task) else { return };
        vertex.instances = copies.into_iter().collect();
        vertex.target = old.target.clone();
        vertex.note(format!("taken from run {from}"));
    }
}

impl Instance {
    /// What it returned, without the attempts that did.
    fn ended_copy(&self, now: Moment) -> Instance {
        let ending = self.ending().unwrap_or(Ending::Skipped);
        Instance {
            phase: super::Phase::Ended(ending),
            output: self.output.clone(),
            artifacts: self.artifacts.clone(),
            changed: self.changed,
            ..Instance::waiting(self.node, super::Wait::RunSlot, now)
        }
    }
}

impl Plan {
    /// The same tasks with the same edges.
    fn has_shape_of(&self, other: &Plan) -> bool {
        let pairs = || self.tasks.iter().zip(&other.tasks);
        self.tasks.len() == other.tasks.len()
            && pairs().all(|(one, other)| {
                one.name == other.name
                    && one.role == other.role
                    && one.needs == other.needs
                    && one.rescues == other.rescues
            })
    }
}
