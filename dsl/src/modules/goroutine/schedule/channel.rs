use std::collections::VecDeque;

use super::{Line, Schedule, Ticket, Wake};

/// A queue with a bound; without capacity the sender waits for its receiver.
///
/// Receivers stand only while nothing is kept, senders only while there is no room.
pub struct Channel<V> {
    capacity: usize,
    kept: VecDeque<V>,
    closed: bool,
    /// Each with its case and the value it brought.
    senders: Line<(usize, V)>,
    receivers: Line<usize>,
}

/// What became of a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent<V> {
    Taken,
    Closed,
    /// There is no room: the value comes back.
    Full(V),
}

/// What was there to receive.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<V> {
    Value(V),
    Closed,
    Empty,
}

impl<V> Channel<V> {
    pub fn new(capacity: usize) -> Self {
        let (senders, receivers) = (Line::default(), Line::default());
        Channel { capacity, kept: VecDeque::new(), closed: false, senders, receivers }
    }

    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn is_closed(&self) -> bool {
        self.closed
    }

    pub fn send(&mut self, schedule: &mut Schedule<V>, value: V) -> Sent<V> {
        if self.closed {
            return Sent::Closed;
        }
        if let Some((ticket, case)) = self.receivers.pop(schedule) {
            schedule.wake(ticket, case, Wake::Value(value));
        } else if self.kept.len() < self.capacity {
            self.kept.push_back(value);
        } else {
            return Sent::Full(value);
        }
        Sent::Taken
    }

    pub fn receive(&mut self, schedule: &mut Schedule<V>) -> Received<V> {
        if let Some(value) = self.kept.pop_front() {
            let next = self.next_sender(schedule);
            self.kept.extend(next);
            return Received::Value(value);
        }
        match self.next_sender(schedule) {
            Some(value) => Received::Value(value),
            None if self.closed => Received::Closed,
            None => Received::Empty,
        }
    }

    /// The value of the sender who waits longest, who may go on.
    fn next_sender(&mut self, schedule: &mut Schedule<V>) -> Option<V> {
        let (ticket, (case, value)) = self.senders.pop(schedule)?;
        schedule.wake(ticket, case, Wake::Granted);
        Some(value)
    }

    /// Whoever found no room stands in line with the value.
    pub fn stand_to_send(&mut self, schedule: &Schedule<V>, ticket: Ticket, case: usize, value: V) {
        self.senders.push(schedule, ticket, (case, value));
    }

    /// Whoever found nothing stands in line.
    pub fn stand_to_receive(&mut self, schedule: &Schedule<V>, ticket: Ticket, case: usize) {
        self.receivers.push(schedule, ticket, case);
    }

    /// Ends sending; what is kept can still be received. False when it was closed before.
    pub fn close(&mut self, schedule: &mut Schedule<V>) -> bool {
        if std::mem::replace(&mut self.closed, true) {
            return false;
        }
        while let Some((ticket, case)) = self.receivers.pop(schedule) {
            schedule.wake(ticket, case, Wake::Closed);
        }
        while let Some((ticket, (case, _))) = self.senders.pop(schedule) {
            schedule.wake(ticket, case, Wake::Closed);
        }
        true
    }
}
