use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// A node: what is agreed about it, and what the answering node observes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Node {
    /// Its ed25519 public key, in hex.
    pub id: String,
    pub name: String,
    /// `alive`, `suspect`, `down`, `lost`, `leaving`.
    pub state: String,
    /// `leader`, `voter`, `learner`, `worker`.
    pub role: String,
    /// It is the one that answers.
    pub is_self: bool,
    pub version: String,
    /// A tag is a label whose value is null.
    pub labels: BTreeMap<String, Option<String>>,
    pub addresses: Vec<String>,
    /// Counts its starts.
    pub incarnation: u64,
    /// Attempts it runs, and how many it may.
    pub running: u32,
    pub slots: u32,
    /// 1.0 when all its processors are busy; null while it does not answer.
    pub load: Option<f32>,
    pub round_trip_ms: Option<f32>,
    /// Since it was last heard.
    pub silent: Option<String>,
    pub silent_ms: Option<u64>,
    pub admitted_at: Time,
}

/// Changes labels: `k=v` and `tag` set, `k-` removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edits {
    pub edits: Vec<String>,
}
