//! What nodes learn about each other.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod world;

use mesh::Event;
use proto::roster::Health;
use world::{ECHO, id, member, pair, status, until};

#[tokio::test]
async fn the_roster_shows_name_labels_load_addresses_and_round_trip() {
    let (a, b) = pair().await;
    let roster = a.mesh.roster();
    let seen = || roster.borrow().nodes.get(&b.id).cloned();
    until(|| async { seen().is_some_and(|node| node.round_trip.is_some()) }).await;
    let node = seen().unwrap();
    assert_eq!(node.status, Some(status(2)));
    assert_eq!(node.addresses, std::slice::from_ref(&b.address));
    assert_eq!(node.health, Health::Alive);
    assert!(node.connected && node.heard.is_some());
    let mut changed = status(2);
    changed.load.running = 3;
    b.mesh.report(changed.clone());
    until(|| async { seen().and_then(|node| node.status) == Some(changed.clone()) }).await;
}

#[tokio::test]
async fn members_find_each_other_through_the_one_they_know() {
    let all = [1, 2, 3, 4];
    let a = member(1, &all, &[]).await;
    let mut others = Vec::new();
    for seed in 2..=4 {
        others.push(member(seed, &all, &[&a.address]).await);
    }
    until(|| async { others.iter().all(|node| node.mesh.peers().len() == 3) }).await;
    let (b, d) = (&others[0], &others[2]);
    assert_eq!(b.call(d, ECHO, b"x").await.unwrap(), b"x");
}

#[tokio::test]
async fn a_node_that_ends_is_suspected_at_once_and_silent_only_later() {
    let (mut a, b) = pair().await;
    b.mesh.stop().await;
    drop(b);
    let health = |event| match event {
        Event::Health { node, health } if node == id(2) => Some(health),
        _ => None,
    };
    let stopped = a.mesh.now();
    assert_eq!(a.event(health).await, Health::Suspect);
    assert!((a.mesh.now() - stopped).as_secs() < 2);
    assert_eq!(a.event(health).await, Health::Silent);
    assert!((a.mesh.now() - stopped).as_secs() >= 6);
}

#[tokio::test]
async fn who_is_no_member_is_not_listed() {
    let (a, b) = pair().await;
    a.gate.set(|it| it.members = [id(1)].into());
    a.mesh.refresh().await.unwrap();
    until(|| async { a.mesh.peers().is_empty() && a.mesh.roster().borrow().nodes.is_empty() })
        .await;
    drop(b);
}
