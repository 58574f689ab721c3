//! Every command: one sample each, and any of them out of a small world in which they meet each other.

mod members;
mod plans;
mod records;
mod runs;
mod samples;
mod scraps;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use state::document::Part;
use state::run::{Begin, Outcome};
use state::{Batch, Command, Elapsed, Request, RequestId, Subject, Wall};

pub use plans::*;
pub use samples::samples;

use crate::aim;
use crate::world::{found, node};
use members::members;
use records::records;
use scraps::{nodes, number, runs as run_ids};

/// Any command at all.
pub fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![members(), records(), runs::commands(), samples_as_they_are()]
}

fn samples_as_they_are() -> impl Strategy<Value = Command> {
    let rare = |command: &Command| {
        matches!(command, Command::Dissolve(_) | Command::Remove(_) | Command::Leave(_))
    };
    let samples: Vec<Command> = samples().into_iter().filter(|command| !rare(command)).collect();
    proptest::sample::select(samples)
}

fn subjects() -> impl Strategy<Value = Subject> {
    prop_oneof![
        nodes().prop_map(Subject::Node),
        (0_u32..3, nodes()).prop_map(|(uid, node)| Subject::User { uid, node }),
        (run_ids(), nodes()).prop_map(|(run, node)| Subject::Run { run, node }),
    ]
}

/// Request ids that collide often, of present, past and future lives.
fn ids() -> impl Strategy<Value = Option<RequestId>> {
    let id = (1_u8..=3, 1_u64..4, 0_u64..40, 0_u64..20).prop_map(
        |(number, incarnation, sequence, settled)| RequestId {
            node: node(number),
            incarnation,
            sequence,
            settled,
        },
    );
    option::weighted(0.3, id)
}

pub fn requests() -> impl Strategy<Value = Request> {
    (ids(), subjects(), commands()).prop_map(|(id, by, command)| Request { id, by, command })
}

pub fn batches() -> impl Strategy<Value = Batch> {
    (any::<u32>(), number(5_000), vec(requests(), 0..8)).prop_map(|(at, elapsed, requests)| {
        let (at, elapsed) = (Wall(at.into()), Elapsed(elapsed));
        Batch { at, elapsed, requests }
    })
}

/// A log that begins with a cluster of three nodes, its documents and three runs under way.
pub fn logs(length: usize) -> impl Strategy<Value = Vec<Batch>> {
    let hints = vec(vec(any::<usize>(), 8), length);
    (vec(batches(), 1..length), hints).prop_map(|(batches, hints)| aimed(&batches, &hints))
}

/// The log with most of its commands turned to what is there when they are applied.
fn aimed(batches: &[Batch], hints: &[Vec<usize>]) -> Vec<Batch> {
    let mut state = state::State::default();
    state.apply(1, &opening());
    let mut log = vec![opening()];
    for (batch, hints) in batches.iter().zip(hints) {
        let mut batch = batch.clone();
        for (request, hint) in batch.requests.iter_mut().zip(hints) {
            aim::aim(&state, &mut request.command, *hint);
        }
        log.push(batch);
        state.apply(log.len() as u64, &log[log.len() - 1]);
    }
    log
}

pub fn opening() -> Batch {
    let by = Subject::Node(node(1));
    let admit = |number, named| Command::Admit(crate::world::admit(number, named));
    let up = |number| Command::Up(crate::world::up(number, 1));
    let part = |number| {
        let bytes = document(number);
        Command::Part(Part { document: hash(number), count: 1, number: 0, bytes })
    };
    let begin = |number, of| {
        let run = run_id(number);
        Command::Begin(Begin {
            run,
            owner: node(number),
            plan: hash(of),
            workdir: None,
            rerun: None,
        })
    };
    let asking =
        Begin { run: run_id(4), owner: node(1), plan: hash(4), workdir: None, rerun: None };
    let begin_asking = Command::Begin(asking);
    let commands = vec![
        found(false),
        admit(2, "two"),
        admit(3, "three"),
        up(1),
        up(2),
        up(3),
        part(0),
        part(1),
        part(2),
        part(3),
        part(4),
        begin(1, 1),
        begin(2, 2),
        begin(3, 3),
        begin_asking,
        Command::Report(report(attempt_key(2, 0, 0, 1), 2, 1, Outcome::Succeeded)),
    ];
    let request = |command| Request { id: None, by: by.clone(), command };
    Batch {
        at: Wall(1),
        elapsed: Elapsed(0),
        requests: commands.into_iter().map(request).collect(),
    }
}
