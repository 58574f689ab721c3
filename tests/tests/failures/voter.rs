use std::time::{Duration, Instant};

use tests::{LONG, Plan, wait_until};

const REPLACE_AFTER: Duration = Duration::from_secs(2);

#[test]
fn a_voter_that_stays_dead_is_replaced_and_comes_back_as_a_worker() {
    let mut cluster = Plan::new(4).voters(3).set("raft.replace_after", "5s").start();
    let leader = cluster.leader();
    let list = cluster.node(&leader).list().unwrap();
    let of_role = |role: &str| {
        let node = list.iter().find(|node| node["role"] == role).unwrap();
        node["name"].as_str().unwrap().to_owned()
    };
    let (dead, spare) = (of_role("voter"), of_role("worker"));
    cluster.node(&leader).sloth(["state", "set", "k", "v"]).ok();
    cluster.node_mut(&dead).kill();
    wait_until("the spare one votes", LONG, || {
        let status = cluster.node(&leader).status()?;
        let voters = status["voters"].as_array().unwrap();
        let named = |name: &str| voters.iter().any(|voter| voter["node"] == name);
        match voters.len() == 3 && named(&spare) && !named(&dead) {
            true => Ok(()),
            false => Err(status.to_string()),
        }
    });
    let another = cluster.others(&[&leader, &dead, &spare])[0].clone();
    cluster.node_mut(&another).kill();
    cluster.node(&spare).sloth(["state", "set", "k", "w"]).ok();
    cluster.node_mut(&another).again();
    cluster.node_mut(&dead).again();
    cluster.settles();
    let list = cluster.node(&leader).list().unwrap();
    let back = list.iter().find(|node| node["name"] == dead.as_str()).unwrap();
    assert_eq!(back["role"], "worker", "{list:#?}");
    assert_eq!(cluster.node(&dead).sloth(["state", "get", "k"]).ok().stdout, "w\n");
}

#[test]
fn a_voter_without_a_successor_is_never_just_dropped() {
    let mut cluster =
        Plan::new(3).set("raft.replace_after", &format!("{}s", REPLACE_AFTER.as_secs())).start();
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    cluster.node_mut(&others[0]).kill();
    let voters = || {
        let status = cluster.node(&leader).status().unwrap();
        assert_eq!(status["voters"].as_array().unwrap().len(), 3, "{status}");
        status
    };
    let alone = wait_until("none more may fail", LONG, || match voters() {
        status if status["tolerates"] == 0 => Ok(Instant::now()),
        status => Err(status.to_string()),
    });
    while alone.elapsed() < REPLACE_AFTER * 3 {
        cluster.node(&leader).sloth(["state", "set", "k", "v"]).ok();
        assert_eq!(voters()["tolerates"], 0);
    }
    cluster.node_mut(&others[0]).again();
    cluster.settles();
}
