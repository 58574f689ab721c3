use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::home::Home;
use crate::process::{self, Signal};
use crate::sloth::Finished;
use crate::wait::wait_until;

const LOOK: Duration = Duration::from_millis(5);

/// A call of the binary at work. Dropping it ends it and all it started.
pub struct Started {
    /// Its folders live as long as it does.
    home: Home,
    child: Child,
    shown: String,
    deadline: Duration,
    stdout: PathBuf,
    stderr: PathBuf,
    ended: Option<i32>,
}

impl Started {
    pub(crate) fn new(
        home: Home,
        child: Child,
        shown: String,
        deadline: Duration,
        stdout: PathBuf,
        stderr: PathBuf,
    ) -> Self {
        Self { home, child, shown, deadline, stdout, stderr, ended: None }
    }

    /// The first process: the guard, when it has one.
    pub fn guard(&self) -> u32 {
        self.child.id()
    }

    /// The node below the guard.
    pub fn node(&self) -> u32 {
        wait_until("the guard has its node", Duration::from_secs(10), || {
            let children = process::children(self.guard());
            children.first().copied().ok_or_else(|| self.standing())
        })
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    pub fn stdout(&self) -> String {
        fs::read_to_string(&self.stdout).unwrap_or_default()
    }

    pub fn stderr(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// The exit code when it has ended; minus the signal if one ended it.
    pub fn code(&mut self) -> Option<i32> {
        if self.ended.is_none() {
            let status = self.child.try_wait().unwrap();
            self.ended = status.map(|status| {
                status.code().unwrap_or_else(|| -status.signal().unwrap_or_default())
            });
        }
        self.ended
    }

    /// Ctrl-C at its terminal.
    pub fn interrupt(&self) {
        process::signal_group(self.guard(), Signal::INT);
    }

    pub fn signal(&self, signal: Signal) {
        process::signal(self.guard(), signal);
    }

    /// `kill -9` of guard and node at once.
    pub fn kill(&mut self) {
        let pids = [process::children(self.guard()), vec![self.guard()]].concat();
        for pid in &pids {
            process::signal(*pid, Signal::STOP);
        }
        for pid in &pids {
            process::signal(*pid, Signal::KILL);
        }
        self.wait();
        wait_until("both are gone", Duration::from_secs(10), || {
            match pids.iter().any(|pid| process::is_alive(*pid)) {
                true => Err(format!("one of {pids:?} is not")),
                false => Ok(()),
            }
        });
    }

    /// Waits for its end. The exit code.
    pub fn wait(&mut self) -> i32 {
        let started = Instant::now();
        loop {
            if let Some(code) = self.code() {
                return code;
            }
            assert!(started.elapsed() < self.deadline, "hangs: {}", self.standing());
            std::thread::sleep(LOOK);
        }
    }

    /// Waits for its end, and says all about it.
    pub fn finish(mut self) -> Finished {
        let code = self.wait();
        Finished { command: self.shown.clone(), code, stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Waits until it has written a text, to either stream.
    pub fn writes(&mut self, text: &str) -> &mut Self {
        let what = format!("`{}` writes {text:?}", self.shown);
        wait_until(&what, Duration::from_secs(60), || {
            match self.stdout().contains(text) || self.stderr().contains(text) {
                true => Ok(()),
                false => Err(self.standing()),
            }
        });
        self
    }

    /// What it has written, for whoever has to find out why.
    pub fn standing(&self) -> String {
        format!(
            "`{}` as process {}\n-- stdout\n{}\n-- stderr\n{}",
            self.shown,
            self.guard(),
            self.stdout(),
            self.stderr()
        )
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if self.code().is_some() {
            return;
        }
        for pid in process::descendants(self.guard()) {
            process::signal(pid, Signal::KILL);
        }
        process::signal(self.guard(), Signal::KILL);
        let _ = self.child.wait();
    }
}
