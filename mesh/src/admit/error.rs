use std::error::Error as StdError;
use std::io;

use config::NodeId;
use proto::handshake::Reason;

/// Why a connection did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Noise(#[from] libp2p::noise::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Malformed(#[from] proto::Error),
    #[error("its key is not ed25519")]
    ForeignKey,
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

/// One side did not want the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node {} was not admitted: {reason}", node.short())]
pub struct Rejection {
    /// The other side.
    pub node: NodeId,
    pub reason: Reason,
}

impl Rejection {
    /// Looks for a rejection under the layers that libp2p puts around it.
    pub fn within(error: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(rejection) = error.downcast_ref::<Self>() {
            return Some(*rejection);
        }
        if let Some(Error::Rejected(rejection)) = error.downcast_ref::<Error>() {
            return Some(*rejection);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let inner = inner.map(|inner| inner as &(dyn StdError + 'static));
        inner.or_else(|| error.source()).and_then(Self::within)
    }
}
