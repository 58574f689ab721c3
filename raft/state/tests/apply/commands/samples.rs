use config::ClusterId;
use state::clock::Tick;
use state::document::Part;
use state::kv::{Condition, Delete, Set};
use state::lease::{Acquire, Fence, Release, Renew};
use state::member::{Admission, Admit, Dissolve, Drain, Grow, Label, Leave, Remove, Up};
use state::run::{
    Abandon, Approval, Approve, Artifact, Begin, Cancel, Defer, Lose, Outcome, Output, Place,
    Prune, Refuse, Rehome, Report, Resume,
};
use state::token::{Key, Mint, Revoke};
use state::workflow::{Save, Unsave};
use state::{Command, Elapsed, event};

use super::plans::{BUNDLE, attempt_key, hash, report, run_id};
use crate::world::{found, labels, name, node};

/// One command of every number.
pub fn samples() -> Vec<Command> {
    let (run, attempt) = (run_id(1), attempt_key(1, 0, 0, 1));
    let fence = Some(Fence { name: "l".into(), token: 300 });
    vec![
        found(true),
        Command::Admit(Admit {
            node: node(2),
            name: name("two"),
            name_fixed: true,
            labels: labels("gpu,role=web"),
            by: Admission::Token("t".into()),
        }),
        Command::Up(Up {
            node: node(1),
            nonce: 9,
            version: "0.1.0".into(),
            slots: 4,
            labels: labels("gpu"),
            adopts: true,
        }),
        Command::Label(Label { node: node(1), set: labels("a=1"), remove: vec![name("b")] }),
        Command::Leave(Leave { node: node(2), gone: false }),
        Command::Remove(Remove { node: node(2), reason: "broken".into() }),
        Command::Grow(Grow { node: node(2) }),
        Command::Dissolve(Dissolve { into: ClusterId::new([1; 16]) }),
        Command::Drain(Drain { node: node(2) }),
        Command::Mint(Mint {
            id: "t".into(),
            key: Key([2; 32]),
            uses: 3,
            ttl: Elapsed(3_600_000),
            labels: labels("role=web"),
        }),
        Command::Revoke(Revoke { id: "t".into() }),
        Command::Tick(Tick {}),
        Command::Set(Set {
            namespace: "default".into(),
            key: "k".into(),
            json: "{\"a\":1}".into(),
            ttl: Some(Elapsed(1_000)),
            only_if: Condition::Value("1".into()),
            fence: fence.clone(),
        }),
        Command::Delete(Delete {
            namespace: "default".into(),
            key: "k".into(),
            only_if: Condition::Version(300),
            fence,
        }),
        Command::Acquire(Acquire {
            name: "l".into(),
            label: "me".into(),
            run: Some(run),
            ttl: Some(Elapsed(30_000)),
        }),
        Command::Renew(Renew { name: "l".into(), token: 300, ttl: Elapsed(30_000) }),
        Command::Release(Release { name: "l".into(), token: 300 }),
        Command::Part(Part { document: hash(0), count: 1, number: 0, bytes: BUNDLE.into() }),
        Command::Save(Save { name: "w".into(), bundle: hash(0), description: "says".into() }),
        Command::Unsave(Unsave { name: "w".into() }),
        Command::Begin(Begin {
            run,
            owner: node(1),
            plan: hash(1),
            workdir: Some("/w".into()),
            rerun: None,
        }),
        Command::Place(Place {
            run,
            task: 1,
            places: vec![(0, node(1)), (1, node(2))],
            left_out: vec!["three: lost".into()],
        }),
        Command::Defer(Defer { run, task: 1, slot: Some(1), reason: "none is up".into() }),
        Command::Refuse(Refuse { run, task: 1, slot: None, reason: "no member matches".into() }),
        Command::Report(Report {
            outcome: Outcome::Failed,
            exit_code: Some(-1),
            output: Output::Blob { hash: hash(0), size: 300 },
            artifacts: vec![Artifact {
                path: "out.txt".into(),
                hash: hash(9),
                size: 300,
                mode: 0o644,
            }],
            ..report(attempt, 1, 1, Outcome::Failed)
        }),
        Command::Cancel(Cancel { run, reason: "enough".into() }),
        Command::Lose(Lose { node: node(2), incarnation: 1, reason: "silent".into() }),
        Command::Rehome(Rehome { run, home: 0, owner: node(2) }),
        Command::Abandon(Abandon { run, home: 0 }),
        Command::Resume(Resume { run }),
        Command::Prune(Prune { runs: vec![run] }),
        Command::Approve(Approve { run, task: 1, decision: Approval::RunAll }),
        Command::Emit(event::Emit {
            kind: "deploy.finished".into(),
            run: Some(run),
            task: Some("a".into()),
            data: "{}".into(),
        }),
    ]
}
