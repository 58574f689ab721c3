//! Letting a node in: the only thing a stranger may ask for.

use std::time::Duration;

use config::{ClusterId, Labels, Name, NodeId};
use mesh::proto::Credential;
use mesh::proto::handshake::Trust;
use mesh::{Mesh, Peer, Permission, Protocol};
use serde::{Deserialize, Serialize};
use state::member::{Admission, Admit};
use state::{Command, Query, Subject, View, codec};

use crate::agreement::{Agreement, Consistency};
use crate::{Error, error};

const JOIN: Protocol =
    Protocol::new("cluster.join", Permission::Strangers("cluster:join")).frame_bytes(64 << 10);
const VERSION: u8 = 1;
/// How long a cluster may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(12);

/// What a new node wants to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    pub name: Name,
    /// Given by hand: refused rather than changed.
    pub name_fixed: bool,
    pub labels: Labels,
}

/// What a new member needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    pub cluster: ClusterId,
    pub voters: Vec<NodeId>,
    pub members: Vec<NodeId>,
}

/// Why somebody was not let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rejection {
    /// It will not help to ask again.
    Refused { kind: state::Kind, why: String },
    /// Another node, or this one later, may know better.
    NotNow(String),
}

/// Lets strangers in who have proved the secret or a token.
pub fn serve(mesh: &Mesh, agreement: Agreement) -> Result<(), mesh::Error> {
    mesh.serve(JOIN, move |peer, body| {
        let agreement = agreement.clone();
        async move { codec::encode(VERSION, &admit(&agreement, peer, &body).await) }
    })
}

async fn admit(agreement: &Agreement, peer: Peer, body: &[u8]) -> Result<Welcome, Rejection> {
    let request: Request = codec::decode(VERSION, body)
        .map_err(|error| Rejection::refused(format!("the request does not decode: {error}")))?;
    let by = match peer.trust {
        Trust::Member | Trust::Stranger(Credential::Secret) => Admission::Secret,
        Trust::Stranger(Credential::Token(id)) => Admission::Token(id.to_string()),
    };
    let Request { name, name_fixed, labels } = request;
    if !peer.is_member() {
        let admit = Admit { node: peer.node, name, name_fixed, labels, by };
        let by = Subject::Node(agreement.me());
        agreement.write(by, Command::Admit(admit)).await.map_err(|error| rejection(&error))?;
    }
    welcome(agreement).await.map_err(|error| Rejection::NotNow(error::chain(&error)))
}

fn rejection(error: &Error) -> Rejection {
    match error {
        // A cluster that has just dissolved: the one it has gone to will answer soon.
        Error::Refused(refusal) | Error::Agreement(raft::Error::Refused(refusal))
            if refusal.kind == state::Kind::Dissolved =>
        {
            Rejection::NotNow(refusal.message.clone())
        }
        Error::Refused(refusal) | Error::Agreement(raft::Error::Refused(refusal)) => {
            Rejection::Refused { kind: refusal.kind, why: refusal.message.clone() }
        }
        _ => Rejection::NotNow(error::chain(error)),
    }
}

impl Rejection {
    fn refused(why: String) -> Rejection {
        Rejection::Refused { kind: state::Kind::Invalid, why }
    }
}

async fn welcome(agreement: &Agreement) -> Result<Welcome, Error> {
    let view = agreement.read(Query::Cluster, Consistency::Linearizable).await?;
    let View::Cluster(Some(cluster)) = view else {
        return Err(Error::Corrupt("there is no cluster here".into()));
    };
    let members = agreement.members(Consistency::Stale).await?;
    Ok(Welcome {
        cluster: cluster.id,
        voters: cluster.configuration.voters.iter().map(|voter| voter.node).collect(),
        members: members.into_iter().map(|(node, _)| node).collect(),
    })
}

/// Asks a node of a cluster to be let in.
pub async fn ask(mesh: &Mesh, node: NodeId, request: &Request) -> Result<Welcome, Rejection> {
    let body = codec::encode(VERSION, request);
    let answer = mesh.call(node, JOIN, body, PATIENCE).await;
    let answer = answer.map_err(|error| Rejection::NotNow(error::chain(&error)))?;
    let answer: Result<Welcome, Rejection> = codec::decode(VERSION, &answer)
        .map_err(|error| Rejection::NotNow(format!("the answer does not decode: {error}")))?;
    answer
}
