//! Taking part without a replica: some voter answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use config::NodeId;
use futures::future::join_all;
use state::{Query, Request, View};
use tokio::time::Instant;

use crate::ask::{SLACK, ask};
use crate::forward::{Ask, Consistency, Failure, Outcome, Standing, Told};
use crate::network::CallError;
use crate::replica::attempt;
use crate::writer::Attempt;
use crate::{Error, Feed, Role, Status, Transport};

/// A voter that does not answer this long is given up for another one.
const ASK_MAX: Duration = Duration::from_secs(5);
/// Between two rounds of asking everybody.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct Remote {
    me: NodeId,
    transport: Arc<dyn Transport>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    standing: Standing,
    voters: Vec<NodeId>,
    /// The voter that answered last is asked next.
    preferred: usize,
}

impl Remote {
    pub fn new(me: NodeId, transport: Arc<dyn Transport>) -> Self {
        Self { me, transport, known: Mutex::default() }
    }

    /// Asks these voters until one of them says who votes.
    pub fn follow(&self, voters: impl IntoIterator<Item = NodeId>) {
        let voters = voters.into_iter().filter(|voter| *voter != self.me).collect();
        *self.known() = Known { voters, ..Known::default() };
    }

    pub async fn write(&self, requests: Vec<Request>, deadline: Instant) -> Attempt {
        let Some(voter) = self.voter() else { return Attempt::Rejected };
        let wait = left(deadline);
        let told = self.once(voter, &Ask::Write { requests, wait: wait.into() }, wait).await;
        match told {
            Ok(told) => attempt(told.outcome),
            Err(error) if error.without_effect() => Attempt::Rejected,
            Err(_) => Attempt::Unknown,
        }
    }

    pub async fn read(
        &self,
        query: &Query,
        consistency: Consistency,
        deadline: Instant,
    ) -> Result<View, Error> {
        let request =
            |wait: Duration| Ask::Read { query: query.clone(), consistency, wait: wait.into() };
        match self.until(deadline, request).await? {
            Outcome::View(view) => Ok(*view),
            other => Err(unexpected(&other)),
        }
    }

    pub async fn feed(
        &self,
        node: NodeId,
        after: Option<u64>,
        deadline: Instant,
    ) -> Result<Feed, Error> {
        loop {
            let request = |wait: Duration| Ask::Feed { node, after, wait: wait.into() };
            match self.until(deadline, request).await? {
                Outcome::Feed(feed) if feed.is_unchanged() && Instant::now() < deadline => {}
                Outcome::Feed(feed) => return Ok(feed),
                other => return Err(unexpected(&other)),
            }
        }
    }

    pub async fn watch(&self, after: u64, deadline: Instant) -> Result<u64, Error> {
        loop {
            let request = |wait: Duration| Ask::Watch { after, wait: wait.into() };
            match self.until(deadline, request).await? {
                Outcome::Index(index) if index <= after && Instant::now() < deadline => {}
                Outcome::Index(index) => return Ok(index.max(after)),
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// Asks one voter after the other until one has an answer.
    async fn until(
        &self,
        deadline: Instant,
        request: impl Fn(Duration) -> Ask,
    ) -> Result<Outcome, Error> {
        loop {
            let failure = match self.voter() {
                Some(voter) => self.once(voter, &request(left(deadline)), left(deadline)).await,
                None => {
                    Ok(Told { standing: Standing::default(), outcome: Err(Failure::NoReplica) })
                }
            };
            match failure.map(|told| told.outcome) {
                Ok(Ok(outcome)) => return Ok(outcome),
                Ok(Err(denied @ Failure::Denied(_))) => return Err(denied.into()),
                _ if Instant::now() >= deadline => return Err(self.unreachable()),
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Asks a voter; the next one takes its place when it has nothing to say.
    async fn once(&self, voter: NodeId, request: &Ask, wait: Duration) -> Result<Told, CallError> {
        let told = ask(&*self.transport, voter, request, wait + SLACK).await;
        let useful = told.as_ref().is_ok_and(|told| told.outcome.is_ok());
        let mut known = self.known();
        if let Ok(told) = &told {
            known.learn(&told.standing);
        }
        if !useful && known.voter() == Some(voter) {
            known.preferred += 1;
        }
        told
    }

    /// What the leader says of the configuration, confirmed by a quorum.
    pub async fn confirmed_standing(&self, deadline: Instant) -> Result<Standing, Error> {
        while Instant::now() < deadline {
            let leader = self.known().standing.leader.map(|leader| leader.node);
            let Some(node) = leader.filter(|leader| *leader != self.me).or(self.voter()) else {
                return Err(self.unreachable());
            };
            match self.once(node, &Ask::ReadIndex, left(deadline)).await {
                Ok(Told { standing, outcome: Ok(_) }) => return Ok(standing),
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(self.unreachable())
    }

    pub async fn reach(&self, wait: Duration) -> (usize, usize) {
        let voters = self.known().voters.clone();
        let request = Ask::Configuration;
        let asked = voters.iter().map(|voter| ask(&*self.transport, *voter, &request, wait));
        let reachable = join_all(asked).await.iter().filter(|told| told.is_ok()).count();
        (reachable, voters.len())
    }

    pub fn standing(&self) -> Standing {
        self.known().standing.clone()
    }

    pub fn status(&self) -> Status {
        let standing = self.standing();
        Status {
            leader: standing.leader,
            term: standing.term,
            voters: standing.configuration.voters,
            learners: standing.configuration.learners,
            applied: standing.applied,
            ..Status::empty(Role::Worker)
        }
    }

    fn voter(&self) -> Option<NodeId> {
        self.known().voter()
    }

    fn unreachable(&self) -> Error {
        Error::NoQuorum { reachable: 0, voters: self.known().voters.len() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn voter(&self) -> Option<NodeId> {
        let count = self.voters.len().max(1);
        self.voters.get(self.preferred % count).copied()
    }

    fn learn(&mut self, standing: &Standing) {
        self.standing.applied = self.standing.applied.max(standing.applied);
        if standing.term >= self.standing.term {
            self.standing.term = standing.term;
            self.standing.leader = standing.leader;
        }
        let newer = standing.configured >= self.standing.configured;
        if newer && !standing.configuration.voters.is_empty() {
            self.standing.configured = standing.configured;
            self.adopt(&standing.configuration);
        }
    }

    /// Stays with the voter that answered last, if it is still one.
    fn adopt(&mut self, configuration: &state::Configuration) {
        if self.standing.configuration == *configuration {
            return;
        }
        let preferred = self.voter();
        self.standing.configuration = configuration.clone();
        self.voters = configuration.voters.iter().map(|voter| voter.node).collect();
        let place = self.voters.iter().position(|voter| Some(*voter) == preferred);
        self.preferred = place.unwrap_or(self.preferred);
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).min(ASK_MAX)
}

fn unexpected(outcome: &Outcome) -> Error {
    Error::Stopped(format!("a voter answered something else: {outcome:?}"))
}
