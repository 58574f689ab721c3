use clap::Args;
use web::wire::Namespace;

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::Table;
use crate::output::text::count;
use crate::session::Session;

/// Count keys and bytes of each namespace
#[derive(Args, Debug)]
#[command(
    visible_alias = "namespaces",
    after_help = "\
Examples:
  sloth state stats
  sloth state namespaces -o name"
)]
pub struct Stats {}

impl Stats {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let namespaces = session.client.namespaces().await?;
        session.out.list(&namespaces, table)?;
        if session.out.is_text() {
            session.out.note(&total(&namespaces.items));
        }
        let first = namespaces.items.first().map(|namespace| namespace.name.as_str());
        session.out.next(&After::Namespaces { first });
        Ok(Exit::Done)
    }
}

fn table(namespaces: &[Namespace]) -> Table {
    let mut table = Table::new(["NAMESPACE", "KEYS", "BYTES"]);
    for namespace in namespaces {
        table.row([
            namespace.name.as_str().into(),
            namespace.keys.to_string().into(),
            namespace.bytes.to_string().into(),
        ]);
    }
    table
}

fn total(namespaces: &[Namespace]) -> String {
    let keys: u64 = namespaces.iter().map(|namespace| namespace.keys).sum();
    let bytes: u64 = namespaces.iter().map(|namespace| namespace.bytes).sum();
    let keys = count(usize::try_from(keys).unwrap_or(usize::MAX), "key");
    format!("{keys}, {bytes} bytes")
}
