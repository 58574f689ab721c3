use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use state::Elapsed;

/// How long it is since a leader's batch before.
///
/// The time between two leaders is not counted: what waits for the stopwatch never ends too early.
#[derive(Default)]
pub(crate) struct Stopwatch(Mutex<Option<(u64, Duration)>>);

impl Stopwatch {
    /// The time since the last lap of the same term.
    pub fn lap(&self, term: u64, now: Duration) -> Elapsed {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = match *last {
            Some((known, at)) if known == term => now.saturating_sub(at),
            _ => Duration::ZERO,
        };
        // Fractions of a millisecond are not lost but counted in the next lap.
        let whole = Duration::from_millis(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX));
        *last = Some((term, now.saturating_sub(passed.saturating_sub(whole))));
        Elapsed(u64::try_from(whole.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laps_add_up_within_a_term() {
        let stopwatch = Stopwatch::default();
        let at = |micros| Duration::from_micros(micros);
        assert_eq!(stopwatch.lap(1, at(5_000)), Elapsed(0));
        assert_eq!(stopwatch.lap(1, at(6_500)), Elapsed(1));
        assert_eq!(stopwatch.lap(1, at(8_000)), Elapsed(2));
        assert_eq!(stopwatch.lap(2, at(9_000)), Elapsed(0));
    }
}
