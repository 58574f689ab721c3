//! Machines with one secret on a real network end in one cluster.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod world;

use config::{ClusterId, NodeId};
use futures::future::join_all;
use mesh::{Forming, Permission, Presence, Protocol};
use proto::founding::Decision;
use world::{Node, PATIENCE, TestGate, key, secret, start};

const JOIN: Protocol = Protocol::new("test.join", Permission::Strangers("join"));

/// Lets in whoever asks, as long as this node is in a cluster.
fn admit(node: &Node) {
    let gate = node.gate.clone();
    let join = move |peer: mesh::Peer, _| {
        let gate = gate.clone();
        async move {
            let mut cluster = None;
            gate.set(|it| {
                cluster = it.presence.cluster;
                if cluster.is_some() {
                    it.members.insert(peer.node);
                    it.presence.pristine = false;
                }
            });
            cluster.map(|id| id.as_bytes().to_vec()).unwrap_or_default()
        }
    };
    node.mesh.serve(JOIN, join).unwrap();
}

fn enter(gate: &TestGate, cluster: ClusterId, members: &[NodeId], pristine: bool) {
    gate.set(|it| {
        it.presence = Presence { cluster: Some(cluster), pristine };
        it.members = members.iter().copied().collect();
    });
}

/// Follows the decisions until this node is in a cluster; whether it founded that.
async fn form(node: &Node) -> bool {
    let mut forming = Forming::new(&node.mesh);
    loop {
        match forming.next().await.unwrap() {
            Decision::Found => {
                enter(&node.gate, ClusterId::new([node.id.as_bytes()[0]; 16]), &[node.id], true);
                return true;
            }
            Decision::AskAdmission { node: to, .. } => {
                let answer = node.mesh.call(to, JOIN, vec![], PATIENCE).await.unwrap_or_default();
                match answer.try_into() {
                    Ok(id) => {
                        enter(&node.gate, ClusterId::new(id), &[node.id, to], false);
                        return false;
                    }
                    Err(_) => forming.denied(to),
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

fn cluster(node: &Node) -> Option<ClusterId> {
    node.gate.0.lock().unwrap().presence.cluster
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_started_at_once_end_in_one_cluster_and_a_later_one_joins() {
    let first = start(1, secret(7), "127.0.0.1:0", &[]).await;
    let mut nodes = vec![first];
    for seed in 2..=3 {
        let seeds: Vec<_> = nodes.iter().map(|node| &node.address).collect();
        let node = start(seed, secret(7), "127.0.0.1:0", &seeds).await;
        nodes.push(node);
    }
    nodes.iter().for_each(admit);
    let founders = join_all(nodes.iter().map(form)).await;
    assert_eq!(founders.iter().filter(|founded| **founded).count(), 1);
    let later = start(4, secret(7), "127.0.0.1:0", &[&nodes[1].address]).await;
    assert!(!form(&later).await);
    nodes.push(later);
    let clusters: Vec<_> = nodes.iter().map(cluster).collect();
    assert!(clusters[0].is_some() && clusters.iter().all(|cluster| *cluster == clusters[0]));
}

#[tokio::test]
async fn two_clusters_that_meet_yield_or_stay_apart() {
    let [low, high] = [ClusterId::new([1; 16]), ClusterId::new([2; 16])];
    for (pristine, expected) in [(true, "yield"), (false, "apart")] {
        let gate = |seed: u8, cluster| {
            let gate = TestGate::default();
            gate.set(|it| it.secret = Some(key(7)));
            enter(&gate, cluster, &[world::id(seed)], pristine);
            gate
        };
        let a = start(1, gate(1, low), "127.0.0.1:0", &[]).await;
        let b = start(2, gate(2, high), "127.0.0.1:0", &[&a.address]).await;
        let decision = Forming::new(&b.mesh).next().await.unwrap();
        match (expected, decision) {
            ("yield", Decision::Yield { into, node, addresses }) => {
                assert_eq!((into, node), (low, a.id));
                assert_eq!(addresses, std::slice::from_ref(&a.address));
            }
            ("apart", Decision::StayApart { cluster, node }) => {
                assert_eq!((cluster, node), (low, a.id));
            }
            (expected, other) => panic!("expected {expected}: {other:?}"),
        }
    }
}
