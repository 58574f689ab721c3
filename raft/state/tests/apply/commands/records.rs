use proptest::option;
use proptest::prelude::*;
use state::document::Part;
use state::kv::{Condition, Delete, Set};
use state::lease::{Acquire, Fence, Release, Renew};
use state::workflow::{Save, Unsave};
use state::{Command, event};

use super::plans::{document, hash};
use super::scraps::{number, runs, spans, word};

const VALUES: &[&str] = &["1", "2", "{\"a\":[]}", "no json"];
const KEYS: &[&str] = &["a", "a/b", "b", "", "bad\nkey"];

/// Commands about keys, leases, documents, workflows and events.
pub fn records() -> BoxedStrategy<Command> {
    let set = (
        word(&["n", "m", "a b"]),
        word(KEYS),
        word(VALUES),
        option::of(spans()),
        conditions(),
        fences(),
    )
        .prop_map(|(namespace, key, json, ttl, only_if, fence)| {
            Command::Set(Set { namespace, key, json, ttl, only_if, fence })
        });
    let delete = (word(&["n", "m"]), word(KEYS), conditions(), fences()).prop_map(
        |(namespace, key, only_if, fence)| {
            Command::Delete(Delete { namespace, key, only_if, fence })
        },
    );
    let acquire =
        (word(&["l", "m"]), word(&["me", "you"]), option::of(runs()), option::of(spans()))
            .prop_map(|(name, label, run, ttl)| {
                Command::Acquire(Acquire { name, label, run, ttl })
            });
    let renew = (word(&["l", "m"]), number(12), spans())
        .prop_map(|(name, token, ttl)| Command::Renew(Renew { name, token, ttl }));
    let release = (word(&["l", "m"]), number(12))
        .prop_map(|(name, token)| Command::Release(Release { name, token }));
    let part = (0_u8..5, 1_u32..3, any::<bool>()).prop_map(|(of, count, second)| {
        let bytes = document(of);
        let (left, right) = bytes.split_at(if count == 1 { bytes.len() } else { 4 });
        let (number, bytes) = if second { (1, right) } else { (0, left) };
        Command::Part(Part { document: hash(of), count, number, bytes: bytes.into() })
    });
    let save = (word(&["w", "v", ""]), 0_u8..5).prop_map(|(name, of)| {
        Command::Save(Save { name, bundle: hash(of), description: String::new() })
    });
    let emit = (
        word(&["custom", "deploy.done", "node.up", "X"]),
        word(&["{}", "[]", ""]),
        option::of(runs()),
    )
        .prop_map(|(kind, data, run)| Command::Emit(event::Emit { kind, run, task: None, data }));
    prop_oneof![
        4 => set,
        2 => delete,
        4 => acquire,
        2 => renew,
        2 => release,
        4 => part,
        2 => save,
        1 => word(&["w", "v"]).prop_map(|name| Command::Unsave(Unsave { name })),
        1 => emit,
    ]
    .boxed()
}

fn fences() -> impl Strategy<Value = Option<Fence>> {
    let fence = (word(&["l", "m"]), number(12)).prop_map(|(name, token)| Fence { name, token });
    option::weighted(0.2, fence)
}

fn conditions() -> impl Strategy<Value = Condition> {
    prop_oneof![
        3 => Just(Condition::Always),
        1 => Just(Condition::Absent),
        1 => number(3).prop_map(Condition::Version),
        1 => word(VALUES).prop_map(Condition::Value),
    ]
}
