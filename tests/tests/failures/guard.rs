use tests::process::{self, Signal};
use tests::{Effects, LONG, Node, SHORT, Setup, wait_until};

/// A node alone, in the middle of a task, and all processes below its guard.
fn at_work(effects: &Effects) -> (Node, String, Vec<u32>) {
    let mut node = Setup::new("n1").start();
    node.comes_up();
    let task = effects.task("task", 60, "");
    let text = format!("local t = {task}\nworkflow.define('w'):tasks({{ t }}):build()");
    let id = node.submit_text(&text);
    effects.begins("task", 1);
    let guard = node.process().guard();
    (node, id, process::descendants(guard))
}

/// Nothing of it lives on; started again it goes on, and no attempt overlaps another.
fn goes_on(mut node: Node, id: &str, before: &[u32], effects: &Effects) {
    wait_until("nothing lives on", SHORT, || {
        let alive: Vec<_> = before.iter().filter(|pid| process::is_alive(**pid)).collect();
        if alive.is_empty() { Ok(()) } else { Err(format!("{alive:?}")) }
    });
    node.again();
    node.comes_up();
    let run = node.run_ends(id, LONG);
    assert_eq!(run.endings("task"), ["lost", "succeeded"], "{run}");
    effects.assert_apart("task");
    assert_eq!(effects.ended("task"), 1);
}

#[test]
fn a_node_whose_guard_dies_ends_its_tasks_and_itself() {
    let effects = Effects::new();
    let (mut node, id, before) = at_work(&effects);
    node.kill_guard();
    node.ends();
    goes_on(node, &id, &before, &effects);
}

#[test]
fn a_guard_whose_node_dies_ends_its_tasks_and_itself() {
    let effects = Effects::new();
    let (mut node, id, before) = at_work(&effects);
    node.kill_node();
    assert_ne!(node.ends().code, 0);
    goes_on(node, &id, &before, &effects);
}

#[test]
fn what_outlived_both_is_ended_by_the_next_start() {
    let effects = Effects::new();
    let (mut node, id, _) = at_work(&effects);
    node.kill_both();
    node.again();
    node.comes_up();
    let run = node.run_ends(&id, LONG);
    assert_eq!(run.endings("task"), ["lost", "succeeded"], "{run}");
    effects.assert_apart("task");
    assert_eq!(effects.ended("task"), 1, "{:#?}", effects.spans("task"));
}

#[test]
fn what_a_task_leaves_behind_goes_with_it() {
    let effects = Effects::new();
    let command = effects.command("orphan", 400);
    let mut node = Setup::new("n1").start();
    node.comes_up();
    let text = format!(
        "local t = task('t'):command([[(setsid sh -c '{}' >/dev/null 2>&1 &) ; sleep 1]]):build()\n\
         workflow.define('w'):tasks({{ t }}):build()",
        command.replace('\'', "'\\''")
    );
    let finished = node.run_text(&text);
    assert_eq!(finished.code, 0, "{finished}");
    let spans = effects.spans("orphan");
    assert_eq!(spans.len(), 1, "{spans:?}");
    wait_until("the orphan is gone", SHORT, || match process::is_alive(spans[0].pid) {
        true => Err("it lives".into()),
        false => Ok(()),
    });
}

#[test]
fn a_directory_is_held_by_one_node_only() {
    let mut node = Setup::new("n1").start();
    node.comes_up();
    let second = node.home().sloth(["node", "--listen", "127.0.0.1:0", "--no-mdns"]).run();
    assert_eq!(second.code, 4, "{second}");
    process::signal(node.process().guard(), Signal::STOP);
    node.sloth(["state", "set", "k", "v"]).ok();
    process::signal(node.process().guard(), Signal::CONT);
    node.terminate().ends().exits(0);
}
