use tests::{Cluster, LONG, Node, SECRET, Setup, wait_until};

/// Keeps laptops and edge nodes out.
const NEVER: &str = "voter=never";

fn after(first: &Node, name: &str) -> Setup {
    Setup::new(name).secret(SECRET).seed(first.address())
}

/// What the node is, as the others see it.
fn role(cluster: &Cluster, by: &str, name: &str) -> Result<String, String> {
    let list = cluster.node(by).list()?;
    let node = list.iter().find(|node| node["name"] == name).ok_or("it is not listed")?;
    Ok(node["role"].as_str().unwrap().to_owned())
}

/// It holds no copy of the log, nor has it begun one.
fn has_no_replica(node: &Node) -> bool {
    std::fs::read_dir(node.home().data().join("raft")).unwrap().next().is_none()
}

fn votes(cluster: &Cluster, by: &str, names: &[&str]) {
    wait_until(&format!("{names:?} vote"), LONG, || {
        let status = cluster.node(by).status()?;
        let voters = status["voters"].as_array().ok_or("no voters")?;
        let mut voting: Vec<_> = voters.iter().map(|it| it["node"].as_str().unwrap()).collect();
        voting.sort_unstable();
        if voting == names { Ok(()) } else { Err(status.to_string()) }
    });
}

/// With two others there is one voter and one copy; with three, three voters; one of them dies, and nobody takes its
/// place. All the time the unfit one is a worker.
#[test]
fn a_node_that_is_never_to_vote_becomes_neither_learner_nor_voter() {
    let mut first = Setup::new("n1").secret(SECRET).set("raft.replace_after", "2s").start();
    first.comes_up();
    let unfit = after(&first, "laptop").arg("--label").arg(NEVER);
    let [second, third] =
        ["n2", "n3"].map(|name| after(&first, name).set("raft.replace_after", "2s"));
    let mut cluster = Cluster::of(first);
    cluster.grows(unfit.start(), 1);
    cluster.grows(second.start(), 1);
    wait_until("there is a copy", LONG, || match role(&cluster, "n1", "n2")?.as_str() {
        "learner" => Ok(()),
        other => Err(other.to_owned()),
    });
    assert_eq!(role(&cluster, "n1", "laptop").unwrap(), "worker");
    cluster.grows(third.start(), 3);
    votes(&cluster, "laptop", &["n1", "n2", "n3"]);
    let leader = cluster.leader();
    let dead = cluster.others(&[&leader, "laptop"])[0].clone();
    cluster.node_mut(&dead).kill();
    cluster.misses("laptop", &dead);
    let silent = || {
        let list = cluster.node(&leader).list().unwrap();
        let dead = list.iter().find(|node| node["name"] == dead.as_str()).unwrap();
        dead["silent_ms"].as_u64().unwrap()
    };
    // Far beyond the time after which anybody else would have been asked.
    while silent() < 8_000 {
        assert_eq!(role(&cluster, &leader, "laptop").unwrap(), "worker");
    }
    votes(&cluster, &leader, &["n1", "n2", "n3"]);
    assert!(has_no_replica(cluster.node("laptop")));
    cluster.node("laptop").sloth(["state", "set", "k", "v"]).ok();
}

#[test]
fn a_founder_that_is_never_to_vote_gives_its_vote_away() {
    let mut founder = Setup::new("laptop").secret(SECRET).arg("--label").arg(NEVER).start();
    founder.comes_up();
    founder.sloth(["state", "set", "k", "of the founder"]).ok();
    let others = ["n1", "n2", "n3"].map(|name| after(&founder, name).start());
    let mut cluster = Cluster::of(founder);
    for mut node in others {
        node.comes_up();
        cluster.nodes.push(node);
    }
    votes(&cluster, "n1", &["n1", "n2", "n3"]);
    cluster.expect(3).settles();
    assert_eq!(role(&cluster, "n1", "laptop").unwrap(), "worker");
    wait_until("its replica is gone", LONG, || match has_no_replica(cluster.node("laptop")) {
        true => Ok(()),
        false => Err("it is there".into()),
    });
    let got = cluster.node("laptop").sloth(["state", "get", "k"]).ok();
    assert_eq!(got.stdout, "of the founder\n");
}

#[test]
fn a_voter_that_is_labelled_so_is_replaced_by_a_worker() {
    let mut cluster = tests::Plan::new(4).voters(3).start();
    let leader = cluster.leader();
    let list = cluster.node(&leader).list().unwrap();
    let of_role = |role: &str| {
        let node = list.iter().find(|node| node["role"] == role).unwrap();
        node["name"].as_str().unwrap().to_owned()
    };
    let (voter, spare) = (of_role("voter"), of_role("worker"));
    cluster.node(&voter).sloth(["node", "label", &voter, NEVER]).ok();
    let mut names = cluster.others(&[&voter]);
    names.sort_unstable();
    assert!(names.contains(&spare));
    votes(&cluster, &leader, &names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(role(&cluster, &leader, &voter).unwrap(), "worker");
    cluster.node(&voter).sloth(["state", "set", "k", "v"]).ok();
}
