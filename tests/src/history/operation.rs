use std::time::Duration;

/// One question and its answer.
#[derive(Clone, Debug)]
pub struct Operation {
    pub call: Duration,
    /// When the answer came.
    pub end: Duration,
    pub what: What,
}

/// A replica between two starts of its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life {
    pub replica: usize,
    pub number: u64,
}

#[derive(Clone, Debug)]
pub enum What {
    /// This value was read at this version; version 0 is no value.
    Read { version: u64, value: Option<String> },
    /// The same without agreement: what one replica had, if it is known which.
    Stale { version: u64, value: Option<String>, life: Option<Life> },
    /// A value no other write has, the version that must precede it if that was a condition (0: none is there), and
    /// after how long it ends by itself.
    Write { value: String, after: Option<u64>, ttl: Option<Duration>, outcome: Outcome },
    /// The end of this version, if it is still there; whether that is so is unknown without an answer.
    Delete { version: u64, done: Option<bool> },
}

/// Of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took effect as this version.
    Version(u64),
    /// It took no effect.
    Refused,
    /// It may take effect once, at any time after the call.
    Unknown,
}

impl What {
    /// A write whose outcome is still to come.
    pub fn write(
        value: String,
        after: Option<u64>,
        ttl: Option<Duration>,
    ) -> impl FnOnce(Outcome) -> What {
        move |outcome| What::Write { value, after, ttl, outcome }
    }

    /// A value that somebody read, and its version.
    pub(super) fn seen(&self) -> Option<(u64, &str)> {
        match self {
            What::Read { version, value } | What::Stale { version, value, .. } => {
                Some((*version, value.as_deref()?))
            }
            What::Write { .. } | What::Delete { .. } => None,
        }
    }

    /// The condition of a write.
    pub(super) fn after(&self) -> Option<u64> {
        match self {
            What::Write { after, .. } => *after,
            _ => None,
        }
    }

    pub(super) fn ttl(&self) -> Option<Duration> {
        match self {
            What::Write { ttl, .. } => *ttl,
            _ => None,
        }
    }

    /// It is over for whoever asked.
    pub(super) fn is_answered(&self) -> bool {
        match self {
            What::Read { .. } | What::Stale { .. } => true,
            What::Write { outcome, .. } => *outcome != Outcome::Unknown,
            What::Delete { done, .. } => done.is_some(),
        }
    }
}
