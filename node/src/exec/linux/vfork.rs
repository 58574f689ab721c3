//! Starting a program: the child borrows the node's memory until `execve`, while the thread that made it waits.
//! Nothing is copied, so a start costs the same however large the node is.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::exec::Tag;

/// The child's calls use far less; unoptimised code is what needs the most.
const STACK: usize = 64 * 1024;
/// How long the last sweep waits for starts that are under way.
const GATE_WAIT: Duration = Duration::from_secs(1);

/// Starts pass it together; whoever closes it lets no further one pass.
static GATE: RwLock<()> = RwLock::new(());
static ENDING: AtomicBool = AtomicBool::new(false);

/// Strings as C wants them: pointers that end with a null.
pub struct Strings {
    pointers: Vec<*const c_char>,
    _owned: Vec<CString>,
}

impl Strings {
    pub fn new(owned: Vec<CString>) -> Self {
        Self { pointers: owned.iter().map(|s| s.as_ptr()).chain([null()]).collect(), _owned: owned }
    }
}

/// A file to execute if those before it do not exist.
pub struct Image<'a> {
    pub path: CString,
    pub arguments: &'a Strings,
}

/// All that a child needs to know, prepared because it may not allocate.
pub struct Start<'a> {
    pub images: &'a [Image<'a>],
    pub environment: &'a Strings,
    pub workdir: &'a CStr,
    pub streams: [BorrowedFd<'a>; 3],
    pub umask: Option<u32>,
    pub tag: Tag,
}

/// A process that was started and not yet reaped.
pub struct Child {
    pub pid: Pid,
    pub handle: OwnedFd,
}

/// Why no program runs.
#[derive(Debug)]
pub enum Fault {
    /// No process could be made or prepared.
    Process(io::Error),
    Workdir(io::Error),
    /// This image (by index) was refused.
    Image(usize, io::Error),
}

/// Starts a program in a session and process group of its own, so that one that asks the terminal for a
/// password fails at once instead of being stopped.
#[allow(unsafe_code)]
pub fn start(start: &Start<'_>) -> Result<Child, Fault> {
    let mut stack = Vec::<u128>::with_capacity(STACK / size_of::<u128>());
    let report = Report {
        start,
        step: AtomicI32::new(RUNNING),
        errno: AtomicI32::new(0),
        image: AtomicUsize::new(0),
    };
    let mut handle: c_int = -1;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
    let (pid, error) = {
        let _passing = GATE.read().unwrap_or_else(PoisonError::into_inner);
        let _blocked = AllBlocked::new();
        // SAFETY: the stack outlives the child's use of it, because this thread waits until the child executes
        // or ends (VFORK); with all signals blocked no handler of ours can run in the child; `child` neither
        // allocates, locks nor unwinds; `report` lives on this frame; the kernel writes one fd to `handle`.
        unsafe {
            let top = stack.as_mut_ptr().add(stack.capacity()).cast::<c_void>();
            let argument = (&raw const report).cast_mut().cast::<c_void>();
            let pid = libc::clone(child, top, flags, argument, &raw mut handle);
            (pid, io::Error::last_os_error())
        }
    };
    let Some(pid) = Pid::from_raw(pid).filter(|_| pid > 0) else {
        return Err(Fault::Process(error));
    };
    // SAFETY: the call succeeded, so this is a new descriptor of ours.
    let handle = unsafe { OwnedFd::from_raw_fd(handle) };
    match report.fault() {
        None => Ok(Child { pid, handle }),
        Some(fault) => {
            // It has ended already; nothing is to be learned from its status.
            let _ = waitid(WaitId::PidFd(handle.as_fd()), WaitIdOptions::EXITED);
            Err(fault)
        }
    }
}

/// Whether this process is in its last sweep, so that a killed task says nothing about itself.
pub fn is_ending() -> bool {
    ENDING.load(Ordering::Acquire)
}

