use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::OnceCell;
use web::client::{Client, Error as ClientError};
use web::wire::{Consistency, Identity, Kind};

use crate::args::Globals;
use crate::connect;
use crate::error::{Error, chain};
use crate::exit::Exit;
use crate::output::Output;

/// A command's way to its node.
pub struct Session {
    pub client: Client,
    pub out: Output,
    pub globals: Globals,
    /// The socket; none when the node is in this process.
    pub socket: Option<PathBuf>,
    /// Where nodes of this machine serve, nearest first.
    pub sockets: Vec<PathBuf>,
    /// The data directory in use, or that would be.
    pub data_dir: PathBuf,
    /// Who was asked first.
    identity: OnceCell<Identity>,
}

/// Where to go on when a node does not answer any more.
pub enum Next {
    /// One of the same cluster, the one before or another.
    Node(Client),
    /// There is somebody, who is not of this cluster or does not answer now.
    Silent,
    Nobody,
}

/// Of a request, unless `--timeout` says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a node that may do in place of another one is asked who it is.
const WHO: Duration = Duration::from_secs(2);

impl Session {
    /// Asks the node that serves this socket; `sockets` are where to look when it is gone.
    pub fn attached(
        socket: &Path,
        sockets: Vec<PathBuf>,
        data_dir: &Path,
        globals: &Globals,
    ) -> Self {
        Self {
            client: client(Client::unix(socket), globals),
            out: globals.output(),
            globals: globals.clone(),
            socket: Some(socket.to_owned()),
            sockets,
            data_dir: data_dir.to_owned(),
            identity: OnceCell::new(),
        }
    }

    /// Asks the node in this process.
    pub fn standalone(handle: node::Handle, data_dir: &Path, globals: &Globals) -> Self {
        Self {
            client: client(Client::in_process(handle), globals),
            out: globals.output(),
            globals: globals.clone(),
            socket: None,
            sockets: Vec::new(),
            data_dir: data_dir.to_owned(),
            identity: OnceCell::new(),
        }
    }

    /// Who the node is. A command that outlives its node asks at its beginning.
    pub async fn identity(&self) -> Result<&Identity, ClientError> {
        self.identity.get_or_try_init(|| self.client.identity()).await
    }

    /// Looks for a node to go on with. One of another cluster knows nothing of what was asked.
    pub async fn next(&self) -> Next {
        let mut next = Next::Nobody;
        for socket in connect::all(&self.globals.node, &self.sockets) {
            next = Next::Silent;
            let client = client(Client::unix(socket), &self.globals);
            let Ok(found) = client.clone().deadline(WHO).identity().await else { continue };
            if self.identity.get().is_none_or(|first| first.cluster == found.cluster) {
                return Next::Node(client);
            }
        }
        next
    }

    /// Whether the node is in this process and ends with it.
    pub fn is_standalone(&self) -> bool {
        self.socket.is_none()
    }
}

fn client(client: Client, globals: &Globals) -> Client {
    let consistency = if globals.stale { Consistency::Stale } else { Consistency::Linear };
    client.consistency(consistency).deadline(globals.timeout.unwrap_or(TIMEOUT))
}

impl From<ClientError> for Error {
    fn from(error: ClientError) -> Self {
        let message = match error.rendered() {
            Some(faults) => format!("the workflow does not load\n{faults}"),
            None => chain(&error),
        };
        let (exit, hint) = (Exit::of_wire(error.kind()), error.hint());
        Self { exit, message, hint, faults: error.faults().to_vec() }
    }
}

impl Exit {
    /// The exit code of each kind of answer.
    fn of_wire(kind: Kind) -> Self {
        match kind {
            Kind::Invalid => Exit::Usage,
            Kind::NotFound => Exit::NotFound,
            Kind::Conflict | Kind::Locked | Kind::StaleToken => Exit::Conflict,
            Kind::Denied => Exit::Denied,
            Kind::Limit => Exit::Limit,
            Kind::NoQuorum | Kind::Unavailable => Exit::Unreachable,
            Kind::Deadline => Exit::Deadline,
            Kind::Corrupt => Exit::Broken,
        }
    }

    /// The same for a node of this process.
    pub fn of_node(kind: node::Kind) -> Self {
        match kind {
            node::Kind::Invalid => Exit::Usage,
            node::Kind::NotFound => Exit::NotFound,
            node::Kind::Conflict | node::Kind::Locked | node::Kind::StaleToken => Exit::Conflict,
            node::Kind::Denied => Exit::Denied,
            node::Kind::Limit => Exit::Limit,
            node::Kind::NoQuorum | node::Kind::Unavailable => Exit::Unreachable,
            node::Kind::Deadline => Exit::Deadline,
            node::Kind::Corrupt => Exit::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_the_api_documents() {
        for kind in Kind::ALL {
            assert_eq!(Exit::of_wire(kind).code(), kind.exit_code(), "{kind}");
        }
    }
}
