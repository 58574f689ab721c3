use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use web::wire::{List as Page, Workflow as Saved};

use crate::commands::Here;
use crate::error::Error;
use crate::next::After;
use crate::output::Table;
use crate::session::Session;

/// List the workflows of this folder's files, and those that are saved
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth workflow list
  sloth workflow list -f deploy.sloth
  sloth workflow list --saved -o name")]
pub struct List {
    /// Only those of this file
    #[arg(short, long, value_name = "FILE", conflicts_with = "saved")]
    file: Option<PathBuf>,
    /// Only those that are saved
    #[arg(long)]
    saved: bool,
    #[arg(skip)]
    found: Vec<Item>,
}

/// A workflow that can be run.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Item {
    name: String,
    /// Where it is defined; null when it is saved.
    file: Option<String>,
    /// Of a saved one, how often it has been.
    version: String,
    saved: bool,
    /// How many; null when it is saved.
    tasks: Option<usize>,
    description: String,
}

impl List {
    pub fn read(&mut self) -> Result<(), Error> {
        let here = match &self.file {
            _ if self.saved => None,
            Some(file) => Some(Here::of(std::slice::from_ref(file))?),
            None => Here::look(Path::new("."))?,
        };
        self.found = here.iter().flat_map(Here::workflows).map(local).collect();
        Ok(())
    }

    pub async fn run(&self, session: &Session) -> Result<(), Error> {
        let mut page = Page { items: self.found.clone(), cursor: None, index: 0 };
        if self.file.is_none() {
            let saved = session.client.workflows().await?;
            page.items.extend(saved.items.into_iter().map(kept));
            page.index = saved.index;
        }
        session.out.list(&page, table)?;
        let first = page.items.first().map(|it| it.file.as_deref().unwrap_or(&it.name));
        session.out.next(&After::Workflows { first });
        Ok(())
    }
}

fn local((file, workflow): (&str, &dsl::Workflow)) -> Item {
    Item {
        name: workflow.name.to_string(),
        file: Some(file.to_owned()),
        version: workflow.version.clone(),
        saved: false,
        tasks: Some(workflow.tasks.len()),
        description: workflow.description.clone(),
    }
}

fn kept(saved: Saved) -> Item {
    let (name, version, description) = (saved.name, saved.version.to_string(), saved.description);
    Item { name, file: None, version, saved: true, tasks: None, description }
}

fn table(items: &[Item]) -> Table {
    let mut table = Table::new(["NAME", "FILE", "VERSION", "TASKS", "DESCRIPTION"]);
    for item in items {
        table.row([
            item.name.as_str().into(),
            item.file.as_deref().unwrap_or("saved").into(),
            item.version.as_str().into(),
            item.tasks.map(|tasks| tasks.to_string()).unwrap_or_default().into(),
            item.description.as_str().into(),
        ]);
    }
    table
}
