//! Times and durations as people read them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local};
use web::wire::Time;

/// For tables: `840ms`, `1.84s`, `2m05s`, `1h02m`, `3d04h`.
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{}ms", duration.as_millis()),
        1..60 => format!("{:.2}s", duration.as_secs_f64().min(59.99)),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// For sentences: `840 ms`, `1.84 s`, `2m05s`.
pub fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.2} s", duration.as_secs_f64().min(59.99)),
        _ => short(duration),
    }
}

/// For what runs now: whole seconds are enough.
pub fn ticking(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        _ => short(duration),
    }
}

/// How long ago, for lists: `12s ago`, `3h ago`; a clock that runs ahead shows `now`.
pub fn ago(then: Time, now: Time) -> String {
    let seconds = now.0.saturating_sub(then.0) / 1_000;
    match seconds {
        0 => "now".to_owned(),
        1..60 => format!("{seconds}s ago"),
        60..3_600 => format!("{}m ago", seconds / 60),
        3_600..86_400 => format!("{}h ago", seconds / 3_600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

/// The exact time on this machine's clock and zone.
pub fn exact(time: Time) -> String {
    local(time).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// The day on this machine's clock and zone.
pub fn day(time: Time) -> String {
    local(time).format("%Y-%m-%d").to_string()
}

/// The time of day with milliseconds, for log lines.
pub fn of_day(time: Time) -> String {
    local(time).format("%H:%M:%S%.3f").to_string()
}

/// This machine's wall clock.
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// From one time to another, nothing if clocks disagree.
pub fn between(from: Time, to: Time) -> Duration {
    Duration::from_millis(to.0.saturating_sub(from.0))
}

fn local(time: Time) -> DateTime<Local> {
    let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(millis).unwrap_or_default().with_timezone(&Local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_two_units() {
        let cases: [(u64, &str, &str); 7] = [
            (0, "0ms", "0 ms"),
            (840, "840ms", "840 ms"),
            (1_844, "1.84s", "1.84 s"),
            (59_999, "59.99s", "59.99 s"),
            (125_000, "2m05s", "2m05s"),
            (3_725_000, "1h02m", "1h02m"),
            (273_600_000, "3d04h", "3d04h"),
        ];
        for (millis, table, sentence) in cases {
            let duration = Duration::from_millis(millis);
            assert_eq!((short(duration), spoken(duration)), (table.into(), sentence.into()));
        }
        assert_eq!(ticking(Duration::from_millis(2_900)), "2s");
    }

    #[test]
    fn ages_keep_one_unit_and_never_lie_ahead() {
        let now = Time(1_000_000_000_000);
        let ago_of = |seconds: u64| ago(Time(now.0 - seconds * 1_000), now);
        assert_eq!(ago(Time(now.0 + 5_000), now), "now");
        assert_eq!(ago_of(12), "12s ago");
        assert_eq!(ago_of(180), "3m ago");
        assert_eq!(ago_of(7_200), "2h ago");
        assert_eq!(ago_of(200_000), "2d ago");
    }
}
