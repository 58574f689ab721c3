//! What a file may touch. Every layer only narrows: the accepting side's flags and policy file, the policy of the node
//! that executes, a task's own `sandbox`.

mod layer;
mod needs;
mod path;
mod pattern;
mod rule;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::registry::answer::{Code, Failure};
use crate::registry::function::Capability;

pub use layer::Layer;
pub use needs::needs;
pub use rule::Rule;

/// Layers, all of which must allow what is to be done. Without any, everything is. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy(Arc<Vec<Layer>>);

/// One thing that a call is about to touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub capability: Capability,
    pub object: Object,
}

/// What of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A path, a program, `host:port`, a key, an event's type, a name.
    This(String),
    /// Whatever there is.
    Everything,
    /// Something that is only known, and asked about, later.
    Something,
}

/// A policy's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied(Need);

impl Need {
    pub fn this(capability: Capability, object: impl Into<String>) -> Self {
        Need { capability, object: Object::This(object.into()) }
    }
}

impl Policy {
    /// This policy, narrowed.
    pub fn and(&self, layer: &Layer) -> Self {
        match layer.is_open() {
            true => self.clone(),
            false => Policy(Arc::new(self.0.iter().chain([layer]).cloned().collect())),
        }
    }

    /// Both policies.
    pub fn within(&self, other: &Policy) -> Self {
        other.0.iter().fold(self.clone(), |narrowed, layer| narrowed.and(layer))
    }

    /// Whether nothing is denied.
    pub fn is_open(&self) -> bool {
        self.0.is_empty()
    }

    /// Fails at the first need that a layer denies; relative patterns start at `workdir`.
    pub fn check(&self, needs: &[Need], workdir: &Path) -> Result<(), Denied> {
        if self.is_open() {
            return Ok(());
        }
        let denied = |need: &&Need| !self.0.iter().all(|layer| layer.allows(need, workdir));
        needs.iter().find(denied).map_or(Ok(()), |need| Err(Denied(need.clone())))
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Denied(Need { capability, object }) = self;
        write!(f, "permission denied: {}", capability.word())?;
        match object {
            Object::This(object) => write!(f, "({object})"),
            Object::Everything | Object::Something => Ok(()),
        }
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        Failure::raised(Code::Denied, denied.to_string())
    }
}

impl From<Denied> for mlua::Error {
    fn from(denied: Denied) -> Self {
        mlua::Error::runtime(denied.to_string())
    }
}

#[cfg(test)]
mod tests;
