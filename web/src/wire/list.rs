use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of things.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    pub items: Vec<T>,
    /// Asks for the page after this one; null on the last.
    pub cursor: Option<String>,
    /// Everything up to this log index is contained.
    pub index: u64,
}
