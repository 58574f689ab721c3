use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio_util::task::AbortOnDropHandle;

use super::Error;
use super::ask::Ask;
use crate::group;

/// Connections kept for later requests: as many as one process asks at once, usually.
const IDLE_MAX: usize = 16;

/// A node's socket and the idle connections to it.
#[derive(Clone)]
pub(super) struct Socket {
    path: Arc<Path>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

struct Connection {
    sender: SendRequest<Body>,
    /// Moves the bytes; ends with the connection.
    _driver: AbortOnDropHandle<()>,
}

/// A connection in use.
pub(super) struct Lent {
    connection: Connection,
    socket: Socket,
}

impl Lent {
    pub(super) fn give_back(self) {
        let mut idle = self.socket.lock();
        if idle.len() < IDLE_MAX && !self.connection.sender.is_closed() {
            idle.push(self.connection);
        }
    }
}

impl Socket {
    pub(super) fn new(path: PathBuf) -> Self {
        Socket { path: path.into(), idle: Arc::default() }
    }

    /// Sends on an idle connection, or on a new one. What an idle one did not take is sent again.
    pub(super) async fn send(&self, ask: &Ask) -> Result<(Response<Body>, Lent), Error> {
        while let Some(mut connection) = self.pop() {
            if connection.sender.ready().await.is_err() {
                continue;
            }
            match connection.sender.try_send_request(ask.request()?).await {
                Ok(response) => return Ok(self.lend(connection, response)),
                Err(refused) if is_untaken(&refused) => {}
                Err(refused) => return Err(broken(ask, refused.into_error())),
            }
        }
        let mut connection = self.connect().await?;
        match connection.sender.send_request(ask.request()?).await {
            Ok(response) => Ok(self.lend(connection, response)),
            Err(source) => Err(broken(ask, source)),
        }
    }

    fn lend(&self, connection: Connection, response: Response<Incoming>) -> (Response<Body>, Lent) {
        (response.map(Body::new), Lent { connection, socket: self.clone() })
    }

    async fn connect(&self) -> Result<Connection, Error> {
        let stream = UnixStream::connect(&self.path).await.map_err(|why| self.refused(why))?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(|source| {
            Error::Connect { path: self.path.to_path_buf(), source: io::Error::other(source) }
        })?;
        // Its error reaches whoever waits for an answer.
        let driver = tokio::spawn(async move { _ = driver.await });
        Ok(Connection { sender, _driver: AbortOnDropHandle::new(driver) })
    }

    fn refused(&self, source: io::Error) -> Error {
        let path = self.path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                Error::NotServed { path, source }
            }
            io::ErrorKind::PermissionDenied => {
                let owner = std::fs::metadata(&path).ok();
                Error::NotPermitted { group: owner.and_then(|file| group::name(file.gid())), path }
            }
            _ => Error::Connect { path, source },
        }
    }

    fn pop(&self) -> Option<Connection> {
        self.lock().pop()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn broken(ask: &Ask, source: hyper::Error) -> Error {
    Error::Broken { action: ask.name(), source: source.into() }
}

/// The server had closed the connection before the request was whole, so it did nothing.
fn is_untaken(refused: &TrySendError<Request<Body>>) -> bool {
    let cause = std::error::Error::source(refused.error());
    let cause = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    refused.message().is_some()
        || cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
