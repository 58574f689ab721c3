//! What waits for a task stands below it; a task with several above it is told once.

use super::{Graph, Node};

pub fn draw(graph: &Graph) -> String {
    let mut tree = Tree {
        graph,
        below: below(graph),
        told: vec![false; graph.nodes.len()],
        text: String::new(),
    };
    let mut is_root = vec![true; graph.nodes.len()];
    graph.edges.iter().for_each(|(_, to)| is_root[*to] = false);
    for root in (0..graph.nodes.len()).filter(|node| is_root[*node]) {
        tree.grow(root);
    }
    tree.text
}

fn below(graph: &Graph) -> Vec<Vec<usize>> {
    let mut below = vec![Vec::new(); graph.nodes.len()];
    graph.edges.iter().for_each(|(from, to)| below[*from].push(*to));
    below
}

struct Tree<'a> {
    graph: &'a Graph,
    below: Vec<Vec<usize>>,
    told: Vec<bool>,
    text: String,
}

/// A place in the tree that is still to be drawn.
struct Open {
    node: usize,
    fork: String,
    trunk: String,
}

impl Tree<'_> {
    /// Without recursion: a chain may be longer than the stack.
    fn grow(&mut self, root: usize) {
        let mut open = vec![Open { node: root, fork: String::new(), trunk: String::new() }];
        while let Some(Open { node, fork, trunk }) = open.pop() {
            let again = std::mem::replace(&mut self.told[node], true);
            let leads_on = !self.below[node].is_empty();
            let note = if again && leads_on { "  (see above)" } else { "" };
            self.text += &format!("{fork}{}{note}\n", label(&self.graph.nodes[node]));
            if again {
                continue;
            }
            let last = self.below[node].len().saturating_sub(1);
            for (index, child) in self.below[node].iter().enumerate().rev() {
                let (branch, gap) =
                    if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                open.push(Open {
                    node: *child,
                    fork: format!("{trunk}{branch}"),
                    trunk: format!("{trunk}{gap}"),
                });
            }
        }
    }
}

fn label(node: &Node) -> String {
    let place = node.place.iter().map(|place| format!(" @{place}"));
    let status = node.status.iter().map(|status| format!("  {status}"));
    let parts: String = place.chain(status).collect();
    format!("{}{parts}", node.name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    #[test]
    fn a_task_is_told_once() {
        insta::assert_snapshot!(draw(&diamond()), @r#"
        a
        ├─ b  failed
        │  └─ d
        │     └─ e "2"
        ├─ c @role=web
        │  └─ d  (see above)
        └─ e "2"
        f
        "#);
    }

    #[test]
    fn a_long_chain_is_no_deep_stack() {
        let node = Node { name: "t".into(), place: None, status: None };
        let count = 2_000;
        let edges = (1..count).map(|to| (to - 1, to)).collect();
        let graph = Graph { title: String::new(), nodes: vec![node; count], edges };
        assert_eq!(draw(&graph).lines().count(), count);
    }
}
