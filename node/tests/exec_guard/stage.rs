//! Where the program under test plays, and what can be done to it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(20);

/// A data directory; whatever works in it when the test ends is killed.
pub struct Stage {
    folder: TempDir,
}

/// Guard and node.
pub struct Pair {
    pub shell: Child,
    pub guard: Pid,
    pub node: Pid,
}

impl Stage {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, life: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("--node").arg(self.path()).arg(life).stdin(Stdio::null());
        command
    }

    pub fn start(&self, life: &str) -> Pair {
        let _ = fs::remove_file(self.path().join("pids"));
        let shell = self.command(life).stdout(Stdio::piped()).spawn().unwrap();
        self.pair(shell)
    }

    /// Who the running program consists of.
    pub fn pair(&self, shell: Child) -> Pair {
        let (guard, node) = until(|| {
            let pids = fs::read_to_string(self.path().join("pids")).ok()?;
            let (guard, node) = pids.trim().split_once(' ')?;
            Some((pid(guard), pid(node)))
        });
        Pair { shell, guard, node }
    }

    /// Starts a node whose family has settled down.
    pub fn start_family(&self, life: &str, files: &[&str]) -> Pair {
        files.iter().for_each(|file| drop(fs::remove_file(self.path().join(file))));
        let pair = self.start(life);
        until(|| files.iter().all(|file| self.path().join(file).exists()).then_some(()));
        assert!(self.inhabitants().len() >= files.len());
        pair
    }

    /// Runs a whole life.
    pub fn run(&self, life: &str) -> (i32, String) {
        let output = self.command(life).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Everything that runs in this folder, which tasks do and the node itself does not.
    pub fn inhabitants(&self) -> Vec<PathBuf> {
        let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        processes
            .filter(|process| {
                fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == self.path())
            })
            .collect()
    }

    pub fn until_empty(&self) {
        until(|| self.inhabitants().is_empty().then_some(()));
    }

    pub fn is_clean(&self) -> bool {
        fs::read_to_string(self.path().join("lock")).unwrap() == "clean\n"
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for process in self.inhabitants() {
            send(pid(process.file_name().unwrap().to_str().unwrap()), Signal::KILL);
        }
    }
}

impl Pair {
    pub fn code(&mut self) -> i32 {
        until(|| self.shell.try_wait().unwrap()).code().unwrap_or(-1)
    }

    pub fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        let stdout: ChildStdout = self.shell.stdout.take().unwrap();
        BufReader::new(stdout).lines().map(Result::unwrap)
    }

    pub fn is_gone(&mut self) -> bool {
        let _ = self.shell.try_wait();
        [self.guard, self.node].into_iter().all(is_dead)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        if !self.is_gone() {
            send(self.guard, Signal::KILL);
            send(self.node, Signal::KILL);
        }
        let _ = self.shell.wait();
    }
}

pub fn send(pid: Pid, signal: Signal) {
    let _ = kill_process(pid, signal);
}

/// Stops a process and waits until it has stopped.
pub fn stop(pid: Pid) {
    send(pid, Signal::STOP);
    until(|| (state(pid) == Some('T')).then_some(()));
}

/// Waits until a process does nothing any more, reaped or not.
pub fn until_dead(pid: Pid) {
    until(|| is_dead(pid).then_some(()));
}

pub fn until<T>(mut condition: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(met) = condition() {
            return met;
        }
        assert!(Instant::now() < end, "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn is_dead(pid: Pid) -> bool {
    state(pid).is_none_or(|state| state == 'Z')
}

fn state(pid: Pid) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn pid(text: &str) -> Pid {
    Pid::from_raw(text.parse().unwrap()).unwrap()
}