/// Lets nothing start from here on, for the last sweep. One that hangs in `execve` is not waited for.
pub fn close_gate() {
    ENDING.store(true, Ordering::Release);
    let end = Instant::now() + GATE_WAIT;
    while Instant::now() < end {
        if let Ok(closed) = GATE.try_write() {
            std::mem::forget(closed);
            return;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

const RUNNING: i32 = 0;
const PREPARING: i32 = 1;
const ENTERING: i32 = 2;
const EXECUTING: i32 = 3;

/// What the child leaves in the shared memory when it could not become the program.
struct Report<'a> {
    start: &'a Start<'a>,
    step: AtomicI32,
    errno: AtomicI32,
    image: AtomicUsize,
}

impl Report<'_> {
    fn fault(&self) -> Option<Fault> {
        let error = io::Error::from_raw_os_error(self.errno.load(Ordering::Acquire));
        match self.step.load(Ordering::Acquire) {
            RUNNING => None,
            ENTERING => Some(Fault::Workdir(error)),
            EXECUTING => Some(Fault::Image(self.image.load(Ordering::Acquire), error)),
            _ => Some(Fault::Process(error)),
        }
    }

    fn leave(&self, step: i32, errno: i32, image: usize) {
        self.errno.store(errno, Ordering::Release);
        self.image.store(image, Ordering::Release);
        self.step.store(step, Ordering::Release);
    }
}

#[allow(unsafe_code)]
extern "C" fn child(report: *mut c_void) -> c_int {
    // SAFETY: `start` passes a report that outlives this child.
    let report = unsafe { &*report.cast::<Report<'_>>() };
    match prepare(report.start) {
        Err((step, errno)) => report.leave(step, errno, 0),
        Ok(()) => {
            let (image, errno) = execute(report.start);
            report.leave(EXECUTING, errno, image);
        }
    }
    // SAFETY: ends the child alone, without any of the parent's exit handlers.
    unsafe { libc::_exit(127) }
}

/// Everything between the fork and the program.
#[allow(unsafe_code)]
fn prepare(start: &Start<'_>) -> Result<(), (i32, c_int)> {
    let limit = libc::rlimit { rlim_cur: start.tag.limit(), rlim_max: libc::RLIM_INFINITY };
    // SAFETY: all of these are plain system calls on values that live as long as `start`; they change the child
    // alone, because only the memory is shared.
    unsafe {
        libc::setsid();
        // A finite hard limit refuses the tag; the spawner has warned of that.
        libc::setrlimit(libc::RLIMIT_LOCKS, &limit);
        for (number, stream) in start.streams.iter().enumerate() {
            if libc::dup2(stream.as_raw_fd(), number as c_int) < 0 {
                return Err((PREPARING, errno()));
            }
        }
        if let Some(mask) = start.umask {
            libc::umask(mask);
        }
        if libc::chdir(start.workdir.as_ptr()) < 0 {
            return Err((ENTERING, errno()));
        }
        // What the node itself inherited is not for its tasks; an old kernel that lacks the call leaks it.
        libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0);
        reset_signals();
    }
    Ok(())
}

/// Tries the images in turn; returns the one to blame and the reason.
#[allow(unsafe_code)]
fn execute(start: &Start<'_>) -> (usize, c_int) {
    let mut blame = (0, libc::ENOENT);
    for (index, image) in start.images.iter().enumerate() {
        // SAFETY: path and lists are null-terminated and outlive the call.
        unsafe {
            libc::execve(
                image.path.as_ptr(),
                image.arguments.pointers.as_ptr(),
                start.environment.pointers.as_ptr(),
            )
        };
        match errno() {
            libc::ENOENT => {}
            libc::ENOTDIR if start.images.len() > 1 => {}
            libc::EACCES => blame = (index, libc::EACCES),
            other => return (index, other),
        }
    }
    blame
}

/// Every signal gets its usual effect and none is blocked: an ignored one would stay so in the program.
///
/// # Safety
/// Only for the child, whose handlers are its own.
#[allow(unsafe_code)]
unsafe fn reset_signals() {
    // SAFETY: zeroes are a valid `sigaction` with the default handler and an empty mask; numbers that do not
    // exist or cannot be changed are refused without effect.
    unsafe {
        let usual: libc::sigaction = std::mem::zeroed();
        for signal in 1..=64 {
            libc::sigaction(signal, &usual, null_mut());
        }
        libc::sigprocmask(libc::SIG_SETMASK, &usual.sa_mask, null_mut());
    }
}

#[allow(unsafe_code)]
fn errno() -> c_int {
    // SAFETY: the child uses the variable of the thread that waits for it.
    unsafe { *libc::__errno_location() }
}

/// Blocks every signal for this thread until dropped.
struct AllBlocked(libc::sigset_t);

#[allow(unsafe_code)]
impl AllBlocked {
    fn new() -> Self {
        // SAFETY: both sets are plain data and are written by the calls.
        unsafe {
            let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            Self(before)
        }
    }
}

#[allow(unsafe_code)]
impl Drop for AllBlocked {
    fn drop(&mut self) {
        // SAFETY: the set was filled by the kernel.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, null_mut()) };
    }
}
