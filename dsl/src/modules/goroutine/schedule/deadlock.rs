use std::fmt;

use super::{Course, Place, Reason, Routine, Schedule};

/// Routines that a report names; the rest is counted.
const NAMED_MAX: usize = 20;

/// Nobody can go on, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// Who, where it was started, and what it waits for; the command first.
    pub waits: Vec<(Routine, Place, Reason)>,
}

impl Deadlock {
    pub(super) fn of<V>(schedule: &Schedule<V>) -> Deadlock {
        let waits = schedule.routines.iter().filter_map(|(routine, state)| match &state.course {
            Course::Blocked { reason, .. } => {
                Some((*routine, state.started.clone(), reason.clone()))
            }
            _ => None,
        });
        Deadlock { waits: waits.collect() }
    }

    /// Where the command waits.
    pub fn place(&self) -> Option<&Place> {
        self.waits.first().map(|(_, _, reason)| &reason.at)
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.waits.len() {
            1 => write!(f, "deadlock: nothing can wake what the command waits for")?,
            count => write!(f, "deadlock: all {count} routines wait, and nothing can wake one")?,
        }
        for (routine, started, Reason { what, at }) in self.waits.iter().take(NAMED_MAX) {
            match *routine {
                Routine::COMMAND => write!(f, "\n  the command waits at {at} {what}")?,
                _ => write!(f, "\n  the routine started at {started} waits at {at} {what}")?,
            }
        }
        match self.waits.len().saturating_sub(NAMED_MAX) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
