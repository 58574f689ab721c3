use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// A lock somebody holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lease {
    pub name: String,
    pub holder: String,
    /// What the holder said it is for.
    pub label: String,
    /// The run it belongs to, and ends with.
    pub run: Option<String>,
    /// The fencing token: rises with each holder.
    pub token: u64,
    pub acquired_at: Time,
    /// Null when only its run ends it.
    pub expires_in: Option<String>,
    pub expires_in_ms: Option<u64>,
}

/// Takes a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acquire {
    #[serde(default)]
    pub label: String,
    /// A duration as text.
    pub ttl: String,
}

/// Prolongs a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    pub token: u64,
    /// A duration as text, from now.
    pub ttl: String,
}

/// The lease is held with this fencing token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Held {
    pub token: u64,
}
