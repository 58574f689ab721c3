use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Duration;

use state::{Answer, Subject, Wall};
use tempfile::TempDir;

use super::support::*;
use crate::testing::Net;
use crate::{Consistency, Error, Role};

#[tokio::test]
async fn a_founder_leads_at_once_and_answers() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    assert_eq!(founder.handle.status().role, Role::Leader);
    assert_eq!(founder.set("a", "1").await.unwrap(), Answer::Version(1));
    assert_eq!(founder.set("a", "2").await.unwrap(), Answer::Version(2));
    assert_eq!(founder.value("a").await, "2");
    assert_eq!(founder.get("b", Consistency::Stale).await.unwrap(), None);
    let mut leading = founder.handle.leading();
    assert!(leading.wait_for(Option::is_some).await.is_ok());
}

#[tokio::test]
async fn everything_acknowledged_is_there_after_a_restart() {
    let net = Net::default();
    for founder in [founded(&net, 1).await, founded_in_sled(&net, 1).await] {
        for number in 0..50 {
            founder.set(&format!("key-{number}"), "there").await.unwrap();
        }
        let (folder, home) = (founder.folder(), founder.home.clone());
        founder.raft.shutdown().await;
        let again = Member::at(&net, 1, home);
        again.raft.open(&folder, 0).await.unwrap();
        for number in 0..50 {
            let value = again.get(&format!("key-{number}"), Consistency::Stale).await.unwrap();
            assert_eq!(value.as_deref(), Some("there"), "stale reads know everything acknowledged");
        }
        again.set("more", "yes").await.unwrap();
        assert_eq!(again.value("more").await, "yes");
    }
}

