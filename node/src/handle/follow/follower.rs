use config::NodeId;
use state::{AttemptKey, InstanceKey, RunId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::BUFFER;
use super::reader::{Read, read_log};
use crate::agreement::Consistency;
use crate::error::Error;
use crate::handle::{EventPage, Handle};
use crate::names::Names;
use crate::view::{Cursor, Event, Item, Line, Step};

/// Events read at once.
const PAGE_EVENTS: u32 = 256;

/// Puts together what one follower sees.
pub struct Follower {
    handle: Handle,
    id: RunId,
    cursor: Cursor,
    names: Names,
    tasks: Vec<String>,
    steps: mpsc::Sender<Result<Step, Error>>,
    pages: (mpsc::Sender<Read>, mpsc::Receiver<Read>),
    readers: JoinSet<()>,
}

impl Follower {
    pub fn new(handle: Handle, id: RunId, steps: mpsc::Sender<Result<Step, Error>>) -> Follower {
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

    /// From the beginning, or from where another follower was, to the end of the run.
    pub async fn follow(&mut self, from: Option<Cursor>) -> Result<(), Error> {
        let run = self.handle.agreed_run(self.id, Consistency::Linearizable).await?;
        self.tasks = run.plan.tasks.iter().map(|task| task.name.clone()).collect();
        self.names = self.handle.names().await?;
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
        if !self.names.knows(read.node)
            && let Ok(names) = self.handle.names().await
        {
            self.names = names;
        }
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
