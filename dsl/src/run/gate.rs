//! Whether a task runs at all: asked once, in its first attempt.

use super::functions::Third;
use super::outcome::{Outcome, Status};
use super::returned;
use super::work::Work;
use crate::field::Slot;
use crate::model::Condition;

impl Work<'_> {
    /// Why the task does not run, if it does not. What check mode cannot ask is told in `warnings`.
    pub(super) async fn gate(&self, warnings: &mut Vec<String>) -> Option<Outcome> {
        self.asked(warnings).await.err()
    }

    async fn asked(&self, warnings: &mut Vec<String>) -> Result<(), Outcome> {
        if !self.task.enabled {
            return Err(Outcome::skipped("it is not enabled"));
        }
        let abort = self.holds("abort_if", Slot::AbortIf, &self.task.abort_if, warnings).await?;
        if abort == Some(true) {
            let message = format!("`abort_if` of task `{}` holds", self.task.name);
            return Err(Outcome::new(Status::Aborted, Some(message)));
        }
        if self.holds("run_if", Slot::RunIf, &self.task.run_if, warnings).await? == Some(false) {
            return Err(Outcome::skipped("run_if said no"));
        }
        match self.holds("unless", Slot::Unless, &self.task.unless, warnings).await? {
            Some(true) => Err(Outcome::skipped("unless said so")),
            _ => Ok(()),
        }
    }

    /// Whether the condition holds; nothing when there is none, or it cannot be asked.
    async fn holds(
        &self,
        name: &str,
        slot: Slot,
        condition: &Option<Condition>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<bool>, Outcome> {
        match condition {
            None => Ok(None),
            Some(Condition::Line(line)) if self.shell.check => {
                warnings.push(format!("{name} was not asked, since it is a command: `{line}`"));
                Ok(None)
            }
            Some(Condition::Line(line)) => self.shell.exits_with_0(line).await.map(Some),
            Some(Condition::Function) => {
                let third = Third::Dependencies(&self.attempt.dependencies);
                Ok(self.call(slot, third).await?.map(|values| returned::is_true(&values)))
            }
        }
    }
}
