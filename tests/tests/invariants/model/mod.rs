//! The system under test, without a clock, a socket or a process.

mod calm;
mod fact;
mod faults;
mod leader;
mod network;
mod nodes;
mod people;
mod plans;
mod simulate;
mod tally;
mod world;

pub use fact::{Applied, Check, Fact};
pub use simulate::simulate;
pub use world::World;
