//! One file a command: what it takes, what it asks, what it prints.

mod check;
mod cluster;
mod completion;
mod db;
mod doctor;
pub mod events;
#[cfg(test)]
mod examples;
mod fmt;
mod graph;
mod help;
mod here;
mod lsp;
mod modules;
mod new;
pub mod node;
pub mod run;
mod secrets;
mod state;
mod synonyms;
#[cfg(test)]
mod tree;
mod version;
mod workflow;

use clap::Subcommand;

pub use fmt::laid_out;
pub use here::Here;
#[cfg(test)]
pub use tree::every;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::Session;

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(Box<run::Run>),
    Check(check::Check),
    #[command(alias = "preview")]
    Plan(Box<run::Preview>),
    Graph(graph::Show),
    Fmt(fmt::Fmt),
    New(new::New),
    Lsp(lsp::Lsp),
    #[command(subcommand)]
    Workflow(workflow::Workflow),
    #[command(alias = "agent")]
    Node(Box<node::Node>),
    #[command(subcommand)]
    Cluster(cluster::Cluster),
    #[command(subcommand)]
    State(state::State),
    #[command(subcommand, alias = "secret")]
    Secrets(secrets::Secrets),
    #[command(subcommand)]
    Events(events::Events),
    Modules(modules::Modules),
    #[command(subcommand)]
    Db(db::Db),
    Doctor(doctor::Doctor),
    Version(version::Version),
    Completion(completion::Completion),
    Help(help::Help),
    #[command(flatten)]
    Synonym(synonyms::Synonym),
}

/// A command that asks a node.
pub enum Ask {
    Start(Box<run::Start>),
    Plan(Box<run::Preview>),
    Run(run::Action),
    Workflow(workflow::Workflow),
    Node(node::Action),
    Cluster(cluster::Cluster),
    State(state::State),
    Secrets(secrets::Secrets),
    Events(events::Events),
}

/// How a command that finds no node holds the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It asks, prints and ends: nobody else notices.
    Brief,
    /// It stays, so it serves the socket, and executes runs that others hand over.
    Serving,
}

impl Command {
    /// Reads the files that the command line names, before anything is started.
    pub fn prepare(mut self) -> Result<Self, Error> {
        match &mut self {
            Command::Run(run) if run.action.is_none() && !run.start.list => run.start.read()?,
            Command::Plan(plan) => plan.what.read()?,
            Command::Workflow(workflow) => workflow.read()?,
            Command::Synonym(synonyms::Synonym::List(list)) => list.read()?,
            Command::State(state) => state.read()?,
            Command::Secrets(secrets) => secrets.read()?,
            _ => {}
        }
        Ok(self)
    }
}

impl Ask {
    pub fn hold(&self) -> Hold {
        match self {
            Ask::Start(start) if start.dry_run => Hold::Brief,
            Ask::Plan(plan) if plan.is_static() => Hold::Brief,
            Ask::Start(_)
            | Ask::Plan(_)
            | Ask::Run(run::Action::Rerun(_))
            | Ask::Events(events::Events::Watch(_)) => Hold::Serving,
            Ask::State(state) if state.stays() => Hold::Serving,
            _ => Hold::Brief,
        }
    }

    /// Whether the command makes sense without a node.
    pub fn alone(&self) -> Result<(), Error> {
        match self {
            Ask::Start(start) => start.stay.alone(),
            Ask::Run(run::Action::Rerun(rerun)) => rerun.stay.alone(),
            _ => Ok(()),
        }
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            Ask::Start(start) => start.run(session).await,
            Ask::Plan(plan) => plan.run(session).await,
            Ask::Run(action) => action.run(session).await,
            Ask::Workflow(workflow) => workflow.run(session).await,
            Ask::Node(action) => action.run(session).await,
            Ask::Cluster(cluster) => cluster.run(session).await,
            Ask::State(state) => state.run(session).await,
            Ask::Secrets(secrets) => secrets.run(session).await,
            Ask::Events(events) => events.run(session).await,
        }
    }
}
