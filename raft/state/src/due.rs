use crate::{Map, Moment, Set};

/// What is to happen at which moment, soonest first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Due<K: Ord>(Set<(Moment, K)>);

/// Things that expire in one tick; the rest waits for the next one, so that no entry is slow.
pub(crate) const AT_ONCE: usize = 1_000;

impl<K: Ord> Default for Due<K> {
    fn default() -> Self {
        Due(Set::new())
    }
}

impl<K: Ord + Clone> Due<K> {
    pub fn add(&mut self, at: Option<Moment>, key: K) {
        if let Some(at) = at {
            self.0.insert((at, key));
        }
    }

    pub fn cancel(&mut self, at: Option<Moment>, key: K) {
        if let Some(at) = at {
            self.0.remove(&(at, key));
        }
    }

    /// The earliest moment there is something to do.
    pub fn next(&self) -> Option<Moment> {
        self.0.get_min().map(|(at, _)| *at)
    }

    /// What is due, at most [`AT_ONCE`] of it.
    pub fn ripe(&self, now: Moment) -> Vec<K> {
        let due = self.0.iter().take_while(|(at, _)| *at <= now);
        due.take(AT_ONCE).map(|(_, key)| key.clone()).collect()
    }
}

/// Rebuilds the queue from records that know when they expire.
pub(crate) fn of<'a, K: Ord + Clone + 'a, V: 'a>(
    records: &'a Map<K, V>,
    at: impl Fn(&V) -> Option<Moment>,
) -> Due<K> {
    let mut due = Due::default();
    for (key, record) in records {
        due.add(at(record), key.clone());
    }
    due
}
