use std::path::PathBuf;

use clap::Subcommand;
use config::suggest::nearest;
use web::wire::{Kind, Save, Workflow as Saved};

use crate::error::Error;
use crate::exit::Exit;
use crate::file;
use crate::output::{Table, time};
use crate::session::Session;

/// Save workflows under names, for runs on any node
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  sloth workflow save deploy -f deploy.sloth
  sloth run --saved deploy")]
pub enum Workflow {
    /// Save a workflow file under a name, or a new version of it
    Save {
        name: String,
        /// The file, or - for standard input
        #[arg(short, long)]
        file: PathBuf,
        #[arg(skip)]
        save: Option<Save>,
    },
    /// List saved workflows
    #[command(visible_alias = "ls")]
    List(List),
    /// Show a saved workflow
    Show {
        name: String,
        /// The text of its file alone
        #[arg(long)]
        source: bool,
    },
    /// Delete a saved workflow; its runs go on
    #[command(visible_alias = "rm")]
    Delete { name: String },
}

/// What is listed.
#[derive(clap::Args, Debug)]
pub struct List {}

impl Workflow {
    pub fn read(&mut self) -> Result<(), Error> {
        if let Workflow::Save { file, save, .. } = self {
            let dsl::Source { name, text } = file::read(file)?;
            *save = Some(Save { file: name, source: text });
        }
        Ok(())
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            Workflow::Save { name, save: Some(save), .. } => store(session, name, save).await?,
            Workflow::Save { .. } => return Err(Error::usage("nothing to save")),
            Workflow::List(_) => {
                let list = session.client.workflows().await?;
                session.out.list(&list, table)?;
            }
            Workflow::Show { name, source } => show(session, name, *source).await?,
            Workflow::Delete { name } => {
                find(session, name).await?;
                session.confirm(&format!("Delete workflow `{name}`"))?;
                session.client.unsave(name).await?;
                session.out.note(&format!("deleted workflow {name}"));
            }
        }
        Ok(Exit::Done)
    }
}

async fn store(session: &Session, name: &str, save: &Save) -> Result<(), Error> {
    let saved = session.client.save(name, save).await?;
    session.out.thing(&saved, |_| format!("{name} version {}", saved.version));
    session.out.next(&format!("sloth run --saved {name}"));
    Ok(())
}

async fn show(session: &Session, name: &str, source_only: bool) -> Result<(), Error> {
    let saved = find(session, name).await?;
    let source = saved.source.clone().unwrap_or_default();
    if source_only {
        session.out.raw(&source);
        return Ok(());
    }
    session.out.thing(&saved, |_| {
        let Saved { name, description, version, saved_at, saved_by, .. } = &saved;
        format!(
            "name         {name}\ndescription  {description}\nversion      {version}\nsaved        {} by {saved_by}\n\n{source}",
            time::exact(*saved_at)
        )
    });
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

fn table(workflows: &[Saved]) -> Table {
    let mut table = Table::new(["NAME", "VERSION", "SAVED", "BY", "DESCRIPTION"]);
    for workflow in workflows {
        table.row([
            workflow.name.as_str().into(),
            workflow.version.to_string().into(),
            time::ago(workflow.saved_at, time::now()).into(),
            workflow.saved_by.as_str().into(),
            workflow.description.as_str().into(),
        ]);
    }
    table
}
