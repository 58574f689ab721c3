use std::time::Duration;

use config::limits::PART_BYTES;
use state::document::Part;
use state::{Answer, Command, Hash, Query, Subject, View};

use super::support::*;
use crate::testing::Net;
use crate::{Change, Consistency, Error, Handle, Lane, Role};

fn worker(net: &Net, number: u8, voters: &[&Member]) -> Member {
    let worker = Member::new(net, number);
    worker.raft.follow(voters.iter().map(|voter| voter.me)).unwrap();
    worker
}

/// What a handle promises on a node with a replica and on one without.
async fn handle_suite(member: &Member, other: &Member) {
    let handle = &member.handle;
    assert_eq!(member.set("suite", "1").await.unwrap(), Answer::Version(1));
    assert_eq!(member.set("suite", "2").await.unwrap(), Answer::Version(2));
    assert_eq!(other.value("suite").await, "2");
    other.set("suite", "3").await.unwrap();
    assert_eq!(member.value("suite").await, "3");
    assert!(member.get("suite", Consistency::Stale).await.unwrap().is_some());
    assert_eq!(member.get("missing", Consistency::Linearizable).await.unwrap(), None);
    let commands = (0..20).map(|_| set("many", "x")).collect();
    let replies = handle.write_many(Subject::Node(member.me), commands).await.unwrap();
    let versions: Vec<_> = (1..=20).map(|version| Ok(Answer::Version(version))).collect();
    assert_eq!(replies, versions);
    let refused = handle.write(Subject::Node(member.me), set("", "x")).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    large_answers(member, handle).await;
    watches_and_feeds(member, handle).await;
}

async fn large_answers(member: &Member, handle: &Handle) {
    let bytes: Vec<u8> = (0..900_000u32).map(|at| (at % 251) as u8).collect();
    let document = Hash::of(&bytes);
    let pieces: Vec<_> = bytes.chunks(PART_BYTES).map(<[u8]>::to_vec).collect();
    let count = pieces.len() as u32;
    let part = |(number, bytes)| Command::Part(Part { document, count, number, bytes });
    let commands = (0..).zip(pieces).map(part).collect();
    let replies = handle.write_many(Subject::Node(member.me), commands).await.unwrap();
    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    let query = Query::Document { hash: document };
    let view = handle.read(query, Consistency::Linearizable).await.unwrap();
    assert!(view == View::Document(Some(bytes)));
}

async fn watches_and_feeds(member: &Member, handle: &Handle) {
    let mut watch = handle.watch();
    let seen = watch.index();
    member.set("watched", "1").await.unwrap();
    assert!(watch.changed(PATIENCE).await.unwrap() > seen);
    let first = handle.feed(member.me, None, Duration::ZERO).await.unwrap();
    assert_eq!(first.change, Change::Reset(Vec::new()));
    let wait = Duration::from_millis(50);
    let next = handle.feed(member.me, Some(first.index), wait).await.unwrap();
    assert!(next.is_unchanged() && next.index >= first.index);
    let far = handle.feed(member.me, Some(next.index + 1_000), wait).await.unwrap();
    assert_eq!(far.index, next.index + 1_000, "the index of a feed never falls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handle_promises_the_same_with_and_without_a_replica() {
    for place in 0..3 {
        let net = Net::default();
        let [first, second, third] = three(&net).await;
        let seventh = worker(&net, 7, &[&third, &second]);
        let member = [&first, &second, &seventh][place];
        begin_life(&first, &seventh).await;
        handle_suite(member, &third).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_goes_on_when_its_voter_and_the_leader_die() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    let worker = worker(&net, 7, &[&first]);
    begin_life(&first, &worker).await;
    worker.set("a", "1").await.unwrap();
    assert_eq!(worker.handle.status().voters, voters(), "it has learnt who votes");
    assert_eq!(worker.handle.status().role, Role::Worker);
    net.detach(first.me);
    drop(first);
    assert_eq!(worker.set("a", "2").await.unwrap(), Answer::Version(2));
    assert_eq!(worker.value("a").await, "2");
    for gone in [second, third] {
        net.detach(gone.me);
        drop(gone);
    }
    let short = worker.handle.within(Duration::from_millis(900));
    let error = short.write(Subject::Node(worker.me), set("a", "3")).await.unwrap_err();
    assert!(matches!(error, Error::NoQuorum { reachable: 0, voters: 3 }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workers_write_takes_effect_once_though_answers_are_lost() {
    let net = Net::default();
    let [first, second, _third] = three(&net).await;
    let worker = worker(&net, 7, &[&second]);
    begin_life(&first, &worker).await;
    worker.set("once", "1").await.unwrap();
    for voter in [first.me, second.me] {
        net.lose_answers(worker.me, voter, Lane::Forward);
    }
    net.lose_answers(second.me, first.me, Lane::Forward);
    assert_eq!(worker.set("once", "2").await.unwrap(), Answer::Version(2));
    net.heal();
    assert_eq!(worker.set("once", "3").await.unwrap(), Answer::Version(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_cannot_act_for_another_node() {
    let net = Net::default();
    let [first, _second, _third] = three(&net).await;
    let worker = worker(&net, 7, &[&first]);
    let short = worker.handle.within(Duration::from_millis(900));
    let forged = short.write(Subject::Node(first.me), set("a", "1")).await;
    assert!(forged.is_err(), "{forged:?}");
    let forged = worker.handle.feed(first.me, None, Duration::from_secs(1)).await;
    assert!(matches!(forged, Err(Error::Denied(_))), "{forged:?}");
    assert_eq!(first.get("a", Consistency::Linearizable).await.unwrap(), None);
}
