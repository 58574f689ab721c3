//! `sloth` alone: what can be run in this folder.

use std::path::{Path, PathBuf};

use config::suggest::nearest;
use dsl::model::Command;
use dsl::{Diagnostics, File, Workflow};
use serde::Serialize;
use serde_json::Map;
use web::wire::List;

use crate::error::Error;
use crate::file;
use crate::output::text::{fit, pad, quoted, width};
use crate::output::{Meaning, Output, Paint};

/// A name column wider than this helps nobody.
const NAME_MAX: usize = 32;
/// Of one workflow; whoever has more looks at its graph.
const TASKS_MAX: usize = 100;

/// The workflow files of a folder, loaded.
pub struct Here {
    files: Vec<(String, Result<File, Diagnostics>)>,
}

/// One task that can be run.
#[derive(Debug, Serialize)]
struct Item<'a> {
    name: &'a str,
    description: &'a str,
    depends_on: Vec<&'a str>,
    workflow: &'a str,
    file: &'a str,
}

impl Here {
    /// None where there is no workflow file.
    pub fn look(folder: &Path) -> Result<Option<Self>, Error> {
        let paths = file::in_folder(folder)?;
        if paths.is_empty() {
            return Ok(None);
        }
        Self::of(&paths).map(Some)
    }

    pub fn of(paths: &[PathBuf]) -> Result<Self, Error> {
        let mut files = Vec::new();
        for path in paths {
            let source = file::read(path)?;
            let loaded = file::load(&source, &Map::new());
            files.push((source.name, loaded));
        }
        Ok(Self { files })
    }

    /// The command that runs a task of that name.
    pub fn running(&self, task: &str) -> Option<String> {
        let (file, workflow) = self.workflows().find(|(_, flow)| flow.task(task).is_some())?;
        Some(format!("{} -t {}", self.run(file, workflow), quoted(task)))
    }

    /// The file that is called almost so.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let with_ending = format!("{name}.sloth");
        let names = || self.files.iter().map(|(name, _)| name.as_str());
        names().find(|file| *file == with_ending).or_else(|| nearest(name, names()))
    }

    pub fn show(&self, out: &Output) {
        if !out.is_text() {
            return out.page(&List { items: self.items(), cursor: None, index: 0 });
        }
        out.raw(&self.text(out.paint()));
        self.usage().iter().for_each(|line| out.note(line));
    }

    fn items(&self) -> Vec<Item<'_>> {
        self.workflows().flat_map(|(file, workflow)| items(file, workflow)).collect()
    }

    /// Each with its file.
    pub fn workflows(&self) -> impl Iterator<Item = (&str, &Workflow)> {
        let files = self.files.iter().filter_map(|(name, file)| Some((name, file.as_ref().ok()?)));
        files.flat_map(|(name, file)| file.workflows.iter().map(move |flow| (name.as_str(), flow)))
    }

    fn text(&self, paint: Paint) -> String {
        let mut text = String::new();
        for (name, file) in &self.files {
            match file {
                Ok(file) => file.workflows.iter().for_each(|flow| text += &list(name, flow, paint)),
                Err(faults) => text += &broken(name, faults, paint),
            }
        }
        text
    }

    /// How to run what was listed.
    fn usage(&self) -> Vec<String> {
        let Some((file, workflow)) = self.workflows().next() else { return Vec::new() };
        let run = self.run(file, workflow);
        let mut lines = vec![format!("\nrun it:        {run}")];
        if let Some(task) = workflow.tasks.last().filter(|_| workflow.tasks.len() > 1) {
            lines.push(format!("run one task:  {run} -t {}", quoted(&task.name)));
        }
        lines
    }

    /// `sloth run`, with what is needed to say which workflow.
    fn run(&self, file: &str, workflow: &Workflow) -> String {
        let mut command = "sloth run".to_owned();
        if self.files.len() > 1 {
            command += &format!(" {}", quoted(file));
        }
        let siblings = self.workflows().filter(|(other, _)| *other == file).count();
        if siblings > 1 {
            command += &format!(" -w {}", quoted(&workflow.name));
        }
        command
    }
}

