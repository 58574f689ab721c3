//! One long-lived stream for each peer and protocol: many requests under way, frames in both directions.

mod lane;
mod link;
mod pending;
mod serve;
mod wire;

pub use lane::Lane;
pub use serve::{Handler, Served, accept, answer};
pub use wire::stream_protocol as protocol;
