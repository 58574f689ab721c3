//! What follows an attempt: hooks change nothing about its outcome, and what goes wrong in them is a warning.

use std::time::Instant;

use super::HOOKS_TIME;
use super::functions::Third;
use super::outcome::{Outcome, Status};
use super::work::Work;
use crate::field::Slot;
use crate::host::{Level, Stream};

impl Work<'_> {
    pub(super) async fn follow(&self, outcome: &mut Outcome) {
        let Some(functions) = &self.functions else { return };
        let hooks: &[(&str, Slot)] = match outcome.status {
            Status::Succeeded => &[("on_success", Slot::OnSuccess)],
            Status::Failed if self.attempt.last => &[("on_failure", Slot::OnFailure)],
            Status::TimedOut if self.attempt.last => {
                &[("on_timeout", Slot::OnTimeout), ("on_failure", Slot::OnFailure)]
            }
            _ => return,
        };
        functions.scene().allow(Instant::now() + HOOKS_TIME);
        for (name, slot) in hooks.iter().chain(&[("on_complete", Slot::OnComplete)]) {
            self.hook(name, *slot, outcome).await;
        }
    }

    async fn hook(&self, name: &str, slot: Slot, outcome: &mut Outcome) {
        let third = match slot {
            Slot::OnFailure => Third::Failure(self.attempt, outcome),
            _ => Third::Output(&outcome.output),
        };
        if let Err(failed) = self.call(slot, third).await {
            let warning = format!("{name} failed: {}", failed.message.unwrap_or_default());
            self.shell.host.line(Stream::Log(Level::Warn), &warning);
            outcome.warnings.push(warning);
        }
    }
}
