//! For Graphviz.

use web::wire::Status;

use super::{Graph, Node};

pub fn draw(graph: &Graph) -> String {
    let mut text =
        format!("digraph \"{}\" {{\n  node [shape=box, style=rounded]\n", escaped(&graph.title));
    for (number, node) in graph.nodes.iter().enumerate() {
        text += &format!("  t{number} [{}]\n", attributes(node));
    }
    for (from, to) in &graph.edges {
        text += &format!("  t{from} -> t{to}\n");
    }
    text + "}\n"
}

fn attributes(node: &Node) -> String {
    let place = node.place.iter().map(|place| format!("\\n@{}", escaped(place)));
    let label = format!("label=\"{}{}\"", escaped(&node.name), place.collect::<String>());
    match node.status {
        None => label,
        Some(status) => format!("{label}, color={}, tooltip=\"{status}\"", color(status)),
    }
}

fn color(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "darkgreen",
        Status::Running => "blue",
        Status::Pending | Status::Queued | Status::Skipped => "gray",
        Status::Cancelled => "orange",
        Status::Failed | Status::TimedOut | Status::Lost | Status::Refused => "red",
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    #[test]
    fn every_task_and_edge_is_a_line() {
        insta::assert_snapshot!(draw(&diamond()), @r#"
        digraph "demo" {
          node [shape=box, style=rounded]
          t0 [label="a"]
          t1 [label="b", color=red, tooltip="failed"]
          t2 [label="c\n@role=web"]
          t3 [label="d"]
          t4 [label="e \"2\""]
          t5 [label="f"]
          t0 -> t1
          t0 -> t2
          t1 -> t3
          t2 -> t3
          t3 -> t4
          t0 -> t4
        }
        "#);
    }
}
