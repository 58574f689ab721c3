//! The planner's answers to "where": a place, a reason to wait, or none at all.

use config::NodeId;

use super::grant::{enqueue, set_wait};
use super::{
    Defer, Ending, Instance, InstanceKey, Phase, Place, Refuse, Run, RunId, Slot, TaskNumber, Wait,
};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State};

/// Instances of one task.
const SLOTS_MAX: usize = 10_000;

impl State {
    pub(crate) fn place(&mut self, context: &Context<'_>, place: &Place) -> Reply {
        self.check_places(place)?;
        self.edit(context, place.run, |state, run| {
            state.still_wanted(run, place.run, place.task, place_slot(state, place))?;
            if state.runs.unplaced.remove(&(place.run, place.task, None)).is_some() {
                state.place_all(run, place);
                return Ok(());
            }
            state.place_one(run, place)
        })?;
        Ok(Answer::Done)
    }

    fn check_places(&self, place: &Place) -> Result<(), Refusal> {
        if place.places.is_empty() || place.places.len() > SLOTS_MAX {
            return Err(Refusal::invalid(format!(
                "task {} of run {} was given {} places, not 1 to {SLOTS_MAX}",
                place.task,
                place.run,
                place.places.len()
            )));
        }
        place.places.iter().try_for_each(|(_, node)| self.check_place(*node))
    }

    fn check_place(&self, node: NodeId) -> Result<(), Refusal> {
        match self.members.get(&node) {
            Some(member) if member.takes_work() => Ok(()),
            _ => Err(Refusal::stale(format!("node {} takes no attempts now", node.short()))),
        }
    }

    fn still_wanted(
        &self,
        run: &Run,
        id: RunId,
        task: TaskNumber,
        slot: Option<Slot>,
    ) -> Result<(), Refusal> {
        let waits = self.runs.unplaced.contains(&(id, task, slot));
        if waits && !run.suspended && run.halt.is_none() {
            return Ok(());
        }
        Err(Refusal::stale(format!("task {task} of run {id} does not wait for a place")))
    }

    fn place_all(&mut self, run: &mut Run, place: &Place) {
        let now = self.clock;
        for (slot, (_, node)) in (0..).zip(&place.places) {
            if let Some(vertex) = run.vertices.get_mut(&place.task) {
                let instance = Instance::waiting(Some(*node), Wait::RunSlot, now);
                vertex.instances.insert(slot, instance);
            }
            enqueue(run, *node, place.task, slot);
        }
        for line in &place.left_out {
            run.note(place.task, format!("left out: {line}"));
        }
    }

    fn place_one(&mut self, run: &mut Run, place: &Place) -> Result<(), Refusal> {
        let [(slot, node)] = place.places[..] else {
            return Err(Refusal::invalid("a lost instance gets one place"));
        };
        self.runs.unplaced.remove(&(place.run, place.task, Some(slot)));
        let instance =
            run.vertices.get_mut(&place.task).and_then(|vertex| vertex.instances.get_mut(&slot));
        if let Some(instance) = instance {
            instance.node = Some(node);
        }
        set_wait(run, place.task, slot, Wait::RunSlot);
        enqueue(run, node, place.task, slot);
        Ok(())
    }

    pub(crate) fn defer(&mut self, context: &Context<'_>, defer: &Defer) -> Reply {
        self.edit(context, defer.run, |state, run| {
            state.still_wanted(run, defer.run, defer.task, defer.slot)?;
            let wait = Wait::Deferred { reason: defer.reason.clone() };
            match defer.slot {
                Some(slot) => set_wait(run, defer.task, slot, wait),
                None => {
                    if let Some(vertex) = run.vertices.get_mut(&defer.task) {
                        vertex.wait = wait;
                    }
                }
            }
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    pub(crate) fn refuse(&mut self, context: &Context<'_>, refuse: &Refuse) -> Reply {
        self.edit(context, refuse.run, |state, run| {
            let Refuse { run: id, task, slot, reason } = refuse;
            state.still_wanted(run, *id, *task, *slot)?;
            state.runs.unplaced.remove(&(*id, *task, *slot));
            run.note(*task, format!("refused: {reason}"));
            run.blame(*task, reason);
            state.emit(
                context,
                Draft::of_task("task.refused", *id, run, *task).because(Some(reason)),
            );
            match slot {
                Some(slot) => {
                    let key = InstanceKey { run: *id, task: *task, slot: *slot };
                    state.end_instance(context, run, key, Ending::Refused);
                }
                None => state.end_task(context, run, *id, *task, Ending::Refused, false),
            }
            Ok(())
        })?;
        Ok(Answer::Done)
    }
}

impl Run {
    /// The first task that fails is the reason why the run does.
    pub(super) fn blame(&mut self, task: TaskNumber, message: &str) {
        if self.error.is_none() {
            let name = self.plan.task(task).map_or("?", |task| task.name.as_str());
            self.error = Some(format!("task `{name}`: {message}"));
        }
    }

    pub fn instance(&self, task: TaskNumber, slot: Slot) -> Option<&Instance> {
        self.vertices.get(&task)?.instances.get(&slot)
    }

    pub(super) fn is_running(&self, key: super::AttemptKey) -> bool {
        let instance = self.instance(key.instance.task, key.instance.slot);
        matches!(instance, Some(Instance { phase: Phase::Running { attempt }, .. }) if *attempt == key.attempt)
    }
}

/// What the command is about: the whole task, or one lost instance.
fn place_slot(state: &State, place: &Place) -> Option<Slot> {
    if state.runs.unplaced.contains(&(place.run, place.task, None)) {
        return None;
    }
    place.places.first().map(|(slot, _)| *slot)
}
