//! When nothing new starts any more: what was not started ends at once.

use super::{
    AttemptKey, Ending, Halt, InstanceKey, Phase, Role, Run, RunId, Slot, Stop, TaskNumber, Wait,
    timer::Due,
};
use crate::State;
use crate::state::Context;

impl State {
    /// Nothing new starts and what runs is told to stop.
    pub(super) fn stop(&mut self, id: RunId, run: &mut Run, why: Halt, error: String) {
        if !run.halt(why, error) {
            return;
        }
        let stop = if why == Halt::Timeout { Stop::TimedOut } else { Stop::Cancelled };
        let nodes: Vec<_> = self.runs.assignments.keys().copied().collect();
        for node in nodes {
            let attempts: Vec<AttemptKey> = self.runs.assigned(node, id).copied().collect();
            for attempt in attempts {
                self.tell_to_stop(node, attempt, stop);
            }
        }
    }

    /// Ends what has not started and may not any more. What has started goes on to its end, unless it is cancelled.
    pub(super) fn sweep(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        let Some(halt) = run.halt.filter(|_| run.halt != run.swept) else { return };
        run.swept = run.halt;
        let open = run.vertices.iter().filter(|(_, vertex)| vertex.ending.is_none());
        let open: Vec<TaskNumber> = open.map(|(task, _)| task).collect();
        for task in open {
            let Some(vertex) = run.vertices.get(task).filter(|it| it.ending.is_none()) else {
                continue;
            };
            if run.role(task) == Some(Role::OnComplete) || run.may_start(task) {
                continue;
            }
            if vertex.running == 0 && !vertex.started {
                self.end_unstarted(context, run, id, task);
            } else {
                self.sweep_instances(context, id, run, task, halt.cancels());
            }
        }
    }

    /// Ends a task of which nothing has started.
    pub(super) fn end_unstarted(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
    ) {
        let cancelled = run.halt.is_some_and(Halt::cancels);
        let ending = if cancelled { Ending::Cancelled } else { Ending::Skipped };
        let slots = run.vertices.get(task).map_or(0, |vertex| vertex.instances.len() as u32);
        for slot in 0..slots {
            self.unqueue(run, id, task, slot);
            let open = run.instance_mut(task, slot).filter(|it| it.ending().is_none());
            if let Some(instance) = open {
                (instance.phase, instance.asking) = (Phase::Ended(ending), None);
            }
        }
        let worst = run.vertices.get_mut(task).and_then(|vertex| {
            vertex.open = 0;
            vertex.likely_ending()
        });
        run.note(task, run.why_halted());
        self.end_task(context, run, id, task, worst.unwrap_or(ending), false);
        self.tell_skipped(context, id, run, task);
    }

    fn sweep_instances(
        &mut self,
        context: &Context<'_>,
        id: RunId,
        run: &mut Run,
        task: TaskNumber,
        cancels: bool,
    ) {
        let waits = |it: &super::Instance| matches!(it.phase, Phase::Waiting { .. });
        let ends =
            |it: &super::Instance| waits(it) && (cancels || it.asking.is_none() && it.tries == 0);
        let instances = run.vertices.get(task).into_iter().flat_map(|it| it.instances.iter());
        let waiting: Vec<(Slot, Option<Ending>)> = instances
            .filter(|(_, instance)| ends(instance))
            .map(|(slot, instance)| (slot, instance.likely_ending()))
            .collect();
        let otherwise = if cancels { Ending::Cancelled } else { Ending::Skipped };
        for (slot, likely) in waiting {
            self.unqueue(run, id, task, slot);
            let key = InstanceKey { run: id, task, slot };
            self.end_instance(context, run, key, likely.unwrap_or(otherwise));
        }
    }

    /// Takes a waiting instance out of every index.
    pub(super) fn unqueue(&mut self, run: &mut Run, id: RunId, task: TaskNumber, slot: Slot) {
        self.runs.unplaced.remove(&(id, task, Some(slot)));
        let owner = run.owner;
        let Some(instance) = run.instance(task, slot) else { return };
        let node = if instance.asking.is_some() { Some(owner) } else { instance.node };
        if let Phase::Waiting { reason: Wait::Backoff { until }, .. } = instance.phase {
            self.runs.timers.remove(&(until, id, Due::Backoff(task, slot)));
        }
        if let Some(node) = node {
            run.dequeue(node, task, slot);
        }
    }
}

impl Run {
    /// Nothing new starts from now on; false if there was a reason already that is as strong.
    pub(super) fn halt(&mut self, why: Halt, error: String) -> bool {
        if self.halt.is_some_and(|now| now >= why) {
            return false;
        }
        self.halt = Some(why);
        match why.cancels() {
            true => self.error = Some(error),
            false => self.blame(error),
        }
        true
    }

    pub(super) fn why_halted(&self) -> String {
        match self.halt {
            Some(Halt::Cancel) => "not started: the run was cancelled".into(),
            Some(Halt::Timeout) => "not started: the workflow's timeout was over".into(),
            Some(Halt::OwnerLost) => "not started: the owner was lost".into(),
            _ => match &self.error {
                Some(error) => format!("not started: {error}"),
                None => "not started: a task before it did not succeed".into(),
            },
        }
    }
}
