//! State, planner and nodes as one pure system under generated plans, faults and delays: what must always hold.
//!
//! `model` is the system: nodes that follow assignments, a leader that plans, a network that delays, repeats and
//! reorders. Every other file here is one invariant: it sees each fact (a command applied, an attempt started or
//! stopped) and fails when a promise is broken. A failure names its seed; `SLOTH_SEED=<seed>` runs that one alone,
//! `SLOTH_SEEDS=<count>` runs more of them.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

mod model;

mod after_the_end;
mod alone;
mod ends;
mod holders;
mod limits;
mod one_report;
mod order;
mod pinned;
mod places;
mod tokens;
