use std::sync::Arc;
use std::time::Duration;

use config::NodeId;
use libp2p_stream::OpenStreamError;
use proto::frame::{Kind, Refusal};
use tokio::sync::{Mutex, Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

use super::link::Link;
use super::wire;
use crate::driver::Command;
use crate::identity::peer_of;
use crate::shared::Shared;
use crate::{Error, Protocol};

/// Times an opened stream may end before its hello: the other side drops streams when many arrive at
/// once. Nothing was asked yet, so trying again is safe.
const OPENINGS: usize = 4;

/// The way to one peer over one protocol. Opened by the first call, and again after it broke.
pub struct Lane {
    shared: Arc<Shared>,
    node: NodeId,
    protocol: Protocol,
    link: Mutex<Option<Arc<Link>>>,
    room: Semaphore,
}

impl Lane {
    pub fn new(shared: Arc<Shared>, node: NodeId, protocol: Protocol) -> Self {
        let room = Semaphore::new(protocol.at_once());
        Self { shared, node, protocol, link: Mutex::new(None), room }
    }

    pub async fn call(&self, body: Vec<u8>, deadline: Duration) -> Result<Vec<u8>, Error> {
        let end = Instant::now() + deadline;
        match timeout_at(end, self.ask(&body, end)).await {
            Ok(answer) => answer,
            Err(_) => {
                let (node, protocol) = (self.node, self.protocol.name());
                Err(Error::Deadline { node, protocol, after: deadline })
            }
        }
    }

    async fn ask(&self, body: &[u8], end: Instant) -> Result<Vec<u8>, Error> {
        let _room = self.room.acquire().await.map_err(|_| Error::Stopped)?;
        let (link, mut waiting) = loop {
            let link = self.link().await?;
            if let Some(waiting) = link.pending.add() {
                break (link, waiting);
            }
        };
        let kind = Kind::Request(end.saturating_duration_since(Instant::now()));
        let (node, protocol) = (self.node, self.protocol.name());
        let broken = || Error::Broken { node, protocol };
        let frame = wire::frame(waiting.id, kind, body);
        link.queue.send(frame).await.map_err(|_| broken())?;
        let outcome = (&mut waiting.outcome).await.map_err(|_| broken())?;
        outcome.map_err(|why| Error::Refused { node, protocol, why })
    }

    /// The open link. Callers queue here while one of them opens it.
    async fn link(&self) -> Result<Arc<Link>, Error> {
        let mut slot = self.link.lock().await;
        if let Some(link) = slot.as_ref().filter(|link| link.is_open()) {
            return Ok(link.clone());
        }
        let link = Arc::new(self.open().await?);
        *slot = Some(link.clone());
        Ok(link)
    }

    async fn open(&self) -> Result<Link, Error> {
        let (node, protocol) = (self.node, self.protocol.name());
        self.connect().await?;
        let mut why = String::new();
        for _ in 0..OPENINGS {
            let greeting = match self.negotiate().await {
                Ok(stream) => wire::greet(stream, false).await,
                Err(OpenStreamError::UnsupportedProtocol(_)) => {
                    return Err(Error::Unserved { node, protocol });
                }
                Err(error) => return Err(Error::Unreachable { node, why: error.to_string() }),
            };
            match greeting {
                Ok((_, hello)) if hello.refused => {
                    return Err(Error::Refused { node, protocol, why: Refusal::Denied });
                }
                Ok((stream, _)) => return Ok(Link::new(stream, &self.protocol)),
                Err(error) => why = error.to_string(),
            }
        }
        Err(Error::Unreachable { node, why })
    }

    async fn negotiate(&self) -> Result<libp2p::Stream, OpenStreamError> {
        let name = wire::stream_protocol(&self.protocol);
        let (Some(peer), Some(name)) = (peer_of(&self.node), name) else {
            return Err(OpenStreamError::Io(std::io::ErrorKind::InvalidInput.into()));
        };
        self.shared.control.clone().open_stream(peer, name).await
    }

    /// Waits for a connection, dialing if need be.
    async fn connect(&self) -> Result<(), Error> {
        let (reply, connected) = oneshot::channel();
        let command = Command::Connect { node: self.node, reply };
        self.shared.commands.send(command).await.map_err(|_| Error::Stopped)?;
        let connected = connected.await.map_err(|_| Error::Stopped)?;
        connected.map_err(|why| Error::Unreachable { node: self.node, why })
    }
}
