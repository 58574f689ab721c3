//! `sloth secrets`: what tasks read by `secrets.NAME`, sealed on the node.

mod get;
mod set;

use clap::{Args, Subcommand};
use web::wire::Secret;

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::{Table, time};
use crate::session::Session;

/// Keep secrets for tasks, sealed in the node's data directory
///
/// A task reads one by `secrets.NAME`. What it read is masked in all that the run tells.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  sloth secrets set registry_token
  sloth secrets set deploy_key -f ~/.ssh/id_ed25519
  sloth secrets set api_key --from-env API_KEY
  sloth secrets list")]
pub enum Secrets {
    Set(set::Set),
    Get(get::Get),
    List(List),
    Delete(Delete),
}

/// List the names of secrets
#[derive(Args, Debug)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  sloth secrets list"
)]
pub struct List {}

/// Delete a secret
#[derive(Args, Debug)]
#[command(
    visible_alias = "rm",
    alias = "remove",
    after_help = "\
Examples:
  sloth secrets delete registry_token"
)]
pub struct Delete {
    name: String,
}

impl Secrets {
    pub fn read(&mut self) -> Result<(), Error> {
        match self {
            Secrets::Set(set) => set.read(),
            _ => Ok(()),
        }
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            Secrets::Set(set) => set.run(session).await,
            Secrets::Get(get) => get.run(session).await,
            Secrets::List(_) => {
                let list = session.client.secrets().await?;
                session.out.list(&list, table)?;
                let first = list.items.first().map(|secret| secret.name.as_str());
                session.out.next(&After::Secrets { first });
                Ok(Exit::Done)
            }
            Secrets::Delete(delete) => delete.run(session).await,
        }
    }
}

impl Delete {
    async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let name = &self.name;
        if !session.client.secrets().await?.items.iter().any(|secret| secret.name == *name) {
            let error = Error::new(Exit::NotFound, format!("secret `{name}` does not exist"));
            return Err(error.hint("sloth secrets list"));
        }
        session.confirm(&format!("Delete secret `{name}`"))?;
        session.client.delete_secret(name).await?;
        session.out.note(&format!("deleted secret {name}"));
        session.out.next(&After::SecretsChanged);
        Ok(Exit::Done)
    }
}

fn table(secrets: &[Secret]) -> Table {
    let mut table = Table::new(["NAME", "VERSION", "UPDATED", "BY"]);
    for secret in secrets {
        table.row([
            secret.name.as_str().into(),
            secret.version.to_string().into(),
            time::ago(secret.changed_at, time::now()).into(),
            secret.changed_by.as_str().into(),
        ]);
    }
    table
}
