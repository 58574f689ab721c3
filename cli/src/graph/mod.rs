//! Graphs of tasks as text: a tree, Mermaid, Graphviz, SVG.

mod dot;
mod layout;
mod mermaid;
mod order;
mod svg;
mod tree;

use std::collections::BTreeMap;

use clap::ValueEnum;
use dsl::Workflow;
use web::wire::{Run, Status};

use crate::error::Error;
use crate::exit::Exit;

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Style {
    #[default]
    Tree,
    Mermaid,
    Dot,
    Svg,
}

/// Tasks and what they wait for, without a cycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    pub title: String,
    pub nodes: Vec<Node>,
    /// From a task to one that waits for it, by their places in `nodes`.
    pub edges: Vec<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub name: String,
    /// Where it runs, if that is not here.
    pub place: Option<String>,
    /// Of a run.
    pub status: Option<Status>,
}

/// A picture of more has no use, and takes long to lay out.
const DRAWN_MAX: usize = 2_000;
/// Where tasks run unless they say otherwise.
const HERE: &str = "local";

impl Graph {
    pub fn of_workflow(workflow: &Workflow) -> Self {
        let node = |task: &dsl::Task| Node {
            name: task.name.to_string(),
            place: task.target.as_ref().or(workflow.target.as_ref()).and_then(place),
            status: None,
        };
        let names = workflow.tasks.iter().map(|task| task.name.as_str());
        let needs = workflow.tasks.iter().map(|task| {
            task.depends_on.iter().chain(&task.handles).map(|it| it.as_str()).collect()
        });
        Self {
            title: workflow.name.to_string(),
            nodes: workflow.tasks.iter().map(node).collect(),
            edges: edges(names.zip(needs).collect()),
        }
    }

    /// With how far each task has come.
    pub fn of_run(run: &Run) -> Self {
        let tasks = || run.tasks.iter().filter(|task| !task.callback);
        let node = |task: &web::wire::Task| Node {
            name: task.name.clone(),
            place: Some(task.target.clone()).filter(|target| target != HERE),
            status: Some(task.status),
        };
        let needs = tasks().map(|task| {
            let needs = task.depends_on.iter().map(String::as_str).collect::<Vec<_>>();
            (task.name.as_str(), needs)
        });
        Self {
            title: run.summary.workflow.clone(),
            edges: edges(needs.collect()),
            nodes: tasks().map(node).collect(),
        }
    }

    pub fn draw(&self, style: Style) -> Result<String, Error> {
        Ok(match style {
            Style::Tree => tree::draw(self),
            Style::Mermaid => mermaid::draw(self),
            Style::Dot => dot::draw(self),
            Style::Svg if self.nodes.len() > DRAWN_MAX => return Err(self.too_large()),
            Style::Svg => svg::draw(self),
        })
    }

    fn too_large(&self) -> Error {
        let tasks = self.nodes.len();
        let message =
            format!("{tasks} tasks are more than the {DRAWN_MAX} of which a picture is drawn");
        Error::new(Exit::Limit, message).hint("--style dot, for Graphviz")
    }
}

fn place(target: &dsl::model::Target) -> Option<String> {
    use dsl::model::Target;
    let list = |names: &[config::Name]| {
        names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(",")
    };
    match target {
        Target::Local => None,
        Target::Names(names) => Some(list(names)),
        Target::Labels(labels) => Some(labels.to_string()),
        Target::Any { labels: None, .. } => Some("any".to_owned()),
        Target::Any { labels: Some(labels), .. } => Some(format!("any:{labels}")),
        Target::All => Some("all".to_owned()),
        Target::Function => Some("as its function says".to_owned()),
    }
}

fn edges(needs: Vec<(&str, Vec<&str>)>) -> Vec<(usize, usize)> {
    let places: BTreeMap<&str, usize> =
        needs.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
    let into = |(to, (_, needs)): (usize, &(&str, Vec<&str>))| {
        let from = needs.iter().filter_map(|need| places.get(need).copied());
        from.map(|from| (from, to)).collect::<Vec<_>>()
    };
    needs.iter().enumerate().flat_map(into).collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// `a -> b, a -> c, b -> d, c -> d, d -> e, a -> e`, and `f` alone.
    pub fn diamond() -> Graph {
        let node = |name: &str| Node { name: name.into(), place: None, status: None };
        let mut nodes: Vec<Node> = ["a", "b", "c", "d", "e \"2\"", "f"].map(node).into();
        nodes[2].place = Some("role=web".into());
        nodes[1].status = Some(Status::Failed);
        let edges = vec![(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (0, 4)];
        Graph { title: "demo".into(), nodes, edges }
    }

    #[test]
    fn a_workflow_and_its_run_have_the_same_graph() {
        let text = "local a = task('a'):command('true')\n\
                    local b = task('b'):depends_on(a):delegate_to('any'):command('true')\n\
                    workflow.define('w'):tasks({ b, a })";
        let source = dsl::Source { name: "w.sloth".into(), text: text.into() };
        let file = crate::file::load(&source, &serde_json::Map::new()).unwrap();
        let graph = Graph::of_workflow(&file.workflows[0]);
        assert_eq!(graph.edges, [(1, 0)]);
        assert_eq!(graph.nodes[0].place.as_deref(), Some("any"));
        let run = Graph::of_run(&crate::test_runs::diamond());
        assert_eq!(run.edges, [(0, 1), (1, 3), (2, 3), (3, 4), (3, 5)]);
        assert_eq!(run.nodes[1].status, Some(Status::Running));
    }

    #[test]
    fn a_picture_has_a_bound_and_text_has_none() {
        let node = Node { name: "t".into(), place: None, status: None };
        let graph = Graph { nodes: vec![node; DRAWN_MAX + 1], ..Graph::default() };
        assert_eq!(graph.draw(Style::Svg).unwrap_err().exit, Exit::Limit);
        assert!(graph.draw(Style::Dot).is_ok());
    }
}
