use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use node::Handle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::all;
use super::failure::Failure;
use crate::wire::Kind;

/// A script and all its values, escaped.
const BODY_BYTES: usize = 4 << 20;
/// Each costs a connection and a place in the node's feeds.
pub(super) const STREAMS_MAX: usize = 2_000;

/// What the routes share.
#[derive(Clone)]
pub struct Service {
    pub(super) handle: Handle,
    /// One permit a stream.
    pub(super) streams: Arc<Semaphore>,
    /// Ends the streams.
    pub(super) stopping: CancellationToken,
}

impl Service {
    pub fn new(handle: Handle) -> Self {
        let streams = Arc::new(Semaphore::new(STREAMS_MAX));
        Service { handle, streams, stopping: CancellationToken::new() }
    }

    /// Cancelled, it ends every stream.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    pub fn router(self) -> Router {
        let (router, _) = all().into_parts();
        router
            .fallback(no_route)
            .method_not_allowed_fallback(no_method)
            .layer(DefaultBodyLimit::max(BODY_BYTES))
            .with_state(self)
    }
}

async fn no_route(uri: Uri) -> Failure {
    Failure::new(Kind::NotFound, format!("route `{}` does not exist", uri.path()))
}

async fn no_method(method: Method, uri: Uri) -> Failure {
    Failure::new(Kind::Invalid, format!("route `{}` has no method {method}", uri.path()))
}
