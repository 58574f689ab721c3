//! Whole-system tests: the real binary in homes of its own, clusters on loopback, and what tasks did to the disk.
//!
//! Everything here panics when a promise is broken, waits for conditions and never for a time.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

mod binary;
mod cluster;
mod dice;
mod editor;
mod effects;
mod fencing;
pub mod history;
mod home;
mod machine;
mod netns;
mod node;
mod power;
pub mod process;
mod run;
mod scene;
mod setup;
mod sloth;
mod slots;
mod started;
mod stream;
mod terminal;
mod user;
mod wait;

pub use binary::binary;
pub use cluster::{Cluster, Plan};
pub use dice::Dice;
pub use editor::Editor;
pub use effects::{Effects, Span};
pub use fencing::{Fencing, Grant, Guarded};
pub use history::History;
pub use home::Home;
pub use machine::{Machine, are_one};
pub use netns::{Lan, Namespace};
pub use node::Node;
pub use power::power_off;
pub use run::Run;
pub use scene::Scene;
pub use setup::{SECRET, Setup};
pub use sloth::{Finished, Sloth};
pub use started::Started;
pub use stream::Item;
pub use terminal::Terminal;
pub use user::{NOBODY, as_user};
pub use wait::{LONG, SHORT, wait_until};
