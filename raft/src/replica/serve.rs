use std::fmt::Display;
use std::sync::{Arc, PoisonError};

use config::NodeId;
use openraft::storage::Snapshot;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::spawn_blocking;

use super::Replica;
use crate::Lane;
use crate::codec::{self, Format};
use crate::network::{Addressed, Chunk, Refused, Step, Taken, answer};

impl Replica {
    /// Answers a raft frame.
    pub async fn serve(self: Arc<Self>, from: NodeId, lane: Lane, frame: &[u8]) -> Vec<u8> {
        let kind = frame.first().copied().unwrap_or_default();
        let is = |format: Format| kind == format.kind;
        match lane {
            Lane::Vote if is(codec::REQUEST_VOTE) => {
                let handle = async |replica: Arc<Self>, body| replica.raft.vote(body).await;
                self.act(from, lane, codec::REQUEST_VOTE, frame, handle).await
            }
            Lane::Vote if is(codec::REQUEST_PRE_VOTE) => {
                let handle = async |replica: Arc<Self>, body| replica.raft.pre_vote(body).await;
                self.act(from, lane, codec::REQUEST_PRE_VOTE, frame, handle).await
            }
            Lane::Vote if is(codec::TRANSFER) => {
                let handle = async |replica: Arc<Self>, body| {
                    replica.raft.handle_transfer_leader(body).await
                };
                self.act(from, lane, codec::TRANSFER, frame, handle).await
            }
            Lane::Vote | Lane::Append if is(codec::APPEND) => {
                let handle =
                    async |replica: Arc<Self>, body| replica.raft.append_entries(body).await;
                self.act(from, lane, codec::APPEND, frame, handle).await
            }
            Lane::Snapshot if is(codec::CHUNK) => {
                let handle = async |replica: Arc<Self>, body| replica.take(body).await;
                self.act(from, lane, codec::CHUNK, frame, handle).await
            }
            _ => answer::<()>(&Err(Refused::WrongLane)),
        }
    }

    async fn act<Q: DeserializeOwned, A: Serialize, E: Display>(
        self: Arc<Self>,
        from: NodeId,
        lane: Lane,
        format: Format,
        frame: &[u8],
        handle: impl AsyncFnOnce(Arc<Self>, Q) -> Result<A, E>,
    ) -> Vec<u8> {
        let frame: Addressed<Q> = match codec::decode(format, frame) {
            Ok(frame) => frame,
            Err(error) => return answer::<A>(&Err(error.into())),
        };
        if let Err(refused) = self.admit(from, lane, &frame) {
            return answer::<A>(&Err(refused));
        }
        let acted = handle(self, frame.body).await;
        answer(&acted.map_err(|error| Refused::Stopped(error.to_string())))
    }

    /// Takes a chunk of a snapshot in, and installs it when it was the last.
    async fn take(&self, chunk: Chunk) -> Result<Taken, String> {
        let _alone = self.installing.lock().await;
        let vote = self.server().vote;
        if vote > chunk.vote {
            return Ok(Taken::Done(vote));
        }
        let incoming = Arc::clone(&self.incoming);
        let (chunk, step) = spawn_blocking(move || {
            let step = incoming.lock().unwrap_or_else(PoisonError::into_inner).take(&chunk);
            (chunk, step)
        })
        .await
        .map_err(|error| error.to_string())?;
        match step.map_err(|error| error.to_string())? {
            Step::Next(next) => Ok(Taken::Next(next)),
            Step::Whole(snapshot) => {
                let snapshot = Snapshot { meta: chunk.meta, snapshot };
                let installed = self.raft.install_full_snapshot(chunk.vote, snapshot).await;
                installed.map(|it| Taken::Done(it.vote)).map_err(|error| error.to_string())
            }
        }
    }
}
