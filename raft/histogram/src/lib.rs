//! Counts of numbers in logarithmic buckets, as far as openraft asks for them.
//!
//! Each power of two is cut into four, so a percentile is at most a fifth too high. An empty histogram takes
//! no memory beyond itself, and no table is built.

use std::fmt;
use std::marker::PhantomData;

/// Buckets of one power of two.
const PARTS: u64 = 4;

/// How often numbers of which size were recorded. `T` is what the slots of a sliding window would carry;
/// there is one window here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram<T = ()> {
    counts: Vec<u64>,
    total: u64,
    slot: PhantomData<T>,
}

impl<T> Default for Histogram<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Histogram<T> {
    pub fn new() -> Self {
        Self { counts: Vec::new(), total: 0, slot: PhantomData }
    }

    pub fn record(&mut self, value: u64) {
        self.record_n(value, 1);
    }

    pub fn record_n(&mut self, value: u64, count: u64) {
        let bucket = bucket(value);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(count);
        self.total = self.total.saturating_add(count);
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    /// The largest number of the bucket in which this part (0 to 1) of all numbers ends; 0 if there are none.
    pub fn percentile(&self, part: f64) -> u64 {
        let wanted = ((self.total as f64 * part).ceil() as u64).max(1);
        let mut seen = 0u64;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen = seen.saturating_add(*count);
            if seen >= wanted {
                return last(bucket);
            }
        }
        0
    }

    pub fn percentile_stats(&self) -> PercentileStats {
        PercentileStats {
            samples: self.total,
            p0_1: self.percentile(0.001),
            p1: self.percentile(0.01),
            p5: self.percentile(0.05),
            p10: self.percentile(0.10),
            p50: self.percentile(0.50),
            p90: self.percentile(0.90),
            p99: self.percentile(0.99),
            p99_9: self.percentile(0.999),
        }
    }
}

/// Small numbers have a bucket of their own, others share one with those of the same leading three bits.
fn bucket(value: u64) -> usize {
    if value < PARTS {
        return value as usize;
    }
    let power = u64::from(value.ilog2());
    let part = (value >> (power - 2)) - PARTS;
    ((power - 1) * PARTS + part) as usize
}

/// The largest number of a bucket.
fn last(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < PARTS {
        return bucket;
    }
    let (power, part) = (bucket / PARTS + 1, bucket % PARTS);
    let next = u128::from(PARTS + part + 1) << (power - 2);
    u64::try_from(next - 1).unwrap_or(u64::MAX)
}

/// Percentiles of one histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PercentileStats {
    pub samples: u64,
    pub p0_1: u64,
    pub p1: u64,
    pub p5: u64,
    pub p10: u64,
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub p99_9: u64,
}

impl fmt::Display for PercentileStats {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} samples: half up to {}, 90 % up to {}, 99 % up to {}",
            self.samples, self.p50, self.p90, self.p99
        )
    }
}

/// Several histograms as text, a line each.
#[derive(Clone, Debug, Default)]
pub struct AsciiChart {
    lines: Vec<(String, PercentileStats)>,
}

impl AsciiChart {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn add(mut self, name: impl Into<String>, histogram: Histogram) -> Self {
        self.lines.push((name.into(), histogram.percentile_stats()));
        self
    }
}

impl fmt::Display for AsciiChart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|(name, stats)| writeln!(out, "{name}: {stats}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other_without_gap() {
        let mut before = 0;
        for value in 0..100_000 {
            let bucket = bucket(value);
            assert!(bucket == before || bucket == before + 1, "{value}");
            assert!(last(bucket) >= value && (bucket == 0 || last(bucket - 1) < value), "{value}");
            before = bucket;
        }
        assert_eq!(last(bucket(u64::MAX)), u64::MAX);
    }

    #[test]
    fn percentiles_are_at_most_a_fifth_too_high() {
        let mut histogram = Histogram::<()>::new();
        assert_eq!((histogram.total(), histogram.percentile(0.5)), (0, 0));
        (1..=1_000).for_each(|value| histogram.record(value));
        for (part, exact) in [(0.001, 1), (0.5, 500), (0.9, 900), (0.99, 990), (1.0, 1_000)] {
            let found = histogram.percentile(part);
            assert!(found >= exact && found <= exact + exact / 5, "{part}: {found}");
        }
    }

    #[test]
    fn a_chart_has_a_line_for_each_histogram() {
        let mut histogram = Histogram::new();
        histogram.record_n(3, 2);
        let chart = AsciiChart::new().add("first", histogram).add("second", Histogram::new());
        let text = chart.to_string();
        assert!(text.starts_with("first: 2 samples: half up to 3") && text.lines().count() == 2);
    }
}
