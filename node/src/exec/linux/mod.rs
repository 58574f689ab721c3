//! What the process layer asks of Linux, and the only unsafe code of this crate.

mod fork;
mod orphans;
mod page;
mod proc;
mod signals;
mod vfork;
mod watch;

pub use fork::{exit_now, fork};
pub use orphans::{become_subreaper, exited, reap, reap_any, status};
pub use page::{Page, boottime};
pub use proc::{Process, adopted, children, everyone, limits_are_free, threads};
pub use signals::{Arrival, Signals, ignore_terminal_stop};
pub use vfork::{Child, Fault, Image, Start, Strings, close_gate, is_ending, start};
pub use watch::{Watched, watch, watch_borrowed};
