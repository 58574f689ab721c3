use std::fmt::Debug;
use std::io;
use std::ops::{Bound, Range, RangeBounds};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use config::LogKind;
use openraft::OptionalSend;
use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use tokio::sync::oneshot;

use super::cache::{Cache, next, size};
use super::ledger::{Ledger, gone};
use super::timing::Timing;
use super::writer::{Job, QUEUE, Writer};
use super::{LogEngine, Opened, Setting, record};
use crate::types::{Entry, LogId, Types, Vote};
use crate::{codec, log};

/// Entries of one append request: with the largest entry on top still within a frame.
const READ_BYTES: usize = 512 << 10;

/// The log as openraft uses it.
#[derive(Clone)]
pub(crate) struct Store {
    shared: Arc<Shared>,
    ledger: Ledger,
}

pub(crate) struct Shared {
    pub engine: Box<dyn LogEngine>,
    cache: Mutex<Cache>,
    timing: Mutex<Timing>,
    appended: AtomicU64,
    /// Dropped last, when the engine is closed.
    _closed: oneshot::Sender<()>,
}

/// Resolves when the log is closed and its folder free.
pub(crate) type Closed = oneshot::Receiver<()>;

impl Store {
    /// Opens the log in a replica's folder and starts the thread that writes.
    pub fn open(folder: &Path, new: LogKind) -> Result<(Self, Closed), crate::Error> {
        let opened = log::folder::open(folder, new)?;
        Self::start(opened).map_err(log::folder::at(folder))
    }

    /// Starts on an opened log, all of which is durable.
    pub fn start(opened: Opened) -> io::Result<(Self, Closed)> {
        let (closing, closed) = oneshot::channel();
        let shared = Arc::new(Shared {
            cache: Mutex::new(load(&opened)?),
            engine: opened.engine,
            timing: Mutex::default(),
            appended: AtomicU64::new(0),
            _closed: closing,
        });
        let (jobs, waiting) = sync_channel(QUEUE);
        let writer = Writer::new(Arc::clone(&shared), waiting);
        std::thread::Builder::new().name("raft-log".into()).spawn(move || writer.run())?;
        let ledger = Ledger::new(jobs, Arc::downgrade(&shared));
        Ok((Self { shared, ledger }, closed))
    }

    pub fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }

    /// Whether nothing was ever written to it by raft.
    pub fn is_empty(&self) -> bool {
        let cache = self.shared.cache();
        cache.last.is_none() && cache.vote.is_none()
    }

    /// How long a durable write takes, but for one in a hundred.
    pub fn write_p99(&self) -> Duration {
        self.shared.timing().p99()
    }

    async fn stored(&self, range: Range<u64>) -> io::Result<Vec<Entry>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || {
            let records = shared.engine.read(range)?;
            records.iter().map(|(index, record)| record::decode(*index, record)).collect()
        })
        .await
        .map_err(io::Error::other)?
    }
}

impl Shared {
    pub fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timing(&self) -> MutexGuard<'_, Timing> {
        self.timing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn wrote(&self, bytes: u64, took: Duration) {
        self.appended.fetch_add(bytes, Ordering::Relaxed);
        self.timing().record(took);
    }

    pub fn appended(&self) -> u64 {
        self.appended.load(Ordering::Relaxed)
    }
}

fn load(opened: &Opened) -> io::Result<Cache> {
    let setting = |setting| opened.engine.setting(setting);
    let log_id = |bytes: Vec<u8>| codec::decode::<LogId>(codec::LOG_ID, &bytes);
    let purged = setting(Setting::Purged)?.map(log_id).transpose()?;
    // Entries that a purge has not reached yet do not count.
    let last = last(&*opened.engine)?.max(purged);
    let mut cache = Cache::opened(last, purged);
    let newest = opened.tail.iter().filter(|(index, _)| *index >= next(purged));
    let newest = newest.map(|(index, record)| record::decode(*index, record));
    cache.append(&newest.collect::<io::Result<Vec<_>>>()?);
    cache.written(next(last));
    cache.committed = setting(Setting::Committed)?.map(log_id).transpose()?;
    let vote = setting(Setting::Vote)?;
    cache.vote = vote.map(|bytes| codec::decode(codec::VOTE, &bytes)).transpose()?;
    Ok(cache)
}

fn last(engine: &dyn LogEngine) -> io::Result<Option<LogId>> {
    let Some((_, last)) = engine.bounds()? else { return Ok(None) };
    let record = engine.read(last..last + 1)?.pop();
    let entry = record.map(|(index, record)| record::decode(index, &record)).transpose()?;
    Ok(entry.map(|entry| entry.log_id))
}

impl RaftLogReader<Types> for Store {
    async fn try_get_log_entries<RB>(&mut self, range: RB) -> io::Result<Vec<Entry>>
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        let found = self.shared.cache().find(plain(&range));
        let mut entries = self.stored(found.stored).await?;
        entries.extend(found.cached);
        Ok(entries)
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        Ok(self.shared.cache().vote)
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        let mut entries = self.try_get_log_entries(start..end).await?;
        let mut bytes = 0;
        let fitting = entries.iter().take_while(|entry| {
            let fits = bytes < READ_BYTES;
            bytes += size(entry);
            fits
        });
        let count = fitting.count();
        entries.truncate(count);
        Ok(entries)
    }
}

impl RaftLogStorage<Types> for Store {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types>> {
        let cache = self.shared.cache();
        Ok(LogState { last_purged_log_id: cache.purged, last_log_id: cache.last })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        self.ledger.set(Setting::Vote, codec::encode(codec::VOTE, vote)?).await?;
        self.shared.cache().vote = Some(*vote);
        Ok(())
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        self.shared.cache().committed = committed;
        Ok(())
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        Ok(self.shared.cache().committed)
    }

    async fn append<I>(&mut self, entries: I, done: IOFlushed<Types>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<_> = entries.into_iter().collect();
        self.shared.cache().append(&entries);
        self.ledger.send(Job::Append { entries, done }).await
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let (done, finished) = oneshot::channel();
        self.ledger.send(Job::Truncate { last, done }).await?;
        finished.await.map_err(|_| gone())?
    }

    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        self.shared.cache().purge(upto);
        self.ledger.send(Job::Purge { upto }).await
    }
}

fn plain(range: &impl RangeBounds<u64>) -> Range<u64> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => end.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => u64::MAX,
    };
    start..end
}
