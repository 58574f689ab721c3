//! The planner's answers to "where": a place, a reason to wait, or none at all.

use config::{NodeId, selector};

use super::{
    Defer, Ending, InstanceKey, Place, Refuse, Run, RunId, Slot, Target, TaskNumber, Wait,
};
use crate::event::Draft;
use crate::member::Member;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State};

/// Instances of one task.
const SLOTS_MAX: usize = 10_000;

impl State {
    pub(crate) fn place(&mut self, context: &Context<'_>, place: &Place) -> Reply {
        self.check_places(place)?;
        self.edit(context, place.run, |state, run| {
            let slot = state.place_slot(place);
            state.still_wanted(run, place.run, place.task, slot)?;
            state.check_target(run, place, slot)?;
            state.tell_places(context, run, place);
            match slot {
                None => state.place_all(run, place),
                Some(_) => state.place_one(run, place)?,
            }
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    /// What the command is about: the whole task, or one lost instance.
    fn place_slot(&self, place: &Place) -> Option<Slot> {
        if self.runs.unplaced.contains(&(place.run, place.task, None)) {
            return None;
        }
        place.places.first().map(|(slot, _)| *slot)
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

    /// The planner may have looked before labels changed, or before a function said where.
    fn check_target(&self, run: &Run, place: &Place, slot: Option<Slot>) -> Result<(), Refusal> {
        let places =
            || place.places.iter().filter_map(|(slot, it)| Some((*slot, self.members.get(it)?)));
        let fits = match run.target(place.task) {
            Some(Target::Names(names)) => {
                (slot.is_some() || names.len() == place.places.len())
                    && places().all(|(slot, it)| names.get(slot as usize) == Some(&it.name))
            }
            Some(Target::Labels(labels)) => all_match(labels, places()),
            Some(Target::Any { labels, .. }) => {
                place.places.len() == 1
                    && labels.as_deref().is_none_or(|labels| all_match(labels, places()))
            }
            Some(Target::All) => true,
            Some(Target::Owner | Target::Ask) | None => false,
        };
        let numbered = (0..).zip(&place.places).all(|(number, (slot, _))| number == *slot);
        if fits && (slot.is_some() || numbered) {
            return Ok(());
        }
        Err(Refusal::stale(format!(
            "the places for task {} of run {} are not what its target asks for",
            place.task, place.run
        )))
    }

    fn still_wanted(
        &self,
        run: &Run,
        id: RunId,
        task: TaskNumber,
        slot: Option<Slot>,
    ) -> Result<(), Refusal> {
        if self.runs.unplaced.contains(&(id, task, slot)) && !run.suspended {
            return Ok(());
        }
        Err(Refusal::stale(format!("task {task} of run {id} does not wait for a place")))
    }

    fn tell_places(&mut self, context: &Context<'_>, run: &Run, place: &Place) {
        let named = |(_, node): &(Slot, NodeId)| self.members.get(node);
        let names = place.places.iter().filter_map(named).map(|it| it.name.as_str());
        let names: Vec<&str> = names.take(NAMES_SHOWN).collect();
        let mut draft = Draft::of_task("task.placed", place.run, run, place.task)
            .with("nodes", names.join(", "))
            .with("count", place.places.len());
        if !place.left_out.is_empty() {
            draft = draft.with("left_out", place.left_out.len());
        }
        self.emit(context, draft);
    }

    fn place_all(&mut self, run: &mut Run, place: &Place) {
        let Place { run: id, task, .. } = *place;
        self.runs.unplaced.remove(&(id, task, None));
        for line in &place.left_out {
            run.note(task, format!("left out: {line}"));
        }
        let nodes: Vec<NodeId> = place.places.iter().map(|(_, node)| *node).collect();
        self.settle_in(run, id, task, &nodes);
    }

    fn place_one(&mut self, run: &mut Run, place: &Place) -> Result<(), Refusal> {
        let [(slot, node)] = place.places[..] else {
            return Err(Refusal::invalid("a lost instance gets one place"));
        };
        self.runs.unplaced.remove(&(place.run, place.task, Some(slot)));
        if let Some(instance) = run.instance_mut(place.task, slot) {
            instance.node = Some(node);
        }
        self.queue_up(run, place.run, place.task, slot);
        Ok(())
    }

    pub(crate) fn defer(&mut self, context: &Context<'_>, defer: &Defer) -> Reply {
        self.edit(context, defer.run, |state, run| {
            state.still_wanted(run, defer.run, defer.task, defer.slot)?;
            let wait = Wait::Deferred { reason: defer.reason.clone() };
            match defer.slot {
                Some(slot) => run.set_wait(defer.task, slot, wait),
                None => {
                    run.set_wait(defer.task, 0, wait.clone());
                    if let Some(vertex) = run.vertices.get_mut(defer.task) {
                        vertex.wait = wait;
                    }
                }
            }
            let draft = Draft::of_task("task.deferred", defer.run, run, defer.task);
            state.emit(context, draft.because(Some(&defer.reason)));
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
            if !run.ignores(*task) {
                run.blame(format!("task `{}`: {reason}", run.name(*task)));
            }
            let draft = Draft::of_task("task.refused", *id, run, *task);
            state.emit(context, draft.because(Some(reason)));
            // One that was asked where to run has its first instance already.
            let slot = slot.or_else(|| run.instance(*task, 0).map(|_| 0));
            match slot {
                Some(slot) => {
                    let key = InstanceKey { run: *id, task: *task, slot };
                    state.end_instance(context, run, key, Ending::Refused);
                }
                None => state.end_task(context, run, *id, *task, Ending::Refused, false),
            }
            Ok(())
        })?;
        Ok(Answer::Done)
    }
}

fn all_match<'a>(labels: &str, members: impl Iterator<Item = (Slot, &'a Member)>) -> bool {
    let Ok(wanted) = selector::parse(labels) else { return false };
    let mut members = members;
    members.all(|(_, member)| wanted.matches(&member.labels, &member.name))
}

/// Names in an event; the run's record has them all.
const NAMES_SHOWN: usize = 20;
