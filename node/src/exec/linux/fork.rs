use std::io;

use rustix::process::Pid;

use super::threads;
use crate::exec::Error;

/// Splits this process in two: the child's id in the parent, `None` in the child.
#[allow(unsafe_code)]
pub fn fork() -> Result<Option<Pid>, Error> {
    match threads() {
        1 => {}
        many => return Err(Error::Threads(many)),
    }
    // SAFETY: with one thread no lock can be held by a thread that the child lacks.
    match unsafe { libc::fork() } {
        -1 => Err(Error::system("fork the node")(io::Error::last_os_error())),
        pid => Ok(Pid::from_raw(pid)),
    }
}

/// Ends this process without any exit handler: other threads still run.
#[allow(unsafe_code)]
pub fn exit_now(code: i32) -> ! {
    // SAFETY: never returns, and the kernel cleans up.
    unsafe { libc::_exit(code) }
}
