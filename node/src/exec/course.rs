//! When a process is asked to end, killed and given up: decided from orders and time alone.

use std::time::Duration;

use tokio::time::Instant;

use super::Stopped;

/// A killed process runs no further instruction; one that the kernel cannot end (a dead disk) is not waited for longer.
const GIVE_UP: Duration = Duration::from_secs(5);

/// What to do to the process now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Terminate,
    Kill,
    GiveUp,
}

/// The way of one process from running to given up.
pub(super) struct Course {
    deadline: Option<Instant>,
    grace: Duration,
    phase: Phase,
}

#[derive(Clone, Copy)]
enum Phase {
    Running,
    Asked { why: Stopped, kill_at: Instant },
    Killed { why: Stopped, give_up_at: Instant },
}

impl Course {
    pub(super) fn new(started: Instant, timeout: Option<Duration>, grace: Duration) -> Self {
        let deadline = timeout.and_then(|timeout| started.checked_add(timeout));
        Self { deadline, grace, phase: Phase::Running }
    }

    /// Someone wants it to end.
    pub(super) fn cancel(&mut self, now: Instant) -> Option<Act> {
        self.is_running().then(|| self.ask(Stopped::Cancelled, now))
    }

    /// Someone wants no more grace.
    pub(super) fn kill(&mut self, now: Instant) -> Option<Act> {
        (!self.is_killed()).then(|| self.end(self.stopped().unwrap_or(Stopped::Cancelled), now))
    }

    /// What is due by now.
    pub(super) fn tick(&mut self, now: Instant) -> Option<Act> {
        if self.next().is_none_or(|due| due > now) {
            return None;
        }
        Some(match self.phase {
            Phase::Running => self.ask(Stopped::TimedOut, now),
            Phase::Asked { why, .. } => self.end(why, now),
            Phase::Killed { .. } => Act::GiveUp,
        })
    }

    /// When `tick` has something to say next.
    pub(super) fn next(&self) -> Option<Instant> {
        match self.phase {
            Phase::Running => self.deadline,
            Phase::Asked { kill_at, .. } => Some(kill_at),
            Phase::Killed { give_up_at, .. } => Some(give_up_at),
        }
    }

    /// Why it was told to end, if it was.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        match self.phase {
            Phase::Running => None,
            Phase::Asked { why, .. } | Phase::Killed { why, .. } => Some(why),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running)
    }

    pub(super) fn is_killed(&self) -> bool {
        matches!(self.phase, Phase::Killed { .. })
    }

    fn ask(&mut self, why: Stopped, now: Instant) -> Act {
        self.phase = Phase::Asked { why, kill_at: now + self.grace };
        Act::Terminate
    }

    fn end(&mut self, why: Stopped, now: Instant) -> Act {
        self.phase = Phase::Killed { why, give_up_at: now + GIVE_UP };
        Act::Kill
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_timeout_asks_then_kills_then_gives_up() {
        let start = Instant::now();
        let mut course = Course::new(start, Some(SECOND), 2 * SECOND);
        assert_eq!((course.tick(start), course.next()), (None, Some(start + SECOND)));
        assert_eq!(course.tick(start + SECOND), Some(Act::Terminate));
        assert_eq!(course.cancel(start + SECOND), None, "the first reason stays");
        assert_eq!(course.tick(start + 2 * SECOND), None);
        assert_eq!(course.tick(start + 3 * SECOND), Some(Act::Kill));
        assert_eq!(course.kill(start + 3 * SECOND), None);
        assert_eq!(course.tick(start + 3 * SECOND + GIVE_UP), Some(Act::GiveUp));
        assert_eq!(course.stopped(), Some(Stopped::TimedOut));
    }

    #[test]
    fn orders_come_without_a_timeout_and_skip_the_grace() {
        let start = Instant::now();
        let mut course = Course::new(start, None, SECOND);
        assert_eq!((course.next(), course.stopped()), (None, None));
        assert_eq!(course.cancel(start), Some(Act::Terminate));
        assert_eq!(course.kill(start), Some(Act::Kill));
        let mut course = Course::new(start, Some(Duration::MAX), SECOND);
        assert_eq!((course.next(), course.kill(start)), (None, Some(Act::Kill)));
        assert_eq!(course.stopped(), Some(Stopped::Cancelled));
    }
}
