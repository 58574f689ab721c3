use clap::Args;
use web::client::{Client, Error as ClientError};
use web::wire::{EntriesQuery, Entry, List as Page};

use super::{Namespace, shown};
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::{Table, json, time};
use crate::session::Session;

/// List keys
#[derive(Args, Debug)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  sloth state list
  sloth state list deploy/ --values
  sloth state list -n team -o jsonl"
)]
pub struct List {
    /// Only keys that begin so
    #[arg(default_value = "")]
    prefix: String,
    /// Also their values
    #[arg(long)]
    values: bool,
    #[command(flatten)]
    namespace: Namespace,
}

/// Keys of one request.
const PAGE: u32 = 1_000;

impl List {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let namespace = &self.namespace.namespace;
        let query = EntriesQuery { prefix: self.prefix.clone(), ..EntriesQuery::default() };
        let all = every(&session.client, namespace, query).await?;
        session.out.list(&all, |entries| match self.values {
            true => with_values(entries),
            false => facts(entries),
        })?;
        let first = all.items.first().map(|entry| entry.key.as_str());
        session.out.next(&After::Keys { first, namespace });
        Ok(Exit::Done)
    }
}

/// All pages as one, as new as the first.
pub async fn every(
    client: &Client,
    namespace: &str,
    mut query: EntriesQuery,
) -> Result<Page<Entry>, ClientError> {
    query.limit = Some(PAGE);
    let mut all = client.entries(namespace, query.clone()).await?;
    (query.newer, query.wait) = (None, None);
    while let Some(cursor) = all.cursor.take() {
        query.cursor = Some(cursor);
        let page = client.entries(namespace, query.clone()).await?;
        all.items.extend(page.items);
        all.cursor = page.cursor;
    }
    Ok(all)
}

fn facts(entries: &[Entry]) -> Table {
    let mut table = Table::new(["KEY", "VERSION", "SIZE", "TTL", "UPDATED", "BY"]);
    for entry in entries {
        let ttl = entry.expires_in_ms.map(std::time::Duration::from_millis).map(time::ticking);
        table.row([
            entry.key.as_str().into(),
            entry.version.to_string().into(),
            json::compact(&entry.value).len().to_string().into(),
            ttl.unwrap_or_default().into(),
            time::ago(entry.changed_at, time::now()).into(),
            entry.changed_by.as_str().into(),
        ]);
    }
    table
}

fn with_values(entries: &[Entry]) -> Table {
    let mut table = Table::new(["KEY", "VERSION", "VALUE"]);
    for entry in entries {
        let value = crate::output::text::plain(&shown(&entry.value));
        table.row([entry.key.as_str().into(), entry.version.to_string().into(), value.into()]);
    }
    table
}
