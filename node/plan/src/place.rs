use config::{Name, NodeId, selector};
use state::State;
use state::member::Member;
use state::run::{Run, Strategy, Target};

use crate::Observed;

/// Where a task goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// One instance on each of these; nodes that match but are not there, a line each.
    Places { nodes: Vec<NodeId>, left_out: Vec<String> },
    /// Not yet, and why.
    Wait(String),
    /// Never, and why.
    Never(String),
}

/// Chooses nodes for a task of a run.
pub fn place(state: &State, observed: &Observed, run: &Run, target: &Target) -> Choice {
    match target {
        Target::Owner => Choice::Places { nodes: vec![run.owner], left_out: Vec::new() },
        Target::Ask => Choice::Wait("its function has not said where yet".into()),
        Target::Names(names) => named(state, observed, names),
        Target::Labels(labels) => matching(state, observed, Some(labels)),
        Target::All => matching(state, observed, None),
        Target::Any { labels, strategy } => {
            one(state, observed, run, labels.as_deref(), *strategy, &[])
        }
    }
}

/// Chooses another node for the instance in `slot`, whose node was lost.
pub(crate) fn replace(
    state: &State,
    observed: &Observed,
    run: &Run,
    target: &Target,
    taken: &[NodeId],
    slot: u32,
) -> Choice {
    match target {
        Target::Owner => Choice::Wait("its owner is away".into()),
        Target::Ask => Choice::Wait("its function has not said where yet".into()),
        Target::Names(names) => match names.get(slot as usize) {
            Some(name) => named(state, observed, std::slice::from_ref(name)),
            None => Choice::Never("it has no name left to run on".into()),
        },
        Target::Labels(labels) => {
            one(state, observed, run, Some(labels), Strategy::LeastLoaded, taken)
        }
        Target::All => one(state, observed, run, None, Strategy::LeastLoaded, taken),
        Target::Any { labels, strategy } => {
            one(state, observed, run, labels.as_deref(), *strategy, &[])
        }
    }
}

fn named(state: &State, observed: &Observed, names: &[Name]) -> Choice {
    let mut nodes = Vec::new();
    for name in names {
        let Some((node, member)) = state.members.iter().find(|(_, it)| it.name == *name) else {
            return Choice::Never(format!("no node is called `{name}`"));
        };
        if !is_ready(observed, *node, member) {
            return Choice::Wait(format!("node `{name}` is {}", why_not(member)));
        }
        nodes.push(*node);
    }
    Choice::Places { nodes, left_out: Vec::new() }
}

fn matching(state: &State, observed: &Observed, labels: Option<&str>) -> Choice {
    let candidates = match candidates(state, labels) {
        Ok(candidates) => candidates,
        Err(error) => return Choice::Never(error),
    };
    if let Some((_, member)) =
        candidates.iter().find(|(node, member)| member.takes_work() && observed.is_suspect(*node))
    {
        return Choice::Wait(format!("node `{}` does not answer just now", member.name));
    }
    let (ready, away): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|(node, member)| is_ready(observed, *node, member));
    if ready.is_empty() {
        return Choice::Wait(nobody(labels, away.len()));
    }
    Choice::Places {
        nodes: ready.into_iter().map(|(node, _)| node).collect(),
        left_out: away
            .into_iter()
            .map(|(_, member)| format!("node `{}` is {}", member.name, why_not(member)))
            .collect(),
    }
}

fn one(
    state: &State,
    observed: &Observed,
    run: &Run,
    labels: Option<&str>,
    strategy: Strategy,
    taken: &[NodeId],
) -> Choice {
    let candidates = match candidates(state, labels) {
        Ok(candidates) => candidates,
        Err(error) => return Choice::Never(error),
    };
    let all = candidates.len();
    let ready: Vec<_> =
        candidates.into_iter().filter(|(node, member)| is_ready(observed, *node, member)).collect();
    let fresh: Vec<_> = ready.iter().filter(|(node, _)| !taken.contains(node)).copied().collect();
    let pool = if fresh.is_empty() { ready } else { fresh };
    match best(state, observed, run, strategy, &pool) {
        Some(node) => Choice::Places { nodes: vec![node], left_out: Vec::new() },
        None => Choice::Wait(nobody(labels, all)),
    }
}

/// Members that match, ordered by name.
fn candidates<'a>(
    state: &'a State,
    labels: Option<&str>,
) -> Result<Vec<(NodeId, &'a Member)>, String> {
    let wanted = labels.map(selector::parse).transpose().map_err(|error| error.to_string())?;
    let mut members: Vec<_> = state
        .members
        .iter()
        .filter(|(_, member)| {
            wanted.as_ref().is_none_or(|wanted| wanted.matches(&member.labels, &member.name))
        })
        .map(|(node, member)| (*node, member))
        .collect();
    members.sort_by(|one, other| one.1.name.cmp(&other.1.name));
    Ok(members)
}

fn best(
    state: &State,
    observed: &Observed,
    run: &Run,
    strategy: Strategy,
    pool: &[(NodeId, &Member)],
) -> Option<NodeId> {
    let here = |node: NodeId| instances_on(run, node);
    let busy = |node: NodeId, member: &Member| {
        let share = state.runs.load(node) as f32 / member.slots.max(1) as f32;
        share + observed.load(node) / 1_000.0
    };
    let first = |one: &&(NodeId, &Member), other: &&(NodeId, &Member)| {
        busy(one.0, one.1).total_cmp(&busy(other.0, other.1))
    };
    match strategy {
        Strategy::LeastLoaded => pool.iter().min_by(first),
        Strategy::Spread => pool
            .iter()
            .min_by(|one, other| here(one.0).cmp(&here(other.0)).then_with(|| first(one, other))),
        Strategy::RoundRobin => pool.get(placed(run) % pool.len().max(1)),
    }
    .map(|(node, _)| *node)
}

fn instances_on(run: &Run, node: NodeId) -> usize {
    let instances = run.vertices.values().flat_map(|vertex| vertex.instances.values());
    instances.filter(|instance| instance.node == Some(node)).count()
}

/// Delegated instances that have a node, which is how far the round has come.
fn placed(run: &Run) -> usize {
    (0..)
        .zip(&run.plan.tasks)
        .filter(|(_, task)| task.target != Target::Owner)
        .filter_map(|(number, _)| run.vertices.get(number))
        .flat_map(|vertex| vertex.instances.values())
        .filter(|instance| instance.node.is_some())
        .count()
}

fn is_ready(observed: &Observed, node: NodeId, member: &Member) -> bool {
    member.takes_work() && observed.answers(node)
}

fn why_not(member: &Member) -> &'static str {
    if member.leaving || member.draining { "leaving" } else { "down" }
}

fn nobody(labels: Option<&str>, away: usize) -> String {
    match (labels, away) {
        (Some(labels), 0) => format!("no node matches `{labels}`"),
        (Some(labels), _) => format!("every node that matches `{labels}` is down"),
        (None, _) => "every node is down".into(),
    }
}
