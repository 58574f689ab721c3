use super::{Line, Schedule, Ticket, Wake};

/// What a wait group is: whoever waits goes on when it is back at zero.
#[derive(Debug, Default)]
pub struct Counter {
    count: i64,
    waiting: Line<()>,
}

/// It would have gone below zero, or beyond all bounds.
#[derive(Debug, PartialEq, Eq)]
pub struct OutOfBounds;

impl Counter {
    pub fn count(&self) -> i64 {
        self.count
    }

    pub fn add<V>(&mut self, schedule: &mut Schedule<V>, delta: i64) -> Result<(), OutOfBounds> {
        let count = self.count.checked_add(delta).filter(|count| *count >= 0);
        self.count = count.ok_or(OutOfBounds)?;
        while self.count == 0
            && let Some((ticket, ())) = self.waiting.pop(schedule)
        {
            schedule.wake(ticket, 0, Wake::Granted);
        }
        Ok(())
    }

    pub fn stand<V>(&mut self, schedule: &Schedule<V>, ticket: Ticket) {
        self.waiting.push(schedule, ticket, ());
    }
}
