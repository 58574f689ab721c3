use std::time::Duration;

use config::{Address, NodeId};
use proto::Sighting;
use proto::handshake::{Reason, Trust};
use proto::roster::Health;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

/// What happened in the mesh. Events are hints: the roster and the gate say what holds now.
#[derive(Clone, Debug)]
pub enum Event {
    Connected {
        node: NodeId,
        trust: Trust,
    },
    Disconnected {
        node: NodeId,
    },
    /// A machine answered mDNS.
    Discovered {
        node: NodeId,
        address: Address,
    },
    /// A machine with the same secret said this; `asked` is when it was asked, on the mesh's clock.
    Sighted {
        sighting: Sighting,
        asked: Option<Duration>,
    },
    /// A connection was refused, by either side. Repeated at most once a minute for each node.
    Refused {
        node: Option<NodeId>,
        address: Option<Address>,
        reason: Reason,
        /// The other side dialed.
        inbound: bool,
    },
    /// A member looks better or worse than before.
    Health {
        node: NodeId,
        health: Health,
    },
    /// This reader was too slow; so many events are gone.
    Missed(u64),
}

/// The events since this reader was made.
#[derive(Debug)]
pub struct Events {
    pub(crate) receiver: broadcast::Receiver<Event>,
    pub(crate) stop: CancellationToken,
}

impl Events {
    /// Events kept for a slow reader; a burst is one for each node.
    pub(crate) const KEPT: usize = 1024;

    /// The next event; None once the mesh has stopped.
    pub async fn next(&mut self) -> Option<Event> {
        let event = tokio::select! {
            biased;
            event = self.receiver.recv() => event,
            () = self.stop.cancelled() => return None,
        };
        match event {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(missed)) => Some(Event::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}
