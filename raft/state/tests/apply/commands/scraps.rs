//! Parts of commands, few enough to meet each other.

use proptest::prelude::*;
use state::{Elapsed, RunId};

use super::plans::run_id;
use crate::world::node;

/// A number that is mostly small and sometimes at an end of its range.
pub fn number(small: u64) -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0..=small, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

pub fn nodes() -> impl Strategy<Value = config::NodeId> {
    (1_u8..=4).prop_map(node)
}

pub fn runs() -> impl Strategy<Value = RunId> {
    (1_u8..=4).prop_map(run_id)
}

pub fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(words).prop_map(String::from)
}

pub fn spans() -> impl Strategy<Value = Elapsed> {
    prop_oneof![Just(200), Just(1_000), Just(20_000), number(10)].prop_map(Elapsed)
}
