use std::path::{Path, PathBuf};

use clap::Args;
use config::suggest::nearest;
use dsl::{File, Workflow};

use crate::error::Error;
use crate::exit::Exit;
use crate::file;
use crate::graph::{Graph, Style};
use crate::next::After;
use crate::output::Output;
use crate::values::{self, Variable};

/// Draw the tasks of a workflow and what they wait for
///
/// Nothing is run. A picture is written as SVG; Markdown pages understand
/// Mermaid, Graphviz understands dot.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth graph                              of the workflow of this folder
  sloth graph deploy.sloth -s svg > deploy.svg
  sloth graph ci.sloth -s dot | dot -Tpng > ci.png
  sloth run show --graph mermaid           of a run, with how far each task came"
)]
pub struct Show {
    /// The workflow file; the only *.sloth file here unless given
    file: Option<PathBuf>,
    /// Which workflow of a file with several
    #[arg(short, long, value_name = "NAME")]
    workflow: Option<String>,
    /// tree, mermaid, dot or svg
    #[arg(
        short,
        long,
        visible_alias = "format",
        value_enum,
        hide_possible_values = true,
        default_value_t
    )]
    style: Style,
    /// Values from a YAML, JSON or TOML file; may be repeated, later ones win
    #[arg(short, long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// One value: KEY=TEXT or KEY:=JSON; may be repeated and wins over files
    #[arg(long = "var", alias = "set", value_name = "KEY=VALUE")]
    variables: Vec<Variable>,
}

impl Show {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        let found;
        let path = match &self.file {
            Some(path) => path,
            None => {
                found = file::only_one(Path::new("."))?;
                &found
            }
        };
        let values = values::gather(&self.values, &self.variables)?;
        let file = file::loaded(&file::read(path)?, &values)?;
        let graphs = chosen(&file, self.workflow.as_deref())?;
        if self.style != Style::Tree && graphs.len() > 1 {
            return Err(several(&file));
        }
        for (number, workflow) in graphs.iter().enumerate() {
            if number > 0 {
                out.line("");
            }
            if graphs.len() > 1 {
                out.line(&format!("{}:", workflow.name));
            }
            out.raw(&Graph::of_workflow(workflow).draw(self.style)?);
        }
        if self.style == Style::Tree {
            let file = self.file.as_ref().and_then(|path| path.to_str());
            out.next(&After::Drawn { file });
        }
        Ok(Exit::Done)
    }
}

/// All workflows, or the one that is named.
fn chosen<'a>(file: &'a File, name: Option<&str>) -> Result<Vec<&'a Workflow>, Error> {
    let Some(name) = name else { return Ok(file.workflows.iter().collect()) };
    if let Some(workflow) = file.workflow(name) {
        return Ok(vec![workflow]);
    }
    let names = file.workflows.iter().map(|workflow| workflow.name.as_str());
    let error = Error::new(Exit::NotFound, format!("the file has no workflow `{name}`"));
    Err(match nearest(name, names.clone()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("it has: {}", names.collect::<Vec<_>>().join(", "))),
    })
}

fn several(file: &File) -> Error {
    let names: Vec<&str> = file.workflows.iter().map(|workflow| workflow.name.as_str()).collect();
    Error::usage("a picture is of one workflow, and the file has several")
        .hint(format!("-w, with one of: {}", names.join(", ")))
}
