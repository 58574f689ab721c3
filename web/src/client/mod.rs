//! The typed client: one method a route, on a node's socket or in-process.

mod again;
mod ask;
mod cluster;
mod error;
mod events;
mod leases;
mod nodes;
mod runs;
mod secrets;
mod socket;
pub(crate) mod sse;
mod state;
mod transport;
mod workflows;

use std::path::PathBuf;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Response};
use futures::stream::BoxStream;
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;

use self::ask::Ask;
use self::transport::{Guard, Transport};
use crate::api::{API, Service};
use crate::wire::{Consistency, Problem};

pub use self::error::Error;

/// A stream that ends after its first error.
pub type Stream<T> = BoxStream<'static, Result<T, Error>>;

/// The longest answer read: a page of 1,000 values of 64 KiB, escaped.
const ANSWER_BYTES: usize = 128 << 20;
/// Of one request, unless said otherwise.
const DEADLINE: Duration = Duration::from_secs(30);

/// Asks one node. A clone shares its connections.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
    consistency: Consistency,
    deadline: Duration,
}

impl Client {
    /// Asks whoever serves this socket. Connects at the first request.
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self::new(Transport::socket(path.into()))
    }

    /// Asks a node of this process, through the same routes without a socket.
    pub fn in_process(handle: node::Handle) -> Self {
        Self::new(Transport::router(Service::new(handle).router()))
    }

    fn new(transport: Transport) -> Self {
        Client { transport, consistency: Consistency::default(), deadline: DEADLINE }
    }

    /// How fresh the answers to reads must be.
    pub fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }

    /// Of each request; a stream has none as long as it is alive.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// One answer as a value; an empty one is `()`.
    async fn call<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, Error> {
        let name = ask.name();
        let answer = tokio::time::timeout(self.deadline, self.exchange(ask)).await;
        let bytes = answer
            .map_err(|_| Error::Deadline { action: name.clone(), after: self.deadline })??;
        let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        serde_json::from_slice(text).map_err(|source| Error::Unreadable { action: name, source })
    }

    async fn exchange(&self, ask: Ask) -> Result<Vec<u8>, Error> {
        let name = ask.name();
        let (response, guard) = self.transport.send(&ask).await?;
        let failed = !response.status().is_success();
        let bytes = collect(response, &name).await?;
        guard.release();
        if failed { Err(problem(&bytes, name)) } else { Ok(bytes) }
    }

    /// Opens a stream of server-sent events.
    async fn open(&self, ask: Ask) -> Result<(Body, Guard), Error> {
        let name = ask.name();
        let sent = tokio::time::timeout(self.deadline, self.transport.send(&ask)).await;
        let (response, guard) =
            sent.map_err(|_| Error::Deadline { action: name.clone(), after: self.deadline })??;
        if response.status().is_success() {
            return Ok((response.into_body(), guard));
        }
        Err(problem(&collect(response, &name).await?, name))
    }

    fn get(&self, path: &str) -> Ask {
        Ask::new(Method::GET, format!("{API}{path}"))
    }
    fn post(&self, path: &str) -> Ask {
        Ask::new(Method::POST, format!("{API}{path}"))
    }
    fn put(&self, path: &str) -> Ask {
        Ask::new(Method::PUT, format!("{API}{path}"))
    }
    fn patch(&self, path: &str) -> Ask {
        Ask::new(Method::PATCH, format!("{API}{path}"))
    }
    fn delete(&self, path: &str) -> Ask {
        Ask::new(Method::DELETE, format!("{API}{path}"))
    }
}

async fn collect(response: Response<Body>, action: &str) -> Result<Vec<u8>, Error> {
    let whole = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
    match whole {
        Ok(whole) => Ok(whole.to_bytes().into()),
        Err(source) => Err(Error::Broken { action: action.into(), source }),
    }
}

fn problem(bytes: &[u8], action: String) -> Error {
    match serde_json::from_slice::<Problem>(bytes) {
        Ok(problem) => Error::Problem(Box::new(problem)),
        Err(source) => Error::Unreadable { action, source },
    }
}
