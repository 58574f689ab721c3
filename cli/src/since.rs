//! Points in time as people write them.

use chrono::{DateTime, Local, NaiveTime, TimeZone};
use web::wire::Time;

use crate::output::time;

/// A point in time: `2h` ago, `today`, or RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point(pub Time);

impl std::str::FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read(text, time::now()).map(Point).ok_or_else(|| {
            "expected a duration ago such as 24h, `today`, or a time as RFC 3339".into()
        })
    }
}

fn read(text: &str, now: Time) -> Option<Time> {
    if text == "today" {
        let midnight = local(now)?.date_naive().and_time(NaiveTime::MIN);
        return millis(Local.from_local_datetime(&midnight).earliest()?);
    }
    if let Ok(ago) = config::duration::parse(text) {
        let ago = u64::try_from(ago.as_millis()).ok()?;
        return Some(Time(now.0.saturating_sub(ago)));
    }
    millis(DateTime::parse_from_rfc3339(text).ok()?)
}

fn local(time: Time) -> Option<DateTime<Local>> {
    let millis = i64::try_from(time.0).ok()?;
    Some(DateTime::from_timestamp_millis(millis)?.with_timezone(&Local))
}

fn millis<Z: TimeZone>(time: DateTime<Z>) -> Option<Time> {
    u64::try_from(time.timestamp_millis()).ok().map(Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_ago_today_or_exact() {
        let now = Time(1_764_000_000_000);
        assert_eq!(read("24h", now), Some(Time(now.0 - 86_400_000)));
        assert_eq!(read("1970-01-01T00:00:01Z", now), Some(Time(1_000)));
        let today = read("today", now).unwrap();
        assert!(today <= now && now.0 - today.0 < 25 * 3_600_000);
        assert_eq!(read("yesterday", now), None);
    }
}
