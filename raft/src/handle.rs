use std::sync::Arc;
use std::time::Duration;

use config::NodeId;
use state::{Answer, Command, Query, Reply, Request, State, Subject, View};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::forward::Consistency;
use crate::shared::Shared;
use crate::writer::{BATCH_BYTES, BATCH_REQUESTS, Job};
use crate::{Error, Feed, Status};

/// The way to the agreement, on a node with a replica and on one without. Cheap to clone.
///
/// Writes of many callers become one log entry; a write is repeated across changes of leader until it is
/// answered or its deadline is over, and takes effect once.
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
    pub(crate) deadline: Duration,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let deadline = shared.options.deadline;
        Self { shared, deadline }
    }

    /// The same handle with another deadline.
    pub fn within(&self, deadline: Duration) -> Self {
        Self { shared: Arc::clone(&self.shared), deadline }
    }

    /// Numbers requests as those of this life of the node, as the answer to its `Up` said.
    pub fn set_session(&self, incarnation: u64) {
        self.shared.session.begin(incarnation);
    }

    /// Has a command agreed upon and returns what it answers.
    pub async fn write(&self, by: Subject, command: Command) -> Result<Answer, Error> {
        let replies = self.write_many(by, vec![command]).await?;
        replies.into_iter().next().ok_or(Error::OutcomeUnknown)?.map_err(Error::Refused)
    }

    /// Has commands agreed upon, in this order; those that fit go into one entry.
    pub async fn write_many(
        &self,
        by: Subject,
        commands: Vec<Command>,
    ) -> Result<Vec<Reply>, Error> {
        let until = Instant::now() + self.deadline;
        let mut replies = Vec::with_capacity(commands.len());
        for mut requests in entries(&by, commands)? {
            let opening = timeout_at(until, self.shared.session.open(requests.len())).await;
            let Ok(tickets) = opening else {
                return Err(self.shared.why_late(self.deadline).await);
            };
            for (request, ticket) in requests.iter_mut().zip(&tickets) {
                request.id = Some(ticket.id());
            }
            let left = until.saturating_duration_since(Instant::now());
            replies.extend(self.shared.write(requests, false, left).await?);
        }
        Ok(replies)
    }

    /// Answers a question to the state.
    pub async fn read(&self, query: Query, consistency: Consistency) -> Result<View, Error> {
        self.shared.read(&query, consistency, self.deadline).await
    }

    /// What a node is to run: a reset, or what has changed since index `after`, waited for at most `wait`.
    ///
    /// Without a replica only the node's own can be asked for.
    pub async fn feed(
        &self,
        node: NodeId,
        after: Option<u64>,
        wait: Duration,
    ) -> Result<Feed, Error> {
        self.shared.body().feed(node, after, Instant::now() + wait).await
    }

    /// Watches the applied index.
    pub fn watch(&self) -> Watch {
        Watch { seen: self.status().applied, handle: self.clone() }
    }

    /// The replica's newest state, which may be stale; `None` on a node without one.
    pub fn snapshot_state(&self) -> Option<Arc<State>> {
        self.shared.body().state()
    }

    pub fn status(&self) -> Status {
        self.shared.body().status()
    }

    /// The term in which this node leads and has applied everything that was decided before.
    pub fn leading(&self) -> watch::Receiver<Option<u64>> {
        self.shared.leading.subscribe()
    }
}

/// What an id adds to a request at most: a node and three numbers.
const ID_BYTES: usize = 32 + 3 * 9;
/// Commands of one caller in one entry; the session bounds how many may be open.
const OPEN_AT_ONCE: usize = BATCH_REQUESTS / 4;

/// Splits commands into what fits into one entry each.
fn entries(by: &Subject, commands: Vec<Command>) -> Result<Vec<Vec<Request>>, Error> {
    let mut entries: Vec<Vec<Request>> = Vec::new();
    let mut bytes = 0;
    for command in commands {
        let request = Request { id: None, by: by.clone(), command };
        let size = Job::size(&request)? + ID_BYTES;
        bytes += size;
        match entries.last_mut() {
            Some(entry) if bytes <= BATCH_BYTES && entry.len() < OPEN_AT_ONCE => {
                entry.push(request)
            }
            _ => {
                entries.push(vec![request]);
                bytes = size;
            }
        }
    }
    Ok(entries)
}

/// The applied index as it grows.
pub struct Watch {
    handle: Handle,
    seen: u64,
}

impl Watch {
    /// The newest index this watch has seen.
    pub fn index(&self) -> u64 {
        self.seen
    }

    /// Waits at most `wait` until something after the last seen index is applied; returns the newest index.
    pub async fn changed(&mut self, wait: Duration) -> Result<u64, Error> {
        let deadline = Instant::now() + wait;
        self.seen = self.handle.shared.body().watch(self.seen, deadline).await?;
        Ok(self.seen)
    }
}
