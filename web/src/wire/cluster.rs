use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// The node that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Identity {
    /// Its ed25519 public key, in hex.
    pub id: String,
    pub name: String,
    /// It belongs to no cluster of several.
    pub standalone: bool,
    pub cluster: String,
    pub version: String,
}

/// The cluster as the answering node knows it; needs no quorum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cluster {
    pub id: String,
    pub standalone: bool,
    /// `ok`, `degraded`, `no quorum`, `forming`.
    pub state: String,
    pub leader: Option<String>,
    pub term: u64,
    /// The last log index this node has applied.
    pub applied: u64,
    pub voters: Vec<Replica>,
    pub learners: Vec<Replica>,
    pub workers: u32,
    /// Voters that may fail while the rest goes on.
    pub tolerates: u32,
}

/// A copy of the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replica {
    pub node: String,
    pub generation: u64,
    pub alive: bool,
    /// Entries it lacks, as its leader knows.
    pub lag: Option<u64>,
}

/// A join token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    pub id: String,
    pub uses_left: u32,
    pub expires_in: String,
    pub expires_in_ms: u64,
    pub made_at: Time,
}

/// Makes a join token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mint {
    /// A duration as text.
    #[serde(default = "a_day")]
    pub ttl: String,
    /// Nodes that may join by it.
    #[serde(default = "once")]
    pub uses: u32,
    /// Given to whoever joins by it: `k=v` or `tag`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

fn a_day() -> String {
    "24h".into()
}

fn once() -> u32 {
    1
}

impl Default for Mint {
    fn default() -> Self {
        Mint { ttl: a_day(), uses: once(), labels: Vec::new() }
    }
}

/// The token's text, shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Minted {
    pub token: String,
}
