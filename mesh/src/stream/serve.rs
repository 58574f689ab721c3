use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use config::NodeId;
use futures::FutureExt;
use futures::StreamExt;
use futures::future::BoxFuture;
use libp2p_stream::IncomingStreams;
use proto::frame::{Header, Kind, Refusal};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::pending::Outcome;
use super::wire::{self, Frame, QUEUED};
use crate::identity::node_of;
use crate::shared::Shared;
use crate::{Peer, Protocol};

/// Answers one request.
pub type Handler = Arc<dyn Fn(Peer, Vec<u8>) -> BoxFuture<'static, Vec<u8>> + Send + Sync>;

/// A hello takes one round trip.
const HELLO: Duration = Duration::from_secs(3);
/// Streams of one peer for one protocol: one in use, one left from a connection that just broke.
const STREAMS: usize = 2;

/// A protocol with its handler.
#[derive(Clone)]
pub struct Served {
    pub protocol: Protocol,
    pub handler: Handler,
}

/// Accepts the streams of one protocol until the mesh stops.
pub async fn accept(shared: Arc<Shared>, served: Served, mut incoming: IncomingStreams) {
    let open = Arc::new(Open::default());
    loop {
        let next = tokio::select! {
            () = shared.stop.cancelled() => return,
            next = incoming.next() => next,
        };
        let Some((peer, stream)) = next else { return };
        let Some(node) = node_of(&peer) else { continue };
        let stop = open.enter(node, shared.stop.child_token());
        let (shared, served) = (shared.clone(), served.clone());
        let serving = serve(shared.clone(), served, node, stream);
        shared.tasks.spawn(async move {
            stop.run_until_cancelled(serving).await;
        });
    }
}

/// The streams that are open, to end the oldest of a peer that opens too many.
#[derive(Default)]
struct Open(Mutex<VecDeque<(NodeId, CancellationToken)>>);

impl Open {
    fn enter(&self, node: NodeId, stop: CancellationToken) -> CancellationToken {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, stop)| !stop.is_cancelled());
        let same: Vec<_> =
            open.iter().filter(|(other, _)| *other == node).map(|(_, stop)| stop.clone()).collect();
        for old in same.iter().rev().skip(STREAMS - 1) {
            old.cancel();
        }
        open.push_back((node, stop.clone()));
        stop
    }
}

async fn serve(shared: Arc<Shared>, served: Served, node: NodeId, stream: libp2p::Stream) {
    let refused = shared.permit(&node, &served.protocol).is_none();
    let Ok(Ok((stream, _))) = timeout(HELLO, wire::greet(stream, refused)).await else { return };
    if refused {
        return;
    }
    let (mut reader, writer) = wire::split(stream, &served.protocol);
    let (answers, frames) = mpsc::channel(QUEUED);
    let (tasks, stop) = (shared.tasks.clone(), shared.stop.clone());
    let ordered = served.protocol.is_ordered();
    let requests = async {
        let room = Arc::new(Semaphore::new(served.protocol.at_once()));
        while let Some((header, body)) = wire::next(&mut reader).await {
            let Kind::Request(deadline) = header.kind else { return };
            let Ok(room) = room.clone().acquire_owned().await else { return };
            let (shared, served, answers) = (shared.clone(), served.clone(), answers.clone());
            let work = async move {
                let outcome = answer(&shared, &served, node, body, deadline).await;
                // The asker may be gone.
                let _ = answers.send(reply(&served.protocol, header, outcome)).await;
                drop(room);
            };
            // A task of its own: a handler does not stop halfway because the stream breaks.
            let work = tasks.spawn(stop.clone().run_until_cancelled_owned(work));
            if ordered {
                // It has no other end than its own or the stop of the mesh.
                let _ = work.await;
            }
        }
    };
    tokio::select! {
        () = requests => {}
        _ = wire::write(frames, writer) => {}
    }
}

/// Asks the gate, then the handler.
pub async fn answer(
    shared: &Shared,
    served: &Served,
    node: NodeId,
    body: Vec<u8>,
    deadline: Duration,
) -> Outcome {
    let peer = shared.permit(&node, &served.protocol).ok_or(Refusal::Denied)?;
    let handling = AssertUnwindSafe((served.handler)(peer, body)).catch_unwind();
    let body = timeout(deadline, handling).await.map_err(|_| Refusal::Late)?;
    let body = body.map_err(|_| Refusal::Failed)?;
    if body.len() > served.protocol.largest() { Err(Refusal::TooLarge) } else { Ok(body) }
}

fn reply(protocol: &Protocol, Header { id, .. }: Header, outcome: Outcome) -> Frame {
    match outcome {
        Ok(body) => wire::frame(id, Kind::Answer, &body),
        Err(refusal) => {
            tracing::debug!(protocol = protocol.name(), %refusal, "a request is refused");
            wire::frame(id, Kind::Refusal(refusal), &[])
        }
    }
}
