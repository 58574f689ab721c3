//! Discovery on a local network: a namespace of its own, so that nobody else is met.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod world;

use std::process::Command;

use mesh::Event;
use world::{Node, TestGate, id, launch, options, secret};

/// Set where the test runs inside the namespace.
const INSIDE: &str = "MESH_TEST_NAMESPACE";
/// One interface with an address and multicast.
const SETUP: &str = "ip link set lo up
    ip link add name near type veth peer name far
    ip addr add 10.77.0.1/24 dev near
    ip link set near up; ip link set far up
    ip route add 224.0.0.0/4 dev near
    exec \"$0\" --exact --ignored \"$1\"";

async fn found(seed: u8, gate: TestGate) -> Node {
    let mut options = options(seed, &gate, "0.0.0.0:0", &[]);
    options.mdns = true;
    launch(options, gate).await
}

async fn find_each_other() {
    let mut a = found(1, secret(7)).await;
    let mut b = found(2, secret(7)).await;
    for (node, other) in [(&mut a, id(2)), (&mut b, id(1))] {
        let sighted = |event| match event {
            Event::Sighted { sighting, .. } => (sighting.node == other).then_some(()),
            _ => None,
        };
        node.event(sighted).await;
    }
}

#[tokio::test]
#[ignore = "needs root for a network namespace"]
async fn machines_with_one_secret_find_each_other_without_addresses() {
    if std::env::var_os(INSIDE).is_some() {
        return find_each_other().await;
    }
    let inside = Command::new("unshare")
        .args(["--net", "sh", "-ec", SETUP])
        .arg(std::env::current_exe().unwrap())
        .arg("machines_with_one_secret_find_each_other_without_addresses")
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = [inside.stdout, inside.stderr].concat();
    assert!(inside.status.success(), "{}", String::from_utf8_lossy(&said));
}
