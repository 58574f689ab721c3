use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep};
use web::client::{Client, Error as ClientError};
use web::wire::{EntriesQuery, Entry};

use super::changes::{Change, Changes};
use super::list::every;
use super::{Namespace, shown};
use crate::error::Error;
use crate::exit::Exit;
use crate::follow::{RETRY, may_be_elsewhere};
use crate::output::text::plain;
use crate::output::{Meaning, json, time};
use crate::session::{Next, Session, TIMEOUT};
use crate::signals::Signals;

/// Watch keys as they change, over lost connections
///
/// Shows the newest value of each key that was set, and what was deleted. Of a
/// key that changes faster than it can be shown some values are left out; its
/// version counts them.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth state watch deploy/
  sloth state watch --current -o jsonl        what is there already, too"
)]
pub struct Watch {
    /// Only keys that begin so
    #[arg(default_value = "")]
    prefix: String,
    /// Begin with what is there already
    #[arg(long)]
    current: bool,
    #[command(flatten)]
    namespace: Namespace,
}

/// How long one question waits for news.
const WAIT: Duration = Duration::from_secs(15);
/// A store that changes all the time is looked at so often.
const BREATH: Duration = Duration::from_millis(100);

impl Watch {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let mut signals = Signals::new()?;
        tokio::select! {
            watched = self.watch(session) => watched,
            () = signals.next() => Ok(Exit::Interrupted),
        }
    }

    /// Until nobody reads any more.
    async fn watch(&self, session: &Session) -> Result<Exit, Error> {
        session.identity().await?;
        let mut client = session.client.clone();
        let (mut changes, mut index) = (Changes::default(), None);
        let mut lost: Option<Instant> = None;
        while !session.out.is_closed() {
            match self.look(&client, session, index).await {
                Ok(seen) => {
                    let first = index.replace(seen.index).is_none();
                    lost = None;
                    let changed = changes.of(seen.items)?;
                    let silent = first && !self.current;
                    changed.iter().filter(|_| !silent).for_each(|it| show(session, it));
                    sleep(BREATH).await;
                }
                Err(error) => client = elsewhere(session, client, error, &mut lost).await?,
            }
        }
        Ok(Exit::Done)
    }

    /// All that is watched, once something has happened.
    async fn look(
        &self,
        client: &Client,
        session: &Session,
        index: Option<u64>,
    ) -> Result<web::wire::List<Entry>, ClientError> {
        let wait = WAIT.min(session.globals.timeout.unwrap_or(TIMEOUT) / 2);
        let query = EntriesQuery {
            prefix: self.prefix.clone(),
            newer: index,
            wait: index.map(|_| config::duration::format(wait)),
            ..EntriesQuery::default()
        };
        every(client, &self.namespace.namespace, query).await
    }
}

/// Another node to go on with, or the same once more.
async fn elsewhere(
    session: &Session,
    client: Client,
    error: ClientError,
    lost: &mut Option<Instant>,
) -> Result<Client, Error> {
    let since = *lost.get_or_insert_with(Instant::now);
    let patience = session.globals.timeout.unwrap_or(TIMEOUT);
    if session.is_standalone() || !may_be_elsewhere(&error) || since.elapsed() > patience {
        return Err(error.into());
    }
    sleep(RETRY).await;
    Ok(match session.next().await {
        Next::Node(found) => found,
        Next::Silent | Next::Nobody => client,
    })
}

fn show(session: &Session, change: &Change) {
    if session.out.format.is_data() {
        return session.out.line(&json::compact(change));
    }
    let paint = session.out.paint();
    session.out.line(&match change {
        Change::Set(entry) => {
            let at = time::of_day(entry.changed_at);
            let value = plain(&shown(&entry.value));
            format!("{at}  {}  version {}  {value}", entry.key, entry.version)
        }
        Change::Deleted { key, version } => {
            let at = time::of_day(time::now());
            let gone = paint.of(Meaning::Warning, "deleted");
            format!("{at}  {key}  {gone} after version {version}")
        }
    });
}
