//! Which tasks of a workflow a run consists of.

use std::collections::{BTreeMap, BTreeSet};

use dsl::model::{self, Order, Workflow};
use state::run::Target;

use crate::Error;

/// What the submitter chose beyond the file.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// These tasks and what they need; with the other choices empty, all of them.
    pub tasks: Vec<String>,
    /// Tasks that carry one of these tags, and what they need.
    pub tags: Vec<String>,
    /// This task and all that follows it; what comes before counts as done.
    pub from: Option<String>,
    /// Never these; they count as done.
    pub skip: Vec<String>,
    /// Only what was named, without what it needs.
    pub alone: bool,
    /// Where tasks without a target of their own run.
    pub on: Option<Target>,
    /// Nothing is changed: tasks say what they would do.
    pub check: bool,
    /// Somebody is asked before each task.
    pub interactive: bool,
}

impl Choice {
    /// In listed order.
    pub fn tasks_of<'a>(&self, workflow: &'a Workflow) -> Result<Vec<&'a model::Task>, Error> {
        let mut chosen = self.chosen(workflow)?;
        for name in &self.skip {
            chosen.remove(find(workflow, name)?.name.as_str());
        }
        let mut tasks: Vec<&model::Task> =
            workflow.tasks.iter().filter(|task| chosen.contains(task.name.as_str())).collect();
        // A handler without anything to handle never runs.
        let handles = |task: &model::Task| {
            task.handles.is_empty() || task.handles.iter().any(|it| chosen.contains(it.as_str()))
        };
        tasks.retain(|task| handles(task));
        match tasks.is_empty() {
            true => Err(Error::Invalid(format!(
                "nothing of workflow `{}` is left to run",
                workflow.name
            ))),
            false => Ok(tasks),
        }
    }

    fn chosen<'a>(&self, workflow: &'a Workflow) -> Result<BTreeSet<&'a str>, Error> {
        if self.tasks.is_empty() && self.tags.is_empty() && self.from.is_none() {
            return Ok(workflow.tasks.iter().map(|task| task.name.as_str()).collect());
        }
        let mut named = BTreeSet::new();
        for name in &self.tasks {
            named.insert(find(workflow, name)?.name.as_str());
        }
        for tag in &self.tags {
            named.extend(tagged(workflow, tag)?);
        }
        let mut chosen = if self.alone { named } else { with_needs(workflow, named) };
        if let Some(name) = &self.from {
            chosen.extend(following(workflow, find(workflow, name)?));
        }
        Ok(chosen)
    }
}

fn find<'a>(workflow: &'a Workflow, name: &str) -> Result<&'a model::Task, Error> {
    workflow.task(name).ok_or_else(|| {
        let names: Vec<&str> = workflow.tasks.iter().map(|task| task.name.as_str()).collect();
        let missing = format!("workflow `{}` has no task `{name}`", workflow.name);
        Error::Invalid(match config::suggest::nearest(name, names.iter().copied()) {
            Some(nearest) => format!("{missing}: did you mean `{nearest}`?"),
            None => format!("{missing}: it has {}", names.join(", ")),
        })
    })
}

fn tagged<'a>(workflow: &'a Workflow, tag: &str) -> Result<Vec<&'a str>, Error> {
    let carries = |task: &&model::Task| task.tags.iter().any(|carried| carried == tag);
    let tagged: Vec<&str> =
        workflow.tasks.iter().filter(carries).map(|task| task.name.as_str()).collect();
    if !tagged.is_empty() {
        return Ok(tagged);
    }
    let known: BTreeSet<&str> =
        workflow.tasks.iter().flat_map(|task| &task.tags).map(String::as_str).collect();
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    let missing = format!("no task of workflow `{}` carries the tag `{tag}`", workflow.name);
    Err(Error::Invalid(match known.is_empty() {
        true => format!("{missing}, nor any other"),
        false => format!("{missing}: there are {known}"),
    }))
}

/// What must end before a task may start.
fn needs(task: &model::Task) -> impl Iterator<Item = &str> {
    task.depends_on.iter().chain(&task.handles).map(|name| name.as_str())
}

fn with_needs<'a>(workflow: &'a Workflow, named: BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let by_name: BTreeMap<&str, &model::Task> =
        workflow.tasks.iter().map(|task| (task.name.as_str(), task)).collect();
    let mut open: Vec<&str> = named.into_iter().collect();
    let mut chosen = BTreeSet::new();
    while let Some(task) = open.pop().and_then(|name| by_name.get(name)) {
        if chosen.insert(task.name.as_str()) {
            open.extend(needs(task));
        }
    }
    chosen
}

/// The task, and what waits for it; in a list, all that is listed after it.
fn following<'a>(workflow: &'a Workflow, first: &'a model::Task) -> BTreeSet<&'a str> {
    let names = workflow.tasks.iter().map(|task| task.name.as_str());
    if workflow.order == Order::List {
        return names.skip_while(|name| *name != first.name.as_str()).collect();
    }
    let mut feeds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for task in &workflow.tasks {
        for need in needs(task) {
            feeds.entry(need).or_default().push(task.name.as_str());
        }
    }
    let mut open = vec![first.name.as_str()];
    let mut chosen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if chosen.insert(name) {
            open.extend(feeds.get(name).into_iter().flatten());
        }
    }
    chosen
}
