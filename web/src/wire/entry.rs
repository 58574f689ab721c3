use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Time;

/// A key of the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    pub key: String,
    pub value: Value,
    /// Counts the changes of this key, also across deletions.
    pub version: u64,
    pub changed_at: Time,
    pub changed_by: String,
    /// Null when it stays.
    pub expires_in: Option<String>,
    pub expires_in_ms: Option<u64>,
}

/// Sets a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    #[serde(deserialize_with = "required")]
    pub value: Value,
    /// A duration as text, after which the key goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
    /// Changes nothing unless this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<Condition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<Fence>,
}

/// A missing value is a mistake, `null` is a value.
fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Value::deserialize(deserializer)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The key does not exist.
    Absent,
    /// The key has this version.
    Version(u64),
    /// The key has this value.
    Value(Value),
}

/// Refuses the change unless the lease is held with this token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fence {
    pub lease: String,
    pub token: u64,
}

/// The key has this version now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stored {
    pub version: u64,
}

/// How many keys were deleted; none that begins so is left once this is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cleared {
    pub deleted: u64,
}

/// How much of the store a namespace is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Namespace {
    pub name: String,
    pub keys: u64,
    /// Of keys and values.
    pub bytes: u64,
}

/// Whether there was something to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deleted {
    pub deleted: bool,
}
