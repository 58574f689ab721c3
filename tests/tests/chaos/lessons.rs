//! What storms have shown, one by one and without chance.

use std::time::Duration;

use tests::{Cluster, Effects, LONG, wait_until};

use crate::nemesis::revive;

/// Seeds 31 and 32 with five nodes: the run waited for its owner, which had never been away.
#[test]
fn an_owner_that_stopped_its_own_task_goes_on_with_it_when_it_is_confirmed_again() {
    let (mut cluster, effects) = (Cluster::start(3), Effects::new());
    let command = effects.command("home", 160);
    let id = cluster.nodes[0].submit_text(&format!(
        r#"workflow.define("home"):tasks({{ task("home"):command([[{command}]]):build() }}):build()"#
    ));
    wait_until("the task begins", LONG, || match effects.begun("home") {
        0 => Err("it has not".into()),
        _ => Ok(()),
    });
    for node in &mut cluster.nodes[1..] {
        node.freeze_node();
    }
    cluster.nodes[0].process().writes("no leader confirms this node");
    for node in &mut cluster.nodes[1..] {
        node.thaw();
    }
    cluster.nodes.iter_mut().for_each(|node| revive(node, || {}));
    let run = cluster.nodes[0].run_ends(&id, Duration::from_secs(60));
    assert_eq!(run.endings("home"), ["lost", "succeeded"], "{run}");
    assert_eq!(effects.ended("home"), 1);
    effects.assert_apart("home");
}
