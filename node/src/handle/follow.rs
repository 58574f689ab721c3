//! Following a run: its events and the lines of its attempts, from any node, from any point.

use std::time::Duration;

use config::NodeId;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use state::{AttemptKey, InstanceKey, RunId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{EventPage, Handle};
use crate::agreement::Consistency;
use crate::error::Error;
use crate::logs::Page;
use crate::names::Names;
use crate::view::{Cursor, Event, Item, Line, Step};

/// Steps waiting for a slow follower.
const BUFFER: usize = 256;
/// Bytes of a log read at once.
const PAGE_BYTES: usize = 64 << 10;
/// Events read at once.
const PAGE_EVENTS: u32 = 256;
/// How long one request for lines may wait.
const WAIT: Duration = Duration::from_secs(10);
/// Requests for lines that may fail in a row before an attempt's log is given up.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);
/// Before looking again at a log that has nothing new.
const SOON: Duration = Duration::from_millis(20);

impl Handle {
    /// A run's steps: the run itself, its events and lines, its end. Goes on after `from` if that is given.
    pub fn follow(
        &self,
        id: RunId,
        from: Option<Cursor>,
    ) -> BoxStream<'static, Result<Step, Error>> {
        let (steps, received) = mpsc::channel(BUFFER);
        let handle = self.clone();
        tokio::spawn(async move {
            let mut follower = Follower::new(handle, id, steps.clone());
            if let Err(error) = follower.follow(from).await {
                // A follower that has gone needs no error.
                let _ = steps.send(Err(error)).await;
            }
        });
        stream::unfold(received, |mut received| async move {
            received.recv().await.map(|step| (step, received))
        })
        .boxed()
    }
}

struct Follower {
    handle: Handle,
    id: RunId,
    cursor: Cursor,
    names: Names,
    tasks: Vec<String>,
    steps: mpsc::Sender<Result<Step, Error>>,
    pages: (mpsc::Sender<Read>, mpsc::Receiver<Read>),
    readers: JoinSet<()>,
}

/// A page of an attempt's log.
struct Read {
    attempt: AttemptKey,
    node: NodeId,
    page: Page,
}

impl Follower {
    fn new(handle: Handle, id: RunId, steps: mpsc::Sender<Result<Step, Error>>) -> Follower {
        Follower {
            handle,
            id,
            cursor: Cursor::default(),
            names: Names::default(),
            tasks: Vec::new(),
            steps,
            pages: mpsc::channel(BUFFER),
            readers: JoinSet::new(),
        }
    }

    async fn follow(&mut self, from: Option<Cursor>) -> Result<(), Error> {
        let run = self.handle.agreed_run(self.id, Consistency::Linearizable).await?;
        self.tasks = run.plan.tasks.iter().map(|task| task.name.clone()).collect();
        self.names = self.handle.agreement().names().await?;
        match from {
            Some(cursor) => self.go_on(&run, cursor),
            None => self.show_all(&run).await?,
        }
        let mut open = self.catch_up().await?;
        while open || !self.cursor.offsets.is_empty() {
            let after = self.cursor.sequence;
            tokio::select! {
                () = self.steps.closed() => return Ok(()),
                Some(read) = self.pages.1.recv() => self.lines(read).await,
                page = self.handle.next_events(Some(after)), if open => {
                    self.events(page?).await?;
                    open = !self.has_ended().await?;
                }
            }
        }
        let run = self.handle.run(self.id, Consistency::Stale).await?;
        self.send(Item::End(Box::new(run))).await;
        Ok(())
    }

    /// From the beginning: the run as it is, and every line there is.
    async fn show_all(&mut self, run: &state::run::Run) -> Result<(), Error> {
        let view = self.handle.run(self.id, Consistency::Stale).await?;
        self.cursor.sequence = view.sequence;
        self.send(Item::Run(Box::new(view))).await;
        self.read_all(run);
        Ok(())
    }

    fn read_all(&mut self, run: &state::run::Run) {
        for (task, vertex) in run.vertices.iter() {
            for (slot, instance) in vertex.instances.iter() {
                let written = |it: &&state::run::Attempt| it.log_size > 0 || it.ending.is_none();
                for attempt in instance.attempts.iter().filter(written) {
                    self.read((task, slot, attempt.number), attempt.node, 0);
                }
            }
        }
    }

    /// From where another follower was.
    fn go_on(&mut self, run: &state::run::Run, cursor: Cursor) {
        self.cursor.sequence = cursor.sequence;
        for ((task, slot, number), offset) in cursor.offsets {
            let attempts = run.instance(task, slot).map(|instance| &instance.attempts);
            let attempt = attempts.into_iter().flatten().find(|it| it.number == number);
            if let Some(attempt) = attempt {
                self.read((task, slot, number), attempt.node, offset);
            }
        }
    }

