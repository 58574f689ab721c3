use tests::{LONG, Plan, Scene};

#[test]
fn an_executor_that_dies_is_lost_and_its_attempt_is_placed_anew() {
    let mut scene = Scene::new();
    let (owner, executor) = (scene.owner.clone(), scene.executor.clone());
    let id = scene.far_begins_on(&executor, 60);
    scene.label(&scene.leader);
    scene.kill(&executor);
    let run = scene.ends(&owner, &id);
    assert_eq!(run.endings("far"), ["lost", "succeeded"], "{run}");
    assert_eq!(run.attempts("far")[1]["node"], scene.leader.as_str());
    scene.done_once(&owner, &run, "far");
}

#[test]
fn a_task_with_a_fixed_name_waits_for_its_node() {
    let mut scene = Scene::new();
    let (owner, executor) = (scene.owner.clone(), scene.executor.clone());
    let id = scene.far_begins(60);
    scene.kill(&executor);
    scene.cluster.node(&owner).run_until(&id, "the attempt is lost", LONG, |run| {
        run.endings("far") == ["lost"] && run.instances("far")[0]["wait"].is_string()
    });
    assert_eq!(scene.effects.begun("far"), 1);
    scene.again(&executor);
    let run = scene.ends(&owner, &id);
    assert_eq!(run.endings("far"), ["lost", "succeeded"], "{run}");
    scene.done_once(&owner, &run, "far");
}

#[test]
fn a_named_node_that_stays_away_fails_its_task_in_time() {
    let mut scene = Scene::of(Plan::new(3).set("run.named_wait", "3s"));
    let (owner, gone) = (scene.owner.clone(), scene.executor.clone());
    scene.kill(&gone);
    scene.cluster.misses(&owner, &gone);
    let id = scene.submit(&scene.far(1, &gone));
    let run = scene.ends(&owner, &id);
    assert_eq!(run.status(), "failed", "{run}");
    assert!(run.to_string().contains(gone.as_str()), "{run}");
    assert_eq!(scene.effects.begun("far"), 0);
}

#[test]
fn a_cancel_reaches_a_node_that_comes_back() {
    let mut scene = Scene::new();
    let (owner, executor) = (scene.owner.clone(), scene.executor.clone());
    let id = scene.far_begins(400);
    scene.kill(&executor);
    scene.cluster.node(&owner).sloth(["run", "cancel", &id]).ok();
    scene.again(&executor);
    let run = scene.ends(&owner, &id);
    assert_eq!(run.status(), "cancelled", "{run}");
    assert_eq!((scene.effects.begun("far"), scene.effects.ended("far")), (1, 0));
}

/// The folder of a run on a node, which somebody cleans up while the node is away.
fn clean(scene: &Scene, run: &str) {
    let folder = scene.cluster.node(&scene.executor).home().data().join("work").join(run);
    assert!(folder.join("kept").is_file());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_run_whose_folder_is_gone_fails_instead_of_going_on_without_its_files() {
    let mut scene = Scene::new();
    let (owner, executor) = (scene.owner.clone(), scene.executor.clone());
    let next =
        scene.effects.task("next", 400, &format!(":delegate_to('{executor}'):depends_on('first')"));
    let id = scene.submit(&format!(
        "local first = task('first'):delegate_to('{executor}'):command('echo 1 > kept'):build()\n\
         local next = {next}\n\
         workflow.define('w'):tasks({{ first, next }}):build()"
    ));
    scene.effects.begins("next", 1);
    scene.kill(&executor);
    clean(&scene, &id);
    scene.again(&executor);
    let run = scene.ends(&owner, &id);
    assert_eq!(run.endings("next"), ["lost", "failed"], "{run}");
    assert!(run.attempts("next")[1].to_string().contains("workdir lost"), "{run}");
    assert_eq!(scene.effects.begun("next"), 1);
}

#[test]
fn a_run_whose_folder_is_gone_before_anything_ended_there_gets_another() {
    let mut scene = Scene::new();
    let (owner, executor) = (scene.owner.clone(), scene.executor.clone());
    let command = format!("echo 1 > kept; {}", scene.effects.command("first", 40));
    let id = scene.submit(&format!(
        "local first = task('first'):delegate_to('{executor}'):command([[{command}]]):build()\n\
         workflow.define('w'):tasks({{ first }}):build()"
    ));
    scene.effects.begins("first", 1);
    scene.kill(&executor);
    clean(&scene, &id);
    scene.again(&executor);
    let run = scene.ends(&owner, &id);
    assert_eq!(run.endings("first"), ["lost", "succeeded"], "{run}");
}
