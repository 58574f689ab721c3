//! The functions workflow code can call. A module is a list of functions; the work behind them knows no Lua.

mod data;
mod event;
mod exec;
mod file_ops;
mod fs;
mod goroutine;
mod log;
mod other;
mod secrets;
mod state;
mod workdir;

pub use goroutine::{Stage, drive};

use crate::registry::Module;

/// Every module, in the order of the reference.
pub static ALL: &[Module] = &[
    log::MODULE,
    exec::MODULE,
    goroutine::MODULE,
    fs::MODULE,
    file_ops::MODULE,
    data::MODULE,
    state::MODULE,
    event::MODULE,
    workdir::MODULE,
    other::JSON,
    other::YAML,
    other::TEMPLATE,
    other::CMD,
    secrets::MODULE,
];

pub use other::GLOBALS;
