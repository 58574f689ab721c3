use std::time::{Duration, SystemTime, UNIX_EPOCH};

use config::{Address, Labels};
use mesh::proto::{Token, TokenId};
use state::token::{Key, Mint, Revoke};
use state::{Command, Elapsed, Query, ReplicaId, View};

use super::{Caller, Handle};
use crate::agreement::Consistency;
use crate::error::Error;
use crate::names::Names;
use crate::view;

impl Handle {
    /// From what this node knows; needs no quorum.
    pub async fn cluster(&self) -> Result<view::Cluster, Error> {
        let status = self.agreement().raft().status();
        let names = self.names().await.unwrap_or_default();
        let members = self.agreement().members(Consistency::Stale).await.unwrap_or_default();
        let replicas = status.voters.len() + status.learners.len();
        let row = |replica: &ReplicaId| self.replica(replica, &status, &names);
        let voters: Vec<view::Replica> = status.voters.iter().map(row).collect();
        let alive = voters.iter().filter(|voter| voter.alive).count();
        let quorum = voters.len() / 2 + 1;
        Ok(view::Cluster {
            id: self.0.identity.cluster.clone(),
            standalone: self.0.identity.standalone,
            state: match () {
                () if voters.is_empty() => "forming",
                () if alive < quorum => "no quorum",
                () if alive < voters.len() => "degraded",
                () => "ok",
            },
            leader: status.leader.map(|leader| names.of(leader.node)),
            term: status.term,
            applied: status.applied,
            tolerates: alive.saturating_sub(quorum) as u32,
            learners: status.learners.iter().map(row).collect(),
            voters,
            workers: members.len().saturating_sub(replicas) as u32,
        })
    }

    fn replica(&self, replica: &ReplicaId, status: &raft::Status, names: &Names) -> view::Replica {
        let observed = self.0.sight.observed();
        view::Replica {
            node: names.of(replica.node),
            generation: replica.generation,
            alive: observed.is_alive(replica.node),
            lag: status.progress.get(replica).map(|progress| progress.lag),
        }
    }

    /// Makes a join token. Its text is shown once: what is agreed does not contain its secret.
    pub async fn mint(
        &self,
        by: Caller,
        ttl: Duration,
        uses: u32,
        labels: Labels,
    ) -> Result<String, Error> {
        let token = self.new_token(ttl, uses).await?;
        let mint = Command::Mint(Mint {
            id: token.id.to_string(),
            key: Key(*token.key().as_bytes()),
            uses,
            ttl: Elapsed::from(ttl),
            labels,
        });
        self.agreement().write(self.subject(by), mint).await?;
        Ok(token.to_string())
    }

    async fn new_token(&self, ttl: Duration, uses: u32) -> Result<Token, Error> {
        let query = Query::Cluster;
        let View::Cluster(Some(cluster)) =
            self.agreement().read(query, Consistency::Linearizable).await?
        else {
            return Err(Error::NotFound { what: "cluster", id: "this node's".into() });
        };
        if cluster.standalone || self.0.identity.standalone {
            return Err(Error::Conflict(
                "this node has no network: start `sloth node` and ask it for a token".into(),
            ));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Token {
            id: TokenId::new(crate::random::bytes()?),
            secret: crate::random::bytes()?,
            cluster: cluster.id,
            uses,
            expires: (now + ttl).as_secs(),
            addresses: self.contacts(),
        })
    }

    /// Where a new machine finds this one and some others.
    fn contacts(&self) -> Vec<Address> {
        let others = self.0.sight.peers().into_values().flat_map(|peer| peer.addresses);
        self.0.peers.own_addresses().into_iter().chain(others).take(Token::ADDRESSES).collect()
    }

    pub async fn tokens(&self, consistency: Consistency) -> Result<Vec<view::Token>, Error> {
        let View::Tokens(tokens) = self.agreement().read(Query::Tokens, consistency).await? else {
            return Ok(Vec::new());
        };
        let clock = self.stopwatch().await?;
        let view = |(id, token): (String, state::token::Token)| view::Token {
            id,
            uses_left: token.uses_left,
            expires_in_ms: token.expires.since(clock).0,
            made_at: token.made_at,
        };
        Ok(tokens.into_iter().map(view).collect())
    }

    pub async fn revoke(&self, by: Caller, id: String) -> Result<(), Error> {
        self.agreement().write(self.subject(by), Command::Revoke(Revoke { id })).await.map(drop)
    }

    /// Figures of this node, without asking anybody.
    pub fn metrics(&self) -> view::Metrics {
        let status = self.agreement().raft().status();
        let observed = self.0.sight.observed();
        let state = self.agreement().raft().snapshot_state();
        let of = |count: fn(&state::State) -> usize| {
            state.as_ref().map_or(0, |state| count(state) as u64)
        };
        view::Metrics {
            applied: status.applied,
            term: status.term,
            is_leader: status.role == raft::Role::Leader,
            members: of(|state| state.members.len()),
            members_alive: observed.nodes.values().filter(|seen| seen.alive).count() as u64,
            runs_active: of(|state| state.runs.active.len()),
            runs_kept: of(|state| state.runs.runs.len()),
            attempts_running: state
                .as_ref()
                .map_or(0, |state| state.runs.load(self.0.identity.id) as u64),
            keys: of(|state| state.kv.len()),
            leases: of(|state| state.leases.len()),
            events: state.as_ref().map_or(0, |state| state.events.newest()),
        }
    }
}
