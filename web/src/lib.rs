//! REST API with OpenAPI, event streams, and the typed client.

// The futures of agreement are deep.

pub mod api;
pub mod client;
mod group;
mod serve;
mod translate;
pub mod wire;

pub use client::Client;
pub use serve::{Error, Server, serve};
