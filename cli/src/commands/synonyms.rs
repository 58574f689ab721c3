//! Other names of commands that people bring along; they are not in the help.

use clap::Subcommand;

use super::{Ask, run, workflow};

#[derive(Debug, Subcommand)]
pub enum Synonym {
    #[command(hide = true)]
    Logs(run::Logs),
    #[command(hide = true)]
    Follow(run::Follow),
    #[command(hide = true)]
    Cancel(run::Cancel),
    #[command(hide = true)]
    Rerun(run::Rerun),
    #[command(hide = true)]
    Ps(run::List),
    #[command(hide = true, subcommand, alias = "hist", alias = "executions")]
    History(run::Action),
    #[command(hide = true)]
    List(workflow::List),
}

impl From<Synonym> for Ask {
    fn from(synonym: Synonym) -> Ask {
        Ask::Run(match synonym {
            Synonym::Logs(logs) => run::Action::Logs(logs),
            Synonym::Follow(follow) => run::Action::Follow(follow),
            Synonym::Cancel(cancel) => run::Action::Cancel(cancel),
            Synonym::Rerun(rerun) => run::Action::Rerun(rerun),
            Synonym::Ps(list) => run::Action::List(list),
            Synonym::History(action) => action,
            Synonym::List(list) => return Ask::Workflow(workflow::Workflow::List(list)),
        })
    }
}
