use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{RPCOption, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, TransferLeaderRequest,
    TransferLeaderResponse, VoteRequest, VoteResponse,
};
use openraft::{EmptyNode, OptionalSend};
use serde::Serialize;
use serde::de::DeserializeOwned;
use state::ReplicaId;
use tokio::task::spawn_blocking;

use super::frame::{Addressed, Chunk, Taken};
use super::peer::{CallError, call};
use crate::codec::{self, Format};
use crate::machine::SnapshotFile;
use crate::types::{Id, SnapshotMeta, Types, Vote};
use crate::{Lane, Transport, TransportError};

/// A chunk waits for the follower's disk, the last one for the whole state to be read.
const CHUNK_DEADLINE: Duration = Duration::from_secs(60);

type TypedSnapshot = openraft::type_config::alias::SnapshotOf<Types, SnapshotFile>;

/// Makes openraft's connections to other replicas.
#[derive(Clone)]
pub(crate) struct Network {
    pub me: ReplicaId,
    pub transport: Arc<dyn Transport>,
    /// For a request that carries entries: the follower syncs them before it answers.
    pub append_deadline: Duration,
}

impl Network {
    fn peer(&self, target: Id, lane: Lane) -> Peer {
        Peer { network: self.clone(), target: target.0, lane }
    }
}

impl RaftNetworkFactory<Types> for Network {
    type Network = Peer;

    async fn new_client(&mut self, target: Id, _: &EmptyNode) -> Peer {
        self.peer(target, Lane::Append)
    }

    async fn new_heartbeat_client(&mut self, target: Id, _: &EmptyNode) -> Peer {
        self.peer(target, Lane::Vote)
    }

    async fn new_snapshot_client(&mut self, target: Id, _: &EmptyNode) -> Peer {
        self.peer(target, Lane::Snapshot)
    }
}

/// The connection to one replica.
pub(crate) struct Peer {
    network: Network,
    target: ReplicaId,
    /// What append requests travel on.
    lane: Lane,
}

impl Peer {
    async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        lane: Lane,
        format: Format,
        body: Q,
        deadline: Duration,
    ) -> Result<A, CallError> {
        let request = Addressed { from: self.network.me, to: self.target, body };
        let to = (self.target.node, lane);
        call(&*self.network.transport, to, format, &request, deadline).await
    }

    async fn chunk(&self, chunk: Chunk) -> Result<Taken, StreamingError<Types>> {
        let taken = self.call(Lane::Snapshot, codec::CHUNK, chunk, CHUNK_DEADLINE).await;
        taken.map_err(|error| StreamingError::from(rpc(error)))
    }

    async fn send(
        &self,
        vote: Vote,
        snapshot: TypedSnapshot,
    ) -> Result<SnapshotResponse<Types>, StreamingError<Types>> {
        let (meta, file) = (snapshot.meta, snapshot.snapshot);
        let mut offset = None;
        loop {
            // The first chunk is empty: it asks how much an earlier attempt has left there.
            let chunk = chunk(vote, &meta, &file, offset).await?;
            match self.chunk(chunk).await? {
                Taken::Next(next) => offset = Some(next),
                Taken::Done(vote) => return Ok(SnapshotResponse::new(vote)),
            }
        }
    }
}

async fn chunk(
    vote: Vote,
    meta: &SnapshotMeta,
    file: &SnapshotFile,
    offset: Option<u64>,
) -> Result<Chunk, StreamingError<Types>> {
    let (length, hash) = (file.length, file.hash);
    let (file, at) = (file.clone(), offset.unwrap_or(0));
    let limit = offset.map_or(0, |_| config::limits::CHUNK_BYTES);
    let bytes = spawn_blocking(move || file.chunk(at, limit)).await;
    let bytes = bytes.map_err(std::io::Error::other).flatten();
    let bytes = bytes.map_err(|error| NetworkError::new(&error))?;
    Ok(Chunk { vote, meta: meta.clone(), length, hash, offset: at, bytes })
}

impl RaftNetworkV2<Types> for Peer {
    type SnapshotData = SnapshotFile;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types>, RPCError<Types>> {
        let deadline = match self.lane {
            Lane::Append => self.network.append_deadline,
            _ => option.hard_ttl(),
        };
        self.call(self.lane, codec::APPEND, request, deadline).await.map_err(rpc)
    }

    async fn vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        let deadline = option.hard_ttl();
        self.call(Lane::Vote, codec::REQUEST_VOTE, request, deadline).await.map_err(rpc)
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        let deadline = option.hard_ttl();
        self.call(Lane::Vote, codec::REQUEST_PRE_VOTE, request, deadline).await.map_err(rpc)
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: TypedSnapshot,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<Types>, StreamingError<Types>> {
        tokio::select! {
            sent = self.send(vote, snapshot) => sent,
            closed = cancel => Err(closed.into()),
        }
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<Types>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<Types>, RPCError<Types>> {
        let deadline = option.hard_ttl();
        self.call(Lane::Vote, codec::TRANSFER, request, deadline).await.map_err(rpc)
    }
}

/// Openraft waits before it tries an unreachable replica again, others it asks at once.
fn rpc(error: CallError) -> RPCError<Types> {
    match &error {
        CallError::Transport(TransportError::Lost { .. }) => NetworkError::new(&error).into(),
        _ => Unreachable::new(&error).into(),
    }
}
