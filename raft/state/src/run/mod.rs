//! Runs: an accepted workflow and how far it has come.
//!
//! `record`, `vertex`, `instance`, `attempt` and `plan` say what is kept, `command` what may be asked. The steps are
//! `begin`, `place`, `report`, `approve`, `cancel` and `lose`; each is an [`State::edit`](edit) of one run, which ends
//! what must end (`settle`, `halt`, `end`) and uses freed slots (`grant`) in the same entry. `decide` and `retry` say
//! what comes of answers and failures.

mod approve;
mod assignment;
mod attempt;
mod begin;
mod blob;
mod cancel;
mod command;
mod decide;
mod decision;
mod draft;
mod edit;
mod end;
mod grant;
mod halt;
mod id;
mod instance;
mod lose;
mod numbered;
mod place;
mod plan;
mod queue;
mod ready;
mod record;
mod report;
mod rerun;
mod retry;
mod settle;
mod sound;
mod table;
#[cfg(test)]
mod tests;
mod timer;
mod vertex;
mod view;

pub use assignment::{Assignment, Stop};
pub use attempt::Attempt;
pub use begin::PLAN_VERSION;
pub use blob::Blob;
pub use command::{
    Abandon, Approval, Approve, Artifact, Begin, Cancel, Defer, Lose, Outcome, Output, Place,
    Prune, Refuse, Rehome, Report, Rerun, Resume,
};
pub use decision::{Decision, Kind, OnFailure, Question};
pub use id::{AttemptKey, InstanceKey, RunId, Slot, TaskNumber};
pub use instance::{Asking, Instance, Phase, Wait};
pub use numbered::Numbered;
pub use plan::{Backoff, Callbacks, Plan, Retry, Role, Strategy, Target, Task};
pub use queue::Queue;
pub use record::{Ending, Halt, Run, Status};
pub use retry::ASKED_RETRIES_MAX;
pub use table::Table;
pub use timer::{Due, Timer};
pub use vertex::Vertex;
