//! Membership is proven inside the transport upgrade, so that no protocol sees an unproven connection.

mod door;
mod error;
mod trusts;
mod upgrade;

pub use door::Door;
pub use error::{Error, Rejection};
pub use trusts::Trusts;
pub use upgrade::Admit;
