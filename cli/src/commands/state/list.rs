use clap::Args;
use web::wire::{EntriesQuery, Entry, List as Page};

use super::{Namespace, shown};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{Table, json, time};
use crate::session::Session;

/// List keys
#[derive(Args, Debug)]
#[command(visible_alias = "ls")]
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
        let mut all = Page { items: Vec::new(), cursor: None, index: 0 };
        loop {
            let query = EntriesQuery {
                prefix: self.prefix.clone(),
                cursor: all.cursor.take(),
                limit: Some(PAGE),
                ..EntriesQuery::default()
            };
            let page = session.client.entries(&self.namespace.namespace, query).await?;
            all.items.extend(page.items);
            (all.cursor, all.index) = (page.cursor, page.index);
            if all.cursor.is_none() {
                break;
            }
        }
        session.out.list(&all, |entries| match self.values {
            true => with_values(entries),
            false => facts(entries),
        })?;
        Ok(Exit::Done)
    }
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
