//! Durations as people write them: `300ms`, `1h30m`, `1.5h`, `7d`.

use std::time::Duration;

use crate::Error;
use crate::decimal::Decimal;

/// The longest accepted: a century, so that adding one to any clock cannot overflow.
pub const MAX: Duration = Duration::from_secs(36_525 * 86_400);

const SECOND: u128 = 1_000_000_000;
const UNITS: [(&str, u128); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
    ("w", 604_800 * SECOND),
];

/// Reads concatenated decimals with units `ns us µs ms s m h d w`; `0` needs none.
pub fn parse(text: &str) -> Result<Duration, Error> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    sum(text).map_err(|reason| refused(text, reason))
}

fn sum(mut text: &str) -> Result<Duration, &'static str> {
    let mut total = Duration::ZERO;
    loop {
        let (amount, after) = Decimal::split(text)?;
        let (unit, after) = unit(after)?;
        let part = amount.times(unit).and_then(checked).ok_or(TOO_LONG)?;
        total = total.checked_add(part).filter(|total| *total <= MAX).ok_or(TOO_LONG)?;
        if after.is_empty() {
            return Ok(total);
        }
        text = after;
    }
}

/// As [`parse`], and a plain number means seconds.
pub fn parse_or_seconds(text: &str) -> Result<Duration, Error> {
    match Decimal::split(text) {
        Ok((amount, "")) => {
            amount.times(SECOND).and_then(checked).ok_or_else(|| refused(text, TOO_LONG))
        }
        _ => parse(text),
    }
}

/// A number of seconds, as scripts give it.
pub fn from_seconds(seconds: f64) -> Result<Duration, Error> {
    let duration = Duration::try_from_secs_f64(seconds)
        .map_err(|_| refused(&seconds.to_string(), "expected a number that is not negative"))?;
    if duration > MAX { Err(refused(&seconds.to_string(), TOO_LONG)) } else { Ok(duration) }
}

/// The exact short form, from days down: `1d12h`, `1m0.25s`, `300ms`, `0s`.
pub fn format(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos < SECOND {
        return small(nanos);
    }
    let mut text = String::new();
    let mut rest = nanos;
    for (name, unit) in [("d", 86_400 * SECOND), ("h", 3_600 * SECOND), ("m", 60 * SECOND)] {
        if rest >= unit {
            text += &format!("{}{name}", rest / unit);
            rest %= unit;
        }
    }
    if rest > 0 {
        text += &fraction(rest, SECOND, "s");
    }
    text
}

fn small(nanos: u128) -> String {
    match nanos {
        0 => "0s".into(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => fraction(nanos, 1_000, "us"),
        _ => fraction(nanos, 1_000_000, "ms"),
    }
}

fn fraction(nanos: u128, unit: u128, name: &str) -> String {
    let width = unit.ilog10() as usize;
    let text = format!("{}.{:0width$}", nanos / unit, nanos % unit);
    format!("{}{name}", text.trim_end_matches('0').trim_end_matches('.'))
}

const TOO_LONG: &str = "longer than a hundred years";

fn refused(text: &str, reason: &'static str) -> Error {
    Error::Duration { text: text.into(), reason }
}

fn checked(nanos: u128) -> Option<Duration> {
    let seconds = u64::try_from(nanos / SECOND).ok()?;
    let duration = Duration::new(seconds, u32::try_from(nanos % SECOND).ok()?);
    (duration <= MAX).then_some(duration)
}

fn unit(text: &str) -> Result<(u128, &str), &'static str> {
    let end = text.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return Err("a number lacks its unit: ns, us, ms, s, m, h, d or w");
    }
    let name = name.replace('μ', "µ");
    let unit = UNITS.iter().find(|(unit, _)| *unit == name);
    unit.map(|(_, nanos)| (*nanos, rest)).ok_or("units are ns, us, ms, s, m, h, d and w")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_is_understood() {
        let cases = [
            ("0", 0),
            ("0s", 0),
            ("300ms", 300_000_000),
            ("1.5h", 5_400_000_000_000),
            ("2h45m", 9_900_000_000_000),
            ("7d", 604_800_000_000_000),
            ("2w", 1_209_600_000_000_000),
            ("1µs1us1ns", 2_001),
            ("1μs", 1_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
        ];
        for (text, nanos) in cases {
            assert_eq!(parse(text).unwrap(), Duration::from_nanos(nanos), "{text}");
        }
    }

    #[test]
    fn the_rest_is_refused_naming_the_value() {
        for text in ["", "1", "s", "-1s", "+1s", "1.2.3s", ".s", "1 s", "1S", "1y", "5m3", "1e3s"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
        for text in ["101w 1", "36526d", &"9".repeat(80), &format!("{}w", "9".repeat(38))] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_plain_number_is_seconds_where_asked_for() {
        assert_eq!(parse_or_seconds("90").unwrap(), Duration::from_secs(90));
        assert_eq!(parse_or_seconds("1.5").unwrap(), Duration::from_millis(1500));
        assert_eq!(parse_or_seconds("2m").unwrap(), Duration::from_secs(120));
        assert!(parse_or_seconds("").is_err());
        assert!(parse_or_seconds("-1").is_err());
        assert_eq!(from_seconds(0.25).unwrap(), Duration::from_millis(250));
        for seconds in [-1.0, f64::NAN, f64::INFINITY, 1e300, 1e11] {
            assert!(from_seconds(seconds).is_err(), "{seconds}");
        }
    }

    #[test]
    fn the_short_form_is_short() {
        let cases = [
            (0, "0s"),
            (5, "5ns"),
            (1_500, "1.5us"),
            (300_000_000, "300ms"),
            (1_500_000_000, "1.5s"),
            (60_250_000_000, "1m0.25s"),
            (5_400_000_000_000, "1h30m"),
            (604_800_000_000_000, "7d"),
        ];
        for (nanos, text) in cases {
            assert_eq!(format(Duration::from_nanos(nanos)), text);
        }
    }

    proptest! {
        #[test]
        fn the_short_form_reads_back(nanos in 0..=3_155_760_000_000_000_000u64) {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(parse(&format(duration)).unwrap(), duration);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", digits in "[0-9.nusmhdw]{0,60}") {
            let _ = (parse(&text), parse_or_seconds(&digits), parse(&digits));
        }
    }
}
