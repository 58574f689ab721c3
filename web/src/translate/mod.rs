//! From the node's read models to the API's types.

mod cluster;
mod plan;
mod problem;
mod run;
mod step;
mod store;

use crate::wire::{Time, duration};

fn time(wall: node::Wall) -> Time {
    Time(wall.0)
}

/// A duration twice: as text and in milliseconds.
fn both(ms: Option<u64>) -> (Option<String>, Option<u64>) {
    (ms.map(duration), ms)
}
