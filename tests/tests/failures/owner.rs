use tests::{Cluster, Effects, LONG, Plan};

use crate::{begins, done_once, task};

/// A far task and one of the owner's own, in this order or the other.
fn two_tasks(effects: &Effects, executor: &str, far_first: bool) -> String {
    let (far_after, own_after, beats) = match far_first {
        true => ("", ":depends_on('far')", 160),
        false => (":depends_on('own')", "", 1_000),
    };
    let more = format!(":delegate_to('{executor}'){far_after}");
    format!(
        "local far = {}\nlocal own = {}\nworkflow.define('w'):tasks({{ far, own }}):build()",
        task(effects, "far", beats, &more),
        task(effects, "own", 2, own_after)
    )
}

/// The owner and the executor, neither of which leads.
fn roles(cluster: &mut Cluster) -> (String, String, String) {
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    (leader, others[0].clone(), others[1].clone())
}

#[test]
fn a_run_whose_own_tasks_have_not_started_goes_on_elsewhere() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let (leader, owner, executor) = roles(&mut cluster);
    let id = cluster.node(&owner).submit_text(&two_tasks(&effects, &executor, true));
    begins(&effects, "far", 1);
    cluster.node_mut(&owner).kill();
    let run = cluster.run_ends(&leader, &id, LONG);
    assert_eq!(run.status(), "succeeded", "{run}");
    assert_ne!(run.owner(), owner);
    assert_eq!(run.0["home"], 1, "{run}");
    assert_eq!(run.endings("far"), ["succeeded"], "the far attempt was disturbed: {run}");
    assert_eq!(run.nodes("own"), [run.owner()]);
    done_once(&cluster, &leader, &run, &effects, "far");
    done_once(&cluster, &leader, &run, &effects, "own");
    cluster.node_mut(&owner).again();
    cluster.settles();
    assert_eq!(cluster.run_ends(&owner, &id, LONG).owner(), run.owner());
}

#[test]
fn a_run_with_files_on_its_owner_fails_when_that_stays_away() {
    let mut cluster = Plan::new(3).set("run.rehome_after", "3s").start();
    let effects = Effects::new();
    let (leader, owner, executor) = roles(&mut cluster);
    let id = cluster.node(&owner).submit_text(&two_tasks(&effects, &executor, false));
    begins(&effects, "far", 1);
    cluster.node_mut(&owner).kill();
    let run = cluster.run_ends(&leader, &id, LONG);
    assert_eq!(run.status(), "failed", "{run}");
    assert!(run.error().contains("owner lost"), "{run}");
    assert_eq!(run.task_status("far"), "cancelled", "{run}");
    assert_eq!((effects.ended("own"), effects.ended("far")), (1, 0));
}

#[test]
fn an_owner_that_is_back_in_time_goes_on() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let (leader, owner, executor) = roles(&mut cluster);
    let text = format!(
        "local own = {}\nlocal far = {}\nlocal last = {}\n\
         workflow.define('w'):tasks({{ own, far, last }}):build()",
        task(&effects, "own", 60, ""),
        task(&effects, "far", 2, &format!(":delegate_to('{executor}'):depends_on('own')")),
        task(&effects, "last", 2, ":depends_on('far')"),
    );
    let id = cluster.node(&owner).submit_text(&text);
    begins(&effects, "own", 1);
    cluster.node_mut(&owner).kill();
    cluster.node_mut(&owner).again();
    let run = cluster.run_ends(&leader, &id, LONG);
    assert_eq!(run.status(), "succeeded", "{run}");
    assert_eq!(run.owner(), owner);
    assert_eq!(run.endings("own"), ["lost", "succeeded"]);
    for tag in ["own", "far", "last"] {
        done_once(&cluster, &leader, &run, &effects, tag);
    }
}

#[test]
fn an_owner_of_another_incarnation_reports_nothing_of_the_one_before() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let (leader, owner, _) = roles(&mut cluster);
    let text = format!(
        "local own = {}\nworkflow.define('w'):tasks({{ own }}):build()",
        task(&effects, "own", 60, "")
    );
    let id = cluster.node(&owner).submit_text(&text);
    for round in 1..=2 {
        begins(&effects, "own", round);
        cluster.node_mut(&owner).kill_node();
        cluster.node_mut(&owner).ends();
        cluster.node_mut(&owner).again();
    }
    let run = cluster.run_ends(&leader, &id, LONG);
    assert_eq!(run.endings("own"), ["lost", "lost", "succeeded"], "{run}");
    let lives: Vec<_> =
        run.attempts("own").iter().map(|one| one["incarnation"].as_u64().unwrap()).collect();
    assert!(lives.windows(2).all(|pair| pair[0] < pair[1]), "{lives:?}");
    done_once(&cluster, &leader, &run, &effects, "own");
}
