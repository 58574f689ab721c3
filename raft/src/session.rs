use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use config::NodeId;
use state::RequestId;
use tokio::sync::Notify;

/// Requests under way at once: below the number of answers the state keeps for a node.
const OPEN_MAX: u64 = 1_000;

/// Numbers the requests of one life of a node, so that a repeated one takes effect once.
pub(crate) struct Session {
    node: NodeId,
    life: Mutex<Life>,
    settled: Notify,
}

#[derive(Default)]
struct Life {
    incarnation: Option<u64>,
    next: u64,
    open: BTreeSet<u64>,
}

impl Session {
    pub fn new(node: NodeId) -> Arc<Self> {
        Arc::new(Self { node, life: Mutex::default(), settled: Notify::new() })
    }

    /// A new life has begun: requests carry its number from now on. The present one goes on.
    pub fn begin(&self, incarnation: u64) {
        let mut life = self.lock();
        if life.incarnation != Some(incarnation) {
            *life = Life { incarnation: Some(incarnation), next: 1, open: BTreeSet::new() };
            self.settled.notify_waiters();
        }
    }

    /// Numbers for the next requests, all at once so that nobody waits while holding some; waits while too
    /// many are open. None before the first life.
    pub async fn open(self: &Arc<Self>, count: usize) -> Vec<Ticket> {
        loop {
            let settled = self.settled.notified();
            match self.try_open(count as u64) {
                Some(tickets) => return tickets,
                None => settled.await,
            }
        }
    }

    fn try_open(self: &Arc<Self>, count: u64) -> Option<Vec<Ticket>> {
        let mut life = self.lock();
        let Some(incarnation) = life.incarnation else { return Some(Vec::new()) };
        if life.next + count > life.settled() + OPEN_MAX {
            return None;
        }
        let numbers = life.next..life.next + count;
        life.next = numbers.end;
        life.open.extend(numbers.clone());
        let ticket = |sequence| Ticket { session: Arc::clone(self), incarnation, sequence };
        Some(numbers.map(ticket).collect())
    }

    /// Says in a request that is about to be sent which answers are no longer needed.
    pub fn refresh(&self, id: &mut RequestId) {
        let life = self.lock();
        if id.node == self.node && life.incarnation == Some(id.incarnation) {
            id.settled = life.settled().min(id.sequence);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Life {
    fn settled(&self) -> u64 {
        self.open.first().copied().unwrap_or(self.next)
    }
}

/// A request that is under way; it is settled when this is dropped.
pub(crate) struct Ticket {
    session: Arc<Session>,
    incarnation: u64,
    sequence: u64,
}

impl Ticket {
    pub fn id(&self) -> RequestId {
        RequestId {
            node: self.session.node,
            incarnation: self.incarnation,
            sequence: self.sequence,
            settled: 0,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut life = self.session.lock();
        if life.incarnation == Some(self.incarnation) {
            life.open.remove(&self.sequence);
        }
        drop(life);
        self.session.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId::new([1; 32]);

    fn settled(session: &Session, ticket: &Ticket) -> u64 {
        let mut id = ticket.id();
        session.refresh(&mut id);
        id.settled
    }

    async fn one(session: &Arc<Session>) -> Ticket {
        session.open(1).await.remove(0)
    }

    #[tokio::test]
    async fn requests_before_the_first_life_have_no_number() {
        let session = Session::new(NODE);
        assert!(session.open(3).await.is_empty());
        session.begin(4);
        let id = one(&session).await.id();
        assert_eq!((id.node, id.incarnation, id.sequence), (NODE, 4, 1));
    }

    #[tokio::test]
    async fn only_what_precedes_every_open_request_is_settled() {
        let session = Session::new(NODE);
        session.begin(1);
        let first = one(&session).await;
        let second = one(&session).await;
        let third = one(&session).await;
        drop(second);
        assert_eq!(settled(&session, &third), 1);
        drop(first);
        assert_eq!(settled(&session, &third), 3);
        session.begin(2);
        drop(third);
        assert_eq!(one(&session).await.id().sequence, 1);
    }

    #[tokio::test]
    async fn too_many_open_requests_wait_for_the_oldest() {
        let session = Session::new(NODE);
        session.begin(1);
        let mut open = session.open(OPEN_MAX as usize - 1).await;
        assert!(session.try_open(2).is_none());
        open.push(one(&session).await);
        assert!(session.try_open(1).is_none());
        let waiting = tokio::spawn({
            let session = Arc::clone(&session);
            async move { one(&session).await.id().sequence }
        });
        open.remove(0);
        assert_eq!(waiting.await.unwrap(), OPEN_MAX + 1);
    }
}
