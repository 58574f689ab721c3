//! What a node with a network does beyond one without: finding the others, being let in, copies of the log, leases.

mod admission;
mod anchor;
mod background;
pub(crate) mod confirm;
mod departure;
mod forming;
mod gate;
mod growth;
mod members;
mod past;
mod pulse;
mod start;
mod transport;

pub(crate) use anchor::Anchor;
pub(crate) use background::Background;
pub(crate) use start::start;
