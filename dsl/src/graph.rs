//! Dependencies between the tasks of one workflow.

use std::collections::HashMap;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::model::{Order, Settings, Task};

/// Tasks by their place in the list; an edge leads from a task to one it depends on.
pub struct Graph(DiGraph<(), ()>);

/// A dependency that no task has.
pub struct Unknown {
    /// The place of the task that names it.
    pub task: usize,
    pub name: String,
}

impl Graph {
    /// The graph of the tasks, and the names that lead nowhere.
    pub fn new(tasks: &[Task]) -> (Graph, Vec<Unknown>) {
        let places: HashMap<&str, usize> =
            tasks.iter().enumerate().map(|(place, task)| (task.name.as_str(), place)).collect();
        let mut graph = DiGraph::with_capacity(tasks.len(), tasks.len());
        for _ in tasks {
            graph.add_node(());
        }
        let mut unknown = Vec::new();
        for (task, name) in edges(tasks) {
            match places.get(name) {
                Some(place) => {
                    graph.add_edge(NodeIndex::new(task), NodeIndex::new(*place), ());
                }
                None => unknown.push(Unknown { task, name: name.into() }),
            }
        }
        (Graph(graph), unknown)
    }

    /// The tasks of each cycle in the order they wait for each other.
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let mut cycles: Vec<Vec<usize>> = tarjan_scc(&self.0)
            .into_iter()
            .filter(|part| part.len() > 1 || self.0.contains_edge(part[0], part[0]))
            .map(|part| self.around(&part))
            .collect();
        cycles.sort();
        cycles
    }

    /// Whether `task` depends on `other`, directly or through others.
    pub fn follows(&self, task: usize, other: usize) -> bool {
        task != other
            && petgraph::algo::has_path_connecting(
                &self.0,
                NodeIndex::new(task),
                NodeIndex::new(other),
                None,
            )
    }

    /// One way around within a set of tasks that all reach each other.
    fn around(&self, part: &[NodeIndex]) -> Vec<usize> {
        let inside: std::collections::HashSet<NodeIndex> = part.iter().copied().collect();
        let first = part.iter().copied().min().unwrap_or_default();
        let mut path = vec![first];
        let mut current = first;
        loop {
            let mut targets: Vec<NodeIndex> = self
                .0
                .edges(current)
                .map(|edge| edge.target())
                .filter(|target| inside.contains(target))
                .collect();
            targets.sort();
            let Some(next) = targets.first().copied() else { break };
            if let Some(start) = path.iter().position(|seen| *seen == next) {
                path.drain(..start);
                break;
            }
            path.push(next);
            current = next;
        }
        path.into_iter().map(NodeIndex::index).collect()
    }
}

fn edges(tasks: &[Task]) -> impl Iterator<Item = (usize, &str)> {
    tasks.iter().enumerate().flat_map(|(place, task)| {
        task.depends_on.iter().chain(&task.handles).map(move |name| (place, name.as_str()))
    })
}

/// A list, unless a task names a dependency or several tasks may run at once.
pub fn order(tasks: &[Task], settings: &Settings) -> Order {
    let parallel = match settings.max_parallel_tasks {
        Some(most) => most > 1,
        None => settings.parallel,
    };
    let dependent = tasks.iter().any(|task| !task.depends_on.is_empty());
    if parallel || dependent { Order::Graph } else { Order::List }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Command;
    use config::TaskName;

    /// Tasks by name, each with the names it depends on.
    fn tasks(list: &[(&str, &[&str])]) -> Vec<Task> {
        let name = |text: &str| TaskName::new(text).unwrap();
        list.iter()
            .map(|(task, depends_on)| Task {
                depends_on: depends_on.iter().map(|text| name(text)).collect(),
                ..Task::new(name(task), Command::Function)
            })
            .collect()
    }

    #[test]
    fn a_cycle_is_told_as_a_way_around() {
        let (graph, _) =
            Graph::new(&tasks(&[("x", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"])]));
        assert_eq!(graph.cycles(), [[1, 2, 3]]);
    }

    #[test]
    fn each_cycle_is_told_once() {
        let (graph, _) =
            Graph::new(&tasks(&[("a", &["a"]), ("b", &["c"]), ("c", &["b"]), ("d", &["b", "a"])]));
        assert_eq!(graph.cycles(), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn unknown_names_do_not_hide_the_rest() {
        let (graph, unknown) = Graph::new(&tasks(&[("a", &["nobody", "b"]), ("b", &[])]));
        assert_eq!((unknown[0].task, unknown[0].name.as_str()), (0, "nobody"));
        assert!(graph.follows(0, 1) && !graph.follows(1, 0) && !graph.follows(0, 0));
    }

    #[test]
    fn a_long_chain_is_no_trouble() {
        let names: Vec<String> = (0..20_000).map(|number| format!("t{number}")).collect();
        let before: Vec<Vec<&str>> = (0..names.len())
            .map(|place| names[..place].last().map(String::as_str).into_iter().collect())
            .collect();
        let list: Vec<(&str, &[&str])> = names
            .iter()
            .zip(&before)
            .map(|(name, before)| (name.as_str(), before.as_slice()))
            .collect();
        let (graph, unknown) = Graph::new(&tasks(&list));
        assert!(unknown.is_empty() && graph.cycles().is_empty() && graph.follows(19_999, 0));
    }
}
