//! A run as it is watched: what is known of it, and how that looks.

mod ask;
mod attempt;
mod board;
mod lines;
mod live;
mod log;
mod plain;
mod region;
pub mod summary;
mod tree;
mod view;

pub use ask::{Asking, Said};
pub use lines::meaning;
pub use log::Log;
pub use plain::label;
pub use view::{Progress, View};
