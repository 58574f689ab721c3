//! The life of a run, step by step.

mod approval;
mod background;
mod begin;
mod deadline;
mod decision;
mod failure;
mod halt;
mod handler;
mod lock;
mod lose;
mod once;
mod order;
mod place;
mod report;
mod rerun;
