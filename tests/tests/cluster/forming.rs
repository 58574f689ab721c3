use tests::{Cluster, Home, LONG, Node, Plan, SECRET, Setup, wait_until};

#[test]
fn three_nodes_with_one_secret_are_one_cluster_with_three_voters() {
    for _ in 0..3 {
        let mut cluster = Cluster::start(3);
        let leader = cluster.leader();
        let status = cluster.status().unwrap();
        assert_eq!(status["tolerates"], 1, "{status}");
        let roles: Vec<_> = cluster.nodes[0].list().unwrap();
        let leaders = roles.iter().filter(|node| node["role"] == "leader").count();
        let voters = roles.iter().filter(|node| node["role"] == "voter").count();
        assert_eq!((leaders, voters), (1, 2), "{leader} {roles:#?}");
    }
}

fn later(number: usize, seeds: &[&Node]) -> Setup {
    let setup = Setup::new(&format!("n{number}")).secret(SECRET);
    seeds.iter().fold(setup, |setup, node| setup.seed(node.address()))
}

#[test]
fn two_nodes_keep_a_copy_and_tolerate_nothing_and_a_third_makes_three_voters() {
    let mut cluster = Cluster::start(2);
    let status = wait_until("one voter and one learner", LONG, || {
        let status = cluster.status()?;
        let learner = status["learners"][0]["node"].as_str().unwrap_or_default();
        let named = ["n1", "n2"].contains(&learner);
        if named { Ok(status) } else { Err(status.to_string()) }
    });
    assert_eq!((status["voters"].as_array().unwrap().len(), &status["tolerates"]), (1, &0.into()));
    let copy = status["learners"][0]["node"].as_str().unwrap();
    let shown = cluster.nodes[0].sloth(["cluster", "status"]).ok();
    shown.prints("tolerates  0 failures").prints(&format!("copy on {copy}"));
    cluster.nodes[0].sloth(["state", "set", "before", "the third"]).ok();
    let third = later(3, &[&cluster.nodes[0]]).start();
    cluster.grows(third, 3);
    let got = cluster.nodes[2].sloth(["state", "get", "before"]).ok();
    assert_eq!(got.stdout, "the third\n");
}

#[test]
fn a_node_that_comes_late_finds_the_others_through_any_of_them() {
    let mut cluster = Cluster::start(3);
    let fourth = later(4, &[&cluster.nodes[2]]).start();
    cluster.grows(fourth, 3);
    let fifth = later(5, &[&cluster.nodes[3]]).start();
    cluster.grows(fifth, 5);
    assert_eq!(cluster.status().unwrap()["tolerates"], 2);
}

#[test]
fn what_two_machines_did_alone_is_set_aside_when_they_meet() {
    let text = "local t = task('t'):command('echo hello'):build()\n\
                workflow.define('hello'):tasks({ t }):build()";
    let homes = [Home::new(), Home::new()];
    for home in &homes {
        let path = home.write("hello.sloth", text).display().to_string();
        home.sloth(["run", &path]).ok();
        home.sloth(["state", "set", "alone", "yes"]).ok();
    }
    let [first, second] = homes.clone();
    let mut cluster = Plan::new(2).homes([first, second]).start();
    for (node, home) in cluster.nodes.iter_mut().zip(&homes) {
        node.process().writes("standalone history is kept in");
        let aside = std::fs::read_dir(home.data())
            .unwrap()
            .flatten()
            .find(|entry| entry.file_name().to_string_lossy().starts_with("standalone-"));
        assert!(aside.unwrap().path().is_dir());
    }
    let runs = cluster.nodes[0].sloth(["run", "list"]).json();
    assert_eq!(runs["items"].as_array().unwrap().len(), 0);
    cluster.nodes[1].sloth(["state", "get", "alone"]).exits(3);
}

#[test]
fn a_cluster_that_was_stopped_whole_comes_back_whole() {
    let mut cluster = Cluster::start(3);
    cluster.nodes[0].sloth(["state", "set", "k", "kept"]).ok();
    for node in &mut cluster.nodes {
        node.kill();
    }
    for node in &mut cluster.nodes {
        node.again();
    }
    cluster.settles();
    for node in &cluster.nodes {
        assert_eq!(node.sloth(["state", "get", "k"]).ok().stdout, "kept\n");
    }
}

#[test]
fn a_node_alone_serves_at_once_and_keeps_its_key() {
    let mut node = Setup::new("n1").start();
    node.comes_up();
    let id = |node: &Node| node.list().unwrap()[0]["id"].clone();
    let before = id(&node);
    node.terminate().ends().exits(0);
    node.again();
    node.comes_up();
    assert_eq!(id(&node), before);
    assert_eq!(node.list().unwrap()[0]["incarnation"], 2);
}

#[test]
fn a_shared_secret_that_can_be_guessed_is_refused() {
    let mut node = Setup::new("n1").secret("hunter2").start();
    let ended = node.ends();
    assert_eq!(ended.code, 2, "{ended}");
    assert!(ended.stderr.contains("128") && !ended.stderr.contains("hunter2"), "{ended}");
}
