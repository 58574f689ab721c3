//! Serving the API on a unix socket.

mod socket;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::socket::Bound;
use crate::api::{Peer, Service};

/// How long answers under way may take once the server stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Why the API is not served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("socket {} is served by another process", path.display())]
    Taken { path: PathBuf },
    #[error("{} is not a socket: move it away", path.display())]
    Foreign { path: PathBuf },
    #[error("cannot {action} socket {}", path.display())]
    Socket { action: &'static str, path: PathBuf, source: io::Error },
}

/// The API on a socket. Dropped, it stops at once.
pub struct Server {
    path: PathBuf,
    stopping: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

/// Serves the API at a path: mode 0660, group `sloth` where this user may give it. Replaces a socket nobody answers at.
pub async fn serve(handle: node::Handle, path: impl Into<PathBuf>) -> Result<Server, Error> {
    let path = path.into();
    let bound = Bound::at(&path).await?;
    let service = Service::new(handle);
    let stopping = service.stopping();
    let task = tokio::spawn(run(bound, service, stopping.clone()));
    Ok(Server { path, stopping, task })
}

async fn run(bound: Bound, service: Service, stopping: CancellationToken) -> io::Result<()> {
    let (listener, _file) = bound.into_parts();
    let make = service.router().into_make_service_with_connect_info::<Peer>();
    axum::serve(listener, make).with_graceful_shutdown(stopping.cancelled_owned()).await
}

impl Server {
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Takes nothing new, ends the streams, lets answers under way end, and removes the socket.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if timeout(DRAIN, &mut self.task).await.is_err() {
            tracing::warn!(path = %self.path.display(), "answers under way were cut off");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.cancel();
        self.task.abort();
    }
}
