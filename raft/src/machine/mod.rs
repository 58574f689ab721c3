//! The state machine: [`state::State`] in memory, published after every step, with snapshots in files.

mod apply;
mod published;
mod snapshot;
mod vault;

pub(crate) use apply::Machine;
pub(crate) use published::Published;
#[cfg(test)]
pub(crate) use snapshot::Record;
pub(crate) use snapshot::SnapshotFile;
pub(crate) use vault::Vault;
