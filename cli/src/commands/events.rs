use clap::{Args, Subcommand};
use futures::StreamExt;
use tokio::time::{Instant, sleep};
use web::client::Client;
use web::wire::{Consistency, Event, EventsQuery, List as Page, Watched};

use crate::error::Error;
use crate::exit::Exit;
use crate::follow::{RETRY, may_be_elsewhere};
use crate::next::After;
use crate::output::{Table, json, time};
use crate::session::{Next, Session, TIMEOUT};
use crate::signals::Signals;

/// Look at what happened
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  sloth events list
  sloth events watch --type 'task.*'")]
pub enum Events {
    List(List),
    Watch(Watch),
}

/// List the newest events, oldest first
#[derive(Args, Debug)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  sloth events list
  sloth events list --type 'node.*' -n 100"
)]
pub struct List {
    #[command(flatten)]
    filter: Filter,
    /// How many
    #[arg(short = 'n', value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,
}

/// Watch events as they happen, without a gap over lost connections
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth events watch --type 'task.*'
  sloth events watch --from 1041 -o jsonl")]
pub struct Watch {
    #[command(flatten)]
    filter: Filter,
    /// Begin after the event with this sequence; now unless given
    #[arg(long, value_name = "SEQUENCE")]
    from: Option<u64>,
}

/// Which events are meant.
#[derive(Args, Debug)]
struct Filter {
    /// Only events of this type; * stands for anything
    #[arg(long = "type", value_name = "PATTERN")]
    kind: Option<String>,
    /// Only events of this run
    #[arg(long, value_name = "ID")]
    run: Option<String>,
}

/// Events of one request.
const PAGE: u32 = 1_000;

impl Events {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            Events::List(list) => list.run(session).await,
            Events::Watch(watch) => watch.run(session).await,
        }
    }
}

impl List {
    async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let mut found: Vec<Event> = Vec::new();
        let mut cursor = None;
        let (index, newest) = loop {
            let query = EventsQuery { cursor, limit: Some(PAGE), ..EventsQuery::default() };
            let page = session.client.events(query).await?;
            found.extend(page.items.into_iter().filter(|event| self.filter.matches(event)));
            found.drain(..found.len().saturating_sub(self.count as usize));
            cursor = page.cursor;
            if cursor.is_none() {
                break (page.index, page.newest);
            }
        };
        session.out.list(&Page { items: found, cursor: None, index }, table)?;
        session.out.next(&After::Events { newest });
        Ok(Exit::Done)
    }
}

fn table(events: &[Event]) -> Table {
    let mut table = Table::new(["SEQ", "TIME", "TYPE", "SUBJECT", "BY", "DATA"]);
    for event in events {
        let data = if event.data.as_object().is_some_and(|data| data.is_empty()) {
            String::new()
        } else {
            json::compact(&event.data)
        };
        table.row([
            event.sequence.to_string().into(),
            time::of_day(event.time).into(),
            event.kind.as_str().into(),
            subject(event).into(),
            event.by.as_str().into(),
            data.into(),
        ]);
    }
    table
}

