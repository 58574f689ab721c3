use std::path::{Path, PathBuf};

use clap::Args;
use dsl::{Diagnostics, File, LoadOptions, Source};
use serde_json::{Value, json};

use super::run::source::workflow_files;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::text::count;
use crate::output::{Format, Meaning, Output, json};
use crate::values::{self, Variable, text_of};

/// Check workflow files without running them
///
/// Loads each file as a node would, and says what is wrong with it, where, and
/// what to do about it. Ends with 1 when a file has errors, with 2 when one
/// cannot be read.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth check deploy.sloth
  sloth check .                    every *.sloth file of this folder
  sloth check -v prod.yaml ci.sloth -o json"
)]
pub struct Check {
    /// Files, or folders with *.sloth files; this folder unless given
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Values from a YAML, JSON or TOML file; may be repeated, later ones win
    #[arg(short, long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// One value: KEY=TEXT or KEY:=JSON; may be repeated and wins over files
    #[arg(long = "var", value_name = "KEY=VALUE")]
    variables: Vec<Variable>,
}

impl Check {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        let values = Value::Object(values::gather(&self.values, &self.variables)?);
        let mut checked = Vec::new();
        for path in self.files()? {
            let source = Source { name: path.display().to_string(), text: text_of(&path)? };
            let result = dsl::load(&source, &values, &LoadOptions::default());
            checked.push((source.name, result));
        }
        report(&checked, out);
        let bad = checked.iter().any(|(_, result)| result.is_err());
        Ok(if bad { Exit::Failed } else { Exit::Done })
    }

    fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let mut files = Vec::new();
        for path in &self.paths {
            match path.is_dir() {
                true => files.extend(listed(path)?),
                false => files.push(path.clone()),
            }
        }
        Ok(files)
    }
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let found = workflow_files(folder)?;
    match found.is_empty() {
        true => Err(Error::usage(format!("{} has no *.sloth file", folder.display()))),
        false => Ok(found),
    }
}

type Checked = (String, Result<File, Diagnostics>);

fn report(checked: &[Checked], out: &Output) {
    match out.format {
        Format::Table => checked.iter().for_each(|(name, result)| tell(name, result, out)),
        Format::Json => {
            let items: Vec<Value> = checked.iter().map(object).collect();
            out.line(&json::pretty(&json!({"items": items, "cursor": null})));
        }
        Format::Jsonl => checked.iter().for_each(|one| out.line(&json::compact(&object(one)))),
    }
}

fn tell(name: &str, result: &Result<File, Diagnostics>, out: &Output) {
    match result {
        Ok(file) => {
            file.warnings.iter().for_each(|warning| out.warn(&format!("{name}: {warning}")));
            let good = out.remark_paint().of(Meaning::Good, "ok");
            out.note(&format!("{good}  {name}  {}", contents(file)));
        }
        Err(diagnostics) => out.line(&diagnostics.to_string()),
    }
}

/// `deploy (3 tasks), test (1 task)`
fn contents(file: &File) -> String {
    let of = |workflow: &dsl::Workflow| {
        format!("{} ({})", workflow.name, count(workflow.tasks.len(), "task"))
    };
    file.workflows.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn object((name, result): &Checked) -> Value {
    let (errors, file) = match result {
        Ok(file) => (&[][..], Some(file)),
        Err(Diagnostics(errors)) => (errors.as_slice(), None),
    };
    json!({
        "file": name,
        "ok": errors.is_empty(),
        "errors": errors,
        "warnings": file.map(|file| file.warnings.as_slice()).unwrap_or_default(),
        "workflows": file.map(|file| file.workflows.as_slice()).unwrap_or_default(),
    })
}
