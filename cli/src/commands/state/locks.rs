use std::time::Duration;

use clap::Args;
use serde_json::json;
use web::wire::Lease;

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::{Table, time};
use crate::session::Session;

/// List locks, and who holds them
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth state locks")]
pub struct Locks {}

/// Give back a lock that was taken by hand
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth state unlock deploy --token 41")]
pub struct Unlock {
    name: String,
    /// The token that it was taken with
    #[arg(long, value_name = "TOKEN")]
    token: u64,
}

impl Locks {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let leases = session.client.leases("").await?;
        session.out.list(&leases, table)?;
        let first = leases.items.first().map(|lease| lease.name.as_str());
        session.out.next(&After::Locks { first });
        Ok(Exit::Done)
    }
}

impl Unlock {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let name = &self.name;
        session.client.release(name, self.token).await?;
        session
            .out
            .done(&json!({"name": name, "token": self.token}), &format!("released lock {name}"));
        session.out.next(&After::Unlocked);
        Ok(Exit::Done)
    }
}

fn table(leases: &[Lease]) -> Table {
    let mut table = Table::new(["LOCK", "HOLDER", "TOKEN", "SINCE", "TTL", "FOR"]);
    for lease in leases {
        let ttl = lease.expires_in_ms.map(Duration::from_millis).map(time::ticking);
        table.row([
            lease.name.as_str().into(),
            lease.holder.as_str().into(),
            lease.token.to_string().into(),
            time::ago(lease.acquired_at, time::now()).into(),
            ttl.unwrap_or_default().into(),
            lease.run.as_ref().map_or(lease.label.clone(), |run| format!("run {run}")).into(),
        ]);
    }
    table
}
