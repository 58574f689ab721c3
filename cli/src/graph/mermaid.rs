//! For Markdown pages.

use super::{Graph, Node};

pub fn draw(graph: &Graph) -> String {
    let mut text = "flowchart TD\n".to_owned();
    for (number, node) in graph.nodes.iter().enumerate() {
        let class = node.status.map(|status| format!(":::{status}")).unwrap_or_default();
        text += &format!("  t{number}[\"{}\"]{class}\n", label(node));
    }
    for (from, to) in &graph.edges {
        text += &format!("  t{from} --> t{to}\n");
    }
    let shown =
        |word| graph.nodes.iter().any(|node| node.status.is_some_and(|it| it.word() == word));
    for (status, style) in CLASSES.iter().filter(|(status, _)| shown(*status)) {
        text += &format!("  classDef {status} {style}\n");
    }
    text
}

const CLASSES: [(&str, &str); 6] = [
    ("succeeded", "stroke:#2a7d2a,stroke-width:2px"),
    ("running", "stroke:#1c6fb8,stroke-width:2px"),
    ("failed", "stroke:#b3261e,stroke-width:2px"),
    ("timed_out", "stroke:#b3261e,stroke-width:2px"),
    ("lost", "stroke:#b3261e,stroke-width:2px"),
    ("skipped", "stroke-dasharray:4"),
];

fn label(node: &Node) -> String {
    let place = node.place.iter().map(|place| format!("<br/>@{}", escaped(place)));
    format!("{}{}", escaped(&node.name), place.collect::<String>())
}

/// Mermaid reads HTML entities, without the ampersand of others.
fn escaped(text: &str) -> String {
    let special = |c: char| match c {
        '"' => "#quot;".to_owned(),
        '<' => "#lt;".to_owned(),
        '>' => "#gt;".to_owned(),
        '#' => "#35;".to_owned(),
        '&' => "#amp;".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(special).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    #[test]
    fn every_task_and_edge_is_a_line() {
        insta::assert_snapshot!(draw(&diamond()), @r##"
        flowchart TD
          t0["a"]
          t1["b"]:::failed
          t2["c<br/>@role=web"]
          t3["d"]
          t4["e #quot;2#quot;"]
          t5["f"]
          t0 --> t1
          t0 --> t2
          t1 --> t3
          t2 --> t3
          t3 --> t4
          t0 --> t4
          classDef failed stroke:#b3261e,stroke-width:2px
        "##);
    }
}
