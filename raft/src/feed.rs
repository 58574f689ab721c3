use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use config::NodeId;
use serde::{Deserialize, Serialize};
use state::run::Assignment;
use state::{AttemptKey, Query, State, View};

/// Nodes whose last answer is remembered; one that is forgotten gets a reset.
const REMEMBERED: usize = 16_384;

/// What a node is to run, as of an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    pub index: u64,
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// All of it.
    Reset(Vec<Assignment>),
    /// What differs from the index that was named: new or changed ones, and those that are over.
    Delta { put: Vec<Assignment>, remove: Vec<AttemptKey> },
}

impl Feed {
    pub(crate) fn unchanged(index: u64) -> Self {
        Self { index, change: Change::Delta { put: Vec::new(), remove: Vec::new() } }
    }

    /// Says that nothing has changed.
    pub fn is_unchanged(&self) -> bool {
        matches!(&self.change, Change::Delta { put, remove } if put.is_empty() && remove.is_empty())
    }
}

type Assignments = Arc<Vec<Assignment>>;

/// The last answers of a replica, from which it tells what has changed.
#[derive(Default)]
pub(crate) struct Feeds {
    last: Mutex<BTreeMap<NodeId, (u64, Assignments)>>,
}

impl Feeds {
    /// The answer for a node that knows index `after`.
    pub fn next(&self, state: &State, node: NodeId, after: Option<u64>) -> Feed {
        let now = assignments(state, node);
        let mut last = self.lock();
        let before = last.get(&node).filter(|(index, _)| Some(*index) == after);
        let change = match before {
            Some((_, before)) => difference(before, &now),
            None => Change::Reset(now.to_vec()),
        };
        if last.len() >= REMEMBERED && !last.contains_key(&node) {
            last.pop_first();
        }
        last.insert(node, (state.applied, now));
        Feed { index: state.applied, change }
    }

    /// Whether a node that knows index `after` is to hear of something.
    pub fn differs(&self, state: &State, node: NodeId, after: u64) -> bool {
        match self.lock().get(&node) {
            Some((index, before)) if *index == after => **before != *assignments(state, node),
            _ => true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, (u64, Assignments)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn assignments(state: &State, node: NodeId) -> Assignments {
    match state.answer(&Query::Assignments { node }) {
        View::Assignments(assignments) => Arc::new(assignments),
        _ => Arc::default(),
    }
}

fn difference(before: &[Assignment], now: &[Assignment]) -> Change {
    let known: BTreeMap<_, _> = before.iter().map(|it| (&it.attempt, it)).collect();
    let wanted: BTreeMap<_, _> = now.iter().map(|it| (&it.attempt, it)).collect();
    let put = now.iter().filter(|it| known.get(&it.attempt) != Some(it)).cloned().collect();
    let over = known.keys().filter(|attempt| !wanted.contains_key(*attempt));
    Change::Delta { put, remove: over.map(|attempt| **attempt).collect() }
}

#[cfg(test)]
mod tests {
    use state::run::{RunId, Stop};
    use state::{Hash, InstanceKey};

    use super::*;

    fn assignment(slot: u32, stop: Option<Stop>) -> Assignment {
        let run: RunId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        Assignment {
            attempt: AttemptKey { instance: InstanceKey { run, task: 1, slot }, attempt: 1 },
            kind: Default::default(),
            incarnation: 1,
            bundle: Hash::of(b""),
            nth: 1,
            first: true,
            last: true,
            stop,
        }
    }

    #[test]
    fn a_delta_holds_what_is_new_changed_or_over() {
        let [kept, changed, over, new] = [0, 1, 2, 3].map(|slot| assignment(slot, None));
        let stopped = assignment(1, Some(Stop::Cancelled));
        let before = [kept.clone(), changed, over.clone()];
        let now = [kept, stopped.clone(), new.clone()];
        let expected = Change::Delta { put: vec![stopped, new], remove: vec![over.attempt] };
        assert_eq!(difference(&before, &now), expected);
        let unchanged = Feed { index: 1, change: difference(&now, &now) };
        assert!(unchanged.is_unchanged());
    }

    #[test]
    fn who_names_another_index_than_the_last_gets_everything() {
        let (feeds, node) = (Feeds::default(), NodeId::new([1; 32]));
        let mut state = State { applied: 5, ..State::default() };
        assert_eq!(feeds.next(&state, node, Some(4)).change, Change::Reset(Vec::new()));
        state.applied = 6;
        assert!(!feeds.differs(&state, node, 5));
        assert_eq!(feeds.next(&state, node, Some(5)), Feed::unchanged(6));
        assert!(feeds.differs(&state, node, 5), "its last answer was lost");
        assert_eq!(feeds.next(&state, node, Some(5)).change, Change::Reset(Vec::new()));
    }
}
