use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// A point in time, in milliseconds since the Unix epoch; RFC 3339 as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub u64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = i64::try_from(self.0).unwrap_or(i64::MAX);
        let time =
            DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<chrono::Utc>::MAX_UTC);
        f.pad(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text).map_err(de::Error::custom)?;
        Ok(Time(u64::try_from(time.timestamp_millis()).unwrap_or_default()))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Time {}

/// The text of a duration given in milliseconds.
pub fn duration(ms: u64) -> String {
    config::duration::format(Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rfc_3339_with_milliseconds_and_reads_back() {
        let text = serde_json::to_string(&Time(1_764_000_000_007)).unwrap();
        assert_eq!(text, "\"2025-11-24T16:00:00.007Z\"");
        assert_eq!(serde_json::from_str::<Time>(&text).unwrap(), Time(1_764_000_000_007));
        assert!(serde_json::from_str::<Time>("\"yesterday\"").is_err());
    }

    #[test]
    fn a_time_beyond_the_calendar_is_still_text() {
        assert!(Time(u64::MAX).to_string().ends_with('Z'));
    }
}
