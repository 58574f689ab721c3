use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use node::Caller;
use tokio::net::UnixListener;

/// Who is at the other end, as the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Unknown when the kernel does not say.
    uid: Option<u32>,
}

impl Peer {
    /// The user of this process, who asks without a socket.
    pub(crate) fn this_process() -> Self {
        Peer { uid: Some(rustix::process::getuid().as_raw()) }
    }

    pub(super) fn caller(self) -> Option<Caller> {
        self.uid.map(|uid| Caller::User { uid })
    }
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Peer { uid: stream.io().peer_cred().ok().map(|peer| peer.uid()) }
    }
}
