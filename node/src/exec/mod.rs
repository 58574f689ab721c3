//! Processes: the guard above the node, and the one way in which the node starts a program.
//!
//! [`guard::start`] splits the program in two before any thread exists. The guard stays small and waits; the
//! node works. Each holds the data directory's lock and adopts the orphans below it, so whichever dies first,
//! the other kills all that is left, and the lock is free only when both are gone.
//!
//! Inside the node a [`Spawner`] opens an [`Attempt`], and the attempt starts commands. Every process carries
//! the attempt's tag, a number that survives `setsid`, a second fork and an emptied environment: by it the
//! attempt finds what its commands left behind, and the next start what outlived guard and node. It is no wall
//! against a program that wants to hide.

#[cfg(not(target_os = "linux"))]
compile_error!("processes are held together by pidfd, subreapers and /proc, which only Linux has");

mod attempt;
mod command;
mod course;
mod error;
mod finished;
pub mod guard;
#[path = "linux/mod.rs"]
mod host;
mod launch;
mod lock;
mod output;
mod pipe;
mod process;
mod program;
mod spawner;
mod sweep;
mod tag;

pub use attempt::Attempt;
pub use command::Command;
pub use error::Error;
pub use finished::{Finished, Status, Stopped};
pub use output::{Captured, Sink, Stream};
pub use program::Program;
pub use spawner::Spawner;
pub use sweep::Leftover;
pub use tag::Directory;
use tag::Tag;
