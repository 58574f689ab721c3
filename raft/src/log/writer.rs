use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use openraft::storage::IOFlushed;
use tokio::sync::oneshot;

use super::cache::next;
use super::group::Group;
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
    /// Entries that the mark does not cover yet, and since when there are any.
    unmarked: u64,
    unmarked_since: Option<Instant>,
    committed: Option<LogId>,
    /// When the commit was written last: it only saves time at the next start, so once a while will do.
    committed_at: Option<Instant>,
    purging: Option<u64>,
    /// After a failure nothing is written any more: what a failed sync left behind is unknown.
    failed: Option<String>,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, jobs: Receiver<Job>) -> Self {
        let (purging, committed) = {
            let cache = shared.cache();
            (cache.purged.map(|id| id.index()), cache.committed)
        };
        Self {
            shared,
            jobs,
            unmarked: 0,
            unmarked_since: None,
            committed,
            committed_at: None,
            purging,
            failed: None,
        }
    }

    /// Runs until every sender is gone, then closes the log.
    pub fn run(mut self) {
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

    fn next(&mut self) -> Option<Work> {
        let wait = match (self.purging, self.unmarked_since) {
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
            write.settings.extend(self.newer_commit(next)?);
            self.committed_at = Some(started);
        }
        self.shared.engine.write(&write)?;
        if let Some(next) = next {
            self.shared.cache().written(next);
        }
        self.shared.engine.sync()?;
        self.shared.wrote(group.bytes as u64, started.elapsed());
        if count > 0 {
            self.unmarked += count;
            self.unmarked_since.get_or_insert(started);
        }
        Ok(())
    }

    fn truncate(&mut self, last: Option<LogId>) -> io::Result<()> {
        self.shared.engine.truncate(next(last))?;
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
        let late = self.unmarked_since.is_some_and(|since| since.elapsed() >= MARK_AGE);
        if late || self.unmarked >= MARK_ENTRIES {
            (self.unmarked, self.unmarked_since) = (0, None);
            let _ = self.attempt(|writer| writer.shared.engine.mark());
        }
    }

    fn close(&mut self) -> io::Result<()> {
        let settings = Vec::from_iter(self.newer_commit(None)?);
        self.shared.engine.close(settings)
    }

    /// How far the log is known to be committed, when that is further than what was written last. Entries below
    /// `next` are about to be written: what is committed but still waits is none of this write's.
    fn newer_commit(&mut self, next: Option<u64>) -> io::Result<Option<(Setting, Vec<u8>)>> {
        let known = {
            let cache = self.shared.cache();
            let there = next.unwrap_or(0).max(cache.next_unwritten());
            cache.committed.filter(|id| id.index() < there)
        };
        let Some(id) = known.filter(|id| Some(*id) > self.committed) else { return Ok(None) };
        self.committed = Some(id);
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
        self.unmarked_since = None;
        self.failed = Some(error.to_string());
    }
}

enum Work {
    Job(Job),
    Purge,
    Mark,
}
