use tests::{Effects, LONG, Plan, Run, wait_until};

#[test]
fn with_three_voters_of_five_a_worker_is_entry_owner_and_executor() {
    let mut cluster = Plan::new(5).voters(3).start();
    let leader = cluster.leader();
    let list = cluster.node(&leader).list().unwrap();
    let workers: Vec<String> = list
        .iter()
        .filter(|node| node["role"] == "worker")
        .map(|node| node["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(workers.len(), 2, "{list:#?}");
    let (entry, executor) = (&workers[0], &workers[1]);
    let text = format!(
        r#"
local here = task("here"):command("echo own > kept; echo owner"):build()
local there = task("there"):depends_on(here):delegate_to("{executor}"):command("echo worker"):build()
local all = task("all"):depends_on(there):delegate_to("all"):command("true"):build()
local back = task("back"):depends_on({{ there, all }}):command(function(this, params, deps)
  return true, deps.there.stdout, {{ said = deps.there.stdout }}
end):build()
workflow.define("w"):tasks({{ here, there, all, back }}):build()
"#
    );
    let finished = cluster.node(entry).run_text(&text);
    assert_eq!(finished.code, 0, "{finished}");
    let run = Run(finished.json());
    assert_eq!((run.owner(), run.nodes("here")), (entry.as_str(), vec![entry.as_str()]));
    assert_eq!(run.nodes("there"), [executor.as_str()]);
    assert_eq!(run.nodes("all").len(), 5);
    assert_eq!(run.output("back")["said"], "worker\n");
    cluster.node(entry).sloth(["state", "set", "k", "v"]).ok();
    assert_eq!(cluster.node(executor).sloth(["state", "get", "k"]).ok().stdout, "v\n");
    a_worker_that_dies_loses_its_attempt_only(&mut cluster, entry, executor);
}

fn a_worker_that_dies_loses_its_attempt_only(
    cluster: &mut tests::Cluster,
    entry: &str,
    executor: &str,
) {
    let effects = Effects::new();
    let command = effects.command("slow", 40);
    let text = format!(
        "local t = task('slow'):delegate_to('{executor}'):command([[{command}]]):build()\n\
         workflow.define('w'):tasks({{ t }}):build()"
    );
    let id = cluster.node(entry).submit_text(&text);
    wait_until("the task runs", LONG, || match effects.begun("slow") {
        0 => Err("no trace".into()),
        _ => Ok(()),
    });
    cluster.node_mut(executor).kill();
    cluster.node_mut(executor).again();
    let run = cluster.run_ends(entry, &id, LONG);
    assert_eq!(run.endings("slow"), ["lost", "succeeded"], "{run}");
    effects.assert_apart("slow");
    assert_eq!(effects.ended("slow"), 1);
}
