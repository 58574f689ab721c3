//! The state machine: [`state::State`] in memory, published after every step, with snapshots in files.

mod apply;
mod published;
mod snapshot;
mod vault;

pub(crate) use apply::Machine;
pub(crate) use published::Published;
pub(crate) use snapshot::{Record, SnapshotFile};
pub(crate) use vault::Vault;
