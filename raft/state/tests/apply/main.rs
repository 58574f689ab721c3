//! What applying commands promises, kind by kind, and for whatever comes in whatever order.

#![allow(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

mod aim;
mod commands;
mod document;
mod event;
mod golden;
mod hostile;
mod invariant;
mod kv;
mod lease;
mod member;
mod query;
mod replay;
mod request;
mod snapshot;
mod tick;
mod token;
mod workflow;
mod world;
