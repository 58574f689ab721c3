//! Several machines that nobody appointed.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

mod forming;
mod joining;
mod leaving;
mod placement;
mod quorum;
mod streams;
mod workers;
