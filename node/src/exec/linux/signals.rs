use std::io;
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::time::Duration;

use rustix::process::Signal;

/// What the guard hands on to the node; everything else has its usual effect on the guard.
const FORWARDED: [Signal; 7] = [
    Signal::TERM,
    Signal::INT,
    Signal::HUP,
    Signal::QUIT,
    Signal::USR1,
    Signal::USR2,
    Signal::WINCH,
];

/// The guard's signals: blocked, so that they wait until they are asked for.
pub struct Signals {
    wanted: libc::sigset_t,
    before: libc::sigset_t,
}

/// What woke the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Some child has ended, stopped or continued.
    Child,
    /// Sent by a process to this one.
    Sent(Signal),
    /// Sent by the kernel, which means the terminal: the node in the same group has it already.
    Terminal,
}

#[allow(unsafe_code)]
impl Signals {
    pub fn block() -> io::Result<Self> {
        // A parent that ignores it would have the kernel throw away every exit status.
        // SAFETY: the usual effect runs no handler.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
        let mut wanted = empty();
        for signal in FORWARDED.into_iter().chain([Signal::CHILD]) {
            // SAFETY: `wanted` is an initialised set of our own.
            unsafe { libc::sigaddset(&mut wanted, signal.as_raw()) };
        }
        let mut before = empty();
        // SAFETY: both sets are ours and initialised.
        match unsafe { libc::sigprocmask(libc::SIG_BLOCK, &wanted, &mut before) } {
            0 => Ok(Self { wanted, before }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Undoes [`Signals::block`], in the node.
    pub fn unblock(&self) {
        // SAFETY: the set was filled by the kernel.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &self.before, null_mut()) };
    }

    /// Waits for the next signal; `None` when there was none in time.
    pub fn wait(&self, limit: Duration) -> Option<Arrival> {
        let limit =
            libc::timespec { tv_sec: limit.as_secs() as _, tv_nsec: limit.subsec_nanos() as _ };
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: set and time are initialised, and `info` has room for what is written.
        let signal = unsafe { libc::sigtimedwait(&self.wanted, info.as_mut_ptr(), &limit) };
        let signal = Signal::from_named_raw(signal)?;
        // SAFETY: zeroes are a valid siginfo, and the call succeeded.
        let code = unsafe { info.assume_init() }.si_code;
        Some(match signal {
            Signal::CHILD => Arrival::Child,
            _ if code > 0 => Arrival::Terminal,
            sent => Arrival::Sent(sent),
        })
    }
}

/// Ctrl-Z does nothing: a stopped node could not stop its tasks in time.
#[allow(unsafe_code)]
pub fn ignore_terminal_stop() {
    // SAFETY: ignoring a signal runs no handler.
    unsafe { libc::signal(libc::SIGTSTP, libc::SIG_IGN) };
}

#[allow(unsafe_code)]
fn empty() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initialises the set.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    }
}
