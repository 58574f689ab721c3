//! Leases: locks that expire, with fencing tokens that only rise.

mod change;
mod table;

use serde::{Deserialize, Serialize};

pub use table::Table;

use crate::{Elapsed, Moment, RunId, Subject, Wall};

/// Leases held at once.
pub const LEASES_MAX: usize = 10_000;
pub const TTL_MIN: Elapsed = Elapsed(100);
/// Whoever needs a lock for longer renews it.
pub const TTL_MAX: Elapsed = Elapsed(24 * 3_600_000);
const LABEL_BYTES: usize = 128;

/// A held lock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    pub holder: Holder,
    /// Larger for every later grant of any lease; the index of the grant's entry or more.
    pub token: u64,
    pub acquired_at: Wall,
    /// Empty for a run's lease: it ends with the run.
    pub expires: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub subject: Subject,
    /// What the holder calls itself.
    pub label: String,
    pub run: Option<RunId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acquire {
    pub name: String,
    pub label: String,
    /// The run the lease belongs to: released with it at the latest.
    pub run: Option<RunId>,
    /// Compulsory without a run.
    pub ttl: Option<Elapsed>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Renew {
    pub name: String,
    pub token: u64,
    pub ttl: Elapsed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    pub name: String,
    pub token: u64,
}

/// A write is under this lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fence {
    pub name: String,
    pub token: u64,
}
