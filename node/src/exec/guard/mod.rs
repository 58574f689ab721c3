//! The first process: it forks the node, hands signals down and the exit code up, and outlives the node long
//! enough to kill what the node leaves behind.

mod link;
mod side;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, getpid, kill_process};

pub use side::NodeSide;

pub use super::host::boottime;
use super::host::{self, Arrival, Page, Signals};
use super::lock::Lock;
use super::{Error, sweep};

/// How often the guard shows that it works, and looks at the deadline at least.
const BEAT_MAX: Duration = Duration::from_secs(1);
/// How many beats the guard may miss before the node gives it up.
const BEATS_MISSED: u32 = 10;
/// The node's exit code when its main function panicked.
const PANICKED: i32 = 101;

/// How to guard a node.
pub struct Options {
    /// The data directory's lock file, made if absent.
    pub lock: PathBuf,
    /// A guard that shows no sign of life for so long is killed by the node.
    pub mute: Duration,
}

impl Options {
    /// The usual patience: ten seconds.
    pub fn new(lock: impl Into<PathBuf>) -> Self {
        Self { lock: lock.into(), mute: BEAT_MAX * BEATS_MISSED }
    }

    fn beat(&self) -> Duration {
        (self.mute / BEATS_MISSED).min(BEAT_MAX)
    }
}

/// Takes the lock, buries what an earlier life left, forks, and runs the node in the child, which ends there with
/// the code that `run_node` returns. Returns in the guard alone, with the code to exit with, once the node and
/// everything below it is gone. Call it before any thread exists.
///
/// A signal sent to a whole group or service reaches the node twice, once through the guard: treat a second TERM
/// like the first.
pub fn start(options: &Options, run_node: impl FnOnce(NodeSide) -> i32) -> Result<i32, Error> {
    let lock = Lock::take(&options.lock)?;
    lock.bury_the_past()?;
    lock.name(&[getpid()]).map_err(|source| Error::Lock { path: options.lock.clone(), source })?;
    host::become_subreaper().map_err(Error::system("adopt orphans"))?;
    let page = Page::new().map_err(Error::system("share memory with the node"))?;
    let (nodes_end, guards_end) = link::pair().map_err(Error::system("connect guard and node"))?;
    let signals = Signals::block().map_err(Error::system("block signals"))?;
    host::ignore_terminal_stop();
    let guard = getpid();
    match host::fork() {
        Err(error) => {
            signals.unblock();
            Err(error)
        }
        Ok(None) => {
            drop(guards_end);
            signals.unblock();
            let run = || NodeSide::new(guard, page, lock, nodes_end, options.beat()).map(run_node);
            end_node(catch_unwind(AssertUnwindSafe(run)))
        }
        Ok(Some(node)) => {
            drop(nodes_end);
            // Unnamed, the node would only be harder to find for the next start.
            let _ = lock.name(&[guard, node]);
            let watched = Guard { node, page, signals, beat: options.beat() };
            let code = watched.until_the_node_ends();
            sweep_and_mark(&lock);
            drop(guards_end);
            Ok(code)
        }
    }
}

/// Kills all that is left below this process, and says so in the lock.
fn sweep_and_mark(lock: &Lock) {
    let left = sweep::children();
    match left.is_empty() {
        true => lock.mark_clean(),
        false => left.iter().for_each(|process| say(&format!("{process} cannot be killed"))),
    }
}

/// One line for the operator, unless that would mean to wait or to fail.
fn say(message: &str) {
    let stderr = io::stderr();
    let writable = poll(&mut [PollFd::new(&stderr, PollFlags::OUT)], Some(&Timespec::default()));
    if writable == Ok(1) {
        let _ = rustix::io::write(&stderr, format!("sloth: {message}\n").as_bytes());
    }
}

fn end_node(outcome: std::thread::Result<Result<i32, Error>>) -> ! {
    process::exit(match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            say(&error.to_string());
            1
        }
        Err(_) => PANICKED,
    })
}

struct Guard {
    node: Pid,
    page: Page,
    signals: Signals,
    beat: Duration,
}

impl Guard {
    fn until_the_node_ends(&self) -> i32 {
        loop {
            self.page.beat();
            match self.signals.wait(self.patience()) {
                // Also when nothing came: a child's signal may have been merged with another.
                Some(Arrival::Child) | None => {
                    if let Some(code) = host::exited(self.node) {
                        return code;
                    }
                }
                Some(Arrival::Sent(signal)) => self.send(signal),
                Some(Arrival::Terminal) => {}
            }
            if self.page.remaining() == Some(0) {
                self.page.set_deadline(None);
                self.send(Signal::KILL);
                say("the node was stuck past its lease and is killed");
            }
        }
    }

    /// Until the next beat or the deadline, whichever is first.
    fn patience(&self) -> Duration {
        self.page
            .remaining()
            .map_or(self.beat, |remaining| self.beat.min(Duration::from_millis(remaining)))
    }

    fn send(&self, signal: Signal) {
        // Not yet reaped, so the number is still the node's.
        let _ = kill_process(self.node, signal);
    }
}
