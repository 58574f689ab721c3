use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mlua::Lua;

use super::answer::{Code, Failure};
use crate::context::Context;
use crate::host::Host;

/// Fencing tokens of the locks this Lua state took, by namespace and name.
pub type Locks = Arc<Mutex<BTreeMap<(String, String), u64>>>;

/// The machine and the cluster, as the work behind a function sees them.
#[derive(Clone)]
pub struct World {
    pub host: Arc<dyn Host>,
    pub context: Context,
    pub locks: Locks,
}

impl World {
    /// Raises while a file is loaded.
    pub fn of(lua: &Lua, function: &str) -> mlua::Result<Self> {
        let context = Context::of(lua)?;
        let host = Arc::clone(context.world(function)?);
        let locks = lua.app_data_ref::<Locks>().map(|locks| Arc::clone(&locks)).unwrap_or_default();
        Ok(Self { host, context, locks })
    }

    /// A path as the task means it.
    pub fn path(&self, text: &str) -> Result<PathBuf, Failure> {
        if text.is_empty() {
            return Err(Failure::new(Code::Invalid, "the path is empty"));
        }
        Ok(self.context.resolve(text))
    }
}
