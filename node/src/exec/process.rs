//! One process from its start to its last line.

use std::future::pending;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Signal, kill_process_group};
use tokio::select;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::attempt::Inner;
use super::course::{Act, Course};
use super::host::{self, Child, watch_borrowed};
use super::output::Lines;
use super::pipe::Pipe;
use super::{Command, Error, Finished, Status};

/// Most commands end sooner; only then is it worth waiting for their output, too.
const WATCH_AFTER: Duration = Duration::from_millis(20);
/// How often orphans that have ended are reaped while their attempt goes on.
const REAP_EVERY: Duration = Duration::from_secs(1);
/// How long a stream may stay open after its process, because someone else has it.
const DRAIN: Duration = Duration::from_millis(200);
/// How often the rest of a group is looked for during its grace.
const GROUP_LOOK: Duration = Duration::from_millis(10);

/// A process that is not reaped. Dropped, it is killed, and its attempt's end reaps it.
pub(super) struct Process {
    attempt: Arc<Inner>,
    child: Child,
    stdout: Pipe,
    stderr: Pipe,
    course: Course,
    started: Instant,
    collected: bool,
}

impl Process {
    pub(super) fn new(
        attempt: Arc<Inner>,
        child: Child,
        streams: [(OwnedFd, Lines); 2],
        command: &Command,
    ) -> Self {
        let started = Instant::now();
        let [stdout, stderr] = streams.map(|(end, lines)| Pipe::new(end, lines));
        let course = Course::new(started, command.timeout, command.grace);
        Self { attempt, child, stdout, stderr, course, started, collected: false }
    }

    pub(super) async fn run(mut self, cancel: CancellationToken) -> Result<Finished, Error> {
        self.follow(&cancel).await.map_err(Error::system("wait for a process"))?;
        self.settle().await;
        let elapsed = self.started.elapsed();
        let status = self.collect();
        if host::is_ending() {
            // Killed by the node's own end: that is no result, and nobody may report it as one.
            return pending().await;
        }
        self.drain().await.map_err(Error::system("read a process's output"))?;
        Ok(Finished {
            status,
            stopped: self.course.stopped(),
            stdout: self.stdout.finish(),
            stderr: self.stderr.finish(),
            elapsed,
        })
    }

    /// Until it has ended or is given up.
    async fn follow(&mut self, cancel: &CancellationToken) -> std::io::Result<()> {
        let Self { attempt, child, stdout, stderr, course, .. } = self;
        let exit = watch_borrowed(child.handle.as_fd())?;
        let generation = &attempt.generation;
        let mut chore_at = self.started + WATCH_AFTER;
        loop {
            let wake = course.next().map_or(chore_at, |due| due.min(chore_at));
            let act = select! {
                _ = exit.readable() => return Ok(()),
                () = cancel.cancelled(), if course.is_running() => course.cancel(Instant::now()),
                () = generation.term.cancelled(), if course.is_running() => course.cancel(Instant::now()),
                () = generation.kill.cancelled(), if !course.is_killed() => course.kill(Instant::now()),
                () = sleep_until(wake) => course.tick(Instant::now()),
                () = stdout.pump() => None,
                () = stderr.pump() => None,
            };
            if act.is_some_and(|act| !carry_out(act, child)) {
                return Ok(());
            }
            if Instant::now() >= chore_at {
                chore_at = Instant::now() + REAP_EVERY;
                stdout.watch()?;
                stderr.watch()?;
                attempt.orphans();
            }
        }
    }

    /// Leaves the rest of a group that was told to end its grace, then kills it. The leader is not reaped yet, so
    /// the group's number is still its own.
    async fn settle(&mut self) {
        if self.course.stopped().is_none() {
            return;
        }
        while !self.course.is_killed() && self.attempt.group_lives(self.child.pid) {
            select! {
                () = sleep(GROUP_LOOK) => { self.course.tick(Instant::now()); }
                () = self.attempt.generation.kill.cancelled() => { self.course.kill(Instant::now()); }
            }
            self.stdout.take_ready();
            self.stderr.take_ready();
        }
        carry_out(Act::Kill, &self.child);
    }

    fn collect(&mut self) -> Status {
        self.collected = true;
        // Given up with KILL pending, it can do nothing any more.
        self.attempt.collect(&self.child).unwrap_or(Status::Signalled(Signal::KILL.as_raw()))
    }

    /// What was written is read to its end; what others still write, for a short time only.
    async fn drain(&mut self) -> std::io::Result<()> {
        let Self { stdout, stderr, .. } = self;
        if stdout.take_ready() & stderr.take_ready() {
            return Ok(());
        }
        stdout.watch()?;
        stderr.watch()?;
        let ends = async {
            while !(stdout.is_ended() && stderr.is_ended()) {
                select! {
                    () = stdout.pump() => {}
                    () = stderr.pump() => {}
                }
            }
        };
        // Time over is an end like any other.
        let _ = timeout(DRAIN, ends).await;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.collected {
            carry_out(Act::Kill, &self.child);
            self.attempt.collect(&self.child);
        }
    }
}

/// Signals the group. False when there is nothing left to wait for.
fn carry_out(act: Act, child: &Child) -> bool {
    let signals: &[Signal] = match act {
        // A stopped process hears nothing before it continues.
        Act::Terminate => &[Signal::TERM, Signal::CONT],
        Act::Kill => &[Signal::KILL],
        Act::GiveUp => return false,
    };
    for signal in signals {
        // Nobody left to hear it is what it is for.
        let _ = kill_process_group(child.pid, *signal);
    }
    true
}

/// The end of a command that could not become its program, as a shell would report it.
pub(super) fn refused(code: i32, message: &str, mut stdout: Lines, mut stderr: Lines) -> Finished {
    stderr.push(format!("{message}\n").as_bytes());
    Finished {
        status: Status::Exited(code),
        stopped: None,
        stdout: stdout.finish(),
        stderr: stderr.finish(),
        elapsed: Duration::ZERO,
    }
}
