//! The raft log: entries in a cache, their bytes behind the [`LogEngine`] port.

mod cache;
mod engine;
pub(crate) mod folder;
mod group;
mod ledger;
pub(crate) mod mark;
mod rebuild;
mod record;
mod sled;
mod store;
mod timing;
mod writer;

pub use self::engine::{LogEngine, Setting, Write};
pub use self::sled::Sled;
pub(crate) use ledger::Ledger;
pub(crate) use store::{Closed, Store};
