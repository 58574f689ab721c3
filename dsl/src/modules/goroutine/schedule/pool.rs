use std::collections::VecDeque;

use super::{Gate, Schedule};

/// A bounded number of workers and the jobs that wait for one.
#[derive(Debug)]
pub struct Pool<J> {
    workers: usize,
    /// Jobs that wait; whoever brings more waits himself.
    room: usize,
    queue: VecDeque<J>,
    closed: bool,
    pub active: usize,
    pub completed: u64,
    pub failed: u64,
    /// Opened for a moment whenever nothing is left to do.
    pub idle: Gate,
    /// Opened for one whenever a job left the queue.
    pub gap: Gate,
}

/// What became of a job.
#[derive(Debug, PartialEq, Eq)]
pub enum Submitted<J> {
    /// A worker is free: start it now.
    Start(J),
    Queued,
    /// The queue has no room: the job comes back.
    Full(J),
    Closed,
}

impl<J> Pool<J> {
    pub fn new(workers: usize, room: usize) -> Self {
        let (idle, gap) = (Gate::default(), Gate::default());
        let queue = VecDeque::new();
        Pool { workers, room, queue, closed: false, active: 0, completed: 0, failed: 0, idle, gap }
    }

    pub fn workers(&self) -> usize {
        self.workers
    }

    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    pub fn is_idle(&self) -> bool {
        self.active == 0 && self.queue.is_empty()
    }

    pub fn close(&mut self) {
        self.closed = true;
    }

    pub fn submit(&mut self, job: J) -> Submitted<J> {
        if self.closed {
            Submitted::Closed
        } else if self.active < self.workers {
            self.active += 1;
            Submitted::Start(job)
        } else if self.queue.len() < self.room {
            self.queue.push_back(job);
            Submitted::Queued
        } else {
            Submitted::Full(job)
        }
    }

    /// A worker is done with its job; the one it goes on with, if there is any.
    pub fn finish<V>(&mut self, schedule: &mut Schedule<V>, succeeded: bool) -> Option<J> {
        if succeeded {
            self.completed += 1;
        } else {
            self.failed += 1;
        }
        let next = self.queue.pop_front();
        match next {
            Some(_) => drop(self.gap.let_one(schedule)),
            None => {
                self.active -= 1;
                // Who found the queue full waits no longer than the queue does.
                self.gap.let_all(schedule);
            }
        }
        if self.is_idle() {
            self.idle.let_all(schedule);
        }
        next
    }
}
