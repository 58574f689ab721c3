//! Invariant 9: at most one accepted final report an instance, and it is by whoever executed the attempt.

use std::collections::{BTreeMap, BTreeSet};

use config::NodeId;
use state::run::{Ending, Kind, Outcome};
use state::{AttemptKey, Command, InstanceKey};

use crate::model::{Check, Fact, simulate};

#[derive(Default)]
struct OneReport {
    executed: BTreeSet<(NodeId, u64, AttemptKey)>,
    accepted: BTreeSet<AttemptKey>,
    /// Instances whose work has ended, and how.
    ended: BTreeMap<InstanceKey, Ending>,
}

impl Check for OneReport {
    fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::Started { node, assignment } => {
                self.executed.insert((*node, assignment.incarnation, assignment.attempt));
            }
            Fact::Stopped { .. } => {}
            Fact::Applied(applied) => {
                if let (Command::Report(report), Ok(_)) = (&applied.command, &applied.reply) {
                    self.accept(report);
                }
                for (_, assignment) in applied.granted() {
                    let key = assignment.attempt.instance;
                    let worked = assignment.kind == Kind::Work && self.ended.contains_key(&key);
                    assert!(!worked, "{key:?} works again after its end");
                }
                self.note_ends(applied);
            }
        }
    }
}

impl OneReport {
    fn accept(&mut self, report: &state::run::Report) {
        let key = report.attempt;
        let executed = (report.node, report.incarnation, key);
        assert!(self.executed.contains(&executed), "{key:?} was reported, not executed");
        assert!(self.accepted.insert(key), "two reports of {key:?} were accepted");
        let ended = self.ended.get(&key.instance);
        let last = ended.is_some() && report.outcome == Outcome::Succeeded;
        assert!(!last || report.answer.is_none(), "{key:?} decides after the end");
    }

    fn note_ends(&mut self, applied: &crate::model::Applied) {
        for (id, run) in &applied.after.runs.runs {
            if applied.before.runs.get(*id) == Some(run) {
                continue;
            }
            for (task, vertex) in run.vertices.iter() {
                for (slot, instance) in vertex.instances.iter() {
                    let key = InstanceKey { run: *id, task, slot };
                    let Some(ending) = instance.ending() else { continue };
                    let before = *self.ended.entry(key).or_insert(ending);
                    assert_eq!(before, ending, "{key:?} has ended twice");
                }
            }
        }
    }
}

#[test]
fn one_report_of_an_instance_is_accepted() {
    simulate::<OneReport>("one_report");
}
