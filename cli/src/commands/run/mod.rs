//! `sloth run`: starts a run, or looks at those there are.

mod approve;
mod cancel;
mod filter;
mod follow;
mod list;
mod logs;
mod others;
mod plan;
mod preview;
mod prune;
mod rerun;
mod resume;
mod show;
mod start;
mod stats;
mod stay;
mod what;
mod why;

use clap::{Args, Subcommand};

pub use cancel::Cancel;
pub use follow::Follow;
pub use list::List;
pub use logs::Logs;
pub use others::others;
pub use preview::Preview;
pub use rerun::Rerun;
pub use start::Start;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::Session;

/// Run a workflow, or look at runs
///
/// Runs the workflow of FILE and shows it to its end. If a node serves this
/// machine, the node runs it, and tasks may run on other nodes of its cluster;
/// otherwise it runs here and now, just as durably: what is interrupted can be
/// resumed.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  sloth run deploy.sloth                      run a file
  sloth run deploy.sloth -v prod.yaml         with values from a file
  sloth run deploy.sloth --var version=1.4    with one value
  sloth run ci.sloth -t test                  only the task `test` and what it needs
  sloth run deploy.sloth --on role=web        on every node with that label
  sloth run ci.sloth -o jsonl                 every step as one line of JSON
  sloth run --resume                          go on with what was interrupted
  sloth run ci.sloth --dry-run                what would run, and where
  sloth run rerun --failed                    once more what failed, and what follows it

Ends with 1 when the run failed, 8 when it was cancelled or declined, 4 when
somebody else holds its lock, 3 when no node matches, 7 when --wait was over,
10 when something changed or would and --exit-code was given"
)]
pub struct Run {
    #[command(subcommand)]
    pub action: Option<Action>,
    #[command(flatten)]
    pub start: Start,
}

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub enum Action {
    List(List),
    Show(show::Show),
    Logs(Logs),
    Follow(Follow),
    Cancel(Cancel),
    Rerun(Rerun),
    Approve(approve::Approve),
    Reject(approve::Reject),
    Stats(stats::Stats),
    Prune(prune::Prune),
}

impl Action {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            Action::List(list) => list.run(session).await,
            Action::Show(show) => show.run(session).await,
            Action::Logs(logs) => logs.run(session).await,
            Action::Follow(follow) => follow.run(session).await,
            Action::Cancel(cancel) => cancel.run(session).await,
            Action::Rerun(rerun) => rerun.run(session).await,
            Action::Approve(approve) => approve.run(session).await,
            Action::Reject(reject) => reject.run(session).await,
            Action::Stats(stats) => stats.run(session).await,
            Action::Prune(prune) => prune.run(session).await,
        }
    }
}
