use std::path::PathBuf;

use tests::{Cluster, Plan, Run, SHORT, wait_until};

/// Three nodes, of which two bear the tag `web`.
fn tagged() -> Cluster {
    Plan::new(3).tag(&[1, 2], "web").start()
}

const EVERYWHERE: &str = r#"
local named = {}
for _, name in ipairs({ "n1", "n2", "n3" }) do
  named[#named + 1] = task("on-" .. name):delegate_to(name)
    :command("echo from " .. name .. " in $SLOTH_TASK"):build()
end
local both = task("both"):delegate_to({ "n1", "n3" }):command("true"):build()
local web = task("web"):delegate_to({ tags = { "web" } }):command(function(this)
  return true, "on " .. this.agent, { where = this.agent.name }
end):build()
local one = task("one"):delegate_to("any:web"):command("true"):build()
local all = task("all"):delegate_to("all"):command("true"):build()
local here = task("here"):command("true"):build()
local rows = task("rows"):depends_on({ web, "on-n2" }):command(function(this, params, deps)
  local hosts = {}
  for host, row in pairs(deps.web) do hosts[#hosts + 1] = host .. "=" .. row.where end
  table.sort(hosts)
  return true, table.concat(hosts, " "), { hosts = hosts, said = deps["on-n2"].stdout }
end):build()
workflow.define("everywhere"):tasks({ named[1], named[2], named[3], both, web, one, all, here, rows }):build()
"#;

#[test]
fn tasks_run_where_they_belong_whoever_is_asked() {
    let cluster = tagged();
    for node in &cluster.nodes {
        let finished = node.run_text(EVERYWHERE);
        assert_eq!(finished.code, 0, "{finished}");
        let run = Run(finished.json());
        for name in ["n1", "n2", "n3"] {
            assert_eq!(run.nodes(&format!("on-{name}")), [name], "{run}");
        }
        assert_eq!(run.nodes("both"), ["n1", "n3"]);
        assert_eq!(run.nodes("web"), ["n2", "n3"]);
        assert_eq!(run.nodes("all"), ["n1", "n2", "n3"]);
        assert_eq!(run.nodes("here"), [node.name()]);
        assert_eq!(run.nodes("rows"), [node.name()]);
        assert!(["n2", "n3"].contains(&run.nodes("one")[0]));
        assert_eq!(run.owner(), node.name());
        let rows = run.output("rows");
        // A node that runs its own run calls itself local.
        let own = |name: &str| if name == node.name() { "local".into() } else { name.to_owned() };
        let hosts = ["n2", "n3"].map(|name| format!("{name}={}", own(name)));
        assert_eq!(rows["hosts"], serde_json::json!(hosts));
        assert_eq!(rows["said"], "from n2 in on-n2\n");
    }
}

#[test]
fn lines_come_from_the_nodes_that_write_them() {
    let cluster = tagged();
    let text = r#"
local t = task("t"):delegate_to("all"):command("for i in $(seq 50); do echo line $i; done"):build()
workflow.define("w"):tasks({ t }):build()
"#;
    let path = cluster.nodes[0].home().write("w.sloth", text).display().to_string();
    let steps = cluster.nodes[0].sloth(["run", "-o", "jsonl", &path]).ok().lines();
    for name in ["n1", "n2", "n3"] {
        let lines = steps.iter().filter(|step| step["type"] == "line");
        let of_node = lines.filter(|step| step["data"]["node"] == name);
        let said: Vec<_> = of_node.map(|step| step["data"]["line"].as_str().unwrap()).collect();
        let expected: Vec<_> = (1..=50).map(|number| format!("line {number}")).collect();
        assert_eq!(said, expected, "{name}");
    }
    for node in &cluster.nodes {
        let logs = node.sloth(["run", "logs", "latest"]).ok();
        assert_eq!(logs.stdout.matches("line 50").count(), 3, "{} {logs}", node.name());
    }
}

#[test]
fn the_example_that_deploys_by_tag_works_from_every_node() {
    let cluster = tagged();
    let example = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cli/examples");
    let example = example.join("deploy-by-tag.sloth").canonicalize().unwrap();
    for node in &cluster.nodes {
        let run = node.sloth(["run", "-o", "json", &example.display().to_string()]).ok();
        let run = Run(run.json());
        assert_eq!(run.nodes("build"), [node.name()], "{run}");
        assert_eq!(run.nodes("deploy"), ["n2", "n3"]);
        assert_eq!(run.nodes("announce"), ["n1", "n2", "n3"]);
        for name in ["n2", "n3"] {
            assert_eq!(run.output("deploy")[name]["bytes"], 15, "{}", run.output("deploy"));
        }
    }
}

#[test]
fn artifacts_and_large_outputs_go_from_node_to_node() {
    let cluster = tagged();
    let text = r#"
local make = task("make"):delegate_to("n2"):command(
  "mkdir -p out/deep && head -c 3000000 /dev/urandom > out/big && cksum < out/big > out/deep/sum && chmod 755 out/big")
  :artifacts({ "out/**" }):build()
local use = task("use"):delegate_to("n3"):depends_on(make):consumes(make)
  :command("test -x out/big && cksum < out/big | cmp - out/deep/sum && echo the same"):build()
local table = task("table"):delegate_to("n2"):command(function()
  local lines = {}
  for i = 1, 2000 do lines[i] = "line of text number " .. i end
  return true, "made", { lines = lines }
end):build()
local read = task("read"):delegate_to("n1"):depends_on(table):command(function(this, params, deps)
  return true, "read " .. #deps.table.lines, { last = deps.table.lines[2000] }
end):build()
workflow.define("w"):tasks({ make, use, table, read }):build()
"#;
    let finished = cluster.nodes[0].run_text(text);
    assert_eq!(finished.code, 0, "{finished}");
    let run = Run(finished.json());
    assert_eq!(run.output("use")["stdout"], "the same\n");
    assert_eq!(run.output("read")["last"], "line of text number 2000");
}

#[test]
fn labels_change_where_the_next_run_goes() {
    let cluster = tagged();
    let text = "local t = task('t'):delegate_to({ tags = { 'gpu' } }):command('true'):build()\n\
                workflow.define('w'):tasks({ t }):build()";
    let refused = cluster.nodes[0].run_text(text);
    assert!(matches!(refused.code, 2 | 3), "{refused}");
    cluster.nodes[2].sloth(["node", "label", "n1", "gpu", "zone=a"]).ok();
    assert_eq!(Run(cluster.nodes[1].run_text(text).json()).nodes("t"), ["n1"]);
    cluster.nodes[1].sloth(["node", "label", "n1", "gpu-"]).ok();
    cluster.nodes[1].sloth(["node", "label", "n3", "gpu"]).ok();
    assert_eq!(Run(cluster.nodes[0].run_text(text).json()).nodes("t"), ["n3"]);
    let by_label = "local t = task('t'):command('true'):build()\n\
                    workflow.define('w'):tasks({ t }):build()";
    let path = cluster.nodes[1].home().write("on.sloth", by_label).display().to_string();
    let run = cluster.nodes[1].sloth(["run", "-o", "json", "--on", "zone=a", &path]).ok();
    assert_eq!(Run(run.json()).nodes("t"), ["n1"]);
}

#[test]
fn labels_given_at_run_time_outlive_a_restart() {
    let mut cluster = tagged();
    cluster.nodes[0].sloth(["node", "label", "n2", "kept"]).ok();
    cluster.nodes[1].kill();
    cluster.nodes[1].again();
    cluster.settles();
    let list = cluster.nodes[0].list().unwrap();
    let labels = &list.iter().find(|node| node["name"] == "n2").unwrap()["labels"];
    assert!(labels.get("kept").is_some() && labels.get("web").is_some(), "{labels}");
}

#[test]
fn a_saved_workflow_runs_on_any_node_and_locks_exclude_across_them() {
    let cluster = tagged();
    let text = "local t = task('t'):command('echo saved'):build()\n\
                workflow.define('w'):tasks({ t }):build()";
    let path = cluster.nodes[0].home().write("w.sloth", text).display().to_string();
    cluster.nodes[0].sloth(["workflow", "save", "shared", "--file", &path]).ok();
    cluster.nodes[2].sloth(["run", "--saved", "shared"]).ok().prints("saved");
    let held = cluster.nodes[0].sloth(["state", "lock", "one", "--", "sleep", "60"]).start();
    wait_until("the lock is held", SHORT, || {
        let other = cluster.nodes[1].sloth(["state", "lock", "one", "--", "true"]).run();
        if other.code == 4 { Ok(()) } else { Err(other.to_string()) }
    });
    drop(held);
}

#[test]
fn a_secret_stays_with_the_owner_of_the_run() {
    let cluster = tagged();
    let node = &cluster.nodes[0];
    node.sloth(["secrets", "set", "token", "-f", "-"]).input("hunter2hunter2\n").ok();
    let text = r#"
local function read() return true, "it has " .. #secrets.token .. " letters" end
local here = task("here"):command(read):build()
local there = task("there"):delegate_to("n2"):command(read):build()
workflow.define("w"):tasks({ here, there }):config({ continue_on_error = true }):build()
"#;
    let finished = node.run_text(text);
    assert_eq!(finished.code, 1, "{finished}");
    let run = Run(finished.json());
    assert_eq!(
        (run.task_status("here"), run.task_status("there")),
        ("succeeded", "failed"),
        "{run}"
    );
    assert!(
        finished.stdout.contains("secrets in tasks on other nodes are not there yet"),
        "{finished}"
    );
}
