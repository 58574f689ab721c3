use super::{Line, Schedule, Ticket, Wake};

/// What mutexes, read-write locks and semaphores are: so many permits, given in the order in which they are asked for.
#[derive(Debug)]
pub struct Permits {
    capacity: u64,
    free: u64,
    /// Each with how many it needs.
    waiting: Line<u64>,
}

/// More was given back than had been taken.
#[derive(Debug, PartialEq, Eq)]
pub struct NotTaken;

impl Permits {
    pub fn new(capacity: u64) -> Self {
        Permits { capacity, free: capacity, waiting: Line::default() }
    }

    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    pub fn free(&self) -> u64 {
        self.free
    }

    /// Takes permits if they are free and nobody waits; who waits for many is not overtaken by those who want few.
    pub fn try_take<V>(&mut self, schedule: &Schedule<V>, count: u64) -> bool {
        let taken = self.free >= count && self.waiting.is_empty(schedule);
        if taken {
            self.free -= count;
        }
        taken
    }

    pub fn stand<V>(&mut self, schedule: &Schedule<V>, ticket: Ticket, count: u64) {
        self.waiting.push(schedule, ticket, count);
    }

    pub fn give_back<V>(&mut self, schedule: &mut Schedule<V>, count: u64) -> Result<(), NotTaken> {
        if self.free + count > self.capacity {
            return Err(NotTaken);
        }
        self.free += count;
        self.serve(schedule);
        Ok(())
    }

    /// Gives what is free to those who wait; also to be called when one of them has left.
    pub fn serve<V>(&mut self, schedule: &mut Schedule<V>) {
        while let Some(&count) = self.waiting.first(schedule)
            && count <= self.free
            && let Some((ticket, _)) = self.waiting.pop(schedule)
        {
            self.free -= count;
            schedule.wake(ticket, 0, Wake::Granted);
        }
    }
}
