use std::iter;
use std::pin::Pin;
use std::sync::Arc;

use config::NodeId;
use futures::{AsyncRead, AsyncWrite};
use libp2p::core::UpgradeInfo;
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
use libp2p::identity::PeerId;
use libp2p::noise;

use super::{Door, Error};
use crate::identity::{Identity, node_of};

/// Noise, and within it the proof of membership.
#[derive(Clone)]
pub struct Admit {
    noise: noise::Config,
    door: Arc<Door>,
}

impl Admit {
    /// Plain noise is another protocol, so that a foreign libp2p node fails before it says anything.
    const NAME: &str = "/sloth/noise-admit/1";

    pub fn new(identity: &Identity, door: Arc<Door>) -> Result<Self, noise::Error> {
        Ok(Self { noise: noise::Config::new(identity.keypair())?, door })
    }
}

impl UpgradeInfo for Admit {
    type Info = &'static str;
    type InfoIter = iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        iter::once(Self::NAME)
    }
}

type Upgrading<T> = Pin<Box<dyn Future<Output = Result<(PeerId, noise::Output<T>), Error>> + Send>>;

impl<T> InboundConnectionUpgrade<T> for Admit
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Output = (PeerId, noise::Output<T>);
    type Error = Error;
    type Future = Upgrading<T>;

    fn upgrade_inbound(self, socket: T, name: Self::Info) -> Self::Future {
        Box::pin(async move {
            let (peer, mut stream) = self.noise.upgrade_inbound(socket, name).await?;
            self.door.accept(node(&peer)?, &mut stream).await?;
            Ok((peer, stream))
        })
    }
}

impl<T> OutboundConnectionUpgrade<T> for Admit
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Output = (PeerId, noise::Output<T>);
    type Error = Error;
    type Future = Upgrading<T>;

    fn upgrade_outbound(self, socket: T, name: Self::Info) -> Self::Future {
        Box::pin(async move {
            let (peer, mut stream) = self.noise.upgrade_outbound(socket, name).await?;
            self.door.dial(node(&peer)?, &mut stream).await?;
            Ok((peer, stream))
        })
    }
}

fn node(peer: &PeerId) -> Result<NodeId, Error> {
    node_of(peer).ok_or(Error::ForeignKey)
}
