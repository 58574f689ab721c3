use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::process::{
    Pid, WaitId, WaitIdOptions, WaitOptions, WaitStatus, set_child_subreaper, wait, waitid, waitpid,
};

use crate::exec::Status;

/// From now on orphans below this process become its children.
pub fn become_subreaper() -> io::Result<()> {
    // Any process id stands for "on".
    Ok(set_child_subreaper(Some(rustix::process::getpid()))?)
}

/// The exit code of a child that has ended, as a shell tells it; `None` while it runs.
pub fn exited(child: Pid) -> Option<i32> {
    match waitpid(Some(child), WaitOptions::NOHANG) {
        Ok(Some((_, status))) => Some(code(status)),
        Ok(None) => None,
        // Only one who had no such child gets here.
        Err(_) => Some(1),
    }
}

/// Takes the status of a process by its handle; `None` while it runs.
pub fn status(handle: &OwnedFd) -> Option<Status> {
    let ended =
        waitid(WaitId::PidFd(handle.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
            .ok()??;
    let exited = ended.exit_status().map(Status::Exited);
    exited.or_else(|| ended.terminating_signal().map(Status::Signalled))
}

/// Takes the status of a child that has ended and is nobody else's.
pub fn reap(child: Pid) -> io::Result<bool> {
    Ok(waitpid(Some(child), WaitOptions::NOHANG)?.is_some())
}

/// Takes the status of any child that has ended. False while children live; an error when there is none.
pub fn reap_any() -> io::Result<bool> {
    Ok(wait(WaitOptions::NOHANG)?.is_some())
}

fn code(status: WaitStatus) -> i32 {
    status
        .exit_status()
        .or_else(|| status.terminating_signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}
