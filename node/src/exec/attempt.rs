use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, getpgid, kill_process};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::host::{self, Child};
use super::launch::{Launched, launch};
use super::output::Lines;
use super::process::{Process, refused};
use super::spawner::{Generation, Shared, lock};
use super::sweep::{Leftover, Pauses};
use super::{Command, Error, Finished, Sink, Status, Stream, Tag};

/// One try of a task instance: its commands, and whatever they leave in the background. Dropped, it ends the same
/// way, only that nobody hears what was left.
pub struct Attempt {
    inner: Arc<Inner>,
    cancel: CancellationToken,
    finished: bool,
}

pub(super) struct Inner {
    tag: Tag,
    shared: Arc<Shared>,
    pub(super) generation: Arc<Generation>,
    runs: TaskTracker,
    /// Commands that are not reaped yet: theirs is the only status that matters, so no sweep may take it.
    own: Mutex<Vec<Pid>>,
}

/// What a sweep met.
#[derive(Default)]
pub(super) struct Cleared {
    pub(super) found: Vec<Leftover>,
    /// Those of them that did not end.
    pub(super) stuck: Vec<Leftover>,
}

impl Attempt {
    pub(super) fn new(inner: Arc<Inner>, cancel: CancellationToken) -> Self {
        Self { inner, cancel: cancel.child_token(), finished: false }
    }

    /// Runs a command to its end, handing its lines to `sink`. When this future is dropped, the command is
    /// cancelled. Processes it started may go on until [`Attempt::finish`].
    pub async fn run(&self, command: &Command, sink: Sink) -> Result<Finished, Error> {
        let cancel = self.cancel.child_token();
        // Taken before the look at the orders, so that whoever gives them waits for what passes.
        let _passing = self.inner.generation.tasks.token();
        if cancel.is_cancelled() || self.inner.generation.term.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let _dropped = cancel.clone().drop_guard();
        let process = match self.inner.start(command, &sink)? {
            Ok(process) => process,
            Err(finished) => return Ok(finished),
        };
        let run = self.inner.runs.track_future(process.run(cancel));
        let run = self.inner.generation.tasks.spawn(run);
        run.await.map_err(|source| Error::system("follow a process")(io::Error::other(source)))?
    }

    /// Ends what still runs, kills what was left behind, and names it, so that the user can be warned.
    pub async fn finish(mut self) -> Vec<Leftover> {
        self.finished = true;
        self.cancel.cancel();
        if self.inner.is_clear() {
            return Vec::new();
        }
        let inner = self.inner.clone();
        let clearing = self.inner.generation.tasks.spawn(async move { inner.clear().await.found });
        clearing.await.unwrap_or_default()
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.cancel.cancel();
        if self.finished || self.inner.is_clear() {
            return;
        }
        let inner = self.inner.clone();
        // Without a runtime the process is about to end, and its guard sweeps.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            self.inner
                .generation
                .tasks
                .spawn_on(async move { drop(inner.clear().await) }, &runtime);
        }
    }
}

impl Inner {
    pub(super) fn new(tag: Tag, shared: Arc<Shared>, generation: Arc<Generation>) -> Self {
        Self { tag, shared, generation, runs: TaskTracker::new(), own: Mutex::default() }
    }

    /// A running process, or the end of one that could not become the program.
    fn start(
        self: &Arc<Self>,
        command: &Command,
        sink: &Sink,
    ) -> Result<Result<Process, Finished>, Error> {
        let lines = |stream| Lines::new(stream, sink.clone(), command.keep);
        let (stdout, stderr) = (lines(Stream::Stdout), lines(Stream::Stderr));
        // Held from start to entry, so that no sweep sees the child as a stranger.
        let mut own = lock(&self.own);
        match launch(command, self.tag, &self.shared.null)? {
            Launched::Refused { code, message } => Ok(Err(refused(code, &message, stdout, stderr))),
            Launched::Running { child, stdout: out, stderr: err } => {
                own.push(child.pid);
                drop(own);
                self.shared.live.fetch_add(1, Ordering::Relaxed);
                let streams = [(out, stdout), (err, stderr)];
                Ok(Ok(Process::new(self.clone(), child, streams, command)))
            }
        }
    }

    /// Takes the status of a command; `None` when the kernel has not ended it yet, and a sweep will have to.
    pub(super) fn collect(&self, child: &Child) -> Option<Status> {
        let mut own = lock(&self.own);
        self.shared.live.fetch_sub(1, Ordering::Relaxed);
        own.retain(|pid| *pid != child.pid);
        host::status(&child.handle)
    }

    /// Waits for the commands, then kills what carries this attempt's tag.
    pub(super) async fn clear(&self) -> Cleared {
        self.runs.close();
        self.runs.wait().await;
        let mut cleared = Cleared::default();
        let mut pauses = Pauses::new();
        loop {
            let left = self.orphans();
            for process in &left {
                let leftover = Leftover::of(*process);
                if !cleared.found.iter().any(|known| known.pid == leftover.pid) {
                    cleared.found.push(leftover);
                }
                let _ = kill_process(process.0, Signal::KILL);
            }
            match pauses.next() {
                Some(pause) if !left.is_empty() => sleep(pause).await,
                _ => {
                    cleared.stuck = left.into_iter().map(Leftover::of).collect();
                    return cleared;
                }
            }
        }
    }

    /// Whether any process of this group, apart from its leader, still runs.
    pub(super) fn group_lives(&self, leader: Pid) -> bool {
        self.orphans()
            .iter()
            .any(|process| getpgid(Some(process.0)).is_ok_and(|group| group == leader))
    }

    /// What this attempt's commands have left to the node and still runs; those that have ended are reaped.
    ///
    /// A parent that lives hides its children, but as soon as it ends they are here.
    pub(super) fn orphans(&self) -> Vec<host::Process> {
        let own = lock(&self.own);
        let mine =
            |process: &host::Process| !own.contains(&process.0) && process.tag() == Some(self.tag);
        let mut orphans: Vec<_> = host::adopted().into_iter().filter(mine).collect();
        orphans.retain(|process| !matches!(host::reap(process.0), Ok(true) | Err(_)));
        orphans
    }

    fn is_clear(&self) -> bool {
        self.runs.is_empty() && self.orphans().is_empty()
    }
}
