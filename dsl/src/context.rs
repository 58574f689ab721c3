//! What a Lua state knows about why it runs. Every module asks it before it touches the world.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use mlua::Lua;
use tokio_util::sync::CancellationToken;

use crate::host::Host;

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
    /// Absent while a file is loaded.
    pub host: Option<Arc<dyn Host>>,
    /// The attempt's working directory, absolute; empty while a file is loaded.
    pub workdir: PathBuf,
    /// When the hook ends the Lua code.
    pub deadline: Instant,
    pub cancel: CancellationToken,
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
            _ => Err(mlua::Error::runtime(format!(
                "observes the world at load: {what} cannot be used while the file is loaded; move it into a task"
            ))),
        }
    }

    /// A path as the task means it: relative ones start at the working directory.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.workdir.join(path)
    }
}
