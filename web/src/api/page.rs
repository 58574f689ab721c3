use super::Service;
use super::failure::Failure;
use crate::wire::{Consistency, List};

const LIMIT: u32 = 50;
/// Items of one request.
pub(super) const MOST: u32 = 1_000;

/// How many items a page may have.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Failure> {
    let limit = asked.unwrap_or(LIMIT);
    match limit {
        1..=MOST => Ok(limit),
        _ => Err(Failure::invalid(format!("limit {limit} is not within 1 to {MOST}"))),
    }
}

/// A full page has a cursor: what its last item is known by.
pub(super) fn after<T>(items: &[T], limit: u32, key: impl Fn(&T) -> String) -> Option<String> {
    items.last().filter(|_| items.len() as u64 >= u64::from(limit)).map(key)
}

pub(super) fn list<V, T: From<V>>(index: u64, items: Vec<V>, cursor: Option<String>) -> List<T> {
    List { items: items.into_iter().map(T::from).collect(), cursor, index }
}

impl Service {
    /// Taken before a read, it is a log index that the answer is not older than.
    pub(super) fn index(&self) -> u64 {
        self.handle.metrics().applied
    }
}

impl From<Consistency> for node::Consistency {
    fn from(consistency: Consistency) -> Self {
        match consistency {
            Consistency::Linear => node::Consistency::Linearizable,
            Consistency::Stale => node::Consistency::Stale,
        }
    }
}
