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
