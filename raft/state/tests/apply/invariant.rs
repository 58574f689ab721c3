//! What holds after every request of any log.

use proptest::prelude::*;
use state::run::Run;
use state::{AttemptKey, Batch, InstanceKey, Request, RunId, State};

use crate::commands::logs;

type Running = (config::NodeId, AttemptKey);

/// The attempts that run according to the runs themselves.
fn running(id: RunId, run: &Run) -> Vec<Running> {
    let mut found = Vec::new();
    for (task, vertex) in run.vertices.iter() {
        for (slot, instance) in vertex.instances.iter() {
            if let (Some(attempt), Some(node)) = (instance.running(), instance.running_on()) {
                let instance = InstanceKey { run: id, task, slot };
                found.push((node, AttemptKey { instance, attempt }));
            }
        }
    }
    found
}

fn assignments_are_the_running_attempts(state: &State) {
    let runs = state.runs.runs.iter();
    let mut wanted: Vec<Running> = runs.flat_map(|(id, run)| running(*id, run)).collect();
    let assigned = state.runs.assignments.iter();
    let found: Vec<Running> =
        assigned.flat_map(|(node, all)| all.keys().map(move |attempt| (*node, *attempt))).collect();
    wanted.sort();
    assert_eq!(found, wanted);
}

fn assignments_are_of_the_present_life(state: &State) {
    for (node, assigned) in &state.runs.assignments {
        for assignment in assigned.values() {
            assert_eq!(assignment.incarnation, state.members[node].incarnation);
        }
    }
}

fn runs_count_what_runs(state: &State) {
    for (id, run) in &state.runs.runs {
        let running = running(*id, run);
        let counted = |task: u32| run.plan.task(task).is_some_and(|task| !task.background);
        let at_home = |(node, key): &&Running| *node == run.owner && counted(key.instance.task);
        let on_owner = running.iter().filter(at_home).count();
        let mut tasks = 0;
        for (task, vertex) in run.vertices.iter() {
            let runs = vertex.instances.values().filter(|it| it.running().is_some()).count();
            let open = vertex.instances.values().filter(|it| it.ending().is_none()).count();
            assert_eq!((vertex.running as usize, vertex.open as usize), (runs, open));
            tasks += usize::from(runs > 0 && counted(task));
        }
        assert_eq!((run.running as usize, run.running_owner as usize), (tasks, on_owner));
        assert!(run.plan.parallel.is_none_or(|most| run.running <= most));
        let bounded = run.plan.parallel.is_none() && run.home == 0;
        assert!(!bounded || run.running_owner <= run.plan.parallel_owner);
        assert_eq!(state.runs.active.contains(id), !run.status.is_final());
        assert!(run.status.is_final() || !run.vertices.is_empty());
        assert!(!run.status.is_final() || running.is_empty());
        assert!(!run.status.is_final() || (run.queue.is_empty() && run.asked == 0));
    }
}

fn what_is_referred_to_is_there(state: &State) {
    for run in state.runs.runs.values() {
        assert!(state.documents.has(run.plan.bundle));
    }
    for saved in state.workflows.values() {
        assert!(state.documents.has(saved.bundle));
    }
    for (_, lease) in state.leases.range("", None, state.clock) {
        assert!(lease.holder.run.is_none_or(|run| state.runs.active.contains(&run)));
    }
}

fn ended_runs_do_not_change(before: &State, after: &State) {
    let ended = before.runs.runs.iter().filter(|(_, run)| run.status.is_final());
    for (id, run) in ended {
        if let Some(now) = after.runs.get(*id) {
            assert_eq!(now, run);
        }
    }
}

fn names_are_of_one_member_each(state: &State) {
    let names = state.members.values().map(|member| &member.name);
    assert_eq!(names.collect::<std::collections::BTreeSet<_>>().len(), state.members.len());
}

proptest! {
    #[test]
    fn they_hold(log in logs(60)) {
        let mut state = State::default();
        let single = |batch: &Batch| -> Vec<Batch> {
            let mut elapsed = batch.elapsed;
            let alone = |request: &Request| {
                let (at, elapsed) = (batch.at, std::mem::take(&mut elapsed));
                Batch { at, elapsed, requests: vec![request.clone()] }
            };
            batch.requests.iter().map(alone).collect()
        };
        for (index, batch) in (1..).zip(log.iter().flat_map(single)) {
            let before = state.clone();
            state.apply(index, &batch);
            assignments_are_the_running_attempts(&state);
            assignments_are_of_the_present_life(&state);
            runs_count_what_runs(&state);
            what_is_referred_to_is_there(&state);
            ended_runs_do_not_change(&before, &state);
            names_are_of_one_member_each(&state);
        }
    }
}
