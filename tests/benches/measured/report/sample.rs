use std::time::{Duration, Instant};

use super::Unit;

/// What one quantity was in several runs.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<f64>);

impl Sample {
    pub fn push(&mut self, value: f64) {
        let place = self.0.partition_point(|other| *other < value);
        self.0.insert(place, value);
    }

    pub fn push_millis(&mut self, span: Duration) {
        self.push(span.as_secs_f64() * 1_000.0);
    }

    /// Runs it and takes its time, in ms.
    pub fn time<T, E>(&mut self, act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let began = Instant::now();
        let done = act()?;
        self.push_millis(began.elapsed());
        Ok(done)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of an even number the upper one of the two in the middle; 0 of none.
    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }

    /// `12.5 ms (11.0–15.2)`
    pub fn show(&self, unit: Unit) -> String {
        let number = |value: Option<&f64>| unit.number(value.copied().unwrap_or_default());
        let (least, most) = (number(self.0.first()), number(self.0.last()));
        format!("{}{} ({least}–{most})", unit.number(self.median()), unit.symbol())
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sample = Sample::default();
        values.into_iter().for_each(|value| sample.push(value));
        sample
    }
}
