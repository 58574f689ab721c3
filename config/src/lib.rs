//! Typed configuration, names, durations, limits and the data directory.

mod address;
mod cluster_id;
mod decimal;
pub mod duration;
mod environment;
mod error;
mod identity;
mod keys;
mod labels;
mod layer;
pub mod limits;
mod log_kind;
mod name;
mod paths;
mod resolve;
mod secret;
pub mod selector;
mod settings;
pub mod size;
pub mod suggest;
mod timers;
mod value;

pub use address::Address;
pub use cluster_id::ClusterId;
pub use environment::Environment;
pub use error::Error;
pub use identity::NodeId;
pub use labels::{Edit, Labels};
pub use layer::{Origin, Overrides};
pub use log_kind::LogKind;
pub use name::{Name, TaskName};
pub use paths::Paths;
pub use resolve::Resolved;
pub use secret::Secret;
pub use settings::{Cluster, Config, Mesh, Node, Raft, Run};
pub use timers::Timers;
