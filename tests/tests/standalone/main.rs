//! One machine, and nobody else.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

mod again;
mod control;
mod crash;
mod damage;
mod editor;
mod environment;
mod examples;
mod exits;
mod history;
mod hostile;
mod manners;
mod plans;
mod secrets;
mod sharing;
mod store;
mod watched;
