use std::collections::BTreeMap;

use config::{Name, NodeId, selector};
use state::member::Member;
use state::run::{Run, Strategy, Target};
use state::{RunId, State};

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

/// One look at all that waits for a place. What it gives out counts when it gives out the next.
pub struct Round<'a> {
    state: &'a State,
    observed: &'a Observed,
    /// Members that match an expression, or all, ordered by name.
    candidates: BTreeMap<Option<String>, Result<Vec<Candidate<'a>>, String>>,
    /// Places given out in this round.
    given: BTreeMap<NodeId, usize>,
    /// Instances of runs, where a strategy had to count them.
    spread: BTreeMap<RunId, Spread>,
}

#[derive(Default)]
struct Spread {
    on: BTreeMap<NodeId, usize>,
    /// Without those that can run on the owner alone.
    delegated: usize,
}

type Candidate<'a> = (NodeId, &'a Member);

impl<'a> Round<'a> {
    pub fn new(state: &'a State, observed: &'a Observed) -> Round<'a> {
        let (candidates, given, spread) = Default::default();
        Round { state, observed, candidates, given, spread }
    }

    /// Chooses nodes for a task of a run.
    pub fn place(&mut self, id: RunId, run: &Run, target: &Target) -> Choice {
        match target {
            Target::Owner => Choice::Places { nodes: vec![run.owner], left_out: Vec::new() },
            Target::Ask => Choice::Wait("its function has not said where yet".into()),
            Target::Names(names) => self.named(names),
            Target::Labels(labels) => self.matching(Some(labels)),
            Target::All => self.matching(None),
            Target::Any { labels, strategy } => {
                self.one((id, run), labels.as_deref(), *strategy, &[])
            }
        }
    }

    /// Chooses another node for the instance in `slot`, whose node was lost; `taken` have one of the task.
    pub fn replace(
        &mut self,
        id: RunId,
        run: &Run,
        target: &Target,
        taken: &[NodeId],
        slot: u32,
    ) -> Choice {
        match target {
            Target::Owner => Choice::Wait("its owner is away".into()),
            Target::Names(names) => match names.get(slot as usize) {
                Some(name) => self.named(std::slice::from_ref(name)),
                None => Choice::Never("it has no name left to run on".into()),
            },
            Target::Labels(labels) => {
                self.one((id, run), Some(labels), Strategy::LeastLoaded, taken)
            }
            Target::All => self.one((id, run), None, Strategy::LeastLoaded, taken),
            Target::Ask | Target::Any { .. } => self.place(id, run, target),
        }
    }

    /// Remembers that the nodes were given something of a run.
    pub fn give(&mut self, id: RunId, nodes: &[NodeId]) {
        for node in nodes {
            *self.given.entry(*node).or_default() += 1;
            if let Some(spread) = self.spread.get_mut(&id) {
                spread.add(*node, true);
            }
        }
    }

    fn named(&self, names: &[Name]) -> Choice {
        let mut nodes = Vec::new();
        for name in names {
            let found = self.state.members.iter().find(|(_, member)| member.name == *name);
            let Some((node, member)) = found else {
                return Choice::Never(format!("no node is called `{name}`"));
            };
            if !self.is_ready((*node, member)) {
                return Choice::Wait(format!("node `{name}` is {}", why_not(member)));
            }
            nodes.push(*node);
        }
        Choice::Places { nodes, left_out: Vec::new() }
    }

    fn matching(&mut self, labels: Option<&str>) -> Choice {
        let candidates = match self.candidates(labels) {
            Ok(candidates) => candidates,
            Err(error) => return Choice::Never(error),
        };
        let doubtful = |(node, member): &&Candidate<'_>| {
            member.takes_work() && self.observed.is_suspect(*node)
        };
        if let Some((_, member)) = candidates.iter().find(doubtful) {
            return Choice::Wait(format!("node `{}` does not answer just now", member.name));
        }
        let (ready, away): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|candidate| self.is_ready(*candidate));
        if ready.is_empty() {
            return Choice::Wait(nobody(labels, away.len()));
        }
        let left_out =
            |(_, member): Candidate<'_>| format!("node `{}` is {}", member.name, why_not(member));
        Choice::Places {
            nodes: ready.into_iter().map(|(node, _)| node).collect(),
            left_out: away.into_iter().map(left_out).collect(),
        }
    }

    fn one(
        &mut self,
        run: (RunId, &Run),
        labels: Option<&str>,
        strategy: Strategy,
        taken: &[NodeId],
    ) -> Choice {
        let candidates = match self.candidates(labels) {
            Ok(candidates) => candidates,
            Err(error) => return Choice::Never(error),
        };
        let all = candidates.len();
        let ready: Vec<_> = candidates.into_iter().filter(|it| self.is_ready(*it)).collect();
        let fresh: Vec<_> =
            ready.iter().filter(|(node, _)| !taken.contains(node)).copied().collect();
        let pool = if fresh.is_empty() { ready } else { fresh };
        match self.best(run, strategy, &pool) {
            Some(node) => Choice::Places { nodes: vec![node], left_out: Vec::new() },
            None => Choice::Wait(nobody(labels, all)),
        }
    }

    fn candidates(&mut self, labels: Option<&str>) -> Result<Vec<Candidate<'a>>, String> {
        let key = labels.map(str::to_string);
        let members = &self.state.members;
        let find = || {
            let wanted = labels.map(selector::parse).transpose().map_err(|it| it.to_string())?;
            let matches = |member: &Member| {
                wanted.as_ref().is_none_or(|it| it.matches(&member.labels, &member.name))
            };
            let mut found: Vec<Candidate<'a>> = members
                .iter()
                .filter(|(_, member)| matches(member))
                .map(|(node, member)| (*node, member))
                .collect();
            found.sort_by(|one, other| one.1.name.cmp(&other.1.name));
            Ok(found)
        };
        self.candidates.entry(key).or_insert_with(find).clone()
    }

    fn best(
        &mut self,
        (id, run): (RunId, &Run),
        strategy: Strategy,
        pool: &[Candidate<'a>],
    ) -> Option<NodeId> {
        if strategy != Strategy::LeastLoaded {
            self.spread.entry(id).or_insert_with(|| Spread::of(run));
        }
        let spread = self.spread.get(&id);
        let here = |node| spread.and_then(|spread| spread.on.get(&node)).copied().unwrap_or(0);
        let first = |one: &&Candidate<'a>, other: &&Candidate<'a>| {
            self.busy(**one).total_cmp(&self.busy(**other))
        };
        match strategy {
            Strategy::LeastLoaded => pool.iter().min_by(first),
            Strategy::Spread => pool.iter().min_by(|one, other| {
                here(one.0).cmp(&here(other.0)).then_with(|| first(one, other))
            }),
            Strategy::RoundRobin => {
                let placed = spread.map_or(0, |spread| spread.delegated);
                pool.get(placed % pool.len().max(1))
            }
        }
        .map(|(node, _)| *node)
    }

    /// The share of its slots that are taken, then what its processors do.
    fn busy(&self, (node, member): Candidate<'_>) -> f32 {
        let taken = self.state.runs.load(node) + self.given.get(&node).copied().unwrap_or(0);
        taken as f32 / member.slots.max(1) as f32 + self.observed.load(node) / 1_000.0
    }

    fn is_ready(&self, (node, member): Candidate<'_>) -> bool {
        member.takes_work() && self.observed.answers(node)
    }
}

impl Spread {
    fn of(run: &Run) -> Spread {
        let mut spread = Spread::default();
        for (task, vertex) in run.vertices.iter() {
            let delegated = run.target(task) != Some(&Target::Owner);
            for node in vertex.instances.values().filter_map(|instance| instance.node) {
                spread.add(node, delegated);
            }
        }
        spread
    }

    fn add(&mut self, node: NodeId, delegated: bool) {
        *self.on.entry(node).or_default() += 1;
        self.delegated += usize::from(delegated);
    }
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
