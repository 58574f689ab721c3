//! What a Lua state knows about why it runs. Every module asks it before it touches the world.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use mlua::Lua;
use tokio_util::sync::CancellationToken;

use crate::host::Host;
use crate::journal::Tape;

/// How refusals of what the world cannot be asked for at load begin.
pub const REFUSED: &str = "observes the world at load: ";

/// Whether the file is being loaded or one of its functions runs in an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Load,
    Task,
}

/// The circumstances of one Lua state, kept in its application data. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub phase: Phase,
    /// The world: of the attempt, or of a load that is recorded; absent in any other load.
    pub host: Option<Arc<dyn Host>>,
    /// The attempt's working directory, absolute; while a file is loaded where its relative paths start.
    pub workdir: PathBuf,
    /// When the hook ends the Lua code.
    pub deadline: Instant,
    pub cancel: CancellationToken,
    /// What a load asks of the world, and is told.
    pub tape: Option<Tape>,
    /// Check mode: nothing may be changed.
    pub check: bool,
}

impl Context {
    /// The context of this state.
    pub fn of(lua: &Lua) -> mlua::Result<Context> {
        lua.app_data_ref::<Context>()
            .map(|context| context.clone())
            .ok_or_else(|| mlua::Error::runtime("this Lua state has no context"))
    }

    /// The way to the world, or the error that tells why there is none while a file is loaded.
    pub fn world(&self, what: &str) -> mlua::Result<&Arc<dyn Host>> {
        match (&self.host, self.phase) {
            (Some(host), Phase::Task) => Ok(host),
            _ => Err(refused(what)),
        }
    }

    /// The world that a question of a load is put to, which the journal keeps.
    pub fn observed(&self, what: &str) -> mlua::Result<&Arc<dyn Host>> {
        self.host.as_ref().ok_or_else(|| refused(what))
    }

    /// A path as the task means it: relative ones start at the working directory.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.workdir.join(path)
    }
}

/// The error for a call that has no place in a load.
pub fn refused(what: &str) -> mlua::Error {
    mlua::Error::runtime(format!(
        "{REFUSED}{what} cannot be used while the file is loaded; move it into a task"
    ))
}
