use std::time::{Duration, Instant};

use tests::{Cluster, LONG, wait_until};

#[test]
fn without_a_quorum_writes_end_in_time_with_the_reason_and_stale_reads_answer() {
    let mut cluster = Cluster::start(3);
    cluster.nodes[0].sloth(["state", "set", "k", "v"]).ok();
    let leader = cluster.leader();
    // The one that stays may have led or not.
    for stays in ["n1", leader.as_str()] {
        wait_until("the one that stays has it", LONG, || {
            let got = cluster.node(stays).sloth(["state", "get", "k", "--stale"]).run();
            if got.stdout == "v\n" { Ok(()) } else { Err(got.to_string()) }
        });
        let down = cluster.others(&[stays]);
        for name in &down {
            cluster.node_mut(name).kill();
        }
        let started = Instant::now();
        let write = cluster.node(stays).sloth(["state", "set", "k", "w"]).run();
        assert!(started.elapsed() < Duration::from_secs(11), "took {:?}", started.elapsed());
        write.exits(6).says("no quorum: 1 of 3 voters reachable");
        cluster.node(stays).sloth(["state", "get", "k"]).exits(6).says("no quorum");
        let stale = cluster.node(stays).sloth(["state", "get", "k", "--stale"]).ok();
        assert_eq!(stale.stdout, "v\n");
        cluster.node(stays).sloth(["run", "list", "--stale"]).ok();
        cluster.node(stays).sloth(["node", "list", "--stale"]).ok();
        let status = cluster.node(stays).sloth(["cluster", "status"]).exits(6);
        assert!(status.stdout.contains("no quorum"), "{status}");
        for name in &down {
            cluster.node_mut(name).again();
        }
        cluster.settles();
        cluster.node(stays).sloth(["state", "set", "k", "v"]).ok();
    }
}

#[test]
fn a_write_that_was_acknowledged_is_read_on_every_node() {
    let cluster = Cluster::start(3);
    for round in 0..10 {
        let value = round.to_string();
        let writer = &cluster.nodes[round % 3];
        writer.sloth(["state", "set", "k", &value]).ok();
        for node in &cluster.nodes {
            assert_eq!(node.sloth(["state", "get", "k"]).ok().stdout.trim(), value);
        }
    }
}
