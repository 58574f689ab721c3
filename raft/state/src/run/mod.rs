//! Runs: an accepted workflow and how far it has come.
//!
//! `record` and `plan` say what is kept, `command` what may be asked; `begin`, `grant`, `place`, `report`,
//! `cancel` and `lose` are the steps. Each step ends in [`grant::grant`], so freed slots are used in the same entry.

mod assignment;
mod begin;
mod blob;
mod cancel;
mod command;
mod decision;
mod draft;
mod end;
mod grant;
mod lose;
mod place;
mod plan;
mod record;
mod report;
mod table;
#[cfg(test)]
mod tests;
mod view;

pub use assignment::{Assignment, Stop};
pub use begin::PLAN_VERSION;
pub use blob::Blob;
pub use command::{
    Abandon, Approval, Approve, Artifact, Begin, Cancel, Defer, Lose, Outcome, Output, Place,
    Prune, Refuse, Rehome, Report, Rerun, Resume,
};
pub use decision::{Decision, Kind, OnFailure, Question};
pub use plan::{Backoff, Callbacks, Plan, Retry, Role, Strategy, Target, Task};
pub use record::{
    Asking, Attempt, AttemptKey, Ending, Halt, Instance, InstanceKey, Phase, Run, RunId, Slot,
    Status, TaskNumber, Vertex, Wait,
};
pub use table::Table;
