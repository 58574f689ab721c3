use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use config::NodeId;
use proto::handshake::Trust;

/// How each connected node was trusted when its connection was made.
///
/// The upgrade writes here before it ends, since nothing else of it reaches the streams.
#[derive(Default)]
pub struct Trusts(Mutex<BTreeMap<NodeId, (Trust, Instant)>>);

impl Trusts {
    /// An upgrade that ended has become a connection after this time, or never will.
    const SETTLED: Duration = Duration::from_secs(10);

    pub fn set(&self, node: NodeId, trust: Trust) {
        self.lock().insert(node, (trust, Instant::now()));
    }

    pub fn get(&self, node: &NodeId) -> Option<Trust> {
        self.lock().get(node).map(|(trust, _)| *trust)
    }

    /// Forgets nodes without a connection.
    pub fn keep(&self, connected: impl Fn(&NodeId) -> bool) {
        self.lock().retain(|node, (_, since)| connected(node) || since.elapsed() < Self::SETTLED);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, (Trust, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
