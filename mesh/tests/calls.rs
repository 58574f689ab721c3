//! Calls between members.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod world;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use mesh::{Error, Permission, Protocol};
use proto::frame::Refusal;
use tokio::sync::{Notify, Semaphore};
use world::{ECHO, PATIENCE, member, pair, start, until};

const SLOW: Protocol = Protocol::new("test.slow", Permission::Members("slow"));

#[tokio::test]
async fn members_call_each_other_and_themselves() {
    let (a, b) = pair().await;
    assert_eq!(a.call(&b, ECHO, b"there").await.unwrap(), b"there");
    assert_eq!(b.call(&a, ECHO, b"back").await.unwrap(), b"back");
    assert_eq!(a.call(&a, ECHO, b"here").await.unwrap(), b"here");
    assert_eq!(a.call(&b, ECHO, b"").await.unwrap(), b"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_calls_share_one_stream() {
    let (a, b) = pair().await;
    let room = Arc::new(Semaphore::new(0));
    let waiting = Arc::new(AtomicUsize::new(0));
    let (gate, count) = (room.clone(), waiting.clone());
    b.mesh
        .serve(SLOW, move |_, body| {
            let (gate, count) = (gate.clone(), count.clone());
            async move {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = gate.acquire().await;
                body
            }
        })
        .unwrap();
    let calls = join_all((0..64u8).map(|index| {
        let (a, b) = (&a, &b);
        async move { a.call(b, SLOW, &[index; 1000]).await.unwrap() }
    }));
    let release = async {
        until(|| async { waiting.load(Ordering::SeqCst) == 64 }).await;
        room.add_permits(64);
    };
    let (answers, ()) = tokio::join!(calls, release);
    for (index, answer) in answers.iter().enumerate() {
        assert_eq!(*answer, [index as u8; 1000]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ordered_protocol_is_handled_in_order_of_arrival() {
    const ORDERED: Protocol = Protocol::new("test.ordered", Permission::Members("x")).ordered();
    let (a, b) = pair().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    b.mesh
        .serve(ORDERED, move |_, body| {
            let log = log.clone();
            async move {
                // The earlier, the slower: concurrent handlers would end in reverse.
                tokio::time::sleep(Duration::from_millis(20 - u64::from(body[0]))).await;
                log.lock().unwrap().push(body[0]);
                body
            }
        })
        .unwrap();
    a.call(&b, ORDERED, &[0]).await.unwrap();
    let mut calls = Vec::new();
    for index in 1..20 {
        let (mesh, to) = (a.mesh.clone(), b.id);
        let mut call = Box::pin(async move { mesh.call(to, ORDERED, vec![index], PATIENCE).await });
        // Polled once, it is queued behind those before it.
        assert!(futures::poll!(&mut call).is_pending());
        calls.push(call);
    }
    join_all(calls).await.into_iter().for_each(|answer| drop(answer.unwrap()));
    assert_eq!(*seen.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn frames_are_bounded_on_both_sides() {
    const SMALL: Protocol = Protocol::new("test.small", Permission::Members("x")).frame_bytes(1000);
    const LARGE: Protocol = Protocol::new("test.small", Permission::Members("x")).frame_bytes(9000);
    let (a, b) = pair().await;
    b.mesh.serve(SMALL, |_, body| async move { body.repeat(2) }).unwrap();
    let error = a.call(&b, SMALL, &[0; 1001]).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { bytes: 1001, most: 1000, .. }));
    let error = a.call(&b, SMALL, &[0; 501]).await.unwrap_err();
    assert!(matches!(error, Error::Refused { why: Refusal::TooLarge, .. }));
    assert_eq!(a.call(&b, SMALL, &[0; 500]).await.unwrap().len(), 1000);
    // A peer that does not keep the bound loses its stream, not more.
    b.mesh.serve(SLOW, |_, body| async { body }).unwrap();
    let rude = member(3, &[1, 2, 3], &[&b.address]).await;
    b.gate.set(|it| it.members.extend([rude.id]));
    until(|| async { rude.mesh.peers().contains(&b.id) }).await;
    let error = rude.call(&b, LARGE, &[0; 9000]).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error}");
    assert_eq!(rude.call(&b, LARGE, &[0; 10]).await.unwrap().len(), 20);
}

#[tokio::test]
async fn the_end_of_a_node_fails_all_that_wait_for_it_at_once() {
    let (a, b) = pair().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    b.mesh
        .serve(SLOW, move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            std::future::pending()
        })
        .unwrap();
    let calls = join_all((0..10).map(|_| a.call(&b, SLOW, b"x")));
    let stop = async {
        until(|| async { asked.load(Ordering::SeqCst) == 10 }).await;
        b.mesh.stop().await;
        Instant::now()
    };
    let (answers, stopped) = tokio::join!(calls, stop);
    assert!(stopped.elapsed() < Duration::from_secs(2));
    for answer in answers {
        assert!(matches!(answer, Err(Error::Broken { .. })), "{answer:?}");
    }
}

#[tokio::test]
async fn a_node_that_restarts_on_its_address_is_found_again() {
    let (a, b) = pair().await;
    a.call(&b, ECHO, b"1").await.unwrap();
    let address = b.address.to_string();
    b.mesh.stop().await;
    until(|| async { !a.mesh.peers().contains(&b.id) }).await;
    let error = a.call(&b, ECHO, b"2").await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    drop(b);
    let b = start(2, world::members(&[1, 2]), &address, &[]).await;
    until(|| async { a.call(&b, ECHO, b"3").await.is_ok() }).await;
    until(|| async { b.call(&a, ECHO, b"4").await.is_ok() }).await;
}

#[tokio::test]
async fn deadlines_hold_on_both_sides() {
    let (a, b) = pair().await;
    let dropped = Arc::new(Notify::new());
    struct OnDrop(Arc<Notify>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let notify = dropped.clone();
    b.mesh
        .serve(SLOW, move |_, _| {
            let guard = OnDrop(notify.clone());
            async move {
                let _guard = guard;
                std::future::pending().await
            }
        })
        .unwrap();
    let deadline = Duration::from_millis(200);
    let error = a.mesh.call(b.id, SLOW, vec![], deadline).await.unwrap_err();
    assert!(matches!(error, Error::Deadline { .. } | Error::Refused { why: Refusal::Late, .. }));
    tokio::time::timeout(PATIENCE, dropped.notified()).await.unwrap();
}

#[tokio::test]
async fn a_handler_that_panics_fails_its_request_alone() {
    let (a, b) = pair().await;
    b.mesh.serve(SLOW, |_, body| async move { vec![body[7]] }).unwrap();
    let error = a.call(&b, SLOW, b"x").await.unwrap_err();
    assert!(matches!(error, Error::Refused { why: Refusal::Failed, .. }));
    assert_eq!(a.call(&b, SLOW, b"12345678").await.unwrap(), b"8");
}

#[tokio::test]
async fn what_is_not_served_or_not_known_is_said_at_once() {
    let (a, b) = pair().await;
    let error = a.call(&b, SLOW, b"x").await.unwrap_err();
    assert!(matches!(error, Error::Unserved { protocol: "test.slow", .. }));
    assert!(matches!(b.mesh.serve(ECHO, |_, body| async { body }), Err(Error::Served(_))));
    let error = a.mesh.call(world::id(9), ECHO, vec![], PATIENCE).await.unwrap_err();
    assert!(error.to_string().contains("no address"), "{error}");
}

#[tokio::test]
async fn a_stopped_mesh_answers_nothing_and_ends_its_events() {
    let (mut a, b) = pair().await;
    a.mesh.stop().await;
    assert!(matches!(a.call(&b, ECHO, b"x").await, Err(Error::Stopped)));
    let (id, address) = (a.id, a.address.to_string());
    drop(a.mesh);
    let end = async { while a.events.next().await.is_some() {} };
    tokio::time::timeout(PATIENCE, end).await.unwrap();
    let again = start(1, a.gate, &address, &[]).await;
    assert_eq!(again.id, id);
}
