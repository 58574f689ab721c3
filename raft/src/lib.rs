//! How the cluster agrees: openraft with its log in files of its own or in sled, the state in memory, snapshots in files.
//!
//! [`Raft`] is a node's part in it: with a replica, or without one by asking voters. It changes from one to the
//! other while [`Handle`] (writes, reads, feeds, membership) and [`Serve`] (what other nodes send) stay the same.
//! Two ports lead out: [`Transport`] carries requests between nodes, [`LogEngine`] keeps the log's bytes.
//! [`state`] decides what a command means; nothing here looks into one.
//!
//! ```text
//! Handle ─► writer: one batch under way ─► leader ─► log (one write, one sync) ─► followers ─► apply ─► replies
//! ```

mod ask;
mod check;
mod codec;
mod error;
mod feed;
mod forward;
mod handle;
pub mod log;
mod machine;
mod membership;
mod network;
mod options;
mod parcels;
mod raft;
mod remote;
mod replica;
mod serve;
mod session;
mod shared;
mod status;
mod stopwatch;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod transport;
mod types;
mod writer;

pub use check::{Fault, Health, check};
pub use error::Error;
pub use feed::{Change, Feed};
pub use forward::Consistency;
pub use handle::{Handle, Watch};
pub use log::LogEngine;
pub use options::{Clock, Options, SystemClock};
pub use raft::Raft;
pub use serve::Serve;
pub use status::{Progress, Role, Status};
pub use transport::{Alone, Lane, Transport, TransportError};
