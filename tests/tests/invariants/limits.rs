//! Invariant 13: limits of concurrency are never exceeded, and a run under way holds its lock.

use std::collections::BTreeSet;

use config::NodeId;
use state::run::{Assignment, Run};
use state::{RunId, State, TaskNumber};

use crate::model::{Check, Fact, simulate};

#[derive(Default)]
struct Limits;

impl Check for Limits {
    fn see(&mut self, fact: &Fact) {
        let Fact::Applied(applied) = fact else { return };
        nodes_have_slots(&applied.after);
        for id in &applied.after.runs.active {
            let run = applied.after.runs.get(*id).unwrap();
            run_has_slots(&applied.after, *id, run);
            holds_its_lock(&applied.after, *id, run);
        }
    }
}

fn nodes_have_slots(state: &State) {
    for (node, assigned) in &state.runs.assignments {
        let member = &state.members[node];
        assert!(assigned.len() <= member.slots as usize, "{} runs {}", member.name, assigned.len());
    }
}

/// What runs of a run and counts against its limit, with its node.
fn counted(state: &State, id: RunId, run: &Run) -> Vec<(NodeId, Assignment)> {
    let mut found = Vec::new();
    for (node, assigned) in &state.runs.assignments {
        for assignment in assigned.values().filter(|it| it.attempt.instance.run == id) {
            if !run.plan.task(assignment.attempt.instance.task).unwrap().background {
                found.push((*node, assignment.clone()));
            }
        }
    }
    found
}

fn run_has_slots(state: &State, id: RunId, run: &Run) {
    let running = counted(state, id, run);
    match run.plan.parallel {
        Some(most) => {
            let tasks: BTreeSet<TaskNumber> =
                running.iter().map(|(_, it)| it.attempt.instance.task).collect();
            assert!(tasks.len() <= most as usize, "run {id}: {tasks:?} run, {most} may");
        }
        // A new owner may run delegated tasks of the run already.
        None if run.home == 0 => {
            let here = running.iter().filter(|(node, _)| *node == run.owner).count();
            let most = run.plan.parallel_owner as usize;
            assert!(here <= most, "run {id}: {here} run here, {most} may");
        }
        None => {}
    }
}

fn holds_its_lock(state: &State, id: RunId, run: &Run) {
    if let Some(lock) = &run.plan.lock {
        let holder = state.leases.get(lock, state.clock).and_then(|lease| lease.holder.run);
        assert_eq!(holder, Some(id), "run {id} does not hold its lock {lock}");
    }
}

#[test]
fn limits_are_never_exceeded() {
    simulate::<Limits>("limits");
}
