//! The mesh's decisions, pure: roster, suspicion, founding, admission.
//!
//! No sockets, no clock, no randomness: events and the time since the start come in, effects go out.

mod base32;
mod beat;
mod bytes;
pub mod contacts;
mod error;
pub mod founding;
pub mod frame;
pub mod handshake;
mod hex;
mod proof;
pub mod roster;
mod secret;
mod sighting;
mod token;

pub use beat::{Beat, Load, Status};
pub use error::Error;
pub use proof::{Credential, Key, Mac, Nonce, Role, Transcript};
pub use secret::ClusterSecret;
pub use sighting::Sighting;
pub use token::{Token, TokenId};