#[tokio::test]
async fn everything_acknowledged_survives_a_kill() {
    let net = Net::default();
    for founder in [founded(&net, 1).await, founded_in_sled(&net, 1).await] {
        for round in 0..5 {
            for number in 0..20 {
                founder.set(&format!("{round}-{number}"), "there").await.unwrap();
            }
            let home = Arc::new(TempDir::new().unwrap());
            copy(&founder.folder(), &home.path().join("replica"));
            let other = Net::default();
            let survivor = Member::at(&other, 1, home);
            survivor.raft.open(&survivor.folder(), 0).await.unwrap();
            for number in 0..20 {
                assert_eq!(survivor.value(&format!("{round}-{number}")).await, "there");
            }
            survivor.raft.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_log_stays_in_the_engine_it_was_made_in() {
    let net = Net::default();
    let founder = founded_in_sled(&net, 1).await;
    founder.set("a", "1").await.unwrap();
    let (folder, home) = (founder.folder(), founder.home.clone());
    founder.raft.shutdown().await;
    let again = Member::at(&net, 1, home);
    again.raft.open(&folder, 0).await.unwrap();
    assert_eq!(again.set("a", "2").await.unwrap(), Answer::Version(2));
    let names: Vec<_> = std::fs::read_dir(folder.join("log")).unwrap().flatten().collect();
    assert!(names.iter().all(|it| !it.file_name().to_string_lossy().ends_with(".segment")));
}

#[tokio::test]
async fn a_look_at_a_replica_says_what_is_lost_and_changes_nothing() {
    let net = Net::default();
    for founder in [founded(&net, 1).await, founded_in_sled(&net, 1).await] {
        for number in 0..30 {
            founder.set(&format!("key-{number}"), &"x".repeat(1_000)).await.unwrap();
        }
        founder.raft.snapshot_now(20).await;
        founder.set("last", "there").await.unwrap();
        let folder = founder.folder();
        founder.raft.shutdown().await;
        let health = crate::check(&folder).unwrap();
        assert_eq!(health.faults, []);
        assert!(health.snapshot < health.last && health.first <= health.snapshot, "{health:?}");
        let names = || std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(names(), 3, "log, mark and snapshots");

        let snapshot = std::fs::read_dir(folder.join("snapshots")).unwrap().next().unwrap();
        let snapshot = snapshot.unwrap().path();
        std::fs::write(&snapshot, "short").unwrap();
        let [fault] = &crate::check(&folder).unwrap().faults[..] else { panic!() };
        assert_eq!(fault.path, snapshot);
        assert!(fault.lost.starts_with("all of the state up to entry"), "{}", fault.lost);
    }
}

#[tokio::test]
async fn a_look_at_a_damaged_log_says_up_to_where_it_is_whole() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    for number in 0..30 {
        founder.set(&format!("key-{number}"), &"x".repeat(1_000)).await.unwrap();
    }
    let folder = founder.folder();
    founder.raft.shutdown().await;
    let last = crate::check(&folder).unwrap().last.unwrap();
    let segment = folder.join("log/00000003.segment");
    let file = File::options().write(true).open(&segment).unwrap();
    file.write_all_at(&[0xaa; 512], 600).unwrap();
    let before = std::fs::read(&segment).unwrap();
    let health = crate::check(&folder).unwrap();
    let [fault] = &health.faults[..] else { panic!("{health:?}") };
    assert_eq!(fault.path, segment);
    let whole = health.last.unwrap();
    assert!(whole > 5 && whole < last, "{whole} of {last}");
    assert_eq!(fault.lost, format!("what was written after entry {whole}"));
    assert!(std::fs::read(&segment).unwrap() == before);
}

#[tokio::test]
async fn a_damaged_log_is_refused_and_nothing_is_touched() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    for number in 0..30 {
        founder.set(&format!("key-{number}"), &"x".repeat(4_000)).await.unwrap();
    }
    let (folder, home) = (founder.folder(), founder.home.clone());
    founder.raft.shutdown().await;
    let segment = folder.join("log/00000003.segment");
    let file = File::options().write(true).open(&segment).unwrap();
    file.write_all_at(&[0xaa; 512], 600).unwrap();
    let before = std::fs::read(&segment).unwrap();
    let again = Member::at(&net, 1, home);
    let error = again.raft.open(&folder, 0).await.unwrap_err();
    let Error::Damaged { path, .. } = error else { panic!("{error}") };
    assert_eq!(path, segment);
    assert!(std::fs::read(&segment).unwrap() == before, "kept for inspection");
}

#[tokio::test]
async fn damage_in_sled_below_the_durable_mark_is_found_and_nothing_is_touched() {
    let net = Net::default();
    let founder = founded_in_sled(&net, 1).await;
    for number in 0..30 {
        founder.set(&format!("key-{number}"), &"x".repeat(4_000)).await.unwrap();
    }
    let (folder, home) = (founder.folder(), founder.home.clone());
    founder.raft.shutdown().await;
    // As if it had been killed after the mark was written.
    let mark = File::options().write(true).open(folder.join("mark")).unwrap();
    for slot in [0, 4096] {
        mark.write_all_at(&reopened_mark(&folder, slot), slot).unwrap();
    }
    let db = File::options().write(true).open(folder.join("log/db")).unwrap();
    db.write_all_at(&[0xaa; 512], 60_000).unwrap();
    let before = std::fs::read(folder.join("log/db")).unwrap();
    let again = Member::at(&net, 1, home);
    let error = again.raft.open(&folder, 0).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(std::fs::read(folder.join("log/db")).unwrap() == before, "kept for inspection");
}

/// The mark in a slot, with its note that the log was closed taken away.
fn reopened_mark(folder: &std::path::Path, slot: u64) -> Vec<u8> {
    let bytes = std::fs::read(folder.join("mark")).unwrap();
    let mut mark = bytes[slot as usize..slot as usize + 32].to_vec();
    mark[2] = 0;
    let sum = blake3::hash(&mark[..24]);
    mark[24..].copy_from_slice(&sum.as_bytes()[..8]);
    mark
}

#[tokio::test]
async fn a_folder_belongs_to_one_replica() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    founder.set("a", "1").await.unwrap();
    let (folder, home) = (founder.folder(), founder.home.clone());
    founder.raft.shutdown().await;
    let other = Member::at(&net, 2, home.clone());
    assert!(matches!(other.raft.open(&folder, 0).await, Err(Error::Foreign { .. })));
    let again = Member::at(&net, 1, home.clone());
    assert!(matches!(again.raft.open(&folder, 7).await, Err(Error::Foreign { .. })));
    assert!(matches!(again.raft.found(&folder).await, Err(Error::Exists(_))));
    let nowhere = home.path().join("nowhere");
    assert!(matches!(again.raft.open(&nowhere, 0).await, Err(Error::Missing(_))));
    again.raft.open(&folder, 0).await.unwrap();
    assert_eq!(again.value("a").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writes_share_entries_and_each_gets_its_own_answer() {
    let net = Net::default();
    let founder = Arc::new(founded(&net, 1).await);
    let before = founder.handle.status().last_log.unwrap();
    let writers = (0..64).map(|number| {
        let founder = Arc::clone(&founder);
        tokio::spawn(async move {
            for version in 1..=5 {
                let answer = founder.set(&format!("key-{number}"), "x").await.unwrap();
                assert_eq!(answer, Answer::Version(version));
            }
        })
    });
    futures::future::try_join_all(writers).await.unwrap();
    let entries = founder.handle.status().last_log.unwrap() - before;
    assert!(entries < 160, "320 writes in {entries} entries");
}

#[tokio::test]
async fn requests_of_a_life_that_nobody_began_are_not_applied() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    founder.handle.set_session(1);
    let value = "x".repeat(60_000);
    let commands = (0..12).map(|_| set("same", &value)).collect();
    let replies = founder.handle.write_many(Subject::Node(founder.me), commands).await.unwrap();
    let kinds: Vec<_> = replies.into_iter().map(Result::unwrap_err).map(|it| it.kind).collect();
    assert_eq!(kinds, [state::Kind::OutcomeUnknown; 12]);
}

#[tokio::test]
async fn a_command_larger_than_an_entry_is_refused_before_it_is_written() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    let error = founder.set("a", &"x".repeat(300 << 10)).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn the_leader_stamps_batches_with_its_clock() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    founder.set("a", "1").await.unwrap();
    founder.set("b", "2").await.unwrap();
    let state = founder.handle.snapshot_state().unwrap();
    let query = state::Query::Entry { namespace: "test".into(), key: "b".into() };
    let state::View::Entry(Some(entry)) = state.answer(&query) else { panic!() };
    assert_eq!(entry.changed_at, Wall(1));
}

#[tokio::test]
async fn a_watch_sees_every_change() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    let mut watch = founder.handle.watch();
    let seen = watch.index();
    founder.set("a", "1").await.unwrap();
    assert!(watch.changed(PATIENCE).await.unwrap() > seen);
    let now = watch.index();
    assert_eq!(watch.changed(Duration::from_millis(20)).await.unwrap(), now);
}

#[tokio::test]
async fn after_shutdown_nothing_is_accepted() {
    let net = Net::default();
    let founder = founded(&net, 1).await;
    let handle = founder.handle.clone();
    founder.raft.shutdown().await;
    let error = handle.write(Subject::Node(node(1)), set("a", "1")).await.unwrap_err();
    assert!(matches!(error, Error::Stopped(_)), "{error}");
    assert_eq!(handle.status().role, Role::Stopped);
}
