//! `sloth workflow`: what workflows there are, in files of this folder and saved.

mod list;
mod show;

use std::path::PathBuf;

use clap::Subcommand;
use config::suggest::nearest;
use web::wire::{Kind, Save, Workflow as Saved};

use crate::error::Error;
use crate::exit::Exit;
use crate::file;
use crate::next::After;
use crate::session::Session;
pub use list::List;

/// Look at workflows, and save them under names for runs on any node
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  sloth workflow list
  sloth workflow show deploy.sloth
  sloth workflow save deploy -f deploy.sloth
  sloth run --saved deploy")]
pub enum Workflow {
    /// Save a workflow file under a name, or a new version of it
    #[command(
        aliases = ["add", "update"],
        after_help = "\
Examples:
  sloth workflow save deploy -f deploy.sloth"
    )]
    Save {
        name: String,
        /// The file, or - for standard input
        #[arg(short, long)]
        file: PathBuf,
        #[arg(skip)]
        save: Option<Save>,
    },
    #[command(visible_alias = "ls")]
    List(list::List),
    Show(show::Show),
    /// Delete a saved workflow; its runs go on
    #[command(
        visible_alias = "rm",
        alias = "remove",
        after_help = "\
Examples:
  sloth workflow delete deploy"
    )]
    Delete {
        name: String,
    },
}

impl Workflow {
    pub fn read(&mut self) -> Result<(), Error> {
        match self {
            Workflow::Save { file, save, .. } => {
                let dsl::Source { name, text } = file::read(file)?;
                *save = Some(Save { file: name, source: text });
                Ok(())
            }
            Workflow::List(list) => list.read(),
            Workflow::Show(show) => show.read(),
            Workflow::Delete { .. } => Ok(()),
        }
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            Workflow::Save { name, save: Some(save), .. } => store(session, name, save).await?,
            Workflow::Save { .. } => return Err(Error::usage("nothing to save")),
            Workflow::List(list) => list.run(session).await?,
            Workflow::Show(show) => show.run(session).await?,
            Workflow::Delete { name } => {
                find(session, name).await?;
                session.confirm(&format!("Delete workflow `{name}`"))?;
                session.client.unsave(name).await?;
                session.out.note(&format!("deleted workflow {name}"));
                session.out.next(&After::WorkflowDeleted);
            }
        }
        Ok(Exit::Done)
    }
}

async fn store(session: &Session, name: &str, save: &Save) -> Result<(), Error> {
    let saved = session.client.save(name, save).await?;
    session.out.thing(&saved, |_| format!("{name} version {}", saved.version));
    session.out.next(&After::Saved { workflow: name });
    Ok(())
}

/// A saved workflow, or what was probably meant.
async fn find(session: &Session, name: &str) -> Result<Saved, Error> {
    let error = match session.client.workflow(name).await {
        Ok(workflow) => return Ok(workflow),
        Err(error) if error.kind() == Kind::NotFound => Error::from(error),
        Err(error) => return Err(error.into()),
    };
    let saved = session.client.workflows().await?.items;
    Err(match nearest(name, saved.iter().map(|workflow| workflow.name.as_str())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("sloth workflow list"),
    })
}
