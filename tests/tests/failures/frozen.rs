use std::time::{Duration, Instant};

use tests::process::{self, Signal};
use tests::{Cluster, LONG, Scene, wait_until};

/// A task at work on a node that neither leads nor owns the run; the leader may take over.
fn at_work(beats: u32) -> (Scene, String) {
    let scene = Scene::new();
    let id = scene.far_begins_on(&scene.executor, beats);
    scene.label(&scene.leader);
    (scene, id)
}

#[test]
fn a_node_that_hangs_past_its_lease_has_its_attempts_ended_before_others_start_them() {
    let (mut scene, id) = at_work(200);
    let (owner, executor) = (scene.owner.clone(), scene.executor.clone());
    let pid = scene.cluster.node_mut(&executor).freeze_node();
    let frozen = Instant::now();
    scene.effects.begins("far", 2);
    let lost_after = Duration::from_millis(5_500);
    assert!(frozen.elapsed() > lost_after - Duration::from_secs(1), "{:?}", frozen.elapsed());
    scene.effects.assert_apart("far");
    wait_until("the guard has ended the node", LONG, || match process::is_alive(pid) {
        true => Err("it lives".into()),
        false => Ok(()),
    });
    scene.cluster.node_mut(&executor).ends();
    scene.cluster.node_mut(&executor).again();
    let run = scene.ends(&owner, &id);
    assert_eq!(run.endings("far"), ["lost", "succeeded"], "{run}");
    assert_eq!(run.attempts("far")[1]["node"], scene.leader.as_str());
    scene.done_once(&owner, &run, "far");
    scene.cluster.settles();
}

#[test]
fn a_node_that_hangs_a_moment_loses_nothing() {
    let (mut scene, id) = at_work(80);
    let (owner, executor) = (scene.owner.clone(), scene.executor.clone());
    let pid = scene.cluster.node_mut(&executor).freeze_node();
    std::thread::sleep(Duration::from_millis(1_500));
    process::signal(pid, Signal::CONT);
    let run = scene.ends(&owner, &id);
    assert_eq!(run.endings("far"), ["succeeded"], "{run}");
    scene.done_once(&owner, &run, "far");
}

#[test]
fn a_leader_that_hangs_is_replaced_and_stays_so_when_it_wakes() {
    let mut cluster = Cluster::start(3);
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    cluster.node(&others[0]).sloth(["state", "set", "k", "1"]).ok();
    let pid = cluster.node_mut(&leader).freeze_node();
    cluster.node(&others[0]).sloth(["state", "set", "k", "2"]).ok();
    process::signal(pid, Signal::CONT);
    assert_eq!(cluster.node(&others[1]).sloth(["state", "get", "k"]).ok().stdout, "2\n");
    let node = cluster.node_mut(&leader);
    // Its guard may have ended it, when the write took longer than its lease.
    if !node.is_running() {
        node.again();
    }
    cluster.settles();
    assert_eq!(cluster.node(&leader).sloth(["state", "get", "k"]).ok().stdout, "2\n");
}

#[test]
fn a_frozen_machine_that_wakes_up_after_its_lease_reports_nothing() {
    let (mut scene, id) = at_work(100);
    let (owner, executor) = (scene.owner.clone(), scene.executor.clone());
    let guard = scene.cluster.node_mut(&executor).process().guard();
    let all = [process::descendants(guard), vec![guard]].concat();
    for pid in &all {
        process::signal(*pid, Signal::STOP);
    }
    scene.effects.begins("far", 2);
    for pid in all.iter().rev() {
        process::signal(*pid, Signal::CONT);
    }
    let run = scene.ends(&owner, &id);
    assert_eq!(run.endings("far"), ["lost", "succeeded"], "{run}");
    let reports = scene.cluster.node(&owner).why(&id).into_iter();
    let reports = reports.filter(|event| event["kind"] == "task.completed").count();
    assert_eq!(reports, 1);
    // A paused machine can be fenced only: its attempt may write once more, but not to its end.
    assert_eq!(scene.effects.ended("far"), 1, "{:#?}", scene.effects.spans("far"));
}
