use std::time::{Duration, Instant};

use tests::{Cluster, Scene};

#[test]
fn when_the_leader_dies_attempts_followers_and_owners_go_on() {
    let mut scene = Scene::new();
    let (owner, leader) = (scene.owner.clone(), scene.leader.clone());
    let node = scene.cluster.node(&owner);
    let path = node.home().write("w.sloth", scene.far(120, &scene.executor));
    let mut follower = node.sloth(["run", &path.display().to_string()]).start();
    scene.effects.begins("far", 1);
    scene.kill(&leader);
    let killed = Instant::now();
    scene.cluster.node(&owner).sloth(["state", "set", "k", "v"]).ok();
    assert!(killed.elapsed() < Duration::from_secs(10), "took {:?}", killed.elapsed());
    assert_eq!(follower.wait(), 0, "{}", follower.standing());
    let run = scene.ends(&owner, "latest");
    assert_eq!(run.endings("far"), ["succeeded"], "{run}");
    scene.done_once(&owner, &run, "far");
    assert_eq!(scene.effects.begun("far"), 1);
}

#[test]
fn a_leader_that_executes_loses_its_attempt_and_the_next_is_reported_once() {
    let mut scene = Scene::new();
    let (owner, leader, heir) = (scene.owner.clone(), scene.leader.clone(), scene.executor.clone());
    let id = scene.far_begins_on(&leader, 60);
    scene.label(&heir);
    scene.kill(&leader);
    let run = scene.ends(&owner, &id);
    assert_eq!(run.endings("far"), ["lost", "succeeded"], "{run}");
    assert_eq!(run.attempts("far")[0]["node"], leader.as_str());
    assert_eq!(run.attempts("far")[1]["node"], heir.as_str());
    scene.done_once(&owner, &run, "far");
    let why = scene.cluster.node(&heir).sloth(["run", "show", &id, "--why"]).ok();
    why.prints("lost: its node is dead or cut off")
        .prints(&format!("far@{heir}  started, attempt 2"));
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
    let mut scene = Scene::new();
    let owner = scene.owner.clone();
    let id = scene.submit(&scene.far(60, "any"));
    scene.effects.begins("far", 1);
    for node in &mut scene.cluster.nodes {
        node.kill();
    }
    for node in &mut scene.cluster.nodes {
        node.again();
    }
    scene.cluster.settles();
    let run = scene.ends(&owner, &id);
    assert_eq!(run.status(), "succeeded", "{run}");
    scene.done_once(&owner, &run, "far");
}
