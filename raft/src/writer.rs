use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use config::limits::ENTRY_BYTES;
use state::{Reply, Request};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::shared::Shared;
use crate::{Error, codec};

/// Requests of one entry.
pub(crate) const BATCH_REQUESTS: usize = 1_024;
/// Their bytes: the entry's own envelope fits beside them.
pub(crate) const BATCH_BYTES: usize = ENTRY_BYTES - 1_024;
/// One request: its number is added later.
const REQUEST_BYTES: usize = BATCH_BYTES - 1_024;
/// Writes waiting to be taken into a batch; more wait outside.
pub(crate) const QUEUE: usize = 4_096;
/// Between two attempts while nobody leads.
const RETRY_PAUSE: Duration = Duration::from_millis(25);

/// Requests that are written together, and who waits for their replies.
pub(crate) struct Job {
    pub requests: Vec<Request>,
    pub bytes: usize,
    /// Another replica has sent them here because this one leads: they go no further.
    pub relayed: bool,
    pub deadline: Instant,
    pub reply: oneshot::Sender<Result<Vec<Reply>, Error>>,
}

impl Job {
    /// Bytes of a request within its batch.
    pub fn size(request: &Request) -> Result<usize, Error> {
        let bytes = codec::size(request);
        if bytes > REQUEST_BYTES {
            return Err(Error::TooLarge { bytes, limit: REQUEST_BYTES });
        }
        Ok(bytes)
    }

    fn is_over(&self) -> bool {
        self.reply.is_closed() || self.deadline <= Instant::now()
    }

    fn is_repeatable(&self) -> bool {
        self.requests.iter().all(|request| request.id.is_some())
    }
}

/// What one attempt to write a batch has led to.
pub(crate) enum Attempt {
    Written(Vec<Reply>),
    /// Certainly not written.
    Rejected,
    /// Perhaps written.
    Unknown,
    Stopped(String),
}

/// Joins what is written at the same time into one batch and has one batch under way at a time.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    jobs: mpsc::Receiver<Job>,
    /// Taken from the queue, not yet answered; a prefix of it is the present batch.
    waiting: VecDeque<Job>,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, jobs: mpsc::Receiver<Job>) -> Self {
        Self { shared, jobs, waiting: VecDeque::new() }
    }

    pub async fn run(mut self) {
        while self.gather().await {
            self.refuse_relayed();
            let count = self.batch();
            if count == 0 {
                continue;
            }
            match self.attempt(count).await {
                Attempt::Written(replies) => self.answer(count, replies),
                Attempt::Rejected => self.pause().await,
                Attempt::Unknown => {
                    self.give_up(count, Job::is_repeatable, || Error::OutcomeUnknown);
                    self.pause().await;
                }
                Attempt::Stopped(reason) => {
                    self.give_up(count, |_| false, || Error::Stopped(reason.clone()));
                }
            }
        }
    }

    /// Takes what waits; `false` when nobody can write any more.
    async fn gather(&mut self) -> bool {
        self.waiting.retain(|job| !job.is_over());
        if self.waiting.is_empty() {
            let Some(job) = self.jobs.recv().await else { return false };
            self.waiting.push_back(job);
        }
        let (mut requests, mut bytes) = self.load();
        while requests < BATCH_REQUESTS && bytes < BATCH_BYTES {
            let Ok(job) = self.jobs.try_recv() else { break };
            requests += job.requests.len();
            bytes += job.bytes;
            self.waiting.push_back(job);
        }
        true
    }

    fn load(&self) -> (usize, usize) {
        let count = self.waiting.iter().map(|job| job.requests.len()).sum();
        (count, self.waiting.iter().map(|job| job.bytes).sum())
    }

    /// How many of the jobs make up the next batch.
    fn batch(&self) -> usize {
        let (mut requests, mut bytes) = (0, 0);
        for (count, job) in self.waiting.iter().enumerate() {
            requests += job.requests.len();
            bytes += job.bytes;
            if count > 0 && (requests > BATCH_REQUESTS || bytes > BATCH_BYTES) {
                return count;
            }
        }
        self.waiting.len()
    }

    async fn attempt(&mut self, count: usize) -> Attempt {
        let mut requests = Vec::new();
        for job in self.waiting.iter().take(count) {
            requests.extend(job.requests.iter().cloned());
        }
        for id in requests.iter_mut().filter_map(|request| request.id.as_mut()) {
            self.shared.session.refresh(id);
        }
        let deadlines = self.waiting.iter().take(count).map(|job| job.deadline);
        let deadline = deadlines.max().unwrap_or_else(Instant::now);
        self.shared.body().write(requests, deadline).await
    }

    fn answer(&mut self, count: usize, replies: Vec<Reply>) {
        let mut replies = replies.into_iter();
        for job in self.waiting.drain(..count) {
            let own: Vec<_> = replies.by_ref().take(job.requests.len()).collect();
            let whole = own.len() == job.requests.len();
            let _ = job.reply.send(if whole { Ok(own) } else { Err(Error::OutcomeUnknown) });
        }
    }

    /// Ends those of a batch that cannot be tried again.
    fn give_up(&mut self, count: usize, stays: impl Fn(&Job) -> bool, error: impl Fn() -> Error) {
        let batch: Vec<_> = self.waiting.drain(..count).collect();
        for job in batch.into_iter().rev() {
            if stays(&job) {
                self.waiting.push_front(job);
            } else {
                let _ = job.reply.send(Err(error()));
            }
        }
    }

    /// What was sent here because this replica led goes back when it does not.
    fn refuse_relayed(&mut self) {
        if self.waiting.iter().all(|job| !job.relayed) || self.shared.body().leads() {
            return;
        }
        let leader = self.shared.body().status().leader;
        let (back, stay): (VecDeque<_>, _) = self.waiting.drain(..).partition(|job| job.relayed);
        self.waiting = stay;
        for job in back {
            let _ = job.reply.send(Err(Error::NotLeader { leader }));
        }
    }

    async fn pause(&self) {
        self.shared.body().wait_for_leader(RETRY_PAUSE).await;
    }
}
