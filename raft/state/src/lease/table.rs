use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Lease;
use crate::due::{self, Due};
use crate::{Map, Moment, RunId, Set};

/// The leases that are held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Records", into = "Records")]
pub struct Table {
    leases: Map<Arc<str>, Lease>,
    /// The largest fencing token ever given.
    token: u64,
    due: Due<Arc<str>>,
    of_runs: Set<(RunId, Arc<str>)>,
}

#[derive(Serialize, Deserialize)]
struct Records {
    leases: Map<Arc<str>, Lease>,
    token: u64,
}

impl Table {
    /// A lease that is held now.
    pub fn get(&self, name: &str, now: Moment) -> Option<&Lease> {
        self.leases.get(name).filter(|lease| lease.expires.is_none_or(|expires| expires > now))
    }

    /// Held leases whose name begins so, in byte order.
    pub fn range<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        now: Moment,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Lease)> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        self.leases
            .range::<_, str>((start, Bound::Unbounded))
            .take_while(move |(name, _)| name.starts_with(prefix))
            .filter(move |(_, lease)| lease.expires.is_none_or(|expires| expires > now))
    }

    pub fn is_empty(&self) -> bool {
        self.leases.is_empty()
    }

    pub fn len(&self) -> usize {
        self.leases.len()
    }

    /// A token above every earlier one, also of grants in the same entry.
    pub(super) fn next_token(&mut self, index: u64) -> u64 {
        self.token = index.max(self.token.saturating_add(1));
        self.token
    }

    pub(super) fn insert(&mut self, name: Arc<str>, lease: Lease) {
        self.remove(&name);
        self.due.add(lease.expires, name.clone());
        if let Some(run) = lease.holder.run {
            self.of_runs.insert((run, name.clone()));
        }
        self.leases.insert(name, lease);
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Lease> {
        let (name, lease) = self.leases.remove_with_key(name)?;
        self.due.cancel(lease.expires, name.clone());
        if let Some(run) = lease.holder.run {
            self.of_runs.remove(&(run, name));
        }
        Some(lease)
    }

    pub(super) fn of_run(&self, run: RunId) -> Vec<Arc<str>> {
        let from = self.of_runs.range((run, Arc::from(""))..);
        from.take_while(|(owner, _)| *owner == run).map(|(_, name)| name.clone()).collect()
    }

    pub(super) fn ripe(&self, now: Moment) -> Vec<Arc<str>> {
        self.due.ripe(now)
    }

    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.next()
    }
}

impl From<Records> for Table {
    fn from(Records { leases, token }: Records) -> Self {
        let of_runs =
            leases.iter().filter_map(|(name, lease)| Some((lease.holder.run?, name.clone())));
        Self {
            due: due::of(&leases, |lease| lease.expires),
            of_runs: of_runs.collect(),
            leases,
            token,
        }
    }
}

impl From<Table> for Records {
    fn from(table: Table) -> Self {
        Self { leases: table.leases, token: table.token }
    }
}
