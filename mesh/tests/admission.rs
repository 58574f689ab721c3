//! Who gets in, and how far.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod world;

use std::time::Duration;

use mesh::{Error, Event, Permission};
use proto::TokenId;
use proto::frame::Refusal;
use proto::handshake::Reason;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use world::{ADMIT, ECHO, Node, TestGate, id, key, member, members, pair, secret, start, until};

const TOKEN: TokenId = TokenId::new([3; 8]);

/// A cluster of one member with a secret and a token.
async fn cluster() -> Node {
    let gate = members(&[1]);
    gate.set(|it| {
        it.secret = Some(key(7));
        it.tokens.insert(TOKEN, key(8));
    });
    start(1, gate, "127.0.0.1:0", &[]).await
}

async fn stranger(gate: TestGate, to: &Node) -> Node {
    start(2, gate, "127.0.0.1:0", &[&to.address]).await
}

fn token(byte: u8) -> TestGate {
    let gate = TestGate::default();
    gate.set(|it| it.token = Some((TOKEN, key(byte))));
    gate
}

fn refusal(event: Event) -> Option<(Reason, bool)> {
    match event {
        Event::Refused { reason, inbound, .. } => Some((reason, inbound)),
        _ => None,
    }
}

fn connected(event: Event) -> Option<()> {
    matches!(event, Event::Connected { .. }).then_some(())
}

#[tokio::test]
async fn of_all_protocols_a_stranger_reaches_those_for_strangers_alone() {
    for gate in [secret(7), token(8)] {
        let a = cluster().await;
        let mut b = stranger(gate, &a).await;
        b.event(connected).await;
        let protocols = a.mesh.protocols();
        assert!(protocols.len() >= 4);
        for protocol in protocols {
            let answer = b.call(&a, protocol, b"x").await;
            match protocol.permission() {
                Permission::Strangers(_) => assert!(answer.is_ok(), "{protocol:?}"),
                Permission::Members(_) => assert!(
                    matches!(answer, Err(Error::Refused { why: Refusal::Denied, .. })),
                    "{protocol:?}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn a_handler_learns_how_a_stranger_proved_itself() {
    let a = cluster().await;
    let mut b = stranger(token(8), &a).await;
    b.event(connected).await;
    let answer = String::from_utf8(b.call(&a, ADMIT, b"").await.unwrap()).unwrap();
    assert_eq!(answer, "Stranger(Token(0303030303030303))");
}

#[tokio::test]
async fn a_stranger_that_is_admitted_is_a_member_on_the_same_connection() {
    let a = cluster().await;
    let mut b = stranger(token(8), &a).await;
    b.event(connected).await;
    assert!(b.call(&a, ECHO, b"x").await.is_err());
    for gate in [&a.gate, &b.gate] {
        gate.set(|it| it.members = [id(1), id(2)].into());
    }
    assert_eq!(b.call(&a, ECHO, b"x").await.unwrap(), b"x");
}

#[tokio::test]
async fn wrong_proofs_are_refused_and_reported_by_both_sides() {
    for (gate, reason) in [
        (secret(9), Reason::Secret),
        (token(9), Reason::Token),
        (TestGate::default(), Reason::Unknown),
    ] {
        let mut a = cluster().await;
        let mut b = stranger(gate, &a).await;
        assert_eq!(b.event(refusal).await, (reason, false));
        assert_eq!(a.event(refusal).await, (reason, true));
        assert!(b.call(&a, ADMIT, b"x").await.is_err());
    }
}

#[tokio::test]
async fn a_used_up_token_is_refused() {
    let a = cluster().await;
    a.gate.set(|it| it.tokens.clear());
    let mut b = stranger(token(8), &a).await;
    assert_eq!(b.event(refusal).await, (Reason::Token, false));
}

#[tokio::test]
async fn a_dialer_does_not_join_a_cluster_that_cannot_prove_the_secret() {
    let gate = members(&[1, 2]);
    let a = start(1, gate, "127.0.0.1:0", &[]).await;
    let mut b = stranger(secret(7), &a).await;
    assert_eq!(b.event(refusal).await, (Reason::Unproven, false));
}

#[tokio::test]
async fn a_removed_node_is_cut_off_at_once_and_refused_after() {
    let (mut a, mut b) = pair().await;
    a.call(&b, ECHO, b"x").await.unwrap();
    b.call(&a, ECHO, b"x").await.unwrap();
    a.gate.set(|it| {
        it.members.remove(&id(2));
        it.removed.insert(id(2));
    });
    // The stream that is open is of no use any more, even before the connection is closed.
    assert!(b.call(&a, ECHO, b"x").await.is_err());
    a.mesh.refresh().await.unwrap();
    a.event(|event| matches!(event, Event::Disconnected { node } if node == id(2)).then_some(()))
        .await;
    assert_eq!(b.event(refusal).await, (Reason::Removed, false));
    assert_eq!(a.event(refusal).await, (Reason::Removed, true));
}

#[tokio::test]
async fn the_gate_may_forbid_what_membership_allows() {
    let (a, b) = pair().await;
    b.gate.set(|it| it.forbidden.extend(["echo"]));
    let error = a.call(&b, ECHO, b"x").await.unwrap_err();
    assert!(matches!(error, Error::Refused { why: Refusal::Denied, .. }));
}

#[tokio::test]
async fn a_member_that_lags_refuses_and_is_asked_again() {
    let a = member(1, &[1], &[]).await;
    let mut b = member(2, &[1, 2], &[&a.address]).await;
    assert_eq!(b.event(refusal).await, (Reason::Unknown, false));
    a.gate.set(|it| it.members.extend([id(2)]));
    b.event(connected).await;
    assert_eq!(b.call(&a, ECHO, b"x").await.unwrap(), b"x");
}

#[tokio::test]
async fn half_open_handshakes_end_by_themselves_and_lock_nobody_out() {
    let a = cluster().await;
    let target = a.address.to_string();
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(TcpStream::connect(&target).await.unwrap());
    }
    let mut b = stranger(secret(7), &a).await;
    b.event(connected).await;
    for mut stream in idle {
        let mut heard = Vec::new();
        // A reset ends it as well.
        let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut heard))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn machines_with_one_secret_see_each_other_before_anybody_is_a_member() {
    let mut a = start(1, secret(7), "127.0.0.1:0", &[]).await;
    let mut b = stranger(secret(7), &a).await;
    let sighted = |event| match event {
        Event::Sighted { sighting, .. } => Some(sighting),
        _ => None,
    };
    let (of_b, of_a) = (a.event(sighted).await, b.event(sighted).await);
    assert_eq!((of_b.node, of_b.cluster), (id(2), None));
    assert_eq!((of_a.node, of_a.addresses), (id(1), vec![a.address.clone()]));
    let asked = |event| match event {
        Event::Sighted { asked, .. } => asked,
        _ => None,
    };
    assert!(a.event(asked).await <= a.mesh.now());
    until(|| async { a.mesh.peers().is_empty() }).await;
}
