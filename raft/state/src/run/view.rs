//! Answers to questions about runs.

use super::{AttemptKey, Ending, Instance, Kind, Role, Run, RunId, Target, TaskNumber, Vertex};
use crate::query::{Dependency, PAGE_MAX, Produced, TaskResult, Work};
use crate::{Query, State, View};

impl State {
    /// The answer to a question about runs; nothing if it is about something else.
    pub(crate) fn answer_runs(&self, query: &Query) -> Option<View> {
        Some(match query {
            Query::Runs { before, limit, active } => {
                View::Runs(self.recent_runs(*before, *limit, *active))
            }
            Query::Run { run } => {
                View::Run(self.runs.get(*run).map(|run| Box::new(Run::clone(run))))
            }
            Query::Work { attempt } => View::Work(self.work(*attempt).map(Box::new)),
            Query::Assignments { node } => View::Assignments(
                self.runs
                    .assignments
                    .get(node)
                    .map(|assigned| assigned.values().cloned().collect())
                    .unwrap_or_default(),
            ),
            Query::Held { node } => View::Held(self.runs.held(*node)),
            _ => return None,
        })
    }

    fn recent_runs(&self, before: Option<RunId>, limit: u32, active: bool) -> Vec<(RunId, Run)> {
        let wanted = |id: &RunId| {
            before.is_none_or(|before| *id < before) && (!active || self.runs.active.contains(id))
        };
        self.runs
            .runs
            .iter()
            .rev()
            .filter(|(id, _)| wanted(id))
            .take(limit.min(PAGE_MAX) as usize)
            .map(|(id, run)| (*id, Run::clone(run)))
            .collect()
    }

    fn work(&self, key: AttemptKey) -> Option<Work> {
        let id = key.instance.run;
        let run = self.runs.get(id)?;
        let node = run.instance(key.instance.task, key.instance.slot)?.running_on()?;
        let assignment = self.runs.assignments.get(&node)?.get(&key)?;
        let task = run.plan.task(key.instance.task)?;
        let results = match (task.role, assignment.kind) {
            (Role::OnComplete, _) => run.results(),
            (_, Kind::Decide(_)) => run.result(key.instance.task).into_iter().collect(),
            _ => Vec::new(),
        };
        let before = task.before();
        Some(Work {
            assignment: assignment.clone(),
            workflow: run.plan.workflow.clone(),
            task: task.clone(),
            check: run.plan.check,
            owner: run.owner,
            workdir: run.workdir.clone().filter(|_| node == run.owner),
            dependencies: before.filter_map(|other| run.dependency(*other)).collect(),
            artifacts: if task.consumes.is_empty() { Vec::new() } else { run.produced() },
            results,
        })
    }
}

impl Run {
    /// What a dependency returned; nothing if it was skipped.
    fn dependency(&self, task: TaskNumber) -> Option<Dependency> {
        let vertex = self.vertices.get(task).filter(|_| self.role(task) == Some(Role::Task))?;
        (vertex.ending != Some(Ending::Skipped)).then(|| self.returned(task, vertex))
    }

    fn returned(&self, task: TaskNumber, vertex: &Vertex) -> Dependency {
        let row = |instance: &Instance| Some((instance.node?, instance.output.clone()));
        let target = self.target(task);
        Dependency {
            task: self.name(task).to_string(),
            rows: vertex.instances.values().filter_map(row).collect(),
            many: !matches!(target, Some(Target::Owner | Target::Any { .. }))
                && vertex.instances.len() > 1,
        }
    }

    fn produced(&self) -> Vec<Produced> {
        let mut produced = Vec::new();
        for task in &self.producers {
            let Some(vertex) = self.vertices.get(*task) else { continue };
            for instance in vertex.instances.values() {
                let Some(node) = instance.node else { continue };
                let name = self.name(*task).to_string();
                let files = instance.artifacts.iter().cloned();
                produced.extend(files.map(|artifact| Produced {
                    task: name.clone(),
                    node,
                    artifact,
                }));
            }
        }
        produced
    }

    /// How every task ended, in listed order.
    fn results(&self) -> Vec<TaskResult> {
        let counted = |task: &TaskNumber| self.role(*task) == Some(Role::Task);
        let tasks = self.vertices.iter().map(|(task, _)| task).filter(counted);
        tasks.filter_map(|task| self.result(task)).collect()
    }

    /// How one task ended, or would if nobody decides otherwise.
    fn result(&self, task: TaskNumber) -> Option<TaskResult> {
        let vertex = self.vertices.get(task)?;
        Some(TaskResult {
            task: self.name(task).to_string(),
            ending: vertex.likely_ending(),
            message: vertex.message(),
            attempts: vertex.attempts().count() as u32,
            duration_ms: vertex.attempts().map(|attempt| attempt.duration_ms).sum(),
            output: self.returned(task, vertex),
        })
    }
}

impl Vertex {
    /// The message of its last try, or why it has none.
    fn message(&self) -> String {
        match self.attempts().last() {
            Some(attempt) => attempt.message.clone(),
            None => self.notes.last().cloned().unwrap_or_default(),
        }
    }
}
