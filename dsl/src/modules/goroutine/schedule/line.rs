use std::collections::VecDeque;

use super::{Schedule, Ticket};

/// From this length on, each doubling looks for those who have left.
const SWEEP_FROM: usize = 32;

/// Those who wait at one place, in the order they came, each with what it brought.
///
/// Who stopped waiting is passed over; nobody needs to leave in person.
#[derive(Debug)]
pub struct Line<T> {
    entries: VecDeque<(Ticket, T)>,
    sweep_at: usize,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Line { entries: VecDeque::new(), sweep_at: SWEEP_FROM }
    }
}

impl<T> Line<T> {
    pub fn push<V>(&mut self, schedule: &Schedule<V>, ticket: Ticket, brought: T) {
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|(ticket, _)| schedule.is_blocked(*ticket));
            self.sweep_at = (2 * self.entries.len()).max(SWEEP_FROM);
        }
        self.entries.push_back((ticket, brought));
    }

    /// The first who still waits, without letting it go.
    pub fn first<V>(&mut self, schedule: &Schedule<V>) -> Option<&T> {
        while let Some((ticket, _)) = self.entries.front()
            && !schedule.is_blocked(*ticket)
        {
            self.entries.pop_front();
        }
        self.entries.front().map(|(_, brought)| brought)
    }

    pub fn pop<V>(&mut self, schedule: &Schedule<V>) -> Option<(Ticket, T)> {
        self.first(schedule)?;
        self.entries.pop_front()
    }

    pub fn is_empty<V>(&mut self, schedule: &Schedule<V>) -> bool {
        self.first(schedule).is_none()
    }

    #[cfg(test)]
    pub fn length(&self) -> usize {
        self.entries.len()
    }
}
