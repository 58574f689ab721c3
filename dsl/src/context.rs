//! What a Lua state knows about why it runs. Every module asks it before it touches the world.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use mlua::Lua;
use tokio_util::sync::CancellationToken;

use crate::host::Host;
use crate::journal::Tape;
use crate::policy::{Denied, Need, Policy};
use crate::registry::function::Capability;

/// How refusals of what has no place in a load end.
pub const REFUSED: &str = "cannot be used while the file is loaded; move it into a task";

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
    /// What may be touched.
    pub policy: Policy,
}

impl Context {
    /// The context of this state.
    pub fn of(lua: &Lua) -> mlua::Result<Context> {
        lua.app_data_ref::<Context>()
            .map(|context| context.clone())
            .ok_or_else(|| mlua::Error::runtime("this Lua state has no context"))
    }

    /// Why this state runs; cheaper than all of its context.
    pub fn phase_of(lua: &Lua) -> mlua::Result<Phase> {
        let context = lua.app_data_ref::<Context>().map(|context| context.phase);
        context.ok_or_else(|| mlua::Error::runtime("this Lua state has no context"))
    }

    /// The way to the world, or the error that tells why there is none while a file is loaded.
    pub fn world(&self, what: &str) -> mlua::Result<&Arc<dyn Host>> {
        self.host.as_ref().ok_or_else(|| refused(what))
    }

    /// The one gate: fails when the policy denies what is about to be touched.
    pub fn permit(&self, needs: &[Need]) -> Result<(), Denied> {
        self.policy.check(needs, &self.workdir)
    }

    /// The gate for one thing of a known name.
    pub fn permit_this(&self, capability: Capability, object: &str) -> Result<(), Denied> {
        match self.policy.is_open() {
            true => Ok(()),
            false => self.permit(&[Need::this(capability, object)]),
        }
    }

    /// A path as the task means it: relative ones start at the working directory.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.workdir.join(path)
    }
}

/// The error for a call that has no place in a load.
pub fn refused(what: &str) -> mlua::Error {
    mlua::Error::runtime(format!("`{what}` {REFUSED}"))
}
