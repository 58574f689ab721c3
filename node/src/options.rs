use std::ffi::OsString;
use std::sync::Arc;

use config::{Config, Name, Paths};
use mesh::proto::Token;

use crate::exec;

/// What a node is started with.
pub struct Options {
    pub config: Config,
    pub paths: Paths,
    pub mode: Mode,
    /// Its name, unless the configuration gives one.
    pub host: Name,
    pub processors: u32,
    /// What tasks inherit.
    pub environment: Vec<(OsString, OsString)>,
    pub guard: Arc<exec::guard::NodeSide>,
}

/// What the node is there for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One machine, no network. Without `executes` it only answers.
    Standalone { executes: bool },
    /// A member of a cluster: of the token's, of that with the configured secret, or of a new one.
    Node { join: Option<Token> },
}

impl Options {
    pub(crate) fn name(&self) -> Name {
        self.config.node.name.clone().unwrap_or_else(|| self.host.clone())
    }
}
