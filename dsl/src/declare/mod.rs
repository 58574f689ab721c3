//! What a file declares while it runs: the builders write, nothing is checked across tasks yet.

mod book;
mod builder;
mod draft;
mod left;
mod members;
mod read;
mod retry;
mod setting;
mod target;
mod value;

pub use book::Book;
pub use book::kept;
pub use builder::TaskHandle;
pub use builder::install;
pub use draft::{CleanDraft, CommandDraft, ConditionDraft, Draft, FunctionId, Setting};
pub use left::look;
pub use read::Fault;
pub use retry::Policy;
pub use target::{TargetDraft, answered, expr};
