//! Equal logs give equal states, and what was promised along the way holds for any log.

use std::collections::BTreeMap;

use proptest::prelude::*;
use state::query::Events;
use state::{Batch, Elapsed, Kind, Reply, Request, RequestId, State, codec, snapshot};

use crate::commands::logs;

fn apply(state: &mut State, first: u64, batches: &[Batch]) -> Vec<Vec<Reply>> {
    (first..).zip(batches).map(|(index, batch)| state.apply(index, batch)).collect()
}

fn replay(log: &[Batch]) -> (State, Vec<Vec<Reply>>) {
    let mut state = State::default();
    let replies = apply(&mut state, 1, log);
    (state, replies)
}

/// Applies each request alone, with its entry's index, and shows the state before and after.
fn step_by_step(log: &[Batch], mut seen: impl FnMut(&State, &Request, &Reply, &State)) -> State {
    let mut state = State::default();
    for (index, batch) in (1..).zip(log) {
        // The stopwatch moves once, with the first of them.
        let mut elapsed = batch.elapsed;
        for request in &batch.requests {
            let before = state.clone();
            let alone = Batch { at: batch.at, elapsed, requests: vec![request.clone()] };
            elapsed = Elapsed(0);
            let reply = state.apply(index, &alone).pop().unwrap();
            seen(&before, request, &reply, &state);
        }
    }
    state
}

proptest! {
    #[test]
    fn a_log_gives_the_same_state_in_pieces_of_any_size(log in logs(40), size in 1_usize..9) {
        let (whole, replies) = replay(&log);
        let mut pieces = State::default();
        let mut again = Vec::new();
        for (number, piece) in log.chunks(size).enumerate() {
            let read: Vec<Batch> = piece
                .iter()
                .map(|batch| codec::decode(1, &codec::encode(1, batch)).unwrap())
                .collect();
            // A snapshot that is being written shares structure with what goes on.
            let _shared = pieces.clone();
            again.extend(apply(&mut pieces, (number * size) as u64 + 1, &read));
        }
        prop_assert_eq!(&again, &replies);
        prop_assert_eq!(snapshot::encode(&pieces), snapshot::encode(&whole));
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn a_log_gives_the_same_state_from_any_snapshot(log in logs(40), cut in any::<prop::sample::Index>()) {
        let (whole, replies) = replay(&log);
        let cut = cut.index(log.len());
        let (before, _) = replay(&log[..cut]);
        let bytes = snapshot::encode(&before);
        let mut state = snapshot::decode(&bytes).unwrap();
        prop_assert_eq!(&state, &before);
        prop_assert_eq!(snapshot::encode(&state), bytes);
        let again = apply(&mut state, cut as u64 + 1, &log[cut..]);
        prop_assert_eq!(&again[..], &replies[cut..]);
        prop_assert_eq!(state, whole);
    }

    #[test]
    fn a_refused_command_changes_nothing_but_kept_answers(log in logs(30)) {
        let mut failed = None;
        step_by_step(&log, |before, request, reply, after| {
            let mut unchanged = before.clone();
            unchanged.applied = after.applied;
            unchanged.clock = after.clock;
            unchanged.sessions = after.sessions.clone();
            if reply.is_err() && unchanged != *after {
                failed = Some(request.clone());
            }
        });
        prop_assert_eq!(failed, None);
    }

    #[test]
    fn a_retry_gets_the_first_answer_or_none_and_is_never_applied_again(log in logs(40)) {
        let mut first: BTreeMap<RequestId, Reply> = BTreeMap::new();
        let mut failed = None;
        step_by_step(&log, |before, request, reply, after| {
            let Some(id) = request.id.map(|id| RequestId { settled: 0, ..id }) else { return };
            let unknown = matches!(reply, Err(refusal) if refusal.kind == Kind::OutcomeUnknown);
            let mut unchanged = before.clone();
            unchanged.applied = after.applied;
            unchanged.clock = after.clock;
            let wrong = match first.get(&id) {
                Some(kept) => (!unknown && reply != kept) || unchanged != *after,
                None => unknown && unchanged != *after,
            };
            if !unknown {
                first.entry(id).or_insert_with(|| reply.clone());
            }
            if wrong {
                failed = Some((request.clone(), reply.clone()));
            }
        });
        prop_assert_eq!(failed, None);
    }

    #[test]
    fn fencing_tokens_rise_and_events_have_no_holes(log in logs(40)) {
        let (state, _) = replay(&log);
        let Events::Next { events, newest } = state.events.after(0, usize::MAX, usize::MAX) else {
            return Err(TestCaseError::fail("events are gone"));
        };
        let numbers: Vec<u64> = events.iter().map(|event| event.sequence).collect();
        prop_assert_eq!(numbers, (1..=newest).collect::<Vec<u64>>());
        let granted = events.iter().filter(|event| event.kind == "lease.granted");
        let tokens: Vec<u64> = granted
            .map(|event| {
                let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
                data["token"].as_u64().unwrap()
            })
            .collect();
        prop_assert!(tokens.is_sorted_by(|earlier, later| earlier < later), "{:?}", tokens);
    }

    #[test]
    fn the_stopwatch_and_lives_never_go_back(log in logs(30)) {
        let mut failed = None;
        step_by_step(&log, |before, request, _, after| {
            let lives = |state: &State| -> Vec<_> {
                let members = state.members.iter();
                members.map(|(node, member)| (*node, member.incarnation)).collect()
            };
            let later = lives(after);
            let back = lives(before).iter().any(|(node, life)| {
                later.iter().any(|(same, now)| same == node && now < life)
            });
            let risen = before.members.keys().any(|node| after.tombstones.contains_key(node)
                && after.members.contains_key(node));
            if back || risen || after.clock < before.clock {
                failed = Some(request.clone());
            }
        });
        prop_assert_eq!(failed, None);
    }
}

/// A generator whose commands are mostly refused would show nothing.
#[test]
fn random_logs_do_something() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut accepted: BTreeMap<u16, usize> = BTreeMap::new();
    for _ in 0..60 {
        let log = logs(60).new_tree(&mut runner).unwrap().current();
        step_by_step(&log, |_, request, reply, _| {
            *accepted.entry(request.command.tag()).or_default() += usize::from(reply.is_ok());
        });
    }
    let dissolve = 8;
    for (tag, name) in state::Command::TAGS.iter().filter(|(tag, _)| *tag != dissolve) {
        assert!(
            accepted.get(tag).is_some_and(|count| *count > 5),
            "{name} was hardly ever accepted"
        );
    }
}
