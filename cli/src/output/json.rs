//! JSON as programs get it.

use serde::Serialize;

/// Indented, for one document.
pub fn pretty<T: Serialize>(thing: &T) -> String {
    serde_json::to_string_pretty(thing).unwrap_or_else(|error| refused(&error))
}

/// On one line.
pub fn compact<T: Serialize>(thing: &T) -> String {
    serde_json::to_string(thing).unwrap_or_else(|error| refused(&error))
}

/// Only types that JSON cannot hold end here, and no result is one.
fn refused(error: &serde_json::Error) -> String {
    serde_json::json!({"error": error.to_string()}).to_string()
}