    /// The events there are already; whether more will come.
    async fn catch_up(&mut self) -> Result<bool, Error> {
        loop {
            let ended = self.has_ended().await?;
            let after = self.cursor.sequence;
            let page = self.handle.events(after, PAGE_EVENTS, Consistency::Stale).await?;
            if page.events.is_empty() && page.gone.is_none() {
                return Ok(!ended);
            }
            self.events(page).await?;
        }
    }

    async fn has_ended(&self) -> Result<bool, Error> {
        let run = self.handle.agreed_run(self.id, Consistency::Stale).await?;
        Ok(run.status.is_final())
    }

    async fn events(&mut self, page: EventPage) -> Result<(), Error> {
        if page.gone.is_some() {
            let view = self.handle.run(self.id, Consistency::Stale).await?;
            self.cursor.sequence = view.sequence;
            self.send(Item::Run(Box::new(view))).await;
            return Ok(());
        }
        let (newest, id) = (page.position(), self.id);
        for event in page.events.into_iter().filter(|event| event.run == Some(id)) {
            self.cursor.sequence = event.sequence;
            if matches!(event.kind.as_str(), "task.started" | "task.asked") {
                self.read_started(&event).await?;
            }
            self.send(Item::Event(event)).await;
        }
        self.cursor.sequence = newest;
        Ok(())
    }

    async fn read_started(&mut self, event: &Event) -> Result<(), Error> {
        let number = |field: &str| event.data.get(field)?.as_u64()?.try_into().ok();
        let task = self.tasks.iter().position(|task| Some(task) == event.task.as_ref());
        let (Some(task), Some(slot), Some(attempt)) = (task, number("slot"), number("attempt"))
        else {
            return Ok(());
        };
        let run = self.handle.agreed_run(self.id, Consistency::Stale).await?;
        let attempts = run.instance(task as u32, slot).map(|instance| instance.attempts.clone());
        let node = attempts.into_iter().flatten().find(|it| it.number == attempt);
        if let Some(found) = node {
            self.read((task as u32, slot, attempt), found.node, 0);
        }
        Ok(())
    }

    /// Begins to read an attempt's log.
    fn read(&mut self, (task, slot, number): (u32, u32, u32), node: NodeId, from: u64) {
        if self.cursor.offsets.insert((task, slot, number), from).is_some() {
            return;
        }
        let instance = InstanceKey { run: self.id, task, slot };
        let attempt = AttemptKey { instance, attempt: number };
        let (handle, pages) = (self.handle.clone(), self.pages.0.clone());
        self.readers.spawn(read_log(handle, attempt, node, from, pages));
    }

    async fn lines(&mut self, read: Read) {
        let AttemptKey { instance, attempt } = read.attempt;
        let key = (instance.task, instance.slot, attempt);
        let task = self.tasks.get(instance.task as usize).cloned().unwrap_or_default();
        let node = self.names.of(read.node);
        for record in read.page.records {
            self.cursor.offsets.insert(key, record.next);
            let line = Line {
                task: task.clone(),
                slot: instance.slot,
                attempt,
                node: node.clone(),
                at: record.at,
                stream: record.stream,
                text: record.text,
                offset: record.offset,
            };
            self.send(Item::Line(line)).await;
        }
        match read.page.done {
            true => drop(self.cursor.offsets.remove(&key)),
            false => drop(self.cursor.offsets.insert(key, read.page.next)),
        }
    }

    async fn send(&self, item: Item) {
        // A follower that has gone is noticed by the loop.
        let _ = self.steps.send(Ok(Step { cursor: self.cursor.clone(), item })).await;
    }
}

/// Reads a log to its end, or until its node does not answer any more.
async fn read_log(
    handle: Handle,
    attempt: AttemptKey,
    node: NodeId,
    from: u64,
    pages: mpsc::Sender<Read>,
) {
    let (mut next, mut failed) = (from, 0);
    loop {
        // Asked before the log is read: what was written until then is in it.
        let reported = handle.has_reported(attempt).await;
        let page = match handle.0.peers.log(node, attempt, next, PAGE_BYTES, WAIT).await {
            Ok(page) => Page { done: page.done && reported, ..page },
            Err(_) if failed < TRIES => {
                failed += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(_) => Page { records: Vec::new(), next, done: true },
        };
        failed = 0;
        next = page.next;
        let (done, empty) = (page.done, page.records.is_empty());
        if pages.send(Read { attempt, node, page }).await.is_err() || done {
            return;
        }
        if empty {
            // Its log is not open yet, or is closed and its report is on the way.
            let _ = tokio::time::timeout(SOON, handle.reported(attempt)).await;
        }
    }
}
