use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mlua::Lua;
use tokio::time::Instant;

use super::answer::{Code, Failure};
use super::capability::Capability;
use crate::context::Context;
use crate::host::{Finished, Host, Process};

/// Fencing tokens of the locks this Lua state took, by namespace and name.
pub type Locks = Arc<Mutex<BTreeMap<(String, String), u64>>>;

/// The machine and the cluster, as the work behind a function sees them in one call.
#[derive(Clone)]
pub struct World {
    pub host: Arc<dyn Host>,
    /// With the working directory of this call.
    pub context: Context,
    pub locks: Locks,
    /// Whether nothing may be changed.
    pub check: bool,
    /// Variables, user and deadline of the processes of this call.
    pub env: Vec<(String, String)>,
    pub user: Option<String>,
    pub deadline: Option<Instant>,
}

impl World {
    /// Raises where there is no world.
    pub fn of(lua: &Lua, function: &str) -> mlua::Result<Self> {
        let context = Context::of(lua)?;
        let host = Arc::clone(context.world(function)?);
        let locks = lua.app_data_ref::<Locks>().map(|locks| Arc::clone(&locks)).unwrap_or_default();
        let (env, user, deadline) = (Vec::new(), None, None);
        Ok(Self { host, check: context.check, context, locks, env, user, deadline })
    }

    /// A path as the task means it.
    pub fn path(&self, text: &str) -> Result<PathBuf, Failure> {
        if text.is_empty() {
            return Err(Failure::new(Code::Invalid, "the path is empty"));
        }
        Ok(self.context.resolve(text))
    }

    /// Fails when the policy denies what turned out to be touched, such as the host a request is sent on to.
    pub fn permit(&self, capability: Capability, object: &str) -> Result<(), Failure> {
        Ok(self.context.permit_this(capability, object)?)
    }

    /// Runs a process to its end, with what the call said about all of its processes.
    pub async fn spawn(&self, mut process: Process) -> Result<Finished, Failure> {
        self.permit(Capability::Exec, process.program.name())?;
        process.workdir = Some(self.context.resolve(process.workdir.unwrap_or_default()));
        process.env.splice(0..0, self.env.iter().cloned());
        process.user = process.user.or_else(|| self.user.clone());
        let left = self.deadline.map(|deadline| deadline.duration_since(Instant::now()));
        process.timeout = left.into_iter().chain(process.timeout).min();
        Ok(self.host.spawn(process).await?)
    }
}
