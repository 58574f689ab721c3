use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use state::{Answer, Subject};

use super::support::*;
use crate::testing::Net;
use crate::{Consistency, Error, Handle, Lane, Role};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_replica_writes_and_every_other_reads_it() {
    let net = Net::default();
    let members = three(&net).await;
    for (number, writer) in members.iter().enumerate() {
        let key = format!("by-{number}");
        assert_eq!(writer.set(&key, "there").await.unwrap(), Answer::Version(1));
        for reader in &members {
            assert_eq!(reader.value(&key).await, "there");
        }
    }
    let roles: Vec<_> = members.iter().map(|member| member.handle.status().role).collect();
    assert_eq!(roles, [Role::Leader, Role::Follower, Role::Follower]);
    let status = members[0].handle.status();
    assert_eq!((status.voters, status.leader), (voters(), Some(replica(1, 0))));
    assert_eq!(status.progress.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_leader_is_gone_another_one_goes_on() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    second.set("before", "1").await.unwrap();
    net.detach(first.me);
    drop(first);
    second.set("after", "2").await.unwrap();
    for member in [&second, &third] {
        assert_eq!(member.value("before").await, "1");
        assert_eq!(member.value("after").await, "2");
    }
    let leader = second.handle.status().leader.unwrap();
    assert_ne!(leader, replica(1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_cut_off_acknowledges_nothing_and_comes_back() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    net.isolate(first.me);
    let short = first.handle.within(Duration::from_millis(900));
    let lost = short.write(Subject::Node(first.me), set("lost", "1")).await.unwrap_err();
    assert!(matches!(lost, Error::NoQuorum { reachable: 1, voters: 3 }), "{lost}");
    let stale = short.read(
        state::Query::Entry { namespace: "test".into(), key: "lost".into() },
        Consistency::Linearizable,
    );
    assert!(matches!(stale.await, Err(Error::NoQuorum { reachable: 1, voters: 3 })));
    second.set("kept", "2").await.unwrap();
    net.heal();
    assert_eq!(first.value("kept").await, "2");
    assert_eq!(third.value("kept").await, "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_quorum_writes_fail_and_stale_reads_answer() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    third.set("known", "1").await.unwrap();
    assert_eq!(third.value("known").await, "1");
    for gone in [first, second] {
        net.detach(gone.me);
        drop(gone);
    }
    let short = third.handle.within(Duration::from_secs(2));
    let error = short.write(Subject::Node(third.me), set("a", "1")).await.unwrap_err();
    assert_eq!(error.to_string(), "no quorum: 1 of 3 voters reachable");
    let stale = third.get("known", Consistency::Stale).await.unwrap();
    assert_eq!(stale.as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_answers_are_lost_takes_effect_once() {
    let net = Net::default();
    let [first, second, _third] = three(&net).await;
    net.lose_answers(second.me, first.me, Lane::Forward);
    let healing = tokio::spawn({
        let (net, first) = (net.clone(), first.handle.clone());
        async move {
            until_there(&first, "once").await;
            net.heal();
        }
    });
    assert_eq!(second.set("once", "1").await.unwrap(), Answer::Version(1));
    healing.await.unwrap();
    assert_eq!(second.set("once", "2").await.unwrap(), Answer::Version(2));
}

/// Waits until a key is in a replica's state.
async fn until_there(handle: &Handle, key: &str) {
    until("the write takes effect", async || {
        let query = state::Query::Entry { namespace: "test".into(), key: key.into() };
        let state = handle.snapshot_state();
        state.is_some_and(|state| matches!(state.answer(&query), state::View::Entry(Some(_))))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_sends_a_second_batch_before_the_first_is_answered() {
    let net = Net::default();
    let [first, second, _third] = three(&net).await;
    let second = Arc::new(second);
    net.lose_answers(second.me, first.me, Lane::Forward);
    let write = |key: &'static str| {
        let second = Arc::clone(&second);
        tokio::spawn(async move { second.set(key, "1").await })
    };
    let one = write("one");
    until_there(&first.handle, "one").await;
    let two = write("two");
    until_there(&first.handle, "two").await;
    assert!(!one.is_finished() && !two.is_finished());
    net.heal();
    for written in [one, two] {
        assert_eq!(written.await.unwrap().unwrap(), Answer::Version(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_overtake_each_other_leave_every_write_in_its_place_once() {
    let net = Net::default();
    let members = three(&net).await.map(Arc::new);
    let writers = (0..24).map(|number| {
        let member = Arc::clone(&members[number % 3]);
        tokio::spawn(async move {
            for version in 1..=30 {
                let answer = member.set(&format!("key-{number}"), "x").await.unwrap();
                assert_eq!(answer, Answer::Version(version), "key {number}");
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut round = 0;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let [from, to] = [&members[round % 3], &members[(round / 2 + 1) % 3]];
        if from.me != to.me {
            net.lose_answers(from.me, to.me, Lane::Forward);
        }
        if round % 4 == 3 {
            let heir = [replica(1, 0), replica(2, 1), replica(3, 2)][round / 4 % 3];
            let leader = members.iter().find(|it| it.handle.status().role == Role::Leader);
            if let Some(leader) = leader {
                let _ = leader.handle.transfer_leader(heir).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        net.heal();
        round += 1;
    }
    futures::future::try_join_all(writers).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_may_not_be_repeated_says_so() {
    let net = Net::default();
    let [first, second, _third] = unnumbered_three(&net).await;
    net.lose_answers(second.me, first.me, Lane::Forward);
    let error = second.set("once", "1").await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leadership_is_handed_over_on_request() {
    let net = Net::default();
    let members = three(&net).await;
    members[0].handle.transfer_leader(replica(3, 2)).await.unwrap();
    assert_ne!(members[0].handle.status().role, Role::Leader);
    members[0].set("a", "1").await.unwrap();
    let leads = |member: &&Member| member.handle.status().role == Role::Leader;
    until("another one leads", async || members.iter().skip(1).any(|it| leads(&it))).await;
    let leader = members.iter().find(leads).unwrap();
    leader.handle.hand_over().await.unwrap();
    assert_ne!(leader.handle.status().role, Role::Leader);
    assert_eq!(leader.value("a").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_of_the_largest_size_is_replicated() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    let value = "x".repeat(60_000);
    let commands = (0..9).map(|number| set(&format!("large-{number}"), &value)).collect();
    let replies = second.handle.write_many(Subject::Node(second.me), commands).await.unwrap();
    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    for member in [&first, &second, &third] {
        assert_eq!(member.value("large-8").await, value);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_stops_the_replica() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    let disk = crate::testing::Memory::default();
    let home = founder.home.path().join("other");
    let raft = Arc::new(crate::Raft::new(crate::Options {
        me: node(9),
        timers: timers(),
        snapshot_every: 4_096,
        log: config::LogKind::File,
        transport: net.transport(node(9)),
        clock: Arc::new(Counting::default()),
        deadline: PATIENCE,
    }));
    raft.found_on(Box::new(disk.clone()), &home).await.unwrap();
    let handle = raft.handle();
    handle.write(Subject::Node(node(9)), set("a", "1")).await.unwrap();
    disk.break_disk();
    let error = handle.write(Subject::Node(node(9)), set("a", "2")).await.unwrap_err();
    assert!(matches!(error, Error::Stopped(_)), "{error}");
    let reason = tokio::time::timeout(PATIENCE, raft.stopped()).await.unwrap();
    assert!(reason.contains("the disk is gone"), "{reason}");
    assert_eq!(handle.status().role, Role::Stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_who_is_no_replica_are_refused() {
    let net = Net::default();
    let [first, second, _third] = three(&net).await;
    let stranger = Member::new(&net, 9);
    let folder = stranger.folder();
    // Believes to be a replica of a cluster that these are part of.
    stranger.raft.join(&folder, 5, BTreeSet::from([replica(1, 0)])).await.unwrap();
    let before = first.handle.status().term;
    for lane in [Lane::Vote, Lane::Append] {
        let answer = forged_append(&net, 9, replica(9, 5), second.me, lane).await;
        assert!(answer.contains("NotReplica"), "{answer}");
        let answer = forged_append(&net, 9, replica(1, 0), second.me, lane).await;
        assert!(answer.contains("Impostor"), "{answer}");
        let answer = forged_append(&net, 1, replica(1, 0), stranger.me, lane).await;
        assert!(answer.contains("WrongReplica"), "{answer}");
    }
    let worker = Member::new(&net, 8);
    let answer = forged_append(&net, 1, replica(1, 0), worker.me, Lane::Append).await;
    assert!(answer.contains("NoReplica"), "{answer}");
    assert_eq!(first.handle.status().term, before);
}

/// Sends an empty append request of a high term as `named` and returns the answer.
async fn forged_append(
    net: &Net,
    from: u8,
    named: state::ReplicaId,
    to: config::NodeId,
    lane: Lane,
) -> String {
    use crate::types::{Id, Types, Vote};
    let body = openraft::raft::AppendEntriesRequest::<Types> {
        vote: Vote::new_committed(99, Id(named)),
        prev_log_id: None,
        entries: Vec::new(),
        leader_commit: None,
    };
    let target = replica(2, 1);
    let frame = crate::network::Addressed { from: named, to: target, body };
    let bytes = crate::codec::encode(crate::codec::APPEND, &frame).unwrap();
    let answer = net.transport(node(from)).call(to, lane, bytes, PATIENCE).await.unwrap();
    let answer: Result<openraft::raft::AppendEntriesResponse<Types>, crate::network::Refused> =
        crate::codec::decode(crate::codec::ANSWER, &answer).unwrap();
    format!("{answer:?}")
}
