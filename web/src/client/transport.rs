use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Response;
use tower::ServiceExt;

use super::Error;
use super::ask::Ask;
use super::socket::{Lent, Socket};
use crate::api::Peer;

/// How requests reach the node.
#[derive(Clone)]
pub(super) enum Transport {
    Socket(Socket),
    Router(Router),
}

/// Keeps a connection while its answer is read.
pub(super) struct Guard(Option<Lent>);

impl Guard {
    /// The answer has been read: the connection may serve another request.
    pub(super) fn release(self) {
        if let Some(lent) = self.0 {
            lent.give_back();
        }
    }
}

impl Transport {
    pub(super) fn socket(path: PathBuf) -> Self {
        Transport::Socket(Socket::new(path))
    }

    pub(super) fn router(router: Router) -> Self {
        Transport::Router(router)
    }

    pub(super) async fn send(&self, ask: &Ask) -> Result<(Response<Body>, Guard), Error> {
        match self {
            Transport::Socket(socket) => {
                let (response, lent) = socket.send(ask).await?;
                Ok((response, Guard(Some(lent))))
            }
            Transport::Router(router) => {
                let mut request = ask.request()?;
                request.extensions_mut().insert(ConnectInfo(Peer::this_process()));
                let response = match router.clone().oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                Ok((response, Guard(None)))
            }
        }
    }
}
