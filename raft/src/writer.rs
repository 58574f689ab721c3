use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use config::limits::ENTRY_BYTES;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
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

/// Joins what is written at the same time into batches.
///
/// Who leads has one batch under way: while it is written the next one grows. Others have two, since the leader's
/// own entry is under way when a batch arrives there, and joins both into its next. Requests of two batches may take
/// effect in any order: who cares about it awaits the first.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    jobs: mpsc::Receiver<Job>,
    /// Taken from the queue; a prefix of it is the next batch.
    waiting: VecDeque<Job>,
    under_way: FuturesUnordered<BoxFuture<'static, (Vec<Job>, Attempt)>>,
}

impl Writer {
    /// Batches under way of a node that does not lead.
    const AHEAD: usize = 2;

    pub fn new(shared: Arc<Shared>, jobs: mpsc::Receiver<Job>) -> Self {
        let under_way = FuturesUnordered::new();
        Self { shared, jobs, waiting: VecDeque::new(), under_way }
    }

    /// Runs until nobody can write any more.
    pub async fn run(mut self) {
        loop {
            self.gather();
            self.refuse_relayed();
            if self.may_begin() {
                self.begin();
                continue;
            }
            tokio::select! {
                Some((batch, attempt)) = self.under_way.next() => self.settle(batch, attempt).await,
                job = self.jobs.recv(), if self.waiting.is_empty() => match job {
                    Some(job) => self.waiting.push_back(job),
                    None => return,
                },
            }
        }
    }

    fn may_begin(&self) -> bool {
        let most = if self.shared.body().leads() { 1 } else { Self::AHEAD };
        !self.waiting.is_empty() && self.under_way.len() < most
    }

    /// Takes what waits, as much as fits into a batch.
    fn gather(&mut self) {
        self.waiting.retain(|job| !job.is_over());
        let (mut requests, mut bytes) = self.load();
        while requests < BATCH_REQUESTS && bytes < BATCH_BYTES {
            let Ok(job) = self.jobs.try_recv() else { break };
            requests += job.requests.len();
            bytes += job.bytes;
            self.waiting.push_back(job);
        }
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

    fn begin(&mut self) {
        let count = self.batch();
        let batch: Vec<_> = self.waiting.drain(..count).collect();
        let mut requests: Vec<_> = batch.iter().flat_map(|job| job.requests.clone()).collect();
        for id in requests.iter_mut().filter_map(|request| request.id.as_mut()) {
            self.shared.session.refresh(id);
        }
        let deadline = batch.iter().map(|job| job.deadline).max().unwrap_or_else(Instant::now);
        let body = self.shared.body();
        self.under_way.push(Box::pin(async move {
            let attempt = body.write(requests, deadline).await;
            (batch, attempt)
        }));
    }

    async fn settle(&mut self, batch: Vec<Job>, attempt: Attempt) {
        match attempt {
            Attempt::Written(replies) => return answer(batch, replies),
            Attempt::Rejected => self.put_back(batch, |_| true, || Error::OutcomeUnknown),
            Attempt::Unknown => {
                self.put_back(batch, Job::is_repeatable, || Error::OutcomeUnknown);
            }
            Attempt::Stopped(reason) => {
                return self.put_back(batch, |_| false, || Error::Stopped(reason.clone()));
            }
        }
        self.pause().await;
    }

    /// Puts a batch before what waits; ends those that cannot be tried again.
    fn put_back(
        &mut self,
        batch: Vec<Job>,
        stays: impl Fn(&Job) -> bool,
        error: impl Fn() -> Error,
    ) {
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

    async fn pause(&mut self) {
        self.shared.body().wait_for_leader(RETRY_PAUSE).await;
    }
}

fn answer(batch: Vec<Job>, replies: Vec<Reply>) {
    let mut replies = replies.into_iter();
    for job in batch {
        let own: Vec<_> = replies.by_ref().take(job.requests.len()).collect();
        let whole = own.len() == job.requests.len();
        let _ = job.reply.send(if whole { Ok(own) } else { Err(Error::OutcomeUnknown) });
    }
}
