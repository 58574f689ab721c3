use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use openraft::storage::IOFlushed;
use tokio::sync::oneshot;

use super::cache::next;
use super::group::Group;
use super::mark::{Mark, Marked};
use super::store::Shared;
use super::{Setting, Write};
use crate::codec;
use crate::types::{Entry, LogId, Types};

/// Jobs waiting; openraft has a handful under way.
pub const QUEUE: usize = 1_024;
/// Appends written and synced as one: bounds the memory and the time of a batch.
const COALESCED_BYTES: usize = 4 << 20;
/// The mark follows after so many entries …
const MARK_ENTRIES: u64 = 1_000;
/// … or after this.
const MARK_AGE: Duration = Duration::from_secs(1);
/// Records purged between two batches, about half a millisecond.
const PURGED_AT_ONCE: usize = 128;

pub(crate) enum Job {
    Append { entries: Vec<Entry>, done: IOFlushed<Types> },
    Set { setting: Setting, value: Vec<u8>, done: oneshot::Sender<io::Result<()>> },
    Truncate { last: Option<LogId>, done: oneshot::Sender<io::Result<()>> },
    Purge { upto: LogId },
}

/// The one thread that writes to the engine: it joins what waits into one write and one sync.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    jobs: Receiver<Job>,
    mark: Mark,
    marked: u64,
    /// The first index that may be missing after a crash, and since when the mark does not say so.
    durable: u64,
    unmarked: Option<Instant>,
    committed: Option<LogId>,
    /// When the commit was written last: it only saves time at the next start, so once a while will do.
    committed_at: Option<Instant>,
    purging: Option<u64>,
    /// After a failure nothing is written any more: what a failed sync left behind is unknown.
    failed: Option<String>,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, jobs: Receiver<Job>, mark: Mark, durable: u64) -> Self {
        let purging = shared.cache().purged.map(|id| id.index());
        Self {
            shared,
            jobs,
            mark,
            marked: 0,
            durable,
            unmarked: None,
            committed: None,
            committed_at: None,
            purging,
            failed: None,
        }
    }

    /// Runs until every sender is gone, then closes the log.
    pub fn run(mut self) {
        let _ = self.attempt(Self::open);
        while let Some(job) = self.next() {
            match job {
                Work::Job(job) => self.handle(job),
                Work::Purge => self.purge(),
                Work::Mark => self.follow(),
            }
        }
        if self.failed.is_none() {
            let closed = self.close();
            closed.unwrap_or_else(|error| tracing::error!(%error, "the log could not be closed"));
        }
    }

    /// What was found may never have been synced, yet raft counts on it from now on.
    fn open(&mut self) -> io::Result<()> {
        self.shared.engine.sync()?;
        self.write_mark(false)
    }

    fn next(&mut self) -> Option<Work> {
        let wait = match (self.purging, self.unmarked) {
            (Some(_), _) => Duration::ZERO,
            (None, Some(since)) => MARK_AGE.saturating_sub(since.elapsed()),
            (None, None) => return self.jobs.recv().ok().map(Work::Job),
        };
        match self.jobs.recv_timeout(wait) {
            Ok(job) => Some(Work::Job(job)),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) if self.purging.is_some() => Some(Work::Purge),
            Err(RecvTimeoutError::Timeout) => Some(Work::Mark),
        }
    }

    fn handle(&mut self, job: Job) {
        match job {
            Job::Truncate { last, done } => {
                let result = self.attempt(|writer| writer.truncate(last));
                let _ = done.send(result);
            }
            Job::Purge { upto } => self.start_purge(upto),
            job => {
                let (group, left) = self.gather(job);
                self.commit(group);
                if let Some(job) = left {
                    self.handle(job);
                }
            }
        }
        if self.purging.is_some() {
            self.purge();
        }
    }

    /// Joins appends and settings that wait, up to the first job of another kind.
    fn gather(&mut self, first: Job) -> (Group, Option<Job>) {
        let mut group = Group::default();
        let mut left = group.add(first);
        while left.is_none() && group.bytes < COALESCED_BYTES {
            let Ok(job) = self.jobs.try_recv() else { break };
            left = group.add(job);
        }
        (group, left)
    }

    fn commit(&mut self, mut group: Group) {
        let waiting = std::mem::take(&mut group.waiting);
        let result = self.attempt(|writer| writer.write(group));
        for waiting in waiting {
            waiting.finish(&result);
        }
        self.follow();
    }

    fn write(&mut self, group: Group) -> io::Result<()> {
        let mut write = group.write;
        if let Some(error) = group.refused {
            return Err(error);
        }
        let (next, count) = (group.next, write.entries.len() as u64);
        let started = Instant::now();
        if self.committed_at.is_none_or(|at| started - at >= MARK_AGE) {
            write.settings.extend(self.newer_commit()?);
            self.committed_at = Some(started);
        }
        self.shared.engine.write(&write)?;
        if let Some(next) = next {
            self.shared.cache().written(next);
        }
        self.shared.engine.sync()?;
        self.shared.wrote(group.bytes as u64, started.elapsed());
        self.durable = next.unwrap_or(self.durable);
        if count > 0 {
            self.unmarked.get_or_insert(started);
        }
        Ok(())
    }

    /// The mark goes down before the log does, else the log would seem damaged.
    fn truncate(&mut self, last: Option<LogId>) -> io::Result<()> {
        let from = next(last);
        if self.durable > from {
            self.durable = from;
            self.write_mark(false)?;
        }
        self.shared.engine.truncate(from)?;
        self.shared.engine.sync()?;
        self.shared.cache().truncate(last);
        Ok(())
    }

    /// What is to go is marked at once; the records follow in pieces.
    fn start_purge(&mut self, upto: LogId) {
        let result = self.attempt(|writer| {
            let value = codec::encode(codec::LOG_ID, &upto)?;
            writer.shared.engine.write(&Write::set(Setting::Purged, value))
        });
        if result.is_ok() {
            self.purging = self.purging.max(Some(upto.index()));
        }
    }

    fn purge(&mut self) {
        let Some(upto) = self.purging else { return };
        let left = self.attempt(|writer| writer.shared.engine.purge(upto, PURGED_AT_ONCE));
        if !left.unwrap_or(false) {
            self.purging = None;
        }
    }

    /// Lets the mark follow when it is far enough behind.
    fn follow(&mut self) {
        let late = self.unmarked.is_some_and(|since| since.elapsed() >= MARK_AGE);
        if late || self.durable >= self.marked + MARK_ENTRIES {
            let _ = self.attempt(|writer| writer.write_mark(false));
        }
    }

    fn write_mark(&mut self, closed: bool) -> io::Result<()> {
        self.unmarked = None;
        self.marked = self.durable;
        self.mark.write(Marked { next: self.durable, closed })
    }

    fn close(&mut self) -> io::Result<()> {
        let settings = Vec::from_iter(self.newer_commit()?);
        self.shared.engine.write(&Write { entries: Vec::new(), settings })?;
        self.shared.engine.sync()?;
        self.write_mark(true)
    }

    /// How far the log is known to be committed, when that is further than what was written last.
    fn newer_commit(&mut self) -> io::Result<Option<(Setting, Vec<u8>)>> {
        let committed = self.shared.cache().committed.filter(|id| Some(*id) > self.committed);
        let Some(id) = committed else { return Ok(None) };
        self.committed = committed;
        Ok(Some((Setting::Committed, codec::encode(codec::LOG_ID, &id)?)))
    }

    fn attempt<T>(&mut self, step: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        if let Some(reason) = &self.failed {
            return Err(io::Error::other(format!("the log has failed before: {reason}")));
        }
        let result = step(self);
        if let Err(error) = &result {
            self.fail(error);
        }
        result
    }

    fn fail(&mut self, error: &io::Error) {
        tracing::error!(%error, "the log cannot be written: this node stops");
        self.purging = None;
        self.unmarked = None;
        self.failed = Some(error.to_string());
    }
}

enum Work {
    Job(Job),
    Purge,
    Mark,
}
