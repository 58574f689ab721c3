use std::fmt::{self, Debug};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// A secret of the answering node, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Secret {
    pub name: String,
    /// Counts its changes.
    pub version: u64,
    pub changed_at: Time,
    pub changed_by: String,
}

/// Sets a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSecret {
    #[schema(value_type = String)]
    pub value: Clear,
}

/// A secret with its value. Reading it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revealed {
    pub name: String,
    pub version: u64,
    #[schema(value_type = String)]
    pub value: Clear,
}

/// Text that only its receiver sees: it is never printed by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Clear(pub String);

impl Debug for Clear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
