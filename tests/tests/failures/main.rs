//! What is killed, stopped or stays away, and what becomes of the runs.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

mod executor;
mod frozen;
mod guard;
mod leader;
mod owner;
mod voter;
