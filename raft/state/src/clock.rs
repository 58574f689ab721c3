//! The stopwatch: agreed time that only measures how long something took.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::state::Context;
use crate::{Answer, Reply, State};

/// A point on the agreed stopwatch, in milliseconds since the cluster was founded.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Moment(pub u64);

/// A span on the stopwatch, in milliseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Elapsed(pub u64);

impl From<Duration> for Elapsed {
    fn from(span: Duration) -> Self {
        Elapsed(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ms @ 0..1_000 => write!(out, "{ms} ms"),
            ms => write!(out, "{} s", ms as f64 / 1_000.0),
        }
    }
}

impl Moment {
    pub fn after(self, span: Elapsed) -> Moment {
        Moment(self.0.saturating_add(span.0))
    }

    pub fn since(self, earlier: Moment) -> Elapsed {
        Elapsed(self.0.saturating_sub(earlier.0))
    }
}

/// Something is due: ends what is over. How far the stopwatch went is said by the batch, as by every other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tick {}

/// A batch never moves the clock further, so that a machine that slept does not expire everything at once.
pub const STEP_MAX: Elapsed = Elapsed(10_000);

impl State {
    /// Ends what is due, a bounded part of it at once.
    pub(crate) fn tick(&mut self, context: &Context<'_>) -> Reply {
        self.kv.expire(self.clock);
        self.tokens.expire(self.clock);
        self.documents.expire(self.clock);
        self.leases_tick(context);
        self.runs_tick(context);
        Ok(Answer::Done)
    }

    /// The earliest moment at which a tick has something to do; nothing if no tick is needed.
    pub fn next_deadline(&self) -> Option<Moment> {
        let records =
            [self.kv.next(), self.tokens.next(), self.documents.next(), self.leases.next()];
        records.into_iter().chain([self.runs_deadline()]).flatten().min()
    }
}
