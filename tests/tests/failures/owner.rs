use tests::{Plan, Scene};

/// A far task and one of the owner's own, in this order or the other.
fn two_tasks(scene: &Scene, far_first: bool) -> String {
    let (far_after, own_after, beats) = match far_first {
        true => ("", ":depends_on('far')", 160),
        false => (":depends_on('own')", "", 1_000),
    };
    let more = format!(":delegate_to('{}'){far_after}", scene.executor);
    format!(
        "local far = {}\nlocal own = {}\nworkflow.define('w'):tasks({{ far, own }}):build()",
        scene.effects.task("far", beats, &more),
        scene.effects.task("own", 2, own_after)
    )
}

#[test]
fn a_run_whose_own_tasks_have_not_started_goes_on_elsewhere() {
    let mut scene = Scene::new();
    let (leader, owner) = (scene.leader.clone(), scene.owner.clone());
    let id = scene.submit(&two_tasks(&scene, true));
    scene.effects.begins("far", 1);
    scene.kill(&owner);
    let run = scene.ends(&leader, &id);
    assert_eq!(run.status(), "succeeded", "{run}");
    assert_ne!(run.owner(), owner);
    assert_eq!(run.0["home"], 1, "{run}");
    assert_eq!(run.endings("far"), ["succeeded"], "the far attempt was disturbed: {run}");
    assert_eq!(run.nodes("own"), [run.owner()]);
    scene.done_once(&leader, &run, "far");
    scene.done_once(&leader, &run, "own");
    scene.again(&owner);
    scene.cluster.settles();
    assert_eq!(scene.ends(&owner, &id).owner(), run.owner());
}

#[test]
fn a_run_with_files_on_its_owner_fails_when_that_stays_away() {
    let mut scene = Scene::of(Plan::new(3).set("run.rehome_after", "3s"));
    let (leader, owner) = (scene.leader.clone(), scene.owner.clone());
    let id = scene.submit(&two_tasks(&scene, false));
    scene.effects.begins("far", 1);
    scene.kill(&owner);
    let run = scene.ends(&leader, &id);
    assert_eq!(run.status(), "failed", "{run}");
    assert!(run.error().contains("owner lost"), "{run}");
    assert_eq!(run.task_status("far"), "cancelled", "{run}");
    assert_eq!((scene.effects.ended("own"), scene.effects.ended("far")), (1, 0));
}

#[test]
fn an_owner_that_is_back_in_time_goes_on() {
    let mut scene = Scene::new();
    let (leader, owner) = (scene.leader.clone(), scene.owner.clone());
    let far = format!(":delegate_to('{}'):depends_on('own')", scene.executor);
    let id = scene.submit(&format!(
        "local own = {}\nlocal far = {}\nlocal last = {}\n\
         workflow.define('w'):tasks({{ own, far, last }}):build()",
        scene.effects.task("own", 60, ""),
        scene.effects.task("far", 2, &far),
        scene.effects.task("last", 2, ":depends_on('far')"),
    ));
    scene.effects.begins("own", 1);
    scene.kill(&owner);
    scene.again(&owner);
    let run = scene.ends(&leader, &id);
    assert_eq!(run.status(), "succeeded", "{run}");
    assert_eq!(run.owner(), owner);
    assert_eq!(run.endings("own"), ["lost", "succeeded"]);
    for tag in ["own", "far", "last"] {
        scene.done_once(&leader, &run, tag);
    }
}

#[test]
fn an_owner_of_another_incarnation_reports_nothing_of_the_one_before() {
    let mut scene = Scene::new();
    let (leader, owner) = (scene.leader.clone(), scene.owner.clone());
    let own = scene.effects.task("own", 60, "");
    let id =
        scene.submit(&format!("local own = {own}\nworkflow.define('w'):tasks({{ own }}):build()"));
    for round in 1..=2 {
        scene.effects.begins("own", round);
        let node = scene.cluster.node_mut(&owner);
        node.kill_node();
        node.ends();
        node.again();
    }
    let run = scene.ends(&leader, &id);
    assert_eq!(run.endings("own"), ["lost", "lost", "succeeded"], "{run}");
    let lives: Vec<_> =
        run.attempts("own").iter().map(|one| one["incarnation"].as_u64().unwrap()).collect();
    assert!(lives.windows(2).all(|pair| pair[0] < pair[1]), "{lives:?}");
    scene.done_once(&leader, &run, "own");
}
