use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The wait before the first retry, from which back-off counts.
pub const RETRY_BASE: Duration = Duration::from_secs(1);

/// Doubling ends here unless the file says otherwise.
pub const EXPONENTIAL_MAX: Duration = Duration::from_secs(60);

/// No wait is longer: a task that waits for more than a day wants a schedule.
pub const WAIT_MAX: Duration = Duration::from_secs(86_400);

/// Further attempts after a failed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts beyond the first.
    pub count: u32,
    pub backoff: Backoff,
    pub base: Duration,
    /// No wait is longer.
    pub most: Duration,
    /// Whether each wait is a little longer or shorter, so that many do not come back at once.
    pub jitter: bool,
    /// Whether the function `should_retry` is asked after each failure.
    pub asks: bool,
}

impl Default for Retry {
    fn default() -> Self {
        Retry {
            count: 0,
            backoff: Backoff::Linear,
            base: RETRY_BASE,
            most: WAIT_MAX,
            jitter: false,
            asks: false,
        }
    }
}

/// How the wait grows with the number k of the retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// base
    Fixed,
    /// k × base
    Linear,
    /// base × 2^(k−1)
    Exponential,
}
