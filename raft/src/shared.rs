use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use config::NodeId;
use state::{Query, Reply, Request, State, View};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use crate::forward::{Consistency, Standing};
use crate::parcels::Parcels;
use crate::remote::Remote;
use crate::replica::Replica;
use crate::session::Session;
use crate::writer::{Attempt, Job};
use crate::{Error, Feed, Options, Role, Status};

/// Kept back from a deadline to find out which voters answer.
const PROBE: Duration = Duration::from_millis(400);

/// What of a deadline is for finding out who answers.
fn probe(wait: Duration) -> Duration {
    PROBE.min(wait / 4)
}

/// What handle, server and writer of one node share.
pub(crate) struct Shared {
    pub options: Options,
    pub session: Arc<Session>,
    pub jobs: mpsc::Sender<Job>,
    pub parcels: Parcels,
    /// The term in which this node leads and has applied everything before it.
    pub leading: watch::Sender<Option<u64>>,
    /// Why this node can take no part any more.
    pub stopped: watch::Sender<Option<String>>,
    body: RwLock<Body>,
}

impl Shared {
    pub fn new(options: Options, jobs: mpsc::Sender<Job>) -> Arc<Self> {
        let remote = Remote::new(options.me, Arc::clone(&options.transport));
        Arc::new(Self {
            session: Session::new(options.me),
            options,
            jobs,
            parcels: Parcels::default(),
            leading: watch::Sender::new(None),
            stopped: watch::Sender::new(None),
            body: RwLock::new(Body::Remote(Arc::new(remote))),
        })
    }

    pub fn body(&self) -> Body {
        self.body.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes part in another way from now on; what is under way goes over to it.
    pub fn become_(&self, body: Body) -> Body {
        let mut place = self.body.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, body)
    }

    /// Takes part no more.
    pub fn stop(&self, reason: &str) -> Body {
        let body = self.become_(Body::Stopped(reason.into()));
        self.leading.send_replace(None);
        self.stopped.send_if_modified(|stopped| {
            let first = stopped.is_none();
            stopped.get_or_insert_with(|| reason.to_string());
            first
        });
        body
    }

    pub fn replica(&self) -> Result<Arc<Replica>, Error> {
        match self.body() {
            Body::Replica(replica) => Ok(replica),
            Body::Remote(_) => Err(Error::NoReplica),
            Body::Stopped(reason) => Err(Error::Stopped(reason.to_string())),
        }
    }

    /// Has requests written and waits for their replies.
    pub async fn write(
        &self,
        requests: Vec<Request>,
        relayed: bool,
        wait: Duration,
    ) -> Result<Vec<Reply>, Error> {
        let deadline = Instant::now() + wait - probe(wait);
        let bytes = requests.iter().map(Job::size).sum::<Result<usize, Error>>()?;
        let (reply, replies) = oneshot::channel();
        let job = Job { requests, bytes, relayed, deadline, reply };
        let written = async {
            self.jobs.send(job).await.ok()?;
            replies.await.ok()
        };
        match timeout_at(deadline, written).await {
            Ok(Some(replies)) => replies,
            // The writer drops what is late, perhaps before the timer here has fired.
            Ok(None) if Instant::now() < deadline => Err(self.gone()),
            Ok(None) | Err(_) => Err(self.why_late(wait).await),
        }
    }

    pub async fn read(
        &self,
        query: &Query,
        consistency: Consistency,
        wait: Duration,
    ) -> Result<View, Error> {
        let deadline = Instant::now() + wait - probe(wait);
        match timeout_at(deadline, self.read_until(query, consistency, deadline)).await {
            Ok(Err(Error::NoQuorum { .. })) | Err(_) => Err(self.why_late(wait).await),
            Ok(view) => view,
        }
    }

    /// A replica that is given up meanwhile is no reason to fail: whoever takes part in its place is asked.
    async fn read_until(
        &self,
        query: &Query,
        consistency: Consistency,
        deadline: Instant,
    ) -> Result<View, Error> {
        loop {
            let body = self.body();
            match body.read(query, consistency, deadline).await {
                Err(Error::Stopped(_)) if body.is_followed_by(&self.body()) => {}
                view => return view,
            }
        }
    }

