//! What is due at a moment of the stopwatch.

use serde::{Deserialize, Serialize};

use super::{Halt, InstanceKey, Run, RunId, Slot, TaskNumber};
use crate::state::Context;
use crate::{Elapsed, Moment, State};

/// When something of a run is due.
pub type Timer = (Moment, RunId, Due);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Due {
    /// The end of the whole run's time.
    Timeout,
    /// The end of an instance's back-off.
    Backoff(TaskNumber, Slot),
    /// The end of an instance's time.
    Deadline(TaskNumber, Slot),
}

/// Timers that one tick serves.
const TIMERS_A_TICK: usize = 1_000;

impl State {
    /// The next back-off or deadline of any run.
    pub(crate) fn runs_deadline(&self) -> Option<Moment> {
        self.runs.timers.get_min().map(|(moment, ..)| *moment)
    }

    /// Serves the timers that are over.
    pub(crate) fn runs_tick(&mut self, context: &Context<'_>) {
        for _ in 0..TIMERS_A_TICK {
            let due = self.runs.timers.get_min().filter(|(moment, ..)| *moment <= self.clock);
            let Some(timer) = due.copied() else { return };
            self.runs.timers.remove(&timer);
            let (_, id, due) = timer;
            if self.runs.active.contains(&id) {
                // An active run can always be changed.
                let _ = self.edit(context, id, |state, run| {
                    state.serve(context, run, id, due);
                    Ok(())
                });
            }
        }
    }

    fn serve(&mut self, context: &Context<'_>, run: &mut Run, id: RunId, due: Due) {
        match due {
            Due::Timeout => {
                self.stop(id, run, Halt::Timeout, "the workflow's timeout is over".into());
            }
            Due::Backoff(task, slot) => self.wake(run, id, task, slot),
            Due::Deadline(task, slot) => {
                let span = run.plan.task(task).and_then(|task| task.deadline);
                let key = InstanceKey { run: id, task, slot };
                self.overdue(context, run, key, span.unwrap_or(Elapsed(0)));
            }
        }
    }
}
