//! The bytes of everything stored or sent, pinned: an encoding that changes needs a new version.
//!
//! `SLOTH_GOLDEN=write cargo test -p sloth-state golden` writes the file anew.

use std::fmt::Write;

use state::clock::Tick;
use state::run::Outcome;
use state::{
    Answer, Batch, Command, Elapsed, Kind, Query, Refusal, Reply, Request, RequestId, Subject,
    Wall, codec, snapshot,
};

use crate::commands::{attempt_key, begun, plan, run_id, samples};
use crate::snapshot::full;
use crate::world::{World, node, user};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/apply/golden.txt");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn line(out: &mut String, what: &str, bytes: &[u8]) {
    writeln!(out, "{what} {}", hex(bytes)).unwrap();
}

fn encodings() -> String {
    let mut out = String::new();
    commands(&mut out);
    entries(&mut out);
    replies(&mut out);
    questions(&mut out);
    line(&mut out, "plan", &codec::encode(state::run::PLAN_VERSION, &plan(Some(8_000))));
    let bytes = snapshot::encode(&full().state);
    for ((number, content), (_, name)) in
        snapshot::split(&bytes).unwrap().iter().zip(snapshot::SECTIONS)
    {
        line(&mut out, &format!("section {number} {name}"), content);
    }
    out
}

fn commands(out: &mut String) {
    let samples = samples();
    let tags: Vec<u16> = samples.iter().map(Command::tag).collect();
    assert_eq!(tags, Command::TAGS.iter().map(|(tag, _)| *tag).collect::<Vec<u16>>());
    for (command, (tag, name)) in samples.iter().zip(Command::TAGS) {
        let bytes = codec::encode(1, command);
        assert_eq!(codec::decode::<Command>(1, &bytes).unwrap(), *command);
        line(out, &format!("command {tag} {name}"), &bytes);
    }
}

fn entries(out: &mut String) {
    let run = Subject::Run { run: run_id(1), node: node(1) };
    let id = RequestId { node: node(1), incarnation: 2, sequence: 300, settled: 299 };
    let request = |id, by| Request { id, by, command: Command::Tick(Tick {}) };
    let requests = vec![
        request(Some(id), Subject::Node(node(1))),
        request(None, user(1_000)),
        request(None, run),
    ];
    let (at, elapsed) = (Wall(1_700_000_000_000), Elapsed(250));
    line(out, "batch", &codec::encode(1, &Batch { at, elapsed, requests }));
}

fn replies(out: &mut String) {
    let answers = [
        Answer::Done,
        Answer::Version(300),
        Answer::Removed(true),
        Answer::Token(300),
        Answer::Incarnation(300),
        Answer::Generation(300),
        Answer::Sequence(300),
    ];
    for answer in answers {
        line(out, &format!("answer {answer:?}"), &codec::encode(1, &Reply::Ok(answer)));
    }
    let kinds = [
        Kind::Invalid,
        Kind::NotFound,
        Kind::Conflict,
        Kind::Locked,
        Kind::Stale,
        Kind::Denied,
        Kind::Limit,
        Kind::OutcomeUnknown,
        Kind::Dissolved,
    ];
    for kind in kinds {
        let refusal = Refusal::new(kind, "why");
        line(out, &format!("refusal {kind:?}"), &codec::encode(1, &Reply::Err(refusal)));
    }
    let outcomes = [Outcome::Succeeded, Outcome::Failed, Outcome::TimedOut, Outcome::Cancelled];
    for outcome in outcomes.into_iter().chain([Outcome::Skipped, Outcome::Lost, Outcome::Refused]) {
        line(out, &format!("outcome {outcome:?}"), &codec::encode(1, &outcome));
    }
}

fn questions(out: &mut String) {
    let run = run_id(1);
    let queries = [
        Query::Cluster,
        Query::Members,
        Query::Tokens,
        Query::Entry { namespace: "default".into(), key: "k".into() },
        Query::Entries { namespace: "default".into(), prefix: "".into(), after: None, limit: 9 },
        Query::Leases { prefix: "".into(), after: None, limit: 9 },
        Query::Workflows,
        Query::Workflow { name: "w".into() },
        Query::Document { hash: state::Hash::of(crate::commands::BUNDLE) },
        Query::Runs { before: None, limit: 9, active: false },
        Query::Run { run },
        Query::Events { after: 0, limit: 9 },
        Query::Assignments { node: node(1) },
        Query::Namespaces,
    ];
    let mut under_way = World::founded();
    begun(&mut under_way);
    let work = Query::Work { attempt: attempt_key(1, 0, 0, 1) };
    line(out, "query work", &codec::encode(1, &work));
    line(out, "view work", &codec::encode(1, &under_way.state.answer(&work)));
    let world = full();
    for (number, query) in queries.iter().enumerate() {
        line(out, &format!("query {number}"), &codec::encode(1, query));
        line(out, &format!("view {number}"), &codec::encode(1, &world.state.answer(query)));
    }
}

#[test]
fn encodings_stay_as_they_are() {
    let found = encodings();
    if std::env::var_os("SLOTH_GOLDEN").is_some_and(|wanted| wanted == "write") {
        std::fs::write(FILE, &found).unwrap();
    }
    let pinned = std::fs::read_to_string(FILE).unwrap();
    for (found, pinned) in found.lines().zip(pinned.lines()) {
        assert_eq!(found, pinned, "an encoding has changed: give it a new version");
    }
    assert_eq!(found.lines().count(), pinned.lines().count());
}
