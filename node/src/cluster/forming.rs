//! From an empty directory to a cluster: found one, or be let into one. Later: heal what was founded twice.

use std::time::{Duration, Instant};

use config::{ClusterId, NodeId};
use mesh::proto::founding::Decision;
use mesh::{Event, Events, Forming, Mesh};

use super::admission::{Rejection, Request, Welcome, ask};
use crate::Error;

/// How a node comes into its cluster.
pub enum Formed {
    /// It is to found one.
    Alone,
    Joined(Welcome),
}

/// Between two reminders that nobody was found.
const REMIND: Duration = Duration::from_secs(30);
/// A token that nobody accepts for so long is no good.
const REFUSED_MAX: Duration = Duration::from_secs(8);
/// Before the same node is asked again.
const AGAIN: Duration = Duration::from_millis(500);

/// With the shared secret: whoever sees nobody smaller founds, the others ask it.
pub async fn by_secret(mesh: &Mesh, request: &Request) -> Result<Formed, Error> {
    let mut forming = Forming::new(mesh);
    loop {
        match forming.next().await {
            Some(Decision::Found) => return Ok(Formed::Alone),
            Some(Decision::AskAdmission { node, addresses, .. }) => {
                for address in addresses {
                    mesh.dial(address).await?;
                }
                match ask(mesh, node, request).await {
                    Ok(welcome) => return Ok(Formed::Joined(welcome)),
                    Err(Rejection::Refused { kind, why }) => return Err(refused(node, kind, &why)),
                    Err(Rejection::NotNow(why)) => {
                        tracing::debug!(node = %node.short(), why, "not let in yet");
                        forming.denied(node);
                    }
                }
            }
            // Both are about a cluster this node is in.
            Some(_) => tokio::time::sleep(AGAIN).await,
            None => return Err(mesh::Error::Stopped.into()),
        }
    }
}

/// With a token: whoever of the cluster answers first lets it in.
pub async fn by_token(
    mesh: &Mesh,
    events: &mut Events,
    request: &Request,
) -> Result<Welcome, Error> {
    let mut met: Vec<NodeId> = Vec::new();
    let mut refusal: Option<(Instant, String)> = None;
    loop {
        for node in &met {
            match ask(mesh, *node, request).await {
                Ok(welcome) => return Ok(welcome),
                Err(Rejection::Refused { kind, why }) => return Err(refused(*node, kind, &why)),
                Err(Rejection::NotNow(why)) => {
                    tracing::debug!(node = %node.short(), why, "not let in yet");
                }
            }
        }
        if let Some((since, reason)) = &refusal
            && met.is_empty()
            && since.elapsed() > REFUSED_MAX
        {
            return Err(Error::Denied(format!("the cluster does not accept the token: {reason}")));
        }
        let pause = if met.is_empty() && refusal.is_none() { REMIND } else { AGAIN };
        match tokio::time::timeout(pause, events.next()).await {
            Ok(Some(Event::Connected { node, .. })) if !met.contains(&node) => met.push(node),
            // A member that has only just started, or lags, knows no tokens yet.
            Ok(Some(Event::Refused { reason, .. })) => {
                refusal.get_or_insert_with(|| (Instant::now(), reason.to_string()));
            }
            Ok(None) => return Err(mesh::Error::Stopped.into()),
            Err(_) if met.is_empty() && refusal.is_none() => {
                tracing::warn!("no node of the cluster answers at the token's addresses yet");
            }
            Ok(Some(_)) | Err(_) => {}
        }
    }
}

fn refused(node: NodeId, kind: state::Kind, why: &str) -> Error {
    let text = format!("node {} did not let this one in: {why}", node.short());
    match kind {
        state::Kind::Conflict => Error::Conflict(text),
        _ => Error::Denied(text),
    }
}

/// Once in a cluster: resolves with another one that this one is to dissolve into, if two were founded apart.
pub async fn settle(mesh: &Mesh) -> ClusterId {
    let mut forming = Forming::new(mesh);
    loop {
        match forming.next().await {
            Some(Decision::Yield { into, .. }) => return into,
            Some(Decision::StayApart { cluster, node }) => tracing::error!(
                %cluster, node = %node.short(),
                "another cluster has the same secret, and both hold data: they stay apart; \
                 stop the nodes of one, empty their data directories and start them again to join"
            ),
            Some(_) => tokio::time::sleep(AGAIN).await,
            None => return std::future::pending().await,
        }
    }
}
