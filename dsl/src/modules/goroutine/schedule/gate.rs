use super::{Line, Schedule, Ticket, Wake};

/// Something that happens: once, as the end of a routine, or again and again, as a signal.
#[derive(Debug, Default)]
pub struct Gate {
    open: bool,
    waiting: Line<()>,
}

impl Gate {
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Lets everybody through, from now on.
    pub fn open<V>(&mut self, schedule: &mut Schedule<V>) {
        self.open = true;
        self.let_all(schedule);
    }

    /// Lets one through who waits now.
    pub fn let_one<V>(&mut self, schedule: &mut Schedule<V>) -> bool {
        let next = self.waiting.pop(schedule);
        if let Some((ticket, ())) = next {
            schedule.wake(ticket, 0, Wake::Granted);
        }
        next.is_some()
    }

    /// Lets everybody through who waits now.
    pub fn let_all<V>(&mut self, schedule: &mut Schedule<V>) {
        while self.let_one(schedule) {}
    }

    pub fn stand<V>(&mut self, schedule: &Schedule<V>, ticket: Ticket) {
        self.waiting.push(schedule, ticket, ());
    }
}
