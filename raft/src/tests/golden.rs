//! The bytes of what is stored and sent. A change here is a new version of a format.

use std::collections::BTreeSet;
use std::fmt::Write;

use openraft::EntryPayload;
use openraft::raft::AppendEntriesRequest;
use serde::Serialize;
use state::{Batch, Elapsed, Request, Subject, Wall};

use super::support::{node, replica};
use crate::codec::{self, Format};
use crate::forward::{Ask, Outcome, Standing, Told};
use crate::machine::Record;
use crate::network::{Addressed, Chunk, Refused, Taken};
use crate::types::{Entry, Id, LogId, Membership, Proposal, SnapshotMeta, StoredMembership, Vote};

/// Nodes are 32 equal bytes here; each is shown as one of them in brackets.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let run = rest.len() >= 32 && rest[..32].iter().all(|byte| byte == first);
        let (name, length) =
            if run { (format!("[{first:x}]"), 32) } else { (format!("{first:02x}"), 1) };
        write!(text, "{name}").unwrap();
        rest = &rest[length..];
    }
    text
}

fn check<T: Serialize>(format: Format, value: &T, expected: &str) {
    assert_eq!(hex(&codec::encode(format, value).unwrap()), expected, "{}", format.name);
}

fn id(index: u64) -> LogId {
    LogId::new_term_index(2, index)
}

fn membership() -> Membership {
    let voters = BTreeSet::from([Id(replica(1, 0))]);
    Membership::new_with_defaults(vec![voters], [Id(replica(2, 300))])
}

fn vote() -> Vote {
    Vote::new_committed(2, Id(replica(1, 0)))
}

fn entry(payload: EntryPayload<Proposal, Id, openraft::EmptyNode>) -> Entry {
    Entry { log_id: id(9), payload }
}

fn addressed<T>(body: T) -> Addressed<T> {
    Addressed { from: replica(1, 0), to: replica(2, 300), body }
}

fn meta() -> SnapshotMeta {
    let last_membership = StoredMembership::new(Some(id(4)), membership());
    SnapshotMeta { last_log_id: Some(id(9)), last_membership }
}

#[test]
fn records_of_the_log() {
    check(codec::ENTRY, &entry(EntryPayload::Blank), "0101020900");
    check(
        codec::ENTRY,
        &entry(EntryPayload::Normal(Proposal(vec![7, 8].into()))),
        "0101020901020708",
    );
    check(
        codec::ENTRY,
        &entry(EntryPayload::Membership(membership())),
        "0101020902[1]01010002[1]00[2]fb2c01",
    );
    check(codec::VOTE, &vote(), "020102[1]010001");
    check(codec::LOG_ID, &id(9), "03010209");
    check(codec::IDENTITY, &replica(2, 300), "0501[2]fb2c01");
    let record = Record { name: "n".into(), length: 5, hash: [9; 32], meta: meta() };
    check(codec::SNAPSHOT, &record, "0401016e05[9]010209010204[1]01010002[1]00[2]fb2c0100");
    let by = Subject::Node(node(1));
    let request = Request { id: None, by, command: super::support::set("k", "v") };
    check(
        codec::BATCH,
        &Batch { at: Wall(5), elapsed: Elapsed(3), requests: vec![request] },
        "06010503010000[1]140474657374016b03227622000000",
    );
}

#[test]
fn frames_between_replicas() {
    let append = AppendEntriesRequest::<crate::types::Types> {
        vote: vote(),
        prev_log_id: Some(id(8)),
        entries: vec![entry(EntryPayload::Blank)],
        leader_commit: None,
    };
    check(codec::APPEND, &addressed(append), "16[1]0100[2]fb2c0102[1]0100010102080102090000");
    let bytes = vec![1, 2];
    let chunk = Chunk { vote: vote(), meta: meta(), length: 5, hash: [9; 32], offset: 3, bytes };
    check(
        codec::CHUNK,
        &addressed(chunk),
        "18[1]0100[2]fb2c0102[1]010001010209010204[1]01010002[1]00[2]fb2c010005[9]03020102",
    );
    check(codec::ANSWER, &Ok::<_, Refused>(Taken::Next(5)), "1a01000005");
    check(
        codec::ANSWER,
        &Err::<Taken, _>(Refused::NotReplica(replica(2, 300))),
        "1a010100[2]fb2c01",
    );
}

#[test]
fn frames_between_nodes() {
    check(codec::FORWARD, &Ask::ReadIndex, "190102");
    check(
        codec::FORWARD,
        &Ask::Watch { after: 7, wait: std::time::Duration::from_secs(1).into() },
        "19010407fbe803",
    );
    check(codec::FORWARD, &Ask::Parcel { ticket: 7, offset: 300 }, "19010607fb2c01");
    let standing = Standing {
        applied: 9,
        leader: Some(replica(1, 0)),
        term: 2,
        configured: 4,
        configuration: crate::types::configuration(&membership()),
    };
    let told = Told { standing, outcome: Ok(Outcome::Index(9)) };
    check(codec::ANSWER, &Ok::<_, Refused>(told), "1a010009[1]01000204[1]010001[2]fb2c01000209");
}
