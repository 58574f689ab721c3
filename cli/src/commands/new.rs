use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use config::TaskName;
use config::suggest::nearest;
use serde::Serialize;
use serde_json::json;
use web::wire::List;

use crate::error::{Error, io};
use crate::exit::Exit;
use crate::next::After;
use crate::output::{Output, Table};

/// Begin a workflow
///
/// Writes a workflow file that runs as it is.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth new deploy                    deploy.sloth, two tasks to change
  sloth new ci -t cicd                lint, test, build, publish
  sloth new --list                    what else there is"
)]
pub struct New {
    /// What the workflow is called; its file is NAME.sloth
    #[arg(required_unless_present = "list")]
    name: Option<TaskName>,
    /// What to begin with
    #[arg(short, long, value_name = "TEMPLATE", default_value = "basic")]
    template: String,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    path: PathBuf,
    /// Show the templates there are
    #[arg(long)]
    list: bool,
}

/// A file to begin with.
#[derive(Debug, Serialize)]
struct Template {
    name: &'static str,
    about: &'static str,
    #[serde(skip)]
    text: &'static str,
}

macro_rules! template {
    ($name:literal, $about:literal) => {
        Template {
            name: $name,
            about: $about,
            text: include_str!(concat!("../../templates/", $name, ".sloth")),
        }
    };
}

const TEMPLATES: [Template; 6] = [
    template!("basic", "two tasks, one after the other"),
    template!("cicd", "lint and test at once, build, publish where that is wanted"),
    template!("infrastructure", "bring a machine into a state; a second run changes nothing"),
    template!("microservices", "build, deploy and check some services at once"),
    template!("data-pipeline", "extract, transform, load, and go on where it ended"),
    template!("cluster", "prepare here, work on every node, verify on one"),
];
/// What stands in a template for the name of the workflow.
const NAME: &str = "{{name}}";

impl New {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        match &self.name {
            Some(name) if !self.list => self.create(name, out)?,
            _ => {
                let items = TEMPLATES.into();
                out.list(&List { items, cursor: None, index: 0 }, table)?;
                out.next(&After::Templates);
            }
        }
        Ok(Exit::Done)
    }

    fn create(&self, name: &TaskName, out: &Output) -> Result<(), Error> {
        let template = find(&self.template)?;
        let path = self.path.join(file_name(name)?);
        std::fs::create_dir_all(&self.path)
            .map_err(|error| io(format!("create {}", self.path.display()), &error))?;
        write(&path, &filled(template, name))?;
        let shown = path.display().to_string();
        let shown = shown.strip_prefix("./").unwrap_or(&shown);
        out.thing(&json!({"file": shown, "template": template.name}), |_| shown.to_owned());
        out.next(&After::Begun { file: shown });
        Ok(())
    }
}

fn find(name: &str) -> Result<&'static Template, Error> {
    static ALL: [Template; 6] = TEMPLATES;
    if let Some(template) = ALL.iter().find(|template| template.name == name) {
        return Ok(template);
    }
    let names = ALL.iter().map(|template| template.name);
    let error = Error::new(Exit::NotFound, format!("there is no template `{name}`"));
    Err(match nearest(name, names) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("sloth new --list"),
    })
}

fn file_name(name: &TaskName) -> Result<String, Error> {
    if name.contains('/') || name.starts_with('.') {
        let message = format!("`{name}` is no name for a file");
        return Err(Error::usage(message).hint("--path DIR says in which folder"));
    }
    Ok(format!("{}.sloth", name.as_str()))
}

/// The text, with the name as Lua takes it inside quotes.
fn filled(template: &Template, name: &TaskName) -> String {
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    template.text.replace(NAME, &name)
}

/// What is there is never overwritten.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Error::new(Exit::Conflict, format!("{} is there already", path.display()))
                .hint("choose another name, or --path")
        }
        _ => io(format!("create {}", path.display()), &error),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| io(format!("write {}", path.display()), &error))
}

fn table(templates: &[Template]) -> Table {
    let mut table = Table::new(["NAME", "ABOUT"]);
    for template in templates {
        table.row([template.name.into(), template.about.into()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file;
    use serde_json::Map;

    #[test]
    fn every_template_passes_the_check_under_any_name() {
        for template in &TEMPLATES {
            for name in ["shop", "it's \"my\" shop", "部署"] {
                let name: TaskName = name.parse().unwrap();
                let text = filled(template, &name);
                let source = dsl::Source { name: "t.sloth".into(), text };
                let file = file::load(&source, &Map::new())
                    .unwrap_or_else(|faults| panic!("{}: {faults}", template.name));
                assert_eq!(file.warnings, Vec::<String>::new(), "{}", template.name);
                assert_eq!(file.workflows[0].name, name, "{}", template.name);
            }
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../up", "/etc/passwd", ".hidden"] {
            assert_eq!(file_name(&name.parse().unwrap()).unwrap_err().exit, Exit::Usage);
        }
    }
}
