use std::time::{Duration, Instant};

use tests::{Cluster, Effects, LONG};

use crate::{begins, done_once, workflow};

#[test]
fn when_the_leader_dies_attempts_followers_and_owners_go_on() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let (owner, executor) = (&others[0], &others[1]);
    let more = format!(":delegate_to('{executor}')");
    let path = cluster.node(owner).home().write("w.sloth", workflow(&effects, "far", 120, &more));
    let mut follower = cluster.node(owner).sloth(["run", &path.display().to_string()]).start();
    begins(&effects, "far", 1);
    cluster.node_mut(&leader).kill();
    let killed = Instant::now();
    cluster.node(owner).sloth(["state", "set", "k", "v"]).ok();
    assert!(killed.elapsed() < Duration::from_secs(10), "took {:?}", killed.elapsed());
    assert_eq!(follower.wait(), 0, "{}", follower.standing());
    let run = cluster.run_ends(owner, "latest", LONG);
    assert_eq!(run.endings("far"), ["succeeded"], "{run}");
    done_once(&cluster, owner, &run, &effects, "far");
    assert_eq!(effects.begun("far"), 1);
}

#[test]
fn a_leader_that_executes_loses_its_attempt_and_the_next_is_reported_once() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let (owner, heir) = (&others[0], &others[1]);
    cluster.node(owner).sloth(["node", "label", &leader, "pick"]).ok();
    let id =
        cluster.node(owner).submit_text(&workflow(&effects, "far", 60, ":delegate_to('any:pick')"));
    begins(&effects, "far", 1);
    cluster.node(owner).sloth(["node", "label", heir, "pick"]).ok();
    cluster.node_mut(&leader).kill();
    let run = cluster.run_ends(owner, &id, LONG);
    assert_eq!(run.endings("far"), ["lost", "succeeded"], "{run}");
    assert_eq!(run.attempts("far")[0]["node"], leader.as_str());
    assert_eq!(run.attempts("far")[1]["node"], heir.as_str());
    done_once(&cluster, owner, &run, &effects, "far");
    let why = cluster.node(heir).sloth(["run", "show", &id, "--why"]).ok();
    why.prints("task.lost").prints("node.lost");
}

#[test]
fn leaders_that_die_one_after_the_other_lose_no_write() {
    let mut cluster = Cluster::start(3);
    for round in 0..4 {
        let leader = cluster.leader();
        let other = cluster.others(&[&leader])[0].clone();
        let (key, value) = (format!("k{round}"), round.to_string());
        cluster.node(&leader).sloth(["state", "set", &key, &value]).ok();
        cluster.node_mut(&leader).kill();
        for past in 0..=round {
            let got = cluster.node(&other).sloth(["state", "get", &format!("k{past}")]).ok();
            assert_eq!(got.stdout.trim(), past.to_string());
        }
        cluster.node_mut(&leader).again();
        cluster.settles();
    }
}

#[test]
fn all_at_once_and_the_run_goes_on_when_they_are_back() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let owner = cluster.others(&[&leader])[0].clone();
    let text = workflow(&effects, "far", 60, ":delegate_to('any')");
    let id = cluster.node(&owner).submit_text(&text);
    begins(&effects, "far", 1);
    for node in &mut cluster.nodes {
        node.kill();
    }
    for node in &mut cluster.nodes {
        node.again();
    }
    let run = {
        cluster.settles();
        cluster.run_ends(&owner, &id, LONG)
    };
    assert_eq!(run.status(), "succeeded", "{run}");
    done_once(&cluster, &owner, &run, &effects, "far");
}
