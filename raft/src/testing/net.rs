use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use config::NodeId;
use futures::future::BoxFuture;

use crate::{Lane, Serve, Transport, TransportError};

/// Answers what arrives at a node: who sent it, on which lane, what.
pub type Handler = Arc<dyn Fn(NodeId, Lane, Vec<u8>) -> BoxFuture<'static, Vec<u8>> + Send + Sync>;

/// A network in memory whose connections can be cut and healed.
#[derive(Clone, Default)]
pub struct Net {
    wires: Arc<Mutex<Wires>>,
}

#[derive(Default)]
struct Wires {
    nodes: BTreeMap<NodeId, Handler>,
    /// From one to the other.
    cut: BTreeSet<(NodeId, NodeId)>,
    /// Requests from one to the other arrive on this lane, their answers do not.
    deaf: BTreeSet<(NodeId, NodeId, Lane)>,
}

impl Net {
    /// The transport of one node.
    pub fn transport(&self, node: NodeId) -> Arc<dyn Transport> {
        Arc::new(Port { node, net: self.clone() })
    }

    /// Lets a node answer what arrives.
    pub fn attach(&self, node: NodeId, serve: Serve) {
        self.listen(
            node,
            Arc::new(move |from, lane, body| {
                let serve = serve.clone();
                Box::pin(async move { serve.handle(from, lane, &body).await })
            }),
        );
    }

    pub fn listen(&self, node: NodeId, handler: Handler) {
        self.wires().nodes.insert(node, handler);
    }

    /// The node's process is gone.
    pub fn detach(&self, node: NodeId) {
        self.wires().nodes.remove(&node);
    }

    /// Nothing passes between a node and all others, in either direction.
    pub fn isolate(&self, node: NodeId) {
        let mut wires = self.wires();
        let others: Vec<_> = wires.nodes.keys().copied().filter(|other| *other != node).collect();
        for other in others {
            wires.cut.insert((node, other));
            wires.cut.insert((other, node));
        }
    }

    /// Answers to what one node asks the other on a lane get lost.
    pub fn lose_answers(&self, from: NodeId, to: NodeId, lane: Lane) {
        self.wires().deaf.insert((from, to, lane));
    }

    /// Everything passes again.
    pub fn heal(&self) {
        let mut wires = self.wires();
        wires.cut.clear();
        wires.deaf.clear();
    }

    fn wires(&self) -> MutexGuard<'_, Wires> {
        self.wires.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handler(&self, from: NodeId, to: NodeId) -> Result<Handler, TransportError> {
        let wires = self.wires();
        let lost = |reason: &str| TransportError::Lost { node: to, reason: reason.into() };
        if wires.cut.contains(&(from, to)) {
            return Err(lost("the connection is cut"));
        }
        let refused = || TransportError::Unreachable { node: to, reason: "nobody is there".into() };
        wires.nodes.get(&to).cloned().ok_or_else(refused)
    }

    fn is_deaf(&self, from: NodeId, to: NodeId, lane: Lane) -> bool {
        let wires = self.wires();
        wires.deaf.contains(&(from, to, lane)) || wires.cut.contains(&(from, to))
    }
}

struct Port {
    node: NodeId,
    net: Net,
}

impl Port {
    async fn deliver(
        &self,
        to: NodeId,
        lane: Lane,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, TransportError> {
        let handler = match self.net.handler(self.node, to) {
            Err(TransportError::Lost { .. }) => std::future::pending().await,
            handler => handler?,
        };
        let answer = tokio::spawn(handler(self.node, lane, body)).await;
        if self.net.is_deaf(self.node, to, lane) {
            return std::future::pending().await;
        }
        answer.map_err(|error| TransportError::Lost { node: to, reason: error.to_string() })
    }
}

impl Transport for Port {
    fn call(
        &self,
        to: NodeId,
        lane: Lane,
        body: Vec<u8>,
        deadline: Duration,
    ) -> BoxFuture<'_, Result<Vec<u8>, TransportError>> {
        Box::pin(async move {
            let late = |_| TransportError::Lost {
                node: to,
                reason: format!("no answer within {deadline:?}"),
            };
            tokio::time::timeout(deadline, self.deliver(to, lane, body)).await.map_err(late)?
        })
    }
}
