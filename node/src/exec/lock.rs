//! The data directory's lock: held by guard and node together, free when both are gone.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use super::host::Process;
use super::{Directory, Error, sweep};

/// How long a predecessor that is dying may take.
const HANDOVER: Duration = Duration::from_secs(10);
/// How long the file may name nobody before another process counts as its holder.
const UNNAMED: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(5);

/// Written when nothing is left behind, so that the next start need not look at every process.
const CLEAN: &str = "clean";

/// An exclusive lock that a fork shares. Its file stays for ever: its identity names the directory.
pub struct Lock {
    file: File,
    metadata: Metadata,
}

impl Lock {
    /// Takes the lock; a holder that is stopped is killed, one that is dying is waited for.
    pub fn take(path: &Path) -> Result<Self, Error> {
        let lock = Self::open(path).map_err(lock_error(path))?;
        let started = Instant::now();
        while !lock.try_take().map_err(lock_error(path))? {
            let holders = lock.holders();
            holders.iter().for_each(Holder::kill_if_stopped);
            let patience = match Standing::of(&holders) {
                Standing::Working(pid) => return Err(held(path, Some(pid))),
                Standing::Ending => HANDOVER,
                Standing::Unknown => UNNAMED,
            };
            if started.elapsed() > patience {
                return Err(held(path, holders.first().map(|holder| holder.process.0)));
            }
            thread::sleep(LOOK);
        }
        Ok(lock)
    }

    /// The tag of what runs under this lock.
    pub fn directory(&self) -> Directory {
        Directory::of(&self.metadata)
    }

    /// Kills what outlived both processes of the last holder.
    pub fn bury_the_past(&self) -> Result<(), Error> {
        match self.read().trim_end() {
            CLEAN => Ok(()),
            _ => sweep::tagged(self.directory()),
        }
    }

    /// Names the processes that hold the lock.
    pub fn name(&self, holders: &[Pid]) -> io::Result<()> {
        let pids: Vec<String> =
            holders.iter().map(|pid| pid.as_raw_nonzero().to_string()).collect();
        self.write(&pids.join(" "))
    }

    /// Says that nothing is left behind. Should that fail, the next start only looks in vain.
    pub fn mark_clean(&self) {
        let _ = self.write(CLEAN);
    }

    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        let metadata = file.metadata()?;
        Ok(Self { file, metadata })
    }

    fn try_take(&self) -> io::Result<bool> {
        match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The named processes; those that do not have the file open are others with a reused number.
    fn holders(&self) -> Vec<Holder> {
        let content = self.read();
        let pids =
            content.split_whitespace().filter_map(|pid| pid.parse().ok().and_then(Pid::from_raw));
        pids.map(|pid| Holder::look(Process(pid), &self.metadata)).collect()
    }

    fn read(&self) -> String {
        let mut content = [0; 64];
        let length = self.file.read_at(&mut content, 0).unwrap_or(0);
        String::from_utf8_lossy(&content[..length]).into_owned()
    }

    fn write(&self, content: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all_at(format!("{content}\n").as_bytes(), 0)
    }
}

struct Holder {
    process: Process,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Works,
    Stopped,
    Gone,
}

impl Holder {
    fn look(process: Process, lock: &Metadata) -> Self {
        let state = match process.state() {
            None | Some('Z' | 'X') => State::Gone,
            Some(_) if process.has_open(lock) == Some(false) => State::Gone,
            Some('T') => State::Stopped,
            Some(_) => State::Works,
        };
        Self { process, state }
    }

    fn kill_if_stopped(&self) {
        if self.state == State::Stopped {
            let _ = kill_process(self.process.0, Signal::KILL);
        }
    }
}

/// What the holders are up to.
enum Standing {
    Working(Pid),
    /// One of them is dead or about to be killed: the other one cleans up.
    Ending,
    Unknown,
}

impl Standing {
    fn of(holders: &[Holder]) -> Self {
        let Some(first) = holders.first() else { return Self::Unknown };
        if holders.iter().all(|holder| holder.state == State::Works) {
            return Self::Working(first.process.0);
        }
        if holders.iter().all(|holder| holder.state == State::Gone) {
            return Self::Unknown;
        }
        Self::Ending
    }
}

fn held(path: &Path, pid: Option<Pid>) -> Error {
    Error::Held {
        path: path.to_owned(),
        pid: pid.map(|pid| pid.as_raw_nonzero().get().unsigned_abs()),
    }
}

fn lock_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Lock { path, source }
}
