use std::time::Duration;

/// Enough to see a slow disk, few enough to forget a slow minute.
const KEPT: usize = 128;

/// How long the last durable writes took.
#[derive(Default)]
pub struct Timing {
    last: Vec<Duration>,
    next: usize,
}

impl Timing {
    pub fn record(&mut self, took: Duration) {
        if self.last.len() < KEPT {
            self.last.push(took);
        } else {
            self.last[self.next] = took;
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// The slowest but one in a hundred; zero before the first write.
    pub fn p99(&self) -> Duration {
        let mut sorted = self.last.clone();
        sorted.sort_unstable();
        sorted.get((sorted.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_write_among_many_is_no_slow_disk() {
        let mut timing = Timing::default();
        assert_eq!(timing.p99(), Duration::ZERO);
        timing.record(Duration::from_secs(1));
        assert_eq!(timing.p99(), Duration::from_secs(1));
        for _ in 0..KEPT - 1 {
            timing.record(Duration::from_millis(1));
        }
        assert_eq!(timing.p99(), Duration::from_millis(1));
    }
}
