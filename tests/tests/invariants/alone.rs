//! Invariant 11: two attempts of an instance never execute at once, and what starts at most once does.

use std::collections::{BTreeMap, BTreeSet};

use config::NodeId;
use state::run::Kind;
use state::{AttemptKey, InstanceKey, RunId, TaskNumber};

use crate::model::{Check, Fact, simulate};

#[derive(Default)]
struct Alone {
    executing: BTreeMap<InstanceKey, (NodeId, AttemptKey)>,
    /// Tasks that start at most once, of accepted runs.
    once: BTreeSet<(RunId, TaskNumber)>,
    started: BTreeSet<InstanceKey>,
}

impl Check for Alone {
    fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::Started { node, assignment } => {
                let attempt = assignment.attempt;
                let beside = self.executing.insert(attempt.instance, (*node, attempt));
                assert_eq!(beside, None, "{attempt:?} starts beside another");
                let InstanceKey { run, task, .. } = attempt.instance;
                let work = assignment.kind == Kind::Work;
                if work && self.once.contains(&(run, task)) {
                    assert!(self.started.insert(attempt.instance), "{attempt:?} starts again");
                }
            }
            Fact::Stopped { attempt } => {
                self.executing.remove(&attempt.instance);
            }
            Fact::Applied(applied) => {
                if let (state::Command::Begin(begin), Ok(_)) = (&applied.command, &applied.reply) {
                    let run = applied.after.runs.get(begin.run).unwrap();
                    let once = (0..).zip(&run.plan.tasks).filter(|(_, task)| task.once);
                    self.once.extend(once.map(|(task, _)| (begin.run, task)));
                }
            }
        }
    }
}

#[test]
fn attempts_of_an_instance_never_execute_at_once() {
    simulate::<Alone>("alone");
}
