//! Raft between replicas, over the [`Transport`](crate::Transport) port.

mod client;
mod frame;
mod incoming;
mod peer;

pub(crate) use client::Network;
pub(crate) use frame::{Addressed, Chunk, Refused, Taken, answer};
pub(crate) use incoming::{Incoming, Step};
pub(crate) use peer::{CallError, call};
