use std::sync::Arc;
use std::time::Duration;

use config::NodeId;
use futures::FutureExt;
use futures::future::BoxFuture;
use mesh::proto::frame::Refusal;
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

/// Whoever answers: sender, lane, body.
type Answer = Arc<dyn Fn(NodeId, Lane, Vec<u8>) -> BoxFuture<'static, Vec<u8>> + Send + Sync>;

/// Answers what other nodes send on every lane.
pub fn serve(mesh: &Mesh, serve: &Serve) -> Result<(), Error> {
    let serve = serve.clone();
    let answer = move |from, lane, body: Vec<u8>| {
        let serve = serve.clone();
        async move { serve.handle(from, lane, &body).await }.boxed()
    };
    answer_with(mesh, &(Arc::new(answer) as Answer))
}

fn answer_with(mesh: &Mesh, answer: &Answer) -> Result<(), Error> {
    Lane::ALL.into_iter().try_for_each(|lane| {
        let answer = answer.clone();
        mesh.serve(protocol(lane), move |peer, body| answer(peer.node, lane, body))
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
        Error::Refused { why: Refusal::Denied, .. } => TransportError::Unreachable { node, reason },
        // Its handler had the request.
        Error::Broken { .. } | Error::Deadline { .. } | Error::Refused { .. } => {
            TransportError::Lost { node, reason }
        }
        _ => TransportError::Unreachable { node, reason },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use config::{Address, ClusterId, Labels, Name};
    use mesh::proto::{Load, Status};
    use mesh::{Identity, Options};
    use raft::testing::{Handler, Pair, transport_suite};

    use super::*;
    use crate::cluster::gate::{Gatekeeper, Known};

    #[test]
    fn only_what_no_handler_had_is_surely_without_effect() {
        let node = NodeId::new([1; NodeId::BYTES]);
        for why in [Refusal::Denied, Refusal::TooLarge, Refusal::Late, Refusal::Failed] {
            let error = failed(node, &Error::Refused { node, protocol: "raft.forward", why });
            let unreachable = matches!(error, TransportError::Unreachable { .. });
            assert_eq!(unreachable, why == Refusal::Denied, "{why}");
        }
    }

    #[tokio::test]
    async fn the_mesh_keeps_what_every_transport_must() {
        transport_suite(connected).await;
    }

    /// Two members on loopback, the second of which answers.
    async fn connected(handler: Handler) -> Pair {
        let (one, other) = (identity(1), identity(2));
        let members: BTreeSet<NodeId> = [one.node(), other.node()].into();
        let other = start(other, &members, Vec::new()).await;
        answer_with(&other, &handler).unwrap();
        let seeds = other.addresses().borrow().clone();
        let one = start(one, &members, seeds).await;
        while !one.peers().contains(&other.me()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Pair {
            from: one.me(),
            to: other.me(),
            transport: Arc::new(MeshTransport::new(one.clone())),
            alive: Box::new((one, other)),
        }
    }

    fn identity(seed: u8) -> Identity {
        Identity::from_seed([seed; 32]).unwrap()
    }

    async fn start(identity: Identity, members: &BTreeSet<NodeId>, seeds: Vec<Address>) -> Mesh {
        let gate = Gatekeeper::new(None, None);
        gate.know(Known {
            cluster: Some(ClusterId::new([1; 16])),
            members: members.clone(),
            ..Known::default()
        });
        let options = Options {
            identity,
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            advertise: Vec::new(),
            seeds,
            mdns: false,
            status: Status {
                name: Name::new("n").unwrap(),
                version: "0".into(),
                labels: Labels::default(),
                load: Load::default(),
            },
            gate: Arc::new(gate),
        };
        Mesh::start(options).await.unwrap().0
    }
}
