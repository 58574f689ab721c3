//! Processes as `/proc` shows them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::io::Errno;
use rustix::process::Pid;

use crate::exec::Tag;

/// A running or ended process that may vanish at any moment: every answer is one of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(pub Pid);

impl Process {
    /// The kernel's state letter: `R`, `S`, `D`, `T` (stopped), `Z` (ended, not reaped).
    pub fn state(self) -> Option<char> {
        let stat = fs::read_to_string(self.path("stat")).ok()?;
        let (_, after_name) = stat.rsplit_once(") ")?;
        after_name.chars().next()
    }

    pub fn is_alive(self) -> bool {
        !matches!(self.state(), None | Some('Z' | 'X'))
    }

    /// The program's short name, `?` when it is gone.
    pub fn name(self) -> String {
        fs::read_to_string(self.path("comm"))
            .map_or_else(|_| "?".to_owned(), |name| name.trim_end().to_owned())
    }

    /// The tag it carries; another user's process is read through its `limits` file.
    pub fn tag(self) -> Option<Tag> {
        let soft = match soft_limit(self.0) {
            Err(Errno::PERM) => self.limits_file(),
            soft => soft.ok(),
        };
        soft.map(Tag::from_limit)
    }

    /// Whether it has this file open; unknown when it may not be looked into.
    pub fn has_open(self, file: &fs::Metadata) -> Option<bool> {
        let same = |path: &Path| {
            fs::metadata(path).is_ok_and(|m| (m.dev(), m.ino()) == (file.dev(), file.ino()))
        };
        let mut open = fs::read_dir(self.path("fd")).ok()?.flatten();
        Some(open.any(|entry| same(&entry.path())))
    }

    fn limits_file(self) -> Option<u64> {
        let limits = fs::read_to_string(self.path("limits")).ok()?;
        let line = limits.lines().find_map(|line| line.strip_prefix("Max file locks"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    fn path(self, file: &str) -> String {
        format!("/proc/{}/{file}", self.0.as_raw_nonzero())
    }
}

/// All processes.
pub fn everyone() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| parse_pid(entry.file_name().to_str()?)).collect()
}

/// Every child of this process, whichever thread started it.
pub fn children() -> Vec<Process> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    threads
        .flatten()
        .flat_map(|thread| children_of_thread(&thread.path().join("children")))
        .collect()
}

/// The children of the main thread: the kernel gives all orphans to it, and what other threads started stays theirs.
pub fn adopted() -> Vec<Process> {
    children_of_thread(Path::new(&format!("/proc/self/task/{}/children", std::process::id())))
}

/// How many threads this process has.
pub fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

/// Whether any tag can be set: a finite hard limit would refuse it.
pub fn limits_are_free() -> bool {
    rustix::process::getrlimit(rustix::process::Resource::Locks).maximum.is_none()
}

fn children_of_thread(file: &Path) -> Vec<Process> {
    let list = fs::read_to_string(file).unwrap_or_default();
    list.split_whitespace().filter_map(parse_pid).collect()
}

fn parse_pid(text: &str) -> Option<Process> {
    text.parse().ok().and_then(Pid::from_raw).map(Process)
}

#[allow(unsafe_code)]
fn soft_limit(pid: Pid) -> Result<u64, Errno> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: no new limit is given, and the old one is written to a local of the right type.
    let failed = unsafe {
        libc::prlimit(pid.as_raw_nonzero().get(), libc::RLIMIT_LOCKS, std::ptr::null(), &mut limit)
    };
    if failed == 0 { Ok(limit.rlim_cur) } else { Err(last_errno()) }
}

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::host::{Image, Start, Strings, reap, start};
    use std::fs::File;
    use std::os::fd::AsFd;

    #[test]
    fn a_tag_is_read_in_both_ways_and_also_from_the_dead() {
        let null = File::options().read(true).write(true).open("/dev/null").unwrap();
        let tag = Tag::from_limit(0x1234_5678_0000_0007);
        let child = start(&Start {
            images: &[Image {
                path: c"/bin/cat".into(),
                arguments: &Strings::new(vec![c"cat".into()]),
            }],
            environment: &Strings::new(Vec::new()),
            workdir: c"/",
            streams: [null.as_fd(); 3],
            umask: None,
            tag,
        })
        .unwrap();
        let process = Process(child.pid);
        assert_eq!(process.limits_file(), Some(tag.limit()));
        assert_eq!(process.tag(), Some(tag));
        while process.is_alive() {
            std::thread::yield_now();
        }
        assert_eq!((process.state(), process.tag()), (Some('Z'), Some(tag)));
        assert!(reap(child.pid).unwrap());
        assert_eq!((process.state(), process.tag()), (None, None));
    }
}
