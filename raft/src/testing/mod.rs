//! What tests of this crate and of those above it share: a network and a log in memory, and the suites that
//! every implementation of the two ports must pass.

mod log_suite;
mod memory;
mod net;
mod transport_suite;

pub use log_suite::log_suite;
pub use memory::Memory;
pub use net::{Handler, Net};
pub use transport_suite::{Pair, transport_suite};
