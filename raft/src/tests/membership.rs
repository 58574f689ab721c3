use std::collections::BTreeSet;
use std::time::Duration;

use super::support::*;
use crate::testing::Net;
use crate::{Error, Role};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_voter_is_replaced_in_one_joint_change() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    net.detach(third.me);
    drop(third);
    let fourth = joined(&net, &first, 4, 9).await;
    assert_eq!(fourth.handle.status().role, Role::Learner);
    let wanted = BTreeSet::from([replica(1, 0), replica(2, 1), replica(4, 9)]);
    first.handle.change_voters(wanted.clone()).await.unwrap();
    fourth.set("a", "1").await.unwrap();
    assert_eq!(second.value("a").await, "1");
    until("4 votes", async || fourth.handle.status().voters == wanted).await;
    let agreed = first.handle.snapshot_state().unwrap();
    assert_eq!(agreed.configuration.voters, wanted);
    assert!(agreed.configuration.learners.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_replica_retires_and_goes_on_as_a_worker() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    let nodes = [first.me, second.me];
    let early = third.raft.retire(&third.folder(), &nodes).await;
    assert!(matches!(early, Err(Error::StillReplica(_))), "{early:?}");
    let rest = BTreeSet::from([replica(1, 0), replica(2, 1)]);
    first.handle.change_voters(rest).await.unwrap();
    third.raft.retire(&third.folder(), &nodes).await.unwrap();
    assert!(!third.folder().exists());
    assert_eq!(third.handle.status().role, Role::Worker);
    third.set("a", "1").await.unwrap();
    assert_eq!(third.value("a").await, "1");
    third.raft.join(&third.folder(), 7, first.handle.status().voters).await.unwrap();
    first.handle.add_learner(replica(3, 7)).await.unwrap();
    assert_eq!(third.handle.status().role, Role::Learner);
    assert_eq!(third.value("a").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_under_way_goes_over_to_what_follows_a_replica() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    first.set("a", "1").await.unwrap();
    net.isolate(third.me);
    let reading = third.value("a");
    let released = async {
        third.raft.release(&[first.me, second.me]).await.unwrap();
        net.heal();
    };
    let (value, ()) = tokio::join!(reading, released);
    assert_eq!(value, "1");
    assert_eq!(third.handle.status().role, Role::Worker);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_does_not_remove_itself_but_hands_over() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    let rest = BTreeSet::from([replica(2, 1), replica(3, 2)]);
    let error = first.handle.change_voters(rest.clone()).await.unwrap_err();
    let Error::NotLeader { leader: Some(leader) } = error else { panic!("{error}") };
    let leader = if leader == replica(2, 1) { &second } else { &third };
    until("it leads", async || leader.handle.status().role == Role::Leader).await;
    leader.handle.change_voters(rest.clone()).await.unwrap();
    assert_eq!(leader.handle.status().voters, rest);
    leader.set("a", "1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_bounded_and_made_by_the_leader_only() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    let elsewhere = second.handle.add_learner(replica(7, 7)).await;
    assert!(matches!(elsewhere, Err(Error::NotLeader { .. })), "{elsewhere:?}");
    let short = first.handle.within(Duration::from_millis(400));
    let absent = short.add_learner(replica(7, 7)).await;
    assert!(matches!(absent, Err(Error::Behind(_))), "{absent:?}");
    first.handle.remove_learner(replica(7, 7)).await.unwrap();
    assert!(first.handle.status().learners.is_empty());
    for gone in [second, third] {
        net.detach(gone.me);
        drop(gone);
    }
    let alone = short.change_voters(BTreeSet::from([replica(1, 0)])).await;
    assert!(matches!(alone, Err(Error::Change(_) | Error::NotLeader { .. })), "{alone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voter_that_missed_a_change_of_all_others_learns_of_it() {
    let net = Net::default();
    let [first, second, third] = three(&net).await;
    net.isolate(third.me);
    let fourth = joined(&net, &first, 4, 9).await;
    let fifth = joined(&net, &first, 5, 10).await;
    net.isolate(third.me);
    let all = [replica(3, 2), replica(4, 9), replica(5, 10)];
    let with_first = all.into_iter().chain([replica(1, 0)]).collect();
    first.handle.change_voters(with_first).await.unwrap();
    first.handle.transfer_leader(replica(4, 9)).await.unwrap();
    until("4 leads", async || fourth.handle.status().role == Role::Leader).await;
    fourth.handle.change_voters(BTreeSet::from(all)).await.unwrap();
    fourth.set("a", "1").await.unwrap();
    net.heal();
    assert_eq!(third.value("a").await, "1");
    drop((second, fifth));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_learner_behind_the_purged_log_gets_a_snapshot() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    let value = "x".repeat(500);
    for number in 0..3_000u32 {
        founder.set(&format!("key-{number}"), &value).await.unwrap();
    }
    founder.raft.snapshot_now(10).await;
    let folder = founder.folder();
    let files = || std::fs::read_dir(folder.join("snapshots")).unwrap().count();
    assert_eq!(files(), 1);
    let learner = joined(&net, &founder, 2, 3_001).await;
    assert_eq!(learner.value("key-0").await, value);
    assert_eq!(learner.value("key-2999").await, value);
    let (folder, home) = (learner.folder(), learner.home.clone());
    learner.raft.shutdown().await;
    let again = Member::at(&net, 2, home);
    again.raft.open(&folder, 3_001).await.unwrap();
    assert_eq!(again.value("key-0").await, value);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sole_voter_starts_again_from_its_snapshot() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    for number in 0..200 {
        founder.set(&format!("key-{number}"), "there").await.unwrap();
    }
    founder.raft.snapshot_now(0).await;
    founder.set("after", "too").await.unwrap();
    let before = founder.handle.snapshot_state().unwrap();
    let (folder, home) = (founder.folder(), founder.home.clone());
    founder.raft.shutdown().await;
    let again = Member::at(&net, 1, home);
    again.raft.open(&folder, 0).await.unwrap();
    let now = again.handle.snapshot_state().unwrap();
    assert!(now.kv == before.kv && now.events == before.events);
    assert_eq!(again.value("after").await, "too");
}
