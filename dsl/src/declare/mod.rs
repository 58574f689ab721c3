//! What a file declares while it runs: the builders write, nothing is checked across tasks yet.

mod book;
mod builder;
mod draft;
mod members;
mod read;
mod target;
mod value;

pub use book::Book;
pub use book::kept;
pub use builder::TaskHandle;
pub use builder::install;
pub use draft::{CommandDraft, ConditionDraft, Draft, FunctionId, Setting};
