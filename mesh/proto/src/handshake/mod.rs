//! How two nodes prove membership to each other, inside noise, before any protocol sees the connection.
//!
//! The dialer greets, the acceptor answers and proves itself first, the dialer proves itself, the
//! acceptor concludes. A side trusts the other when it is an agreed member (noise has proven its key)
//! or when its proof fits a key that both know: then it is a stranger, who may only ask to be let in.

mod acceptor;
mod dialer;
mod message;
mod reason;

pub use acceptor::Acceptor;
pub use dialer::{Dialer, Offers};
pub use message::{Answer, Conclusion, Greeting, Proof, Verdict};
pub use reason::Reason;

use crate::Credential;

/// The version of the handshake and of the mesh behind it.
pub const VERSION: u8 = 1;
/// No message of the handshake is longer.
pub const MESSAGE_BYTES: usize = 256;

/// What is agreed about a node, as far as this node knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreed {
    Member,
    Unknown,
    /// Evicted for good.
    Removed,
}

/// How the other side is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    Member,
    /// Not a member; it proved this.
    Stranger(Credential),
}
