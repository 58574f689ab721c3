//! A storm of kills, pauses and cuts, while clients read, write, compare and swap, delete, lock and submit: what was
//! promised holds.
//!
//! `SLOTH_CHAOS_SECONDS` says how long it blows, `SLOTH_CHAOS_SEED` repeats the choices of one before.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

mod counters;
mod doors;
mod facts;
mod lessons;
mod locks;
mod nemesis;
mod registers;
mod runs;
mod storm;

use std::time::Duration;

use storm::Storm;

/// Two minutes of it, all in all.
const SECONDS: u64 = 120;

#[test]
fn three_voters_keep_their_promises() {
    Storm { nodes: 3, voters: 3, span: span() * 2 / 3, cuts: false }.blow();
}

#[test]
fn three_voters_and_two_workers_keep_their_promises() {
    Storm { nodes: 5, voters: 3, span: span() / 3, cuts: false }.blow();
}

#[test]
#[ignore = "needs root and ip netns"]
fn three_voters_keep_their_promises_through_cuts_of_the_network() {
    Storm { nodes: 3, voters: 3, span: span() / 2, cuts: true }.blow();
}

fn span() -> Duration {
    let seconds = std::env::var("SLOTH_CHAOS_SECONDS").ok();
    Duration::from_secs(seconds.map_or(SECONDS, |seconds| seconds.parse().unwrap()))
}
