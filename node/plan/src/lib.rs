//! The planner's decisions, pure: what is ready, where it goes, what is lost, who votes.
//!
//! Every function takes the agreed state and what one node observes, and returns commands to propose.
//! `apply` refuses those that have become stale, so a decision never has to be undone.

mod due;
mod ledger;
mod observed;
mod round;
mod voters;

pub use due::{Options, due, patience};
pub use ledger::Ledger;
pub use observed::{Observed, Seen};
pub use round::{Choice, Round};
pub use voters::{Change, Replica, Replicas, voters};
