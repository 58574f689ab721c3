use std::time::Duration;

use config::NodeId;
use futures::FutureExt;
use futures::future::BoxFuture;
use mesh::{Error, Mesh, Permission, Protocol};
use raft::{Lane, Serve, Transport, TransportError};

/// The largest append: as many entries as fit, each of at most 256 KiB.
const APPEND_BYTES: usize = 16 << 20;

const VOTE: Protocol = Protocol::new("raft.vote", Permission::Members("raft:vote"));
const APPEND: Protocol = Protocol::new("raft.append", Permission::Members("raft:append"))
    .ordered()
    .frame_bytes(APPEND_BYTES);
const SNAPSHOT: Protocol = Protocol::new("raft.snapshot", Permission::Members("raft:snapshot"))
    .ordered()
    .frame_bytes(APPEND_BYTES);
const FORWARD: Protocol = Protocol::new("raft.forward", Permission::Members("raft:forward"))
    .frame_bytes(APPEND_BYTES)
    .in_flight(1_024);

/// The agreement's requests over the mesh: each lane has a stream of its own.
pub struct MeshTransport(Mesh);

impl MeshTransport {
    pub fn new(mesh: Mesh) -> MeshTransport {
        MeshTransport(mesh)
    }
}

impl Transport for MeshTransport {
    fn call(
        &self,
        to: NodeId,
        lane: Lane,
        body: Vec<u8>,
        deadline: Duration,
    ) -> BoxFuture<'_, Result<Vec<u8>, TransportError>> {
        async move {
            let answer = self.0.call(to, protocol(lane), body, deadline).await;
            answer.map_err(|error| failed(to, &error))
        }
        .boxed()
    }
}

/// Answers what other nodes send on every lane.
pub fn serve(mesh: &Mesh, serve: &Serve) -> Result<(), Error> {
    Lane::ALL.into_iter().try_for_each(|lane| {
        let serve = serve.clone();
        mesh.serve(protocol(lane), move |peer, body| {
            let serve = serve.clone();
            async move { serve.handle(peer.node, lane, &body).await }
        })
    })
}

fn protocol(lane: Lane) -> Protocol {
    match lane {
        Lane::Vote => VOTE,
        Lane::Append => APPEND,
        Lane::Snapshot => SNAPSHOT,
        Lane::Forward => FORWARD,
    }
}

fn failed(node: NodeId, error: &Error) -> TransportError {
    let reason = crate::error::chain(error);
    match error {
        Error::Broken { .. } | Error::Deadline { .. } => TransportError::Lost { node, reason },
        _ => TransportError::Unreachable { node, reason },
    }
}
