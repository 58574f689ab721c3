//! The workflow language: model, loader, diagnostics, Lua runtime and modules.
//!
//! [`load`] turns a file into plain data; [`run`] runs one step of it, in a fresh Lua state, through a [`host::Host`].

mod assemble;
pub mod context;
mod convert;
mod declare;
mod diagnostic;
mod expand;
pub mod field;
mod globals;
mod graph;
pub mod host;
mod imports;
pub mod journal;
mod line;
mod load;
pub mod model;
mod modules;
pub mod policy;
pub mod registry;
mod run;
mod span;
mod template;
mod text;
mod vm;

pub use diagnostic::{Code, Diagnostic, Diagnostics};
pub use imports::Imports;
pub use journal::Journal;
pub use line::words;
pub use load::{Live, LoadOptions, Observed, SOURCE_MAX, Source, load, observe};
pub use model::{File, Task, Workflow};
pub use run::{
    Answer, Attempt, HOOKS_TIME, Job, OnFailure, Outcome, Question, Status, Step, TaskResult, run,
};
