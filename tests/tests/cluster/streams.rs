use tests::{Cluster, LONG, SHORT, wait_until};

#[test]
fn a_watcher_of_events_goes_on_at_another_node() {
    let cluster = Cluster::start(3);
    let kinds = ["count.zero", "count.one", "count.two"];
    let emit = |number: usize| {
        let kind = kinds[number];
        let text = format!(
            "local t = task('t'):command(function() return event.dispatch('{kind}') end):build()\n\
             workflow.define('w'):tasks({{ t }}):build()"
        );
        assert_eq!(cluster.nodes[number % 3].run_text(&text).code, 0);
    };
    emit(0);
    emit(1);
    let is = |number: usize| move |item: &tests::Item| item.data["kind"] == kinds[number];
    let first = cluster.nodes[0].stream("/events/watch", Some("0"), is(0));
    emit(2);
    let cursor = first.last().unwrap().cursor.clone();
    let second = cluster.nodes[1].stream("/events/watch", Some(&cursor), is(2));
    let all = cluster.nodes[2].stream("/events/watch", Some("0"), is(2));
    let both: Vec<_> = first.into_iter().chain(second).collect();
    assert_eq!(both, all);
    for (number, item) in all.iter().enumerate() {
        assert_eq!(item.data["sequence"], number as u64 + 1, "a hole, or one twice");
    }
}

#[test]
fn a_follower_goes_on_at_another_node() {
    let cluster = Cluster::start(3);
    let text = r#"
local a = task("a"):delegate_to("n2"):command("for i in $(seq 100); do echo line $i; sleep 0.02; done"):build()
local b = task("b"):delegate_to("n3"):depends_on(a):command("echo the end"):build()
workflow.define("w"):tasks({ a, b }):build()
"#;
    let id = cluster.nodes[0].submit_text(text);
    let path = format!("/runs/{id}/follow");
    let mut steps = cluster.nodes[0].stream(&path, None, |item| item.data["line"] == "line 30");
    for (node, last) in [(1, "line 60"), (2, "line 90")] {
        let cursor = steps.last().unwrap().cursor.clone();
        steps.extend(
            cluster.nodes[node].stream(&path, Some(&cursor), |item| item.data["line"] == last),
        );
    }
    let cursor = steps.last().unwrap().cursor.clone();
    steps.extend(cluster.nodes[0].stream(&path, Some(&cursor), |_| false));
    let said: Vec<_> = steps.iter().filter_map(|item| item.data["line"].as_str()).collect();
    let mut expected: Vec<_> = (1..=100).map(|number| format!("line {number}")).collect();
    expected.push("the end".into());
    assert_eq!(said, expected);
    let last = steps.last().unwrap();
    assert_eq!((last.name.as_str(), &last.data["status"]), ("end", &"succeeded".into()));
}

#[test]
fn a_follower_outlives_its_node() {
    let mut cluster = Cluster::start(3);
    let text = r#"
local a = task("a"):delegate_to("n2"):command("echo begun; sleep 3; echo done"):build()
workflow.define("w"):tasks({ a }):build()
"#;
    let id = cluster.nodes[0].submit_text(text);
    let mut follower = cluster.nodes[2].sloth(["run", "follow", &id]).start();
    follower.writes("begun");
    cluster.nodes[2].kill();
    cluster.nodes[2].again();
    follower.writes("done");
    follower.finish().exits(0);
    wait_until("metrics and health answer", SHORT, || {
        let socket = cluster.nodes[2].socket().display().to_string();
        let get = |path: &str| {
            let url = format!("http://node{path}");
            let curl = std::process::Command::new("curl")
                .args(["-sf", "--unix-socket", &socket, &url])
                .output();
            curl.map_err(|error| error.to_string())
        };
        let (health, metrics) = (get("/healthz")?, get("/metrics")?);
        let text = String::from_utf8_lossy(&metrics.stdout).into_owned();
        match health.status.success() && text.contains("# TYPE") {
            true => Ok(()),
            false => Err(text),
        }
    });
    cluster.run_ends("n1", &id, LONG);
}
