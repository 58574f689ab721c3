//! Several machines that nobody appointed.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

mod connections;
mod flood;
mod forming;
mod joining;
mod leaving;
mod placement;
mod quorum;
mod strangers;
mod streams;
mod unfit;
mod workers;
