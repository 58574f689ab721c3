//! The key-value store.

mod change;
mod table;

use serde::{Deserialize, Serialize};

pub use table::Table;

use crate::lease::Fence;
use crate::{Elapsed, Moment, Subject, Wall};

/// Keys with a value.
pub const KEYS_MAX: usize = 1_000_000;
/// Keys and values together: all of it is in memory on every voter.
pub const BYTES_MAX: u64 = 1 << 30;
pub const NAMESPACES_MAX: usize = 1_000;
/// Deleted keys whose version is remembered one by one.
pub const ENDED_MAX: usize = 100_000;
/// A time to live is positive and at most a year.
pub const TTL_MAX: Elapsed = Elapsed(365 * 24 * 3_600_000);

/// One value. Values are canonical JSON text: sorted keys, no blanks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub json: String,
    /// Rises with each change of this key, by one as long as its past is remembered; never falls, also
    /// across deletions.
    pub version: u64,
    pub changed_at: Wall,
    pub changed_by: Subject,
    pub expires: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Set {
    pub namespace: String,
    pub key: String,
    pub json: String,
    pub ttl: Option<Elapsed>,
    pub only_if: Condition,
    /// Refused unless this lease is held with this token.
    pub fence: Option<Fence>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delete {
    pub namespace: String,
    pub key: String,
    pub only_if: Condition,
    pub fence: Option<Fence>,
}

/// What must hold for a change to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    Always,
    Absent,
    /// The present version; 0 is an absent key.
    Version(u64),
    /// Equal as canonical JSON text.
    Value(String),
}
