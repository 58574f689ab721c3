//! The raft log: entries in a cache, their bytes behind the [`LogEngine`] port.

mod cache;
mod engine;
mod file;
pub(crate) mod folder;
mod group;
mod ledger;
mod mark;
pub(crate) mod record;
mod sled;
mod store;
mod timing;
mod writer;

pub(crate) use self::engine::Inspected;
pub use self::engine::{LogEngine, Opened, Setting, Write};
pub use self::file::Journal;
pub use self::sled::Sled;
pub(crate) use ledger::Ledger;
pub(crate) use store::{Closed, Store};
