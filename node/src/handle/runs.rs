use std::time::Duration;

use config::NodeId;
use state::run::{Cancel, Resume};
use state::{AttemptKey, Command, InstanceKey, Query, RunId, View, query};

use super::{Caller, Handle};
use crate::agreement::Consistency;
use crate::error::Error;
use crate::{view, views};

/// Between two looks at an attempt when nothing is applied.
const LOOK: Duration = Duration::from_secs(1);

/// Which lines of which attempt's log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogQuery {
    pub run: RunId,
    pub task: String,
    /// The first instance unless given.
    pub slot: Option<u32>,
    /// The newest unless given.
    pub attempt: Option<u32>,
    /// The byte to begin at.
    pub from: u64,
    /// Bytes to read at the most.
    pub limit: usize,
    /// How long to wait for the first line while the attempt runs.
    pub wait: Duration,
}

/// Some lines of an attempt's log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogPage {
    pub lines: Vec<view::Line>,
    /// The byte to go on from.
    pub next: u64,
    /// Nothing more will come.
    pub done: bool,
}

impl Handle {
    /// Newest first, older than `before`.
    pub async fn runs(
        &self,
        before: Option<RunId>,
        limit: u32,
        active: bool,
        consistency: Consistency,
    ) -> Result<Vec<view::RunSummary>, Error> {
        let names = self.names().await?;
        match self.agreement().read(Query::Runs { before, limit, active }, consistency).await? {
            View::Runs(runs) => {
                Ok(runs.iter().map(|(id, run)| views::summary(*id, run, &names)).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    pub async fn latest(&self, consistency: Consistency) -> Result<Option<RunId>, Error> {
        Ok(self.runs(None, 1, false, consistency).await?.first().map(|run| run.id))
    }

    pub async fn run(&self, id: RunId, consistency: Consistency) -> Result<view::Run, Error> {
        // Before the run, so that no event in between is missed.
        let sequence = self.newest_event().await?;
        let run = self.agreed_run(id, consistency).await?;
        let (names, clock) = (self.names().await?, self.stopwatch().await?);
        Ok(views::run(id, &run, &names, clock, sequence))
    }

    pub(super) async fn agreed_run(
        &self,
        id: RunId,
        consistency: Consistency,
    ) -> Result<Box<state::run::Run>, Error> {
        match self.agreement().read(Query::Run { run: id }, consistency).await? {
            View::Run(Some(run)) => Ok(run),
            _ => Err(Error::NotFound { what: "run", id: id.to_string() }),
        }
    }

    async fn newest_event(&self) -> Result<u64, Error> {
        Ok(self.events(u64::MAX, 1, Consistency::Stale).await?.newest)
    }

    pub async fn cancel(&self, by: Caller, id: RunId, reason: String) -> Result<(), Error> {
        let cancel = Command::Cancel(Cancel { run: id, reason });
        self.agreement().write(self.subject(by), cancel).await.map(drop)
    }

    pub async fn resume(&self, by: Caller, id: RunId) -> Result<(), Error> {
        let resume = Command::Resume(Resume { run: id });
        self.agreement().write(self.subject(by), resume).await.map(drop)
    }

    /// The committed causes of what a run did, in order, as far as they are kept.
    pub async fn why(&self, id: RunId) -> Result<Vec<view::Event>, Error> {
        let names = self.names().await?;
        let mut after = 0;
        let mut causes = Vec::new();
        loop {
            let query = Query::Events { after, limit: query::PAGE_MAX };
            match self.agreement().read(query, Consistency::Stale).await? {
                View::Events(query::Events::Next { events, newest }) => {
                    let Some(last) = events.last() else { return Ok(causes) };
                    after = last.sequence;
                    let of_run = events
                        .into_iter()
                        .filter(|event| event.run == Some(id) || event.kind.starts_with("node."));
                    causes.extend(of_run.map(|event| super::events::view_event(event, &names)));
                    if after >= newest {
                        return Ok(causes);
                    }
                }
                View::Events(query::Events::Gone { oldest }) => after = oldest.saturating_sub(1),
                _ => return Ok(causes),
            }
        }
    }

    /// Whether an attempt has ended, so that its log is whole. One of a forgotten run has.
    pub(super) async fn has_reported(&self, key: AttemptKey) -> bool {
        let InstanceKey { run, task, slot } = key.instance;
        let Ok(run) = self.agreed_run(run, Consistency::Stale).await else { return true };
        let attempts = run.instance(task, slot).map(|instance| &instance.attempts);
        let attempt = attempts.into_iter().flatten().find(|it| it.number == key.attempt);
        attempt.is_none_or(|attempt| attempt.ending.is_some())
    }

    /// Resolves when an attempt has ended.
    pub(super) async fn reported(&self, key: AttemptKey) {
        let mut watch = self.agreement().raft().watch();
        while !self.has_reported(key).await {
            if watch.changed(LOOK).await.is_err() {
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Lines of one attempt's log.
    pub async fn log(&self, query: LogQuery) -> Result<LogPage, Error> {
        let run = self.agreed_run(query.run, Consistency::Stale).await?;
        let (key, node) = find(&run, &query)?;
        let names = self.names().await?;
        // Asked before the log is read: what was written until then is in it.
        let reported = self.has_reported(key).await;
        let page = self.0.peers.log(node, key, query.from, query.limit, query.wait).await?;
        let node = names.of(node);
        let line = |record: crate::logs::Record| view::Line {
            task: query.task.clone(),
            slot: key.instance.slot,
            attempt: key.attempt,
            node: node.clone(),
            at: record.at,
            stream: record.stream,
            text: record.text,
            offset: record.offset,
        };
        let lines = page.records.into_iter().map(line).collect();
        let done = page.done && reported;
        Ok(LogPage { lines, next: page.next, done })
    }
}

fn find(run: &state::run::Run, query: &LogQuery) -> Result<(AttemptKey, NodeId), Error> {
    let missing = |what, id: String| Error::NotFound { what, id };
    let task = run.plan.tasks.iter().position(|it| it.name == query.task);
    let task = task.ok_or_else(|| missing("task", query.task.clone()))? as u32;
    let slot = query.slot.unwrap_or(0);
    let nothing =
        || missing("attempt", format!("{}.{slot}.{}", query.task, query.attempt.unwrap_or(1)));
    let instance = run.instance(task, slot).ok_or_else(nothing)?;
    let found = match query.attempt {
        Some(wanted) => instance.attempts.iter().find(|it| it.number == wanted),
        None => instance.attempts.last(),
    };
    let found = found.ok_or_else(nothing)?;
    let instance = InstanceKey { run: query.run, task, slot };
    Ok((AttemptKey { instance, attempt: found.number }, found.node))
}
