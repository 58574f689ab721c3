//! Turns a command to something that is there: random numbers alone rarely meet an attempt, a lease or a run.

use state::{Command, RunId, State};

/// One time in four the command stays as it is.
pub fn aim(state: &State, command: &mut Command, hint: usize) {
    if hint.is_multiple_of(4) {
        return;
    }
    match command {
        Command::Report(report) => {
            let running = state.runs.assignments.iter().flat_map(|(node, assigned)| {
                assigned.values().map(move |assignment| (*node, assignment))
            });
            if let Some((node, assignment)) = pick(running, hint) {
                report.node = node;
                (report.attempt, report.incarnation) = (assignment.attempt, assignment.incarnation);
            }
        }
        Command::Place(place) => {
            if let Some((run, task, slot)) = pick(state.runs.unplaced.iter().copied(), hint) {
                (place.run, place.task) = (run, task);
                let any = state.runs.get(run).is_some_and(|run| {
                    matches!(run.target(task), Some(state::run::Target::Any { .. }))
                });
                let count = if slot.is_some() || any { 1 } else { 2 };
                let nodes = state.members.keys().take(count).copied();
                place.places = (slot.unwrap_or(0)..).zip(nodes).collect();
            }
        }
        Command::Defer(defer) => {
            unplaced(state, hint, &mut defer.run, &mut defer.task, &mut defer.slot);
        }
        Command::Refuse(refuse) => {
            unplaced(state, hint, &mut refuse.run, &mut refuse.task, &mut refuse.slot);
        }
        Command::Approve(approve) => {
            let runs = state.runs.active.iter().filter_map(|id| Some((*id, state.runs.get(*id)?)));
            let waits = |vertex: &state::run::Vertex| vertex.wait == state::run::Wait::Approval;
            let waiting = runs.flat_map(|(id, run)| {
                let vertices = run.vertices.iter().filter(|(_, vertex)| waits(vertex));
                vertices.map(move |(task, _)| (id, task))
            });
            if let Some(found) = pick(waiting, hint) {
                (approve.run, approve.task) = found;
            }
        }
        Command::Renew(renew) => held(state, hint, &mut renew.name, &mut renew.token),
        Command::Release(release) => held(state, hint, &mut release.name, &mut release.token),
        Command::Rehome(rehome) => home(state, hint, &mut rehome.run, &mut rehome.home),
        Command::Abandon(abandon) => home(state, hint, &mut abandon.run, &mut abandon.home),
        Command::Lose(lose) => {
            if let Some((node, member)) = pick(state.members.iter(), hint) {
                (lose.node, lose.incarnation) = (*node, member.incarnation);
            }
        }
        Command::Set(set) => {
            if let Some(fence) = &mut set.fence {
                held(state, hint, &mut fence.name, &mut fence.token);
            }
        }
        _ => {}
    }
}

fn pick<T>(items: impl Iterator<Item = T>, hint: usize) -> Option<T> {
    let mut items: Vec<T> = items.collect();
    if items.is_empty() { None } else { Some(items.swap_remove(hint % items.len())) }
}

fn unplaced(state: &State, hint: usize, run: &mut RunId, task: &mut u32, slot: &mut Option<u32>) {
    if let Some(found) = pick(state.runs.unplaced.iter().copied(), hint) {
        (*run, *task, *slot) = found;
    }
}

fn held(state: &State, hint: usize, name: &mut String, token: &mut u64) {
    let leases = state.leases.range("", None, state.clock);
    if let Some((found, lease)) = pick(leases, hint) {
        (*name, *token) = (found.to_string(), lease.token);
    }
}

fn home(state: &State, hint: usize, run: &mut RunId, home: &mut u32) {
    if let Some(id) = pick(state.runs.active.iter().copied(), hint) {
        *run = id;
        *home = state.runs.get(id).map_or(0, |run| run.home);
    }
}