    fn gone(&self) -> Error {
        match self.body() {
            Body::Stopped(reason) => Error::Stopped(reason.to_string()),
            _ => Error::Stopped("it takes no more writes".into()),
        }
    }

    /// Says why there was no answer in time.
    pub async fn why_late(&self, after: Duration) -> Error {
        if let Body::Stopped(_) = self.body() {
            return self.gone();
        }
        let (reachable, voters) = self.body().reach(probe(after)).await;
        if reachable > voters / 2 {
            Error::Deadline { after, reachable, voters }
        } else {
            Error::NoQuorum { reachable, voters }
        }
    }
}

/// The two ways to take part, and having stopped.
#[derive(Clone)]
pub(crate) enum Body {
    Replica(Arc<Replica>),
    Remote(Arc<Remote>),
    Stopped(Arc<str>),
}

impl Body {
    pub async fn write(&self, requests: Vec<Request>, deadline: Instant) -> Attempt {
        match self {
            Body::Replica(replica) => replica.write(requests, deadline).await,
            Body::Remote(remote) => remote.write(requests, deadline).await,
            Body::Stopped(reason) => Attempt::Stopped(reason.to_string()),
        }
    }

    pub async fn read(
        &self,
        query: &Query,
        consistency: Consistency,
        deadline: Instant,
    ) -> Result<View, Error> {
        match self {
            Body::Replica(replica) => Ok(replica.read(consistency).await?.answer(query)),
            Body::Remote(remote) => remote.read(query, consistency, deadline).await,
            Body::Stopped(reason) => Err(Error::Stopped(reason.to_string())),
        }
    }

    pub async fn feed(
        &self,
        node: NodeId,
        after: Option<u64>,
        deadline: Instant,
    ) -> Result<Feed, Error> {
        match self {
            Body::Replica(replica) => replica.feed(node, after, deadline).await,
            Body::Remote(remote) => remote.feed(node, after, deadline).await,
            Body::Stopped(reason) => Err(Error::Stopped(reason.to_string())),
        }
    }

    /// The newest applied index, once it is above `after` or the time is over.
    pub async fn watch(&self, after: u64, deadline: Instant) -> Result<u64, Error> {
        match self {
            Body::Replica(replica) => replica.watch(after, deadline).await,
            Body::Remote(remote) => remote.watch(after, deadline).await,
            Body::Stopped(reason) => Err(Error::Stopped(reason.to_string())),
        }
    }

    /// A replica, in whose place something else takes part now.
    fn is_followed_by(&self, next: &Body) -> bool {
        matches!((self, next), (Body::Replica(_), Body::Remote(_)))
    }

    pub fn leads(&self) -> bool {
        matches!(self, Body::Replica(replica) if replica.leads())
    }

    /// Waits until somebody else may lead, at most this long.
    pub async fn wait_for_leader(&self, wait: Duration) {
        match self {
            Body::Replica(replica) => replica.wait_for_leader(wait).await,
            _ => tokio::time::sleep(wait).await,
        }
    }

    /// Voters that answer now, and all of them.
    pub async fn reach(&self, wait: Duration) -> (usize, usize) {
        match self {
            Body::Replica(replica) => replica.reach(wait).await,
            Body::Remote(remote) => remote.reach(wait).await,
            Body::Stopped(_) => (0, 0),
        }
    }

    pub fn status(&self) -> Status {
        match self {
            Body::Replica(replica) => replica.status(),
            Body::Remote(remote) => remote.status(),
            Body::Stopped(_) => Status::empty(Role::Stopped),
        }
    }

    pub fn standing(&self) -> Standing {
        match self {
            Body::Replica(replica) => replica.standing(),
            Body::Remote(remote) => remote.standing(),
            Body::Stopped(_) => Standing::default(),
        }
    }

    pub fn state(&self) -> Option<Arc<State>> {
        match self {
            Body::Replica(replica) => Some(replica.state()),
            _ => None,
        }
    }
}