fn items<'a>(file: &'a str, workflow: &'a Workflow) -> Vec<Item<'a>> {
    let item = |task: &'a dsl::Task| Item {
        name: &task.name,
        description: &task.description,
        depends_on: task.depends_on.iter().map(|name| name.as_str()).collect(),
        workflow: &workflow.name,
        file,
    };
    workflow.tasks.iter().map(item).collect()
}

fn list(file: &str, workflow: &Workflow, paint: Paint) -> String {
    let name = paint.of(Meaning::Strong, &workflow.name);
    let place = paint.of(Meaning::Faint, &format!("({file})"));
    let mut text = match workflow.description.is_empty() {
        true => format!("{name}  {place}\n"),
        false => format!("{name}  {}  {place}\n", workflow.description),
    };
    let shown = &workflow.tasks[..workflow.tasks.len().min(TASKS_MAX)];
    let names = shown.iter().map(|task| width(&task.name)).max().unwrap_or(0).min(NAME_MAX);
    for task in shown {
        let line = format!("  {}  {}", pad(&task.name, names), says(task, paint));
        text += &format!("{}\n", line.trim_end());
    }
    if shown.len() < workflow.tasks.len() {
        text += &format!("  … and {} more\n", workflow.tasks.len() - shown.len());
    }
    text
}

/// What a task is for; its command where nobody said.
fn says(task: &dsl::Task, paint: Paint) -> String {
    match &task.command {
        _ if !task.description.is_empty() => task.description.clone(),
        Command::Line(line) => {
            let first = line.trim().lines().next().unwrap_or_default();
            paint.of(Meaning::Faint, &format!("$ {}", fit(first, 60)))
        }
        Command::Function => String::new(),
    }
}

fn broken(file: &str, faults: &Diagnostics, paint: Paint) -> String {
    let first = faults.0.first().map(|fault| format!("line {}: {}", fault.line, fault.message));
    let bad = paint.of(Meaning::Bad, "does not load");
    format!("{file}  {bad}: {}\n  sloth check {}\n", first.unwrap_or_default(), quoted(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CI: &str = r#"
local build = task("build"):description("Compiles everything"):command("make"):build()
local lint = task("lint"):command("make lint"):build()
local test = task("test"):depends_on(build):command(function() end):build()
workflow.define("ci"):description("Builds and tests"):tasks({ build, lint, test }):build()
"#;

    fn here(files: &[(&str, &str)]) -> Here {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let mut here = Here::look(folder.path()).unwrap().unwrap();
        let root = format!("{}/", folder.path().display());
        here.files.iter_mut().for_each(|(name, _)| *name = name.replace(&root, ""));
        here
    }

    #[test]
    fn tasks_are_listed_with_what_they_are_for() {
        let here = here(&[("ci.sloth", CI)]);
        insta::assert_snapshot!(here.text(Paint::OFF) + &here.usage().join("\n"), @r"
        ci  Builds and tests  (ci.sloth)
          build  Compiles everything
          lint   $ make lint
          test

        run it:        sloth run
        run one task:  sloth run -t test
        ");
        assert_eq!(here.running("lint").as_deref(), Some("sloth run -t lint"));
        assert_eq!(here.running("ci"), None);
    }

    #[test]
    fn several_files_are_told_apart_and_a_broken_one_hides_nothing() {
        let two = format!("{CI}workflow.define('all'):tasks({{ task('it'):command('true') }})");
        let here = here(&[("a.sloth", "task('x'):comand('y')"), ("b c.sloth", &two)]);
        let text = here.text(Paint::OFF);
        assert!(text.starts_with("a.sloth  does not load: line 1: "), "{text}");
        assert!(text.contains("\n  sloth check a.sloth\nci  Builds"), "{text}");
        assert!(here.usage()[0].ends_with("sloth run 'b c.sloth' -w ci"), "{:?}", here.usage());
    }

    #[test]
    fn a_folder_without_workflows_has_nothing_to_list() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Here::look(folder.path()).unwrap().is_none());
    }
}
