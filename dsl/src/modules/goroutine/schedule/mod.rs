//! Who runs, who waits for what and who is woken: decided without Lua, clock or future.
//!
//! A routine is *active* while it runs, is ready to run or waits for the world outside; *blocked* while it stands in a
//! [`Line`] for another routine or for a time; *woken* once somebody has given it what it waited for. Whoever wakes a
//! routine hands it the thing itself, so nobody who comes later can take it away.

mod channel;
mod counter;
mod deadlock;
mod gate;
mod line;
mod permits;
mod pool;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use channel::{Channel, Received, Sent};
pub use counter::Counter;
pub use deadlock::Deadlock;
pub use gate::Gate;
pub use line::Line;
pub use permits::Permits;
pub use pool::{Pool, Submitted};

/// The routines of one Lua state. `V` is what channels carry.
pub struct Schedule<V> {
    now: Duration,
    /// Of routines and tickets.
    numbers: u64,
    routines: BTreeMap<Routine, State<V>>,
    ready: VecDeque<Routine>,
    timers: BTreeSet<(Duration, Ticket)>,
    /// How many are blocked with no timer of their own.
    stuck: usize,
}

/// One routine; the first is the command itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Routine(u64);

impl Routine {
    pub const COMMAND: Routine = Routine(0);
}

/// One wait of one routine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    routine: Routine,
    number: u64,
}

/// A line of a workflow file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub file: Arc<str>,
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What a routine waits for, in words, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub what: String,
    pub at: Place,
}

/// What ended a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake<V> {
    /// It got what it stood for.
    Granted,
    Value(V),
    /// The channel was closed.
    Closed,
    TimedOut,
}

struct State<V> {
    started: Place,
    queued: bool,
    course: Course<V>,
}

enum Course<V> {
    Active,
    Blocked { ticket: Ticket, reason: Reason, until: Option<Duration> },
    Woken { ticket: Ticket, case: usize, wake: Wake<V> },
}

impl<V> Schedule<V> {
    /// With the command alone, running.
    pub fn new() -> Self {
        let command = State { started: Place::default(), queued: false, course: Course::Active };
        Schedule {
            now: Duration::ZERO,
            numbers: 0,
            routines: BTreeMap::from([(Routine::COMMAND, command)]),
            ready: VecDeque::new(),
            timers: BTreeSet::new(),
            stuck: 0,
        }
    }

    /// Routines that have not ended, the command included.
    pub fn alive(&self) -> usize {
        self.routines.len()
    }

    /// Where a routine was started.
    pub fn started(&self, routine: Routine) -> Option<Place> {
        self.routines.get(&routine).map(|state| state.started.clone())
    }

    /// A new routine, ready to run after those that already are.
    pub fn begin(&mut self, started: Place) -> Routine {
        let routine = Routine(self.number());
        let state = State { started, queued: false, course: Course::Active };
        self.routines.insert(routine, state);
        self.ready(routine);
        routine
    }

    /// The routine is no more: it returned, failed or was cancelled.
    pub fn end(&mut self, routine: Routine) {
        self.settle(routine);
        self.routines.remove(&routine);
    }

    /// Ends everybody but the command.
    pub fn clear(&mut self) {
        self.settle(Routine::COMMAND);
        self.routines.retain(|routine, _| *routine == Routine::COMMAND);
        self.ready.clear();
        self.timers.clear();
        self.stuck = 0;
        if let Some(command) = self.routines.get_mut(&Routine::COMMAND) {
            command.queued = false;
        }
    }

    /// It can go on, after those that already can.
    pub fn ready(&mut self, routine: Routine) {
        if let Some(state) = self.routines.get_mut(&routine)
            && !std::mem::replace(&mut state.queued, true)
        {
            self.ready.push_back(routine);
        }
    }

    /// Who runs next.
    pub fn next(&mut self) -> Option<Routine> {
        loop {
            let routine = self.ready.pop_front()?;
            if let Some(state) = self.routines.get_mut(&routine) {
                state.queued = false;
                return Some(routine);
            }
        }
    }

    /// Whether anybody else is ready.
    pub fn is_crowded(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Blocks an active routine. The caller puts the ticket into the lines it stands in.
    pub fn block(&mut self, routine: Routine, reason: Reason, until: Option<Duration>) -> Ticket {
        let ticket = Ticket { routine, number: self.number() };
        let Some(state) = self.routines.get_mut(&routine) else { return ticket };
        state.course = Course::Blocked { ticket, reason, until };
        match until {
            Some(until) => drop(self.timers.insert((until, ticket))),
            None => self.stuck += 1,
        }
        ticket
    }

    /// Whether the wait has not ended.
    pub fn is_blocked(&self, ticket: Ticket) -> bool {
        let state = self.routines.get(&ticket.routine);
        matches!(state, Some(State { course: Course::Blocked { ticket: own, .. }, .. }) if *own == ticket)
    }

    /// Ends a wait; `case` tells a routine that stands in several lines which one it was.
    pub fn wake(&mut self, ticket: Ticket, case: usize, wake: Wake<V>) {
        if self.is_blocked(ticket) {
            self.settle(ticket.routine);
            if let Some(state) = self.routines.get_mut(&ticket.routine) {
                state.course = Course::Woken { ticket, case, wake };
            }
            self.ready(ticket.routine);
        }
    }

    /// Takes what ended the wait, once it has.
    pub fn take(&mut self, ticket: Ticket) -> Option<(usize, Wake<V>)> {
        let state = self.routines.get_mut(&ticket.routine)?;
        match std::mem::replace(&mut state.course, Course::Active) {
            Course::Woken { ticket: own, case, wake } if own == ticket => Some((case, wake)),
            other => {
                state.course = other;
                None
            }
        }
    }

    /// The routine does not wait any more, and takes nothing.
    pub fn give_up(&mut self, ticket: Ticket) {
        let woken = self.take(ticket).is_some();
        if !woken && self.is_blocked(ticket) {
            self.settle(ticket.routine);
        }
    }

    /// Wakes those whose time has come.
    pub fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        while let Some(&(at, ticket)) = self.timers.first()
            && at <= self.now
        {
            self.wake(ticket, 0, Wake::TimedOut);
            self.timers.remove(&(at, ticket));
        }
    }

    #[cfg(test)]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// When `advance` has something to do.
    pub fn next_timer(&self) -> Option<Duration> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Everybody is blocked, and nothing but each other could wake them.
    pub fn deadlock(&self) -> Option<Deadlock> {
        (self.stuck == self.routines.len()).then(|| Deadlock::of(self))
    }

    /// Makes a routine active: it is neither blocked nor has it a timer.
    fn settle(&mut self, routine: Routine) {
        let Some(state) = self.routines.get_mut(&routine) else { return };
        match std::mem::replace(&mut state.course, Course::Active) {
            Course::Blocked { ticket, until: Some(until), .. } => {
                self.timers.remove(&(until, ticket));
            }
            Course::Blocked { until: None, .. } => self.stuck -= 1,
            _ => {}
        }
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
