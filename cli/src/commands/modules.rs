use clap::{Args, Subcommand};
use config::suggest::nearest;
use dsl::registry::{self, reference::Topic};
use serde::Serialize;
use serde_json::json;
use web::wire::List;

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::{Output, Table};

/// Look at what functions of a workflow can use
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  sloth modules
  sloth modules --search copy
  sloth modules show fs
  sloth modules show fs.copy
  sloth modules stubs > sloth.lua        definitions for a Lua language server"
)]
pub struct Modules {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: Listed,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List modules, and what else a file can use
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  sloth modules list --module fs"
    )]
    List(Listed),
    /// Show a module, or one of its functions
    #[command(
        alias = "info",
        after_help = "\
Examples:
  sloth modules show fs.copy"
    )]
    Show { name: String },
    /// Print all of it as a Markdown page
    #[command(after_help = "\
Examples:
  sloth modules reference > reference.md")]
    Reference,
    /// Print definitions for Lua language servers
    #[command(after_help = "\
Examples:
  sloth modules stubs > sloth.lua")]
    Stubs,
}

#[derive(Args, Debug)]
struct Listed {
    /// The functions of this module
    #[arg(short, long, value_name = "NAME")]
    module: Option<String>,
    /// Only what has this in its name or its description
    #[arg(long, value_name = "WORD")]
    search: Option<String>,
}

#[derive(Debug, Serialize)]
struct Module {
    name: String,
    functions: usize,
    about: String,
}

#[derive(Debug, Serialize)]
struct Function {
    name: String,
    signature: String,
    about: String,
}

impl Modules {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        match &self.action {
            None => self.list.run(out)?,
            Some(Action::List(list)) => list.run(out)?,
            Some(Action::Show { name }) => show(name, out)?,
            Some(Action::Reference) => out.raw(&registry::reference()),
            Some(Action::Stubs) => out.raw(&registry::stubs()),
        }
        Ok(Exit::Done)
    }
}

impl Listed {
    fn run(&self, out: &Output) -> Result<(), Error> {
        match (&self.module, &self.search) {
            (None, None) => {
                let items = registry::topics().iter().map(module).collect();
                out.list(&List { items, cursor: None, index: 0 }, modules)?;
                out.next(&After::Modules);
            }
            (module, word) => {
                let items = found(module.as_deref(), word.as_deref())?;
                let found = List { items, cursor: None, index: 0 };
                out.list(&found, functions)?;
                let first = found.items.first().map(|function| function.name.as_str());
                out.next(&After::Functions { first });
            }
        }
        Ok(())
    }
}

fn module(topic: &Topic) -> Module {
    let (name, about) = (topic.name.clone(), topic.doc.clone());
    Module { name, functions: topic.entries.len(), about }
}

fn found(module: Option<&str>, word: Option<&str>) -> Result<Vec<Function>, Error> {
    let topics = registry::topics();
    if let Some(name) = module.filter(|name| !topics.iter().any(|topic| topic.is_called(name))) {
        return Err(unknown(name, topics.iter().map(|topic| topic.name.as_str())));
    }
    let word = word.unwrap_or_default().to_lowercase();
    let topics = topics.iter().filter(|topic| module.is_none_or(|name| topic.is_called(name)));
    let entries = topics.flat_map(|topic| &topic.entries).filter(|entry| {
        entry.name.to_lowercase().contains(&word) || entry.doc.to_lowercase().contains(&word)
    });
    let function = |entry: &registry::reference::Entry| Function {
        name: entry.name.clone(),
        signature: entry.signature.clone(),
        about: entry.doc.clone(),
    };
    Ok(entries.map(function).collect())
}

fn show(name: &str, out: &Output) -> Result<(), Error> {
    let found = registry::lookup(name).ok_or_else(|| {
        let error =
            Error::new(Exit::NotFound, format!("there is no `{name}` that a file could use"));
        match registry::suggest(name) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("sloth modules"),
        }
    })?;
    let (text, markdown) = (found.text(), found.markdown());
    out.thing(&json!({"name": name, "text": text, "markdown": markdown}), |_| text);
    Ok(())
}

fn unknown<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Error {
    let error = Error::new(Exit::NotFound, format!("there is no module `{name}`"));
    match nearest(name, names) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("sloth modules"),
    }
}

fn modules(modules: &[Module]) -> Table {
    let mut table = Table::new(["NAME", "FUNCTIONS", "ABOUT"]);
    for module in modules {
        table.row([
            module.name.as_str().into(),
            module.functions.to_string().into(),
            module.about.as_str().into(),
        ]);
    }
    table
}

fn functions(functions: &[Function]) -> Table {
    let mut table = Table::new(["NAME", "ABOUT", "SIGNATURE"]).extra(1);
    for function in functions {
        table.row([
            function.name.as_str().into(),
            function.about.as_str().into(),
            function.signature.as_str().into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_by_module_and_by_word() {
        let names = |module, word| -> Vec<String> {
            found(module, word).unwrap().into_iter().map(|it| it.name).collect()
        };
        assert!(names(Some("fs"), Some("COPY")).contains(&"fs.copy".to_owned()));
        assert!(names(Some("fs"), None).iter().all(|name| name.starts_with("fs.")));
        assert!(names(None, Some("retries")).contains(&"task:retries".to_owned()));
        assert_eq!(found(Some("fss"), None).unwrap_err().exit, Exit::NotFound);
    }
}
