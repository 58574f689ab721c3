use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a read may answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// Every write acknowledged before the read is seen.
    #[default]
    Linear,
    /// What the answering node has; needs no quorum.
    Stale,
}

/// Parameters of every read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Read {
    #[param(inline)]
    pub consistency: Consistency,
}

/// Which runs, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct RunsQuery {
    /// Only those that have not ended.
    pub active: bool,
    /// From a page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// 1 to 1,000; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[param(inline)]
    pub consistency: Consistency,
}

/// Which part of which log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// The task's name.
    pub task: String,
    /// Which of its instances; the first unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// The last unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// In bytes: 0, or `next` of the piece before.
    #[serde(default)]
    pub from: u64,
    /// In lines: 1 to 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// A duration as text, up to 20 s: how long to wait for lines when there are none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
}

/// Where a stream begins; the header `Last-Event-ID` says the same and wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// After the item with this `id:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// Which keys, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct EntriesQuery {
    pub prefix: String,
    /// From a page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// 1 to 1,000; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Answers once something after this `index` of an earlier answer has been agreed, or `wait` is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer: Option<u64>,
    /// A duration as text, up to 20 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    #[param(inline)]
    pub consistency: Consistency,
}

/// Which keys are to be deleted, and what must hold for that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ClearQuery {
    /// Those that begin so; all of the namespace unless given.
    pub prefix: String,
    /// This lease is held with the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<u64>,
}

/// What must hold for a key to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// It has this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_version: Option<u64>,
    /// It has this value, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_value: Option<String>,
    /// This lease is held with the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<u64>,
}

/// Which leases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LeasesQuery {
    pub prefix: String,
    #[param(inline)]
    pub consistency: Consistency,
}

/// Whose lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReleaseQuery {
    /// The fencing token it is held with.
    pub token: u64,
}

/// Which events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// After the event with this sequence, as from a page before; the newest unless given, all from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// 1 to 1,000; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[param(inline)]
    pub consistency: Consistency,
}

/// Why and how a node is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct RemoveQuery {
    pub reason: String,
    /// Even while it is alive.
    pub force: bool,
}
