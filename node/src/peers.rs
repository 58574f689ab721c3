//! What one node asks of another: log lines and blobs.

use std::path::PathBuf;
use std::time::Duration;

use config::{Address, NodeId, limits};
use mesh::{Mesh, Permission, Protocol};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use state::{AttemptKey, Hash, codec};

use crate::blobs::Blobs;
use crate::logs::{Logs, Page};
use crate::{Error, error};

const LOG: Protocol = Protocol::new("run.log", Permission::Members("run:logs"));
const BLOB: Protocol = Protocol::new("blob.read", Permission::Members("blob:read"));
/// The version of these requests and answers.
const VERSION: u8 = 1;
/// Bytes of a log that one answer carries; its records take more room than its file.
const LOG_BYTES: usize = limits::FRAME_BYTES / 4;
/// One answer of another node, beside the wait that was asked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The other nodes. A cheap handle.
#[derive(Clone)]
pub struct Peers {
    me: NodeId,
    logs: Logs,
    blobs: Blobs,
    /// Absent on a node without a network.
    mesh: Option<Mesh>,
}

#[derive(Serialize, Deserialize)]
struct LogRequest {
    attempt: AttemptKey,
    from: u64,
    most: usize,
    wait: Duration,
}

#[derive(Serialize, Deserialize)]
struct BlobRequest {
    hash: Hash,
    offset: u64,
}

type Answer<T> = Result<T, String>;

impl Peers {
    pub fn new(me: NodeId, logs: Logs, blobs: Blobs, mesh: Option<Mesh>) -> Peers {
        Peers { me, logs, blobs, mesh }
    }

    /// Answers the other nodes from now on.
    pub fn serve(&self) -> Result<(), Error> {
        let Some(mesh) = &self.mesh else { return Ok(()) };
        let logs = self.logs.clone();
        mesh.serve(LOG, move |_, body| {
            let logs = logs.clone();
            async move { codec::encode(VERSION, &read_log(&logs, &body).await) }
        })?;
        let blobs = self.blobs.clone();
        mesh.serve(BLOB, move |_, body| {
            let blobs = blobs.clone();
            async move { codec::encode(VERSION, &read_blob(blobs, body).await) }
        })?;
        Ok(())
    }

    /// Where others can reach this node.
    pub fn own_addresses(&self) -> Vec<Address> {
        self.mesh.as_ref().map(|mesh| mesh.addresses().borrow().clone()).unwrap_or_default()
    }

    /// Reads an attempt's log on the node that runs it.
    pub async fn log(
        &self,
        node: NodeId,
        attempt: AttemptKey,
        from: u64,
        most: usize,
        wait: Duration,
    ) -> Result<Page, Error> {
        if node == self.me {
            return self.logs.read(attempt, from, most, wait).await;
        }
        let request = LogRequest { attempt, from, most, wait };
        self.ask(node, LOG, &request, wait + PATIENCE).await
    }

    /// A blob's file: the own one, or a copy fetched from its holder and checked.
    pub async fn blob(&self, holder: NodeId, hash: Hash, size: u64) -> Result<PathBuf, Error> {
        if let Some(path) = self.blobs.find(hash) {
            return Ok(path);
        }
        let mut draft = self.blobs.draft()?;
        while draft.size() < size {
            let request = BlobRequest { hash, offset: draft.size() };
            let bytes: Vec<u8> = self.ask(holder, BLOB, &request, PATIENCE).await?;
            if bytes.is_empty() {
                break;
            }
            draft.write(&bytes)?;
        }
        if draft.hash() != hash {
            return Err(Error::Corrupt(format!(
                "blob {hash} from node {} is not what its name says",
                holder.short()
            )));
        }
        draft.finish()?;
        self.blobs.find(hash).ok_or_else(|| Error::NotFound { what: "blob", id: hash.to_string() })
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        node: NodeId,
        protocol: Protocol,
        request: &impl Serialize,
        deadline: Duration,
    ) -> Result<T, Error> {
        let unreachable = |why: String| Error::Unreachable { node: node.short(), why };
        let mesh = self.mesh.as_ref().ok_or_else(|| unreachable("there is no network".into()))?;
        let body = codec::encode(VERSION, request);
        let answer = mesh.call(node, protocol, body, deadline).await;
        let answer = answer.map_err(|error| unreachable(error::chain(&error)))?;
        let answer: Answer<T> = codec::decode(VERSION, &answer)
            .map_err(|error| unreachable(format!("its answer does not decode: {error}")))?;
        answer.map_err(unreachable)
    }
}

async fn read_log(logs: &Logs, body: &[u8]) -> Answer<Page> {
    let request: LogRequest = codec::decode(VERSION, body).map_err(|error| error.to_string())?;
    let most = request.most.min(LOG_BYTES);
    let page = logs.read(request.attempt, request.from, most, request.wait).await;
    page.map_err(|error| error::chain(&error))
}

async fn read_blob(blobs: Blobs, body: Vec<u8>) -> Answer<Vec<u8>> {
    let read = move || {
        let request: BlobRequest =
            codec::decode(VERSION, &body).map_err(|error| error.to_string())?;
        let bytes = blobs
            .read(request.hash, request.offset, limits::CHUNK_BYTES)
            .map_err(|error| error::chain(&error))?;
        bytes.ok_or_else(|| format!("it does not hold blob {}", request.hash))
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(error.to_string()))
}
