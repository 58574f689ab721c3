use config::NodeId;
use state::run::{Abandon, Defer, Halt, Place, Prune, Refuse, Rehome, Run, Status, Wait};
use state::{Command, Elapsed, Moment, RunId, Slot, State, TaskNumber};

use crate::{Choice, Observed, Round};

/// How patient the planner is.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// An instance waits this long for nodes that are down.
    pub named_wait: Elapsed,
    /// A pinned run waits this long for its owner.
    pub rehome_after: Elapsed,
    /// Finished runs kept.
    pub keep: usize,
}

/// Commands proposed in one round; the next round finds the rest.
const ROUND_MAX: usize = 256;

/// Everything that could be proposed now.
pub fn due(state: &State, observed: &Observed, options: &Options) -> Vec<Command> {
    let mut round = Round::new(state, observed);
    let unplaced = state.runs.unplaced.iter();
    let placements = unplaced.filter_map(|wait| placement(state, &mut round, options, *wait));
    let homes = state.runs.active.iter().filter_map(|run| home(state, observed, options, *run));
    placements.chain(homes).chain(prune(state, options)).take(ROUND_MAX).collect()
}

/// The stopwatch time at which something above becomes due without any other change.
pub fn patience(state: &State, options: &Options) -> Option<Moment> {
    let waits = state
        .runs
        .unplaced
        .iter()
        .filter_map(|(id, task, slot)| since(state.runs.get(*id)?, *task, *slot))
        .map(|since| since.after(options.named_wait));
    let owners = state
        .members
        .values()
        .filter_map(|member| member.lost)
        .map(|lost| lost.after(options.rehome_after));
    waits.chain(owners).filter(|moment| *moment > state.clock).min()
}

fn placement(
    state: &State,
    round: &mut Round<'_>,
    options: &Options,
    (id, task, slot): (RunId, TaskNumber, Option<Slot>),
) -> Option<Command> {
    let run = state.runs.get(id)?;
    if run.suspended {
        return None;
    }
    let target = run.target(task)?;
    let choice = match slot {
        None => round.place(id, run, target),
        Some(slot) => round.replace(id, run, target, &taken(run, task), slot),
    };
    match choice {
        Choice::Places { nodes, left_out } => {
            round.give(id, &nodes);
            let places = (slot.unwrap_or(0)..).zip(nodes).collect();
            Some(Command::Place(Place { run: id, task, places, left_out }))
        }
        Choice::Never(reason) => Some(Command::Refuse(Refuse { run: id, task, slot, reason })),
        Choice::Wait(reason) => {
            let waited = state.clock.since(since(run, task, slot)?);
            if waited >= options.named_wait {
                return Some(Command::Refuse(Refuse { run: id, task, slot, reason }));
            }
            let known = wait(run, task, slot)? == &Wait::Deferred { reason: reason.clone() };
            (!known).then_some(Command::Defer(Defer { run: id, task, slot, reason }))
        }
    }
}

fn taken(run: &Run, task: TaskNumber) -> Vec<NodeId> {
    let vertex = run.vertices.get(task);
    vertex
        .into_iter()
        .flat_map(|vertex| vertex.instances.values())
        .filter_map(|instance| instance.node)
        .collect()
}

fn since(run: &Run, task: TaskNumber, slot: Option<Slot>) -> Option<Moment> {
    match slot {
        None => Some(run.vertices.get(task)?.since),
        Some(slot) => match run.instance(task, slot)?.phase {
            state::run::Phase::Waiting { since, .. } => Some(since),
            _ => None,
        },
    }
}

fn wait(run: &Run, task: TaskNumber, slot: Option<Slot>) -> Option<&Wait> {
    match slot {
        None => Some(&run.vertices.get(task)?.wait),
        Some(slot) => match &run.instance(task, slot)?.phase {
            state::run::Phase::Waiting { reason, .. } => Some(reason),
            _ => None,
        },
    }
}

/// A run whose owner is lost moves, or is given up.
fn home(state: &State, observed: &Observed, options: &Options, id: RunId) -> Option<Command> {
    let run = state.runs.get(id)?;
    if run.status != Status::Running || run.suspended {
        return None;
    }
    let lost = match state.members.get(&run.owner) {
        Some(owner) => owner.lost?,
        None => Moment(0),
    };
    if !run.pinned {
        let owner = next_owner(state, observed, run.owner)?;
        return Some(Command::Rehome(Rehome { run: id, home: run.home, owner }));
    }
    let over = state.clock.since(lost) >= options.rehome_after;
    let ending = run.halt == Some(Halt::OwnerLost);
    (over && !ending).then_some(Command::Abandon(Abandon { run: id, home: run.home }))
}

/// The live node that runs least, ties by name.
fn next_owner(state: &State, observed: &Observed, old: NodeId) -> Option<NodeId> {
    state
        .members
        .iter()
        .filter(|(node, member)| **node != old && member.takes_work() && observed.answers(**node))
        .min_by_key(|(node, member)| (state.runs.load(**node), member.name.clone()))
        .map(|(node, _)| *node)
}

fn prune(state: &State, options: &Options) -> Option<Command> {
    let surplus = state.runs.finished().checked_sub(options.keep).filter(|surplus| *surplus > 0)?;
    let finished = state.runs.runs.keys().filter(|id| !state.runs.active.contains(*id));
    let runs = finished.take(surplus.min(ROUND_MAX)).copied().collect();
    Some(Command::Prune(Prune { runs }))
}
