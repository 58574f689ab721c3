//! Invariant 14: after a cancel nothing new starts, and after the end of a run nothing of it executes.

use std::collections::BTreeSet;

use state::{Command, RunId};

use crate::model::{Check, Fact, simulate};

#[derive(Default)]
struct AfterTheEnd {
    cancelled: BTreeSet<RunId>,
    ended: BTreeSet<RunId>,
}

impl Check for AfterTheEnd {
    fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::Started { assignment, .. } => {
                let run = assignment.attempt.instance.run;
                assert!(
                    !self.ended.contains(&run),
                    "{:?} starts after the end",
                    assignment.attempt
                );
            }
            Fact::Stopped { .. } => {}
            Fact::Applied(applied) => {
                for (_, assignment) in applied.granted() {
                    let attempt = assignment.attempt;
                    let over = self.cancelled.contains(&attempt.instance.run);
                    assert!(!over, "{attempt:?} was granted after the cancel");
                }
                if let (Command::Cancel(cancel), Ok(_)) = (&applied.command, &applied.reply) {
                    self.cancelled.insert(cancel.run);
                }
                let ends = |run: &&RunId| !applied.after.runs.active.contains(*run);
                for run in applied.before.runs.active.iter().filter(ends) {
                    let executing = &applied.executing;
                    let mut left = executing.iter().filter(|(_, it)| it.instance.run == *run);
                    assert_eq!(left.next(), None, "run {run} has ended");
                    self.ended.insert(*run);
                }
            }
        }
    }
}

#[test]
fn nothing_starts_after_a_cancel_and_nothing_executes_after_the_end() {
    simulate::<AfterTheEnd>("after_the_end");
}
