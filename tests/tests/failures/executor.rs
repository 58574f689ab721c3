use tests::{Cluster, Effects, LONG};

use crate::{begins, done_once, workflow};

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
