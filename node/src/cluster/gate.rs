use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use config::{ClusterId, NodeId};
use futures::FutureExt;
use futures::future::BoxFuture;
use mesh::proto::handshake::{Agreed, Trust};
use mesh::proto::{Key, TokenId};
use mesh::{Gate, Peer, Presence};
use state::{Query, View};

use crate::agreement::{Agreement, Consistency};

/// Who belongs to the cluster, as this node knows it, and who may do what. A cheap handle.
#[derive(Clone)]
pub struct Gatekeeper(Arc<Inner>);

struct Inner {
    secret: Option<Key>,
    token: Mutex<Option<(TokenId, Key)>>,
    known: Mutex<Known>,
    /// Absent until this node takes part in the agreement.
    agreement: Mutex<Option<Agreement>>,
}

/// What is agreed, as far as this node has heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub cluster: Option<ClusterId>,
    pub pristine: bool,
    pub members: BTreeSet<NodeId>,
    pub removed: BTreeSet<NodeId>,
}

impl Gatekeeper {
    pub fn new(secret: Option<Key>, token: Option<(TokenId, Key)>) -> Gatekeeper {
        Gatekeeper(Arc::new(Inner {
            secret,
            token: Mutex::new(token),
            known: Mutex::default(),
            agreement: Mutex::default(),
        }))
    }

    /// From now on tokens are looked up in the agreement, and this node's own is used up.
    pub fn is_in(&self, agreement: Agreement) {
        *lock(&self.0.agreement) = Some(agreement);
        *lock(&self.0.token) = None;
    }

    pub fn has_secret(&self) -> bool {
        self.0.secret.is_some()
    }

    pub fn know(&self, known: Known) {
        *lock(&self.0.known) = known;
    }

    pub fn known(&self) -> Known {
        lock(&self.0.known).clone()
    }
}

impl Gate for Gatekeeper {
    fn agreed(&self, node: &NodeId) -> Agreed {
        let known = lock(&self.0.known);
        if known.removed.contains(node) {
            Agreed::Removed
        } else if known.members.contains(node) {
            Agreed::Member
        } else {
            Agreed::Unknown
        }
    }

    fn members(&self) -> BTreeSet<NodeId> {
        lock(&self.0.known).members.clone()
    }

    fn presence(&self) -> Presence {
        let known = lock(&self.0.known);
        Presence { cluster: known.cluster, pristine: known.pristine }
    }

    fn secret(&self) -> Option<Key> {
        self.0.secret.clone()
    }

    fn token(&self) -> Option<(TokenId, Key)> {
        lock(&self.0.token).clone()
    }

    fn token_key(&self, token: TokenId) -> BoxFuture<'_, Option<Key>> {
        let agreement = lock(&self.0.agreement).clone();
        async move {
            let agreement = agreement?;
            // A replica that lags may not know a new token yet.
            for consistency in [Consistency::Stale, Consistency::Linearizable] {
                let view = agreement.read(Query::Tokens, consistency).await.ok()?;
                let View::Tokens(tokens) = view else { return None };
                if let Some((_, found)) =
                    tokens.into_iter().find(|(id, _)| *id == token.to_string())
                {
                    return (found.uses_left > 0).then(|| Key::new(found.key.0));
                }
            }
            None
        }
        .boxed()
    }

    fn allows(&self, peer: &Peer, action: &str, _object: &str) -> bool {
        match peer.trust {
            Trust::Member => self.agreed(&peer.node) == Agreed::Member,
            Trust::Stranger(_) => STRANGERS.contains(&action),
        }
    }
}

/// What somebody may do who has only proved a secret or a token.
const STRANGERS: [&str; 2] = ["mesh.sight", "cluster:join"];

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
