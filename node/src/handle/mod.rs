//! The only way into a node.

mod again;
mod cluster;
mod events;
mod follow;
mod nodes;
mod preview;
mod runs;
mod secrets;
mod store;
mod submit;
mod workflows;

use std::sync::Arc;

use config::NodeId;
use state::Subject;

pub use again::{Again, Retrial};
pub use events::EventPage;
pub use runs::{LogPage, LogQuery};
pub use store::{Change, Condition};
pub use submit::{Source, Submission};

use crate::agreement::Agreement;
use crate::error::Error;
use crate::files::Files;
use crate::names::Names;
use crate::peers::Peers;
use crate::secrets::Secrets;
use crate::sight::Sight;

/// Everything a node can be asked. A cheap clone.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

pub(crate) struct Inner {
    pub agreement: Agreement,
    pub peers: Peers,
    pub sight: Sight,
    pub files: Files,
    pub secrets: Secrets,
    pub identity: Identity,
    pub processors: u32,
}

/// Who the node is.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    pub id: NodeId,
    pub name: String,
    /// It serves one machine, without a network.
    pub standalone: bool,
    pub cluster: String,
    pub version: String,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A user of this machine, at the socket or in this process.
    User { uid: u32 },
}

impl Handle {
    pub(crate) fn new(inner: Inner) -> Handle {
        Handle(Arc::new(inner))
    }

    pub fn identity(&self) -> Identity {
        self.0.identity.clone()
    }

    pub(crate) fn agreement(&self) -> &Agreement {
        &self.0.agreement
    }

    /// Names for whoever looks; a member that is not known here yet is called as it calls itself.
    async fn names(&self) -> Result<Names, Error> {
        Ok(self.agreement().names().await?.or_seen(self.0.sight.roster()))
    }

    fn subject(&self, by: Caller) -> Subject {
        let Caller::User { uid } = by;
        Subject::User { uid, node: self.0.identity.id }
    }
}
