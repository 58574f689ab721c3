use std::sync::Arc;

use super::table::Table;
use super::timer::Due;
use super::{Begin, Plan, Role, Run, Status, TaskNumber, Vertex, sound};
use crate::event::Draft;
use crate::lease::Acquire;
use crate::state::Context;
use crate::{Answer, Kind, Map, Refusal, Reply, Set, State, codec};

/// Runs that may be under way at once.
const ACTIVE_MAX: usize = 10_000;
/// The version of an encoded plan.
pub const PLAN_VERSION: u8 = 1;

impl State {
    /// Accepts a run whose plan and bundle have arrived, and starts what may start.
    pub(crate) fn begin(&mut self, context: &Context<'_>, begin: &Begin) -> Reply {
        if let Some(run) = self.runs.get(begin.run) {
            return same_again(run, begin);
        }
        self.check_owner(begin)?;
        check_room(&self.runs)?;
        let plan = self.received_plan(begin)?;
        self.documents.hold(plan.bundle)?;
        self.documents.discard(begin.plan);
        let run = self.new_run(context, begin, plan);
        let lock = run.plan.lock.clone();
        self.runs.runs.insert(begin.run, Arc::new(run));
        self.runs.active.insert(begin.run);
        if let Some(name) = lock {
            let (label, run) = (String::new(), Some(begin.run));
            self.acquire(context, &Acquire { name, label, run, ttl: None })?;
        }
        self.emit(context, Draft::of_run("workflow.started", begin.run));
        self.edit(context, begin.run, |state, run| {
            if let Some(deadline) = run.deadline {
                state.runs.timers.insert((deadline, begin.run, Due::Timeout));
            }
            if let Some(rerun) = &begin.rerun {
                state.take_over(context, run, begin.run, rerun)?;
            }
            for task in run.roots() {
                state.make_ready(run, begin.run, task);
            }
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    fn check_owner(&self, begin: &Begin) -> Result<(), Refusal> {
        match self.members.get(&begin.owner) {
            Some(owner) if owner.takes_work() => Ok(()),
            Some(owner) => Err(Refusal::stale(format!(
                "node `{}` takes no runs now: submit to another node",
                owner.name
            ))),
            None => Err(Refusal::not_found(format!(
                "node {} is no member and cannot own a run",
                begin.owner.short()
            ))),
        }
    }

    fn received_plan(&mut self, begin: &Begin) -> Result<Plan, Refusal> {
        let bytes = self.documents.read(begin.plan).ok_or_else(|| {
            Refusal::not_found(format!("the plan of run {} has not arrived whole", begin.run))
        })?;
        let mut plan: Plan = codec::decode(PLAN_VERSION, &bytes)
            .map_err(|error| Refusal::invalid(format!("the plan of run {}: {error}", begin.run)))?;
        sound::check(&plan).map_err(Refusal::invalid)?;
        // So that they can be looked up.
        plan.tasks.iter_mut().for_each(|task| task.rescues.sort_unstable());
        Ok(plan)
    }

    fn new_run(&self, context: &Context<'_>, begin: &Begin, plan: Plan) -> Run {
        let counted = plan.tasks.iter().filter(|task| task.role != Role::OnComplete);
        let blockers = plan.tasks.iter().map(|task| task.needs.len() + task.rescues.len());
        let rescuing = plan.rescuing();
        let vertices = blockers.zip(rescuing).map(|(blockers, rescuing)| Vertex {
            rescuing,
            ..Vertex::pending(blockers as u32, self.clock)
        });
        Run {
            vertices: vertices.collect(),
            open: counted.count() as u32,
            deadline: plan.timeout.map(|timeout| self.clock.after(timeout)),
            plan: Arc::new(plan),
            plan_hash: begin.plan,
            by: context.by.clone(),
            owner: begin.owner,
            home: 0,
            pinned: false,
            workdir: begin.workdir.clone(),
            rerun: begin.rerun.as_ref().map(|rerun| rerun.run),
            status: Status::Running,
            error: None,
            suspended: false,
            approved: false,
            halt: None,
            swept: None,
            callback_failed: false,
            begun_at: context.at,
            ended_at: None,
            queue: Map::new(),
            running: 0,
            running_owner: 0,
            turns: Set::new(),
            unasked: Set::new(),
            asked: 0,
            producers: Set::new(),
            revision: context.index,
        }
    }
}

impl Run {
    /// What nothing blocks from the beginning.
    fn roots(&self) -> Vec<TaskNumber> {
        let free = |(task, vertex): &(TaskNumber, &Vertex)| {
            vertex.blockers == 0
                && vertex.ending.is_none()
                && vertex.wait == super::Wait::Dependencies
                && vertex.instances.is_empty()
                && self.role(*task) != Some(Role::OnComplete)
        };
        self.vertices.iter().filter(free).map(|(task, _)| task).collect()
    }
}

impl Plan {
    /// For each task: it, or something it needs, handles failures.
    fn rescuing(&self) -> Vec<bool> {
        let mut found = vec![false; self.tasks.len()];
        let handlers = (0..).zip(&self.tasks).filter(|(_, task)| !task.rescues.is_empty());
        let mut open: Vec<TaskNumber> = handlers.map(|(number, _)| number).collect();
        while let Some(number) = open.pop() {
            let Some(mark) = found.get_mut(number as usize) else { continue };
            if !std::mem::replace(mark, true) {
                let feeds = self.task(number).into_iter().flat_map(|task| &task.feeds);
                open.extend(feeds);
            }
        }
        found
    }
}

fn check_room(runs: &Table) -> Result<(), Refusal> {
    if runs.active.len() < ACTIVE_MAX {
        return Ok(());
    }
    Err(Refusal::limit(format!(
        "{ACTIVE_MAX} runs are under way, the most there may be: wait or cancel some"
    )))
}

fn same_again(run: &Run, begin: &Begin) -> Reply {
    if run.plan_hash == begin.plan {
        return Ok(Answer::Done);
    }
    Err(Refusal::new(Kind::Conflict, format!("run {} exists with another plan", begin.run)))
}
