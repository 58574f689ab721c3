use std::path::Path;

use clap::Args;
use dsl::model::{Command, Target};
use dsl::{File, Workflow};
use serde_json::{Map, json};
use web::wire::Workflow as Saved;

use super::find;
use crate::error::Error;
use crate::file;
use crate::graph::{Graph, Style};
use crate::next::After;
use crate::output::text::quoted;
use crate::output::{Meaning, Paint, Table, time};
use crate::session::Session;

/// Show a workflow: what binds it, and its tasks
#[derive(Args, Debug)]
#[command(
    visible_aliases = ["get", "describe"],
    after_help = "\
Examples:
  sloth workflow show deploy.sloth             of a file
  sloth workflow show deploy                   one that is saved
  sloth workflow show deploy --source > deploy.sloth
  sloth workflow show deploy.sloth --graph mermaid"
)]
pub struct Show {
    /// The name of a saved workflow, or a file
    #[arg(value_name = "NAME|FILE")]
    name: String,
    /// The text of its file alone
    #[arg(long)]
    source: bool,
    /// The graph of its tasks alone: tree, mermaid, dot or svg
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "STYLE",
        conflicts_with = "source"
    )]
    graph: Option<Style>,
    /// A file of this machine, and what it defines.
    #[arg(skip)]
    local: Option<(String, File)>,
}

impl Show {
    pub fn read(&mut self) -> Result<(), Error> {
        let path = Path::new(&self.name);
        if path.is_file() || file::is_named_so(path) {
            let source = file::read(path)?;
            let loaded = file::loaded(&source, &Map::new())?;
            self.local = Some((source.text, loaded));
        }
        Ok(())
    }

    pub async fn run(&self, session: &Session) -> Result<(), Error> {
        let (text, again) = match &self.local {
            Some((text, file)) => {
                self.local(session, text, file)?;
                (text, format!("sloth run {}", quoted(&self.name)))
            }
            None => return self.saved(session).await,
        };
        if !self.source && !text.is_empty() {
            session.out.next(&After::WorkflowShown { again: &again });
        }
        Ok(())
    }

    fn local(&self, session: &Session, text: &str, file: &File) -> Result<(), Error> {
        match self.graph {
            _ if self.source => session.out.raw(text),
            Some(style) => {
                for workflow in &file.workflows {
                    session.out.raw(&Graph::of_workflow(workflow).draw(style)?);
                }
            }
            None => {
                let object = json!({"file": self.name, "workflows": file.workflows});
                session.out.thing(&object, |paint| {
                    let all = file.workflows.iter().map(|workflow| described(workflow, paint));
                    all.collect::<Vec<_>>().join("\n")
                });
            }
        }
        Ok(())
    }

    async fn saved(&self, session: &Session) -> Result<(), Error> {
        let saved = find(session, &self.name).await?;
        let source = saved.source.clone().unwrap_or_default();
        if self.source {
            session.out.raw(&source);
            return Ok(());
        }
        if self.graph.is_some() {
            let how = format!("sloth workflow show {0} --source > {0}.sloth", self.name);
            return Err(Error::usage("the graph is drawn of a file").hint(how));
        }
        session.out.thing(&saved, |_| format!("{}\n{source}", header(&saved)));
        let again = format!("sloth run --saved {}", quoted(&self.name));
        session.out.next(&After::WorkflowShown { again: &again });
        Ok(())
    }
}

fn header(saved: &Saved) -> String {
    let Saved { name, description, version, saved_at, saved_by, .. } = saved;
    let at = time::exact(*saved_at);
    format!(
        "name         {name}\ndescription  {description}\nversion      {version}\nsaved        {at} by {saved_by}\n"
    )
}

fn described(workflow: &Workflow, paint: Paint) -> String {
    let settings = &workflow.settings;
    let order = match workflow.order {
        dsl::model::Order::List => "one task after the other",
        dsl::model::Order::Graph => "each task as soon as what it needs has ended",
    };
    let rows = [
        ("name", workflow.name.to_string()),
        ("description", workflow.description.clone()),
        ("version", workflow.version.clone()),
        ("order", order.to_owned()),
        ("at once", settings.max_parallel_tasks.map(|most| most.to_string()).unwrap_or_default()),
        ("within", settings.timeout.map(config::duration::format).unwrap_or_default()),
        ("where", workflow.target.as_ref().map(place).unwrap_or_default()),
    ];
    let mut text = String::new();
    for (key, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        text += &format!("{}{value}\n", paint.of(Meaning::Faint, &format!("{key:<13}")));
    }
    text + "\n" + &tasks(workflow).render(None, paint)
}

fn tasks(workflow: &Workflow) -> Table {
    let mut table =
        Table::new(["TASK", "DEPENDS ON", "WHERE", "TIMEOUT", "RETRIES", "DESCRIPTION"]);
    for task in &workflow.tasks {
        let needs: Vec<&str> = task.depends_on.iter().map(|name| name.as_str()).collect();
        let about = match &task.command {
            Command::Line(line) if task.description.is_empty() => {
                format!("$ {}", line.trim().lines().next().unwrap_or_default())
            }
            _ => task.description.clone(),
        };
        table.row([
            task.name.as_str().into(),
            needs.join(", ").into(),
            task.target.as_ref().map(place).unwrap_or_default().into(),
            config::duration::format(task.timeout).into(),
            task.retry.count.to_string().into(),
            about.into(),
        ]);
    }
    table
}

/// A target as the command line writes it.
fn place(target: &Target) -> String {
    match target {
        Target::Local => "local".to_owned(),
        Target::Names(names) => {
            names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(",")
        }
        Target::Labels(labels) => labels.to_string(),
        Target::Any { labels: Some(labels), .. } => format!("any:{labels}"),
        Target::Any { labels: None, .. } => "any".to_owned(),
        Target::All => "all".to_owned(),
        Target::Function => "a function says".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_described_with_its_tasks() {
        let text = r#"
local a = task("a"):command("make a"):timeout("1m"):build()
local b = task("b"):description("Packs"):depends_on(a):retries(2):command(function() end):build()
workflow.define("ci"):description("Builds"):tasks({ a, b }):build()
"#;
        let source = dsl::Source { name: "ci.sloth".into(), text: text.into() };
        let file = file::loaded(&source, &Map::new()).unwrap();
        insta::assert_snapshot!(described(&file.workflows[0], Paint::OFF), @r"
        name         ci
        description  Builds
        order        each task as soon as what it needs has ended

        TASK  DEPENDS ON  WHERE  TIMEOUT  RETRIES  DESCRIPTION
        a                        1m       0        $ make a
        b     a                  10m      2        Packs
        ");
    }
}
