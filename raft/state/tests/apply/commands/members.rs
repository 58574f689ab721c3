use proptest::collection::vec;
use proptest::prelude::*;
use state::Command;
use state::clock::Tick;
use state::member::{Admission, Admit, Drain, Grow, Label, Leave, Remove, Up};
use state::token::{Key, Mint, Revoke};

use super::scraps::{nodes, number, spans, word};
use crate::world::{labels, name};

/// Commands about nodes, tokens and the clock.
pub fn members() -> BoxedStrategy<Command> {
    let by = prop_oneof![
        Just(Admission::Secret),
        Just(Admission::Founder),
        word(&["t", "u"]).prop_map(Admission::Token),
    ];
    let admit = (nodes(), word(&["one", "two", "three"]), any::<bool>(), labelled(), by).prop_map(
        |(node, named, name_fixed, labels, by)| {
            Command::Admit(Admit { node, name: name(&named), name_fixed, labels, by })
        },
    );
    let up = (nodes(), number(3), 0_u32..4, labelled(), any::<bool>()).prop_map(
        |(node, nonce, slots, labels, adopts)| {
            let version = "0.1.0".into();
            Command::Up(Up { node, nonce, version, slots, labels, adopts })
        },
    );
    let label =
        (nodes(), labelled(), vec(word(&["role", "gpu"]), 0..2)).prop_map(|(node, set, remove)| {
            let remove = remove.iter().map(|text| name(text)).collect();
            Command::Label(Label { node, set, remove })
        });
    let mint = (word(&["t", "u", "a b"]), 0_u32..3, spans(), labelled()).prop_map(
        |(id, uses, ttl, labels)| Command::Mint(Mint { id, key: Key([1; 32]), uses, ttl, labels }),
    );
    prop_oneof![
        6 => admit,
        6 => up,
        3 => label,
        1 => (nodes(), any::<bool>()).prop_map(|(node, gone)| Command::Leave(Leave { node, gone })),
        1 => nodes().prop_map(|node| Command::Remove(Remove { node, reason: "x".into() })),
        1 => nodes().prop_map(|node| Command::Drain(Drain { node })),
        2 => nodes().prop_map(|node| Command::Grow(Grow { node })),
        2 => mint,
        1 => word(&["t", "u"]).prop_map(|id| Command::Revoke(Revoke { id })),
        9 => Just(Command::Tick(Tick {})),
    ]
    .boxed()
}

fn labelled() -> impl Strategy<Value = config::Labels> {
    prop_oneof![Just("role=web"), Just("role=db,gpu"), Just(""), Just("voter=never"),]
        .prop_map(labels)
}
