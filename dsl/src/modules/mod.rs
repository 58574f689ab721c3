//! The functions workflow code can call. A module is a list of functions; the work behind them knows no Lua.

mod bounded;
mod data;
mod event;
mod exec;
mod fs;
mod log;
mod state;

use crate::registry::Module;

/// Every module, in the order of the reference.
pub static ALL: &[Module] =
    &[log::MODULE, exec::MODULE, fs::MODULE, data::MODULE, state::MODULE, event::MODULE];
