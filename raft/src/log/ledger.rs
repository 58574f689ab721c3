use std::io;
use std::sync::Weak;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::Setting;
use super::store::Shared;
use super::writer::Job;

/// Between two attempts to put a job into a full queue; only a stuck disk fills it.
const FULL_PAUSE: Duration = Duration::from_millis(1);

/// The way to the thread that writes.
#[derive(Clone)]
pub(crate) struct Ledger {
    jobs: SyncSender<Job>,
    shared: Weak<Shared>,
}

impl Ledger {
    pub fn new(jobs: SyncSender<Job>, shared: Weak<Shared>) -> Self {
        Self { jobs, shared }
    }

    pub async fn send(&self, mut job: Job) -> io::Result<()> {
        loop {
            match self.jobs.try_send(job) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Disconnected(_)) => return Err(gone()),
                Err(TrySendError::Full(back)) => job = back,
            }
            tokio::time::sleep(FULL_PAUSE).await;
        }
    }

    /// Writes a setting; durable when it returns.
    pub async fn set(&self, setting: Setting, value: Vec<u8>) -> io::Result<()> {
        let (done, finished) = oneshot::channel();
        self.send(Job::Set { setting, value, done }).await?;
        finished.await.map_err(|_| gone())?
    }

    /// The same from a thread that may block.
    pub fn set_blocking(&self, setting: Setting, value: Vec<u8>) -> io::Result<()> {
        let (done, finished) = oneshot::channel();
        self.jobs.send(Job::Set { setting, value, done }).map_err(|_| gone())?;
        finished.blocking_recv().map_err(|_| gone())?
    }

    pub fn setting(&self, setting: Setting) -> io::Result<Option<Vec<u8>>> {
        self.shared.upgrade().ok_or_else(gone)?.engine.setting(setting)
    }

    /// Bytes appended since the log was opened.
    pub fn appended(&self) -> u64 {
        self.shared.upgrade().map_or(0, |shared| shared.appended())
    }
}

pub(crate) fn gone() -> io::Error {
    io::Error::other("the log's writer has stopped")
}
