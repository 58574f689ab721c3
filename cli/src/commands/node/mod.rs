//! `sloth node`: runs a node, or looks at those there are.

mod change;
mod join;
mod list;
mod start;

use clap::{Args, Subcommand};

pub use start::Start;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::Session;

/// Run a node on this machine, or look at nodes
///
/// Runs in the foreground until it is told to stop. In an empty data directory
/// it begins a cluster and prints the line for the next machine; with a token,
/// or with the secret that others have, it joins theirs.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  sloth node                                   begin a cluster, or go on in the one it belongs to
  sloth node --join TOKEN                      join another's, with the token it printed
  SLOTH_CLUSTER_SECRET=… sloth node            the same on each machine: one cluster
  sloth node --tag web --label zone=b          so that tasks find it
  sloth node list"
)]
pub struct Node {
    #[command(subcommand)]
    pub action: Option<Action>,
    #[command(flatten)]
    pub start: Start,
}

/// What can be done with nodes.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Run a node on this machine
    #[command(after_help = "\
Examples:
  sloth node start --name web-1 --tag web")]
    Start(Box<Start>),
    List(list::List),
    Show(list::Show),
    Leave(change::Leave),
    Remove(change::Remove),
    Label(change::Label),
}

impl Action {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            Action::Start(_) => Err(Error::usage("a node is started by its own process")),
            Action::List(list) => list.run(session).await,
            Action::Show(show) => show.run(session).await,
            Action::Leave(leave) => leave.run(session).await,
            Action::Remove(remove) => remove.run(session).await,
            Action::Label(label) => label.run(session).await,
        }
    }
}
