//! No bytes that decode make `apply` panic, and damaged snapshots are refused.

use proptest::collection::vec;
use proptest::prelude::*;
use state::document::Part;
use state::run::{Begin, PLAN_VERSION};
use state::{Batch, Command, Elapsed, Hash, Request, State, Subject, Wall, codec, snapshot};

use crate::aim;
use crate::commands::{delegated, logs, opening, plan, run_id, samples};
use crate::world::node;

fn opened() -> State {
    let mut state = State::default();
    state.apply(1, &opening());
    state
}

fn apply_twice(state: &mut State, index: u64, batch: &Batch) {
    assert_eq!(state.apply(index, batch).len(), batch.requests.len());
    state.apply(index.saturating_add(1), batch);
    state.next_deadline();
}

fn encoded_samples() -> Vec<u8> {
    let by = Subject::Node(node(1));
    let request = |command| Request { id: None, by: by.clone(), command };
    let requests = samples().into_iter().map(request).collect();
    codec::encode(1, &Batch { at: Wall(1), elapsed: Elapsed(0), requests })
}

proptest! {
    #[test]
    fn any_bytes_decode_or_not_but_never_panic(bytes in vec(any::<u8>(), 0..300), index in any::<u64>()) {
        let mut state = opened();
        if let Ok(batch) = codec::decode::<Batch>(bytes.first().copied().unwrap_or(0), &bytes) {
            apply_twice(&mut state, index, &batch);
        }
        for (tag, _) in Command::TAGS {
            let one = [&[1], &codec::encode(1, tag)[1..], &bytes].concat();
            if let Ok(command) = decode_front(&one) {
                let request = Request { id: None, by: Subject::Node(node(1)), command };
                apply_twice(&mut state, index, &Batch { at: Wall(0), elapsed: Elapsed(0), requests: vec![request] });
            }
        }
    }

    #[test]
    fn changed_encodings_never_panic(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        index in any::<u64>(),
    ) {
        let mut bytes = encoded_samples();
        for (at, byte) in changes {
            let at = 1 + at.index(bytes.len() - 1);
            bytes[at] = byte;
        }
        if let Ok(batch) = codec::decode::<Batch>(1, &bytes) {
            apply_twice(&mut opened(), index, &batch);
        }
    }

    #[test]
    fn a_changed_snapshot_is_refused(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut bytes = snapshot::encode(&opened());
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(snapshot::decode(&bytes).is_err());
        prop_assert!(snapshot::decode(&bytes[..at]).is_err());
    }
}

/// Decodes a command from the front of longer bytes, by shortening them until one fits.
fn decode_front(bytes: &[u8]) -> Result<Command, codec::Error> {
    let mut end = bytes.len();
    loop {
        match codec::decode(1, &bytes[..end]) {
            Err(codec::Error::Trailing(over)) => end -= over,
            other => return other,
        }
    }
}

proptest! {
    #[test]
    fn a_changed_plan_is_refused_or_runs(
        moves in any::<bool>(),
        changes in vec((any::<prop::sample::Index>(), prop_oneof![0_u8..6, any::<u8>()]), 1..5),
        log in logs(40),
    ) {
        let plan = if moves { delegated() } else { plan(Some(8_000)) };
        let mut bytes = codec::encode(PLAN_VERSION, &plan);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (document, run) = (Hash::of(&bytes), run_id(9));
        let part = Part { document, count: 1, number: 0, bytes };
        let begin = Begin { run, owner: node(2), plan: document, workdir: None, rerun: None };
        let mut state = opened();
        let by = Subject::Node(node(1));
        let request = |command| Request { id: None, by: by.clone(), command };
        let requests = [Command::Part(part), Command::Begin(begin)].map(request).into();
        apply_twice(&mut state, 2, &Batch { at: Wall(0), elapsed: Elapsed(0), requests });
        for (index, batch) in (4..).zip(&log[1..]) {
            let mut batch = batch.clone();
            for request in &mut batch.requests {
                aim::aim(&state, &mut request.command, index);
            }
            state.apply(index as u64, &batch);
        }
    }

    #[test]
    fn any_log_at_any_index_never_panics(log in logs(30), indexes in vec(any::<u64>(), 30)) {
        let mut state = State::default();
        for (index, batch) in indexes.into_iter().zip(&log) {
            apply_twice(&mut state, index, batch);
        }
    }
}
