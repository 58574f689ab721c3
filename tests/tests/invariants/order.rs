//! Invariant 10: nothing starts before the reports of all it depends on.

use std::collections::BTreeMap;

use state::run::{Ending, Kind, Outcome, Role, Run};
use state::{Command, InstanceKey, RunId, TaskNumber};

use crate::model::{Applied, Check, Fact, simulate};

#[derive(Default)]
struct Order {
    /// What the last accepted report of an instance's work said.
    said: BTreeMap<InstanceKey, Outcome>,
}

impl Check for Order {
    fn see(&mut self, fact: &Fact) {
        let Fact::Applied(applied) = fact else { return };
        if let (Command::Report(report), Ok(_)) = (&applied.command, &applied.reply)
            && report.answer.is_none()
            && worked(applied, report.attempt)
        {
            self.said.insert(report.attempt.instance, report.outcome);
        }
        for (_, assignment) in applied.granted() {
            let InstanceKey { run: id, task, .. } = assignment.attempt.instance;
            let run = applied.after.runs.get(id).unwrap();
            self.may_start(id, run, task);
        }
    }
}

/// Whether the attempt of a report was the work itself.
fn worked(applied: &Applied, attempt: state::AttemptKey) -> bool {
    let assigned = applied.before.runs.assignments.values();
    let mut assigned = assigned.filter_map(|assigned| assigned.get(&attempt));
    assigned.next().is_some_and(|assignment| assignment.kind == Kind::Work)
}

impl Order {
    fn may_start(&self, id: RunId, run: &Run, task: TaskNumber) {
        let planned = run.plan.task(task).unwrap();
        for need in &planned.needs {
            let vertex = run.vertices.get(*need);
            assert!(
                self.has_passed(id, run, *need),
                "run {id}: {task} started before {need} passed: {vertex:#?}"
            );
        }
        let ending = |task: &TaskNumber| run.vertices.get(*task).and_then(|vertex| vertex.ending);
        for rescued in &planned.rescues {
            assert!(ending(rescued).is_some(), "run {id}: {task} handles {rescued}, which goes on");
        }
        let failed = |task: &TaskNumber| ending(task).is_some_and(Ending::is_bad);
        let handles = planned.rescues.is_empty() || planned.rescues.iter().any(failed);
        assert!(handles, "run {id}: {task} handles nothing");
        if planned.role == Role::OnComplete {
            let others = run.vertices.iter().filter(|(other, _)| *other != task);
            let open = others.filter(|(_, vertex)| vertex.ending.is_none()).count();
            assert_eq!(open, 0, "run {id}: on_complete came before the end");
        }
    }

    /// Its reports say so, not what the run has counted.
    fn has_passed(&self, id: RunId, run: &Run, task: TaskNumber) -> bool {
        let (vertex, planned) = (run.vertices.get(task).unwrap(), run.plan.task(task).unwrap());
        let taken = vertex.notes.iter().any(|note| note.starts_with("taken from"));
        let said = |slot: u32| self.said.get(&InstanceKey { run: id, task, slot });
        match vertex.ending {
            None | Some(Ending::Cancelled) => false,
            Some(_) if taken => true,
            Some(ending) if ending.is_bad() => planned.ignore_errors,
            Some(_) => {
                let mut slots = vertex.instances.iter().map(|(slot, _)| slot);
                !vertex.instances.is_empty()
                    && slots.all(|slot| {
                        matches!(said(slot), Some(Outcome::Succeeded | Outcome::Skipped))
                    })
            }
        }
    }
}

#[test]
fn nothing_starts_before_what_it_depends_on_has_reported() {
    simulate::<Order>("order");
}
