use clap::Args;

use super::list::{find, labels};
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::session::Session;

/// Take a node out of the cluster, in order
///
/// It takes nothing new, waits for what it runs, hands its part over and stops.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth node leave
  sloth node leave web-1 --yes"
)]
pub struct Leave {
    /// Its name; the one that answers unless given
    name: Option<String>,
}

/// Evict a node for good, usually one that is dead
///
/// What it ran counts as lost and is placed anew. Its key never comes back.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    visible_alias = "rm",
    after_help = "\
Examples:
  sloth node remove web-1 --reason 'its disk is gone'"
)]
pub struct Remove {
    name: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Even while it is alive
    #[arg(long)]
    force: bool,
}

/// Change the labels of a node
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth node label web-1 role=web gpu
  sloth node label web-1 gpu-              remove a label")]
pub struct Label {
    name: String,
    /// KEY=VALUE and TAG set, KEY- removes
    #[arg(required = true, value_name = "LABEL")]
    edits: Vec<String>,
}

impl Leave {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let node = find(session, self.name.as_deref()).await?;
        session.confirm(&format!("Take node `{}` out of the cluster", node.name))?;
        session.client.leave(&node.name).await?;
        session.out.note(&format!("node {} is leaving", node.name));
        Ok(Exit::Done)
    }
}

impl Remove {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let node = find(session, Some(&self.name)).await?;
        session.confirm(&format!("Evict node `{}` ({}) for good", node.name, node.state))?;
        session.client.remove(&node.name, &self.reason, self.force).await?;
        session.out.note(&format!("removed node {}", node.name));
        session.out.next(&After::NodesChanged);
        Ok(Exit::Done)
    }
}

impl Label {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let name = find(session, Some(&self.name)).await?.name;
        let node = session.client.label(&name, &self.edits).await?;
        session.out.thing(&node, |_| format!("{name}  {}", labels(&node)));
        session.out.next(&After::NodeLabelled { name: &name });
        Ok(Exit::Done)
    }
}
