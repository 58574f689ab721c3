use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use serde_json::Value;
use state::event::Emit;
use state::{Answer, Command, Query, View, query};

use super::store::unexpected;
use super::{Caller, Handle};
use crate::agreement::Consistency;
use crate::error::Error;
use crate::names::Names;
use crate::secrets::CATEGORY;
use crate::view;

/// Some events after a sequence number.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    pub events: Vec<view::Event>,
    /// The newest there is.
    pub newest: u64,
    /// The oldest that is kept, when those asked for are gone.
    pub gone: Option<u64>,
}

/// How long a watcher waits before it looks again.
const QUIET: Duration = Duration::from_secs(30);
/// Events read at once by a watcher.
const PAGE: u32 = 256;

impl Handle {
    pub async fn events(
        &self,
        after: u64,
        limit: u32,
        consistency: Consistency,
    ) -> Result<EventPage, Error> {
        let names = self.names().await?;
        match self.agreement().read(Query::Events { after, limit }, consistency).await? {
            View::Events(query::Events::Next { events, newest }) => Ok(EventPage {
                events: events.into_iter().map(|event| view_event(event, &names)).collect(),
                newest,
                gone: None,
            }),
            View::Events(query::Events::Gone { oldest }) => {
                Ok(EventPage { events: Vec::new(), newest: oldest, gone: Some(oldest) })
            }
            _ => Ok(EventPage { events: Vec::new(), newest: after, gone: None }),
        }
    }

    /// Events as they come, without a gap: from after a sequence number, or from now on.
    pub fn watch_events(&self, after: Option<u64>) -> BoxStream<'static, Result<EventPage, Error>> {
        let start = Some((self.clone(), after));
        let pages = stream::unfold(start, |position| async move {
            let (handle, after) = position?;
            let page = handle.next_events(after).await;
            let next = page.as_ref().ok().map(|page| (handle, Some(page.position())));
            Some((page, next))
        });
        pages.boxed()
    }

    /// The next page with at least one event, or the news that they are gone.
    pub(super) async fn next_events(&self, after: Option<u64>) -> Result<EventPage, Error> {
        let mut watch = self.agreement().raft().watch();
        let mut after = after;
        loop {
            let page = self.events(after.unwrap_or(u64::MAX), PAGE, Consistency::Stale).await?;
            if !page.events.is_empty() || page.gone.is_some() {
                return Ok(page);
            }
            after.get_or_insert(page.newest);
            watch.changed(QUIET).await?;
        }
    }

    /// Publishes an event; returns its sequence number.
    pub async fn emit(&self, by: Caller, kind: String, data: &Value) -> Result<u64, Error> {
        if kind.starts_with(CATEGORY) {
            return Err(Error::Denied(format!(
                "events `{CATEGORY}*` are stated by the node alone"
            )));
        }
        let emit = Emit { kind, run: None, task: None, data: data.to_string() };
        match self.agreement().write(self.subject(by), Command::Emit(emit)).await? {
            Answer::Sequence(sequence) => Ok(sequence),
            other => Err(unexpected(&other)),
        }
    }
}

impl EventPage {
    /// Where to go on after it.
    pub fn position(&self) -> u64 {
        match (self.gone, self.events.last()) {
            (Some(oldest), _) => oldest.saturating_sub(1),
            (None, Some(last)) => last.sequence,
            (None, None) => self.newest,
        }
    }
}

pub(super) fn view_event(event: state::event::Event, names: &Names) -> view::Event {
    view::Event {
        sequence: event.sequence,
        at: event.at,
        kind: event.kind,
        by: names.subject(&event.by),
        run: event.run,
        task: event.task,
        node: event.node.map(|node| names.of(node)),
        data: serde_json::from_str(&event.data).unwrap_or_default(),
    }
}
