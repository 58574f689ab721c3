use std::sync::Arc;

use super::table::Table;
use super::{Begin, Plan, Role, Run, Status, TaskNumber, Vertex, Wait};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Kind, Map, Refusal, Reply, Set, State, codec};

/// Runs that may be under way at once.
const ACTIVE_MAX: usize = 10_000;
/// Tasks of one plan.
const TASKS_MAX: usize = 100_000;
/// The version of an encoded plan.
pub const PLAN_VERSION: u8 = 1;

impl State {
    /// Accepts a run whose plan and bundle have arrived, and starts what may start.
    pub(crate) fn begin(&mut self, context: &Context<'_>, begin: &Begin) -> Reply {
        if let Some(run) = self.runs.get(begin.run) {
            return same_again(run, begin);
        }
        self.check_owner(begin)?;
        self.check_room(&self.runs)?;
        let plan = self.received_plan(begin)?;
        self.documents.hold(plan.bundle)?;
        self.documents.discard(begin.plan);
        let run = self.new_run(context, begin, plan);
        self.runs.runs.insert(begin.run, Arc::new(run));
        self.runs.active.insert(begin.run);
        self.emit(context, Draft::of_run("workflow.started", begin.run));
        self.edit(context, begin.run, |state, run| {
            if let Some(deadline) = run.deadline {
                state.runs.timers.insert((deadline, begin.run, None));
            }
            for task in roots(&run.plan.clone()) {
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

    fn check_room(&self, runs: &Table) -> Result<(), Refusal> {
        if runs.active.len() < ACTIVE_MAX {
            return Ok(());
        }
        Err(Refusal::limit(format!(
            "{ACTIVE_MAX} runs are under way, the most there may be: wait or cancel some"
        )))
    }

    fn received_plan(&mut self, begin: &Begin) -> Result<Plan, Refusal> {
        let bytes = self.documents.read(begin.plan).ok_or_else(|| {
            Refusal::not_found(format!("the plan of run {} has not arrived whole", begin.run))
        })?;
        let plan: Plan = codec::decode(PLAN_VERSION, &bytes)
            .map_err(|error| Refusal::invalid(format!("the plan of run {}: {error}", begin.run)))?;
        check(&plan).map_err(Refusal::invalid)?;
        Ok(plan)
    }

    fn new_run(&self, context: &Context<'_>, begin: &Begin, plan: Plan) -> Run {
        let vertices = (0_u32..).zip(&plan.tasks).map(|(number, task)| {
            let blockers = task.needs.len() as u32;
            (number, Vertex::pending(blockers, self.clock))
        });
        Run {
            vertices: vertices.collect(),
            open: plan.tasks.iter().filter(|task| task.role != Role::OnComplete).count() as u32,
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
            callback_failed: false,
            begun_at: context.at,
            ended_at: None,
            queue: Map::new(),
            running: 0,
            first: 0,
            running_owner: 0,
            revision: context.index,
        }
    }
}

impl Vertex {
    fn pending(blockers: u32, since: crate::Moment) -> Vertex {
        Vertex {
            blockers,
            target: None,
            instances: Map::new(),
            wait: Wait::Dependencies,
            since,
            ending: None,
            passed: false,
            notes: Vec::new(),
        }
    }
}

fn same_again(run: &Run, begin: &Begin) -> Reply {
    if run.plan_hash == begin.plan {
        return Ok(Answer::Done);
    }
    Err(Refusal::new(Kind::Conflict, format!("run {} exists with another plan", begin.run)))
}

fn roots(plan: &Plan) -> Vec<TaskNumber> {
    (0..)
        .zip(&plan.tasks)
        .filter(|(_, task)| task.needs.is_empty() && task.role != Role::OnComplete)
        .map(|(number, _)| number)
        .collect()
}

/// A plan comes from a member, yet nothing in it may make a later step fail.
fn check(plan: &Plan) -> Result<(), String> {
    let count = plan.tasks.len();
    if count == 0 || count > TASKS_MAX {
        return Err(format!("a plan has 1 to {TASKS_MAX} tasks, this one {count}"));
    }
    if plan.parallel == Some(0) || plan.parallel_owner == 0 {
        return Err("a plan must let at least one task run at once".into());
    }
    let numbered = || (0_u32..).zip(&plan.tasks);
    let needs: Set<(TaskNumber, TaskNumber)> = numbered()
        .flat_map(|(number, task)| task.needs.iter().map(move |need| (*need, number)))
        .collect();
    let feeds: Set<(TaskNumber, TaskNumber)> = numbered()
        .flat_map(|(number, task)| task.feeds.iter().map(move |feed| (number, *feed)))
        .collect();
    let needed: usize = plan.tasks.iter().map(|task| task.needs.len()).sum();
    let fed: usize = plan.tasks.iter().map(|task| task.feeds.len()).sum();
    if needs != feeds || needed != needs.len() || fed != feeds.len() {
        return Err("the edges of the plan do not match".into());
    }
    check_order(plan)
}

/// Every task can be reached from the roots.
fn check_order(plan: &Plan) -> Result<(), String> {
    let mut blockers: Vec<usize> = plan.tasks.iter().map(|task| task.needs.len()).collect();
    let mut ready: Vec<usize> = (0..plan.tasks.len()).filter(|task| blockers[*task] == 0).collect();
    let mut reached = 0;
    while let Some(task) = ready.pop() {
        reached += 1;
        for feed in &plan.tasks[task].feeds {
            let Some(open) = blockers.get_mut(*feed as usize) else {
                return Err(format!("task number {feed} does not exist"));
            };
            *open -= 1;
            if *open == 0 {
                ready.push(*feed as usize);
            }
        }
    }
    if reached == plan.tasks.len() { Ok(()) } else { Err("the plan has a cycle".into()) }
}
