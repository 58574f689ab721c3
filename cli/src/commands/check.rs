use std::path::PathBuf;

use clap::Args;
use dsl::{Diagnostics, File};
use serde_json::{Value, json};
use web::wire::List;

use crate::error::Error;
use crate::exit::Exit;
use crate::file;
use crate::next::After;
use crate::output::text::count;
use crate::output::{Meaning, Output};
use crate::values::{self, Variable};

/// Check workflow files without running them
///
/// Loads each file as a node would, and says what is wrong with it, where, and
/// what to do about it. Ends with 1 when a file has errors, or warnings where
/// those count; with 2 when one cannot be read.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth check deploy.sloth
  sloth check .                    every *.sloth file of this folder
  sloth check --strict             warnings count as errors
  sloth check -v prod.yaml ci.sloth -o json"
)]
pub struct Check {
    /// Files, or folders with *.sloth files; this folder unless given
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    /// Values from a YAML, JSON or TOML file; may be repeated, later ones win
    #[arg(short, long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// One value: KEY=TEXT or KEY:=JSON; may be repeated and wins over files
    #[arg(long = "var", value_name = "KEY=VALUE")]
    variables: Vec<Variable>,
}

impl Check {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        let values = values::gather(&self.values, &self.variables)?;
        let mut checked = Vec::new();
        for path in file::all(&self.paths)? {
            let source = file::read(&path)?;
            let result = file::load(&source, &values);
            checked.push((source.name, result));
        }
        report(&checked, out);
        if checked.iter().any(|(_, result)| self.is_bad(result)) {
            return Ok(Exit::Failed);
        }
        let only = checked.first().filter(|_| checked.len() == 1);
        out.next(&After::Checked { file: only.map(|(name, _)| name.as_str()) });
        Ok(Exit::Done)
    }

    fn is_bad(&self, result: &Result<File, Diagnostics>) -> bool {
        match result {
            Ok(file) => self.strict && !file.warnings.is_empty(),
            Err(_) => true,
        }
    }
}

type Checked = (String, Result<File, Diagnostics>);

fn report(checked: &[Checked], out: &Output) {
    match out.is_text() {
        true => checked.iter().for_each(|(name, result)| tell(name, result, out)),
        false => {
            let items = checked.iter().map(object).collect();
            out.page(&List { items, cursor: None, index: 0 });
        }
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
