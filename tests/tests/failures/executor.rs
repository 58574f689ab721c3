use tests::{Cluster, Effects, LONG};

use crate::{begins, done_once, task, workflow};

#[test]
fn an_executor_that_dies_is_lost_and_its_attempt_is_placed_anew() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let (owner, executor) = (&others[0], &others[1]);
    cluster.node(owner).sloth(["node", "label", executor, "pick"]).ok();
    let text = workflow(&effects, "far", 60, ":delegate_to('any:pick')");
    let id = cluster.node(owner).submit_text(&text);
    begins(&effects, "far", 1);
    cluster.node(owner).sloth(["node", "label", &leader, "pick"]).ok();
    cluster.node_mut(executor).kill();
    let run = cluster.run_ends(owner, &id, LONG);
    assert_eq!(run.endings("far"), ["lost", "succeeded"], "{run}");
    assert_eq!(run.attempts("far")[1]["node"], leader.as_str());
    done_once(&cluster, owner, &run, &effects, "far");
}

#[test]
fn a_task_with_a_fixed_name_waits_for_its_node() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let (owner, executor) = (&others[0], &others[1]);
    let more = format!(":delegate_to('{executor}')");
    let id = cluster.node(owner).submit_text(&workflow(&effects, "far", 60, &more));
    begins(&effects, "far", 1);
    cluster.node_mut(executor).kill();
    cluster.node(owner).run_until(&id, "the attempt is lost", LONG, |run| {
        run.endings("far") == ["lost"] && run.instances("far")[0]["wait"].is_string()
    });
    assert_eq!(effects.begun("far"), 1);
    cluster.node_mut(executor).again();
    let run = cluster.run_ends(owner, &id, LONG);
    assert_eq!(run.endings("far"), ["lost", "succeeded"], "{run}");
    done_once(&cluster, owner, &run, &effects, "far");
}

#[test]
fn a_named_node_that_stays_away_fails_its_task_in_time() {
    let mut cluster = tests::Plan::new(3).set("run.named_wait", "3s").start();
    let effects = Effects::new();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let (owner, gone) = (&others[0], &others[1]);
    cluster.node_mut(gone).kill();
    cluster.misses(owner, gone);
    let more = format!(":delegate_to('{gone}')");
    let id = cluster.node(owner).submit_text(&workflow(&effects, "far", 1, &more));
    let run = cluster.run_ends(owner, &id, LONG);
    assert_eq!(run.status(), "failed", "{run}");
    assert!(run.to_string().contains(gone.as_str()), "{run}");
    assert_eq!(effects.begun("far"), 0);
}

#[test]
fn a_cancel_reaches_a_node_that_comes_back() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let (owner, executor) = (&others[0], &others[1]);
    let more = format!(":delegate_to('{executor}')");
    let id = cluster.node(owner).submit_text(&workflow(&effects, "far", 400, &more));
    begins(&effects, "far", 1);
    cluster.node_mut(executor).kill();
    cluster.node(owner).sloth(["run", "cancel", &id]).ok();
    cluster.node_mut(executor).again();
    let run = cluster.run_ends(owner, &id, LONG);
    assert_eq!(run.status(), "cancelled", "{run}");
    assert_eq!((effects.begun("far"), effects.ended("far")), (1, 0));
}

/// The folder of a run on a node, which somebody cleans up while the node is away.
fn clean(cluster: &Cluster, node: &str, run: &str) {
    let folder = cluster.node(node).home().data().join("work").join(run);
    assert!(folder.join("kept").is_file());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_run_whose_folder_is_gone_fails_instead_of_going_on_without_its_files() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let (owner, executor) = (&others[0], &others[1]);
    let id = cluster.node(owner).submit_text(&format!(
        "local first = task('first'):delegate_to('{executor}'):command('echo 1 > kept'):build()\n\
         local next = {}\n\
         workflow.define('w'):tasks({{ first, next }}):build()",
        task(&effects, "next", 400, &format!(":delegate_to('{executor}'):depends_on('first')"))
    ));
    begins(&effects, "next", 1);
    cluster.node_mut(executor).kill();
    clean(&cluster, executor, &id);
    cluster.node_mut(executor).again();
    let run = cluster.run_ends(owner, &id, LONG);
    assert_eq!(run.endings("next"), ["lost", "failed"], "{run}");
    assert!(run.attempts("next")[1].to_string().contains("workdir lost"), "{run}");
    assert_eq!(effects.begun("next"), 1);
}

#[test]
fn a_run_whose_folder_is_gone_before_anything_ended_there_gets_another() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let (owner, executor) = (&others[0], &others[1]);
    let command = format!("echo 1 > kept; {}", effects.command("first", 40));
    let id = cluster.node(owner).submit_text(&format!(
        "local first = task('first'):delegate_to('{executor}'):command([[{command}]]):build()\n\
         workflow.define('w'):tasks({{ first }}):build()"
    ));
    begins(&effects, "first", 1);
    cluster.node_mut(executor).kill();
    clean(&cluster, executor, &id);
    cluster.node_mut(executor).again();
    let run = cluster.run_ends(owner, &id, LONG);
    assert_eq!(run.endings("first"), ["lost", "succeeded"], "{run}");
}