impl Watch {
    async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let mut signals = Signals::new()?;
        session.identity().await?;
        let mut client = session.client.clone();
        let mut from = Some(self.begin(&client).await?);
        let mut lost: Option<Instant> = None;
        loop {
            let error = tokio::select! {
                ended = self.stream(session, &client, &mut from, &mut lost) => match ended {
                    Ok(()) => return Ok(Exit::Done),
                    Err(error) => error,
                },
                () = signals.next() => return Ok(Exit::Interrupted),
            };
            let since = *lost.get_or_insert_with(Instant::now);
            let patience = session.globals.timeout.unwrap_or(TIMEOUT);
            if session.is_standalone() || !may_be_elsewhere(&error) || since.elapsed() > patience {
                let sequence = from.unwrap_or_default();
                let hint = format!("sloth events watch --from {sequence} goes on where this ends");
                return Err(Error::from(error).hint(hint));
            }
            sleep(RETRY).await;
            if let Next::Node(found) = session.next().await {
                client = found;
            }
        }
    }

    /// After which event to begin. Now is a place, too: what comes while a connection is lost is not to be missed.
    async fn begin(&self, client: &Client) -> Result<u64, web::client::Error> {
        match self.from {
            Some(from) => Ok(from),
            None => {
                let client = client.clone().consistency(Consistency::Stale);
                let query = EventsQuery { limit: Some(1), ..EventsQuery::default() };
                Ok(client.events(query).await?.newest)
            }
        }
    }

    /// Prints until nobody reads any more or the connection is lost.
    async fn stream(
        &self,
        session: &Session,
        client: &Client,
        from: &mut Option<u64>,
        lost: &mut Option<Instant>,
    ) -> Result<(), web::client::Error> {
        let mut events = client.watch_events(*from).await?;
        while let Some(item) = events.next().await {
            let item = item?;
            *lost = None;
            *from = item.cursor().or(*from);
            self.show(session, &item);
            if session.out.is_closed() {
                break;
            }
        }
        Ok(())
    }

    fn show(&self, session: &Session, item: &Watched) {
        match item {
            Watched::Event(event) if !self.filter.matches(event) => {}
            Watched::Event(event) if !session.out.format.is_data() => {
                session.out.line(&line(event));
            }
            Watched::Event(event) => session.out.line(&json::compact(event)),
            Watched::Gap(gap) => {
                session.out.warn(&format!("events {} to {} are kept no longer", gap.from, gap.to));
            }
            Watched::Error(_) => {}
        }
    }
}

impl Filter {
    fn matches(&self, event: &Event) -> bool {
        let kind = self.kind.as_ref().is_none_or(|pattern| glob(pattern, &event.kind));
        kind && self.run.as_ref().is_none_or(|run| event.run.as_ref() == Some(run))
    }
}

/// `10:00:00.000  task.failed  build@web-1  attempt=1 message="exit 2"`
fn line(event: &Event) -> String {
    let (at, subject) = (time::of_day(event.time), subject(event));
    let line = format!("{at}  {:<18}  {subject}  {}", event.kind, facts(event));
    line.trim_end().to_owned()
}

/// `attempt=1 message="exit 2"`
pub fn facts(event: &Event) -> String {
    let data = event.data.as_object().into_iter().flatten();
    let facts: Vec<String> =
        data.map(|(key, value)| format!("{key}={}", json::compact(value))).collect();
    facts.join(" ")
}

/// What an event is about: `build@web-1`, a task, a node, or the run.
fn subject(event: &Event) -> String {
    match (&event.task, &event.node, &event.run) {
        (Some(task), Some(node), _) => format!("{task}@{node}"),
        (Some(task), None, _) => task.clone(),
        (None, Some(node), _) => node.clone(),
        (None, None, Some(run)) => run.clone(),
        (None, None, None) => String::new(),
    }
}

/// Whether a pattern with `*` covers the whole text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(head) else { return false };
    let mut ends = text.char_indices().map(|(index, _)| index).chain([text.len()]);
    ends.any(|index| glob(rest, &text[index..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::wire::Time;

    #[test]
    fn an_event_is_one_line() {
        let event = Event {
            sequence: 7,
            time: Time(0),
            kind: "task.failed".into(),
            by: "web-1".into(),
            run: Some("R".into()),
            task: Some("build".into()),
            node: Some("web-1".into()),
            data: serde_json::json!({"attempt": 1, "message": "exit 2"}),
        };
        let line = line(&event);
        assert_eq!(
            line.split_once("  ").unwrap().1,
            r#"task.failed         build@web-1  attempt=1 message="exit 2""#
        );
        assert_eq!(subject(&Event { task: None, node: None, ..event }), "R");
    }

    #[test]
    fn patterns_cover_whole_types() {
        assert!(glob("task.*", "task.failed") && glob("*", "x") && glob("*.failed", "task.failed"));
        assert!(glob("t*k.f*d", "task.failed") && glob("task.failed", "task.failed"));
        assert!(!glob("task", "task.failed") && !glob("*.done", "task.failed"));
    }
}
