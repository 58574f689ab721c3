//! From "all it needs has passed" to a place in a queue.

use config::NodeId;

use super::{
    Asking, Instance, Kind, Phase, Question, Role, Run, RunId, Slot, Target, TaskNumber, Wait,
};
use crate::State;

impl State {
    /// Nothing blocks a task any more: somebody is asked about it, or it goes on its way.
    pub(super) fn make_ready(&mut self, run: &mut Run, id: RunId, task: TaskNumber) {
        if run.plan.parallel == Some(1) {
            run.turns.insert(task);
        }
        let is_task = run.role(task) == Some(Role::Task);
        let Some(vertex) = run.vertices.get_mut(task) else { return };
        vertex.since = self.clock;
        if run.plan.interactive && !run.approved && is_task {
            vertex.wait = Wait::RunSlot;
            run.unasked.insert(task);
            return;
        }
        self.open(run, id, task);
    }

    /// A task is to run: where, is known, asked, or chosen by the planner.
    pub(super) fn open(&mut self, run: &mut Run, id: RunId, task: TaskNumber) {
        match run.target(task) {
            Some(Target::Ask) => {
                self.add_instance(run, task, None);
                self.ask(run, id, (task, 0), Question::Target, None);
            }
            Some(Target::Owner) => self.settle_in(run, id, task, &[run.owner]),
            _ => self.seek_places(run, id, task),
        }
    }

    /// The planner is to choose nodes for a task.
    pub(super) fn seek_places(&mut self, run: &mut Run, id: RunId, task: TaskNumber) {
        let now = self.clock;
        let Some(vertex) = run.vertices.get_mut(task) else { return };
        (vertex.wait, vertex.since) = (Wait::Placement, now);
        if let Some(carrier) = vertex.instances.get_mut(0) {
            carrier.wait(Wait::Placement, now);
        }
        self.runs.unplaced.insert((id, task, None));
    }

    /// A task has its nodes, one an instance. The first instance may be there already: it was asked for them.
    pub(super) fn settle_in(
        &mut self,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
        nodes: &[NodeId],
    ) {
        for (slot, node) in (0..).zip(nodes) {
            match run.instance_mut(task, slot) {
                Some(instance) => instance.node = Some(*node),
                None => self.add_instance(run, task, Some(*node)),
            }
        }
        let asks = run.plan.callbacks.task_start && run.role(task) == Some(Role::Task);
        if !asks {
            return self.queue_all(run, id, task);
        }
        for slot in 0..nodes.len() as u32 {
            let since = self.clock;
            if let Some(instance) = run.instance_mut(task, slot) {
                instance.wait(Wait::Decision(Question::TaskStart), since);
            }
        }
        self.ask(run, id, (task, 0), Question::TaskStart, None);
    }

    fn add_instance(&mut self, run: &mut Run, task: TaskNumber, node: Option<NodeId>) {
        let Some(vertex) = run.vertices.get_mut(task) else { return };
        vertex.instances.push(Instance::waiting(node, Wait::RunSlot, self.clock));
        vertex.open += 1;
    }

    /// Queues every instance of a task that waits.
    pub(super) fn queue_all(&mut self, run: &mut Run, id: RunId, task: TaskNumber) {
        let count = run.vertices.get(task).map_or(0, |vertex| vertex.instances.len() as u32);
        for slot in 0..count {
            self.queue_up(run, id, task, slot);
        }
    }

    /// A function is asked about an instance, which waits for what it says.
    pub(super) fn ask(
        &mut self,
        run: &mut Run,
        id: RunId,
        (task, slot): (TaskNumber, Slot),
        question: Question,
        ending: Option<super::Ending>,
    ) {
        if let Some(instance) = run.instance_mut(task, slot) {
            instance.asking = Some(Asking { question, ending });
        }
        self.queue_up(run, id, task, slot);
    }

    /// Queues an instance, or a decision about it, where it is to run next.
    pub(super) fn queue_up(&mut self, run: &mut Run, id: RunId, task: TaskNumber, slot: Slot) {
        let Some(instance) = run.instance(task, slot) else { return };
        let (kind, owner) = (instance.kind(), run.owner);
        let own = run.target(task) == Some(&Target::Owner);
        let at_home = kind != Kind::Work || own;
        let lives = |node: &NodeId| self.members.get(node).is_some_and(|it| it.lost.is_none());
        let node = if at_home { Some(owner) } else { instance.node.filter(lives) };
        let Some(node) = node else {
            return self.seek_place_anew(run, id, task, slot);
        };
        let away = at_home && !self.owner_is_there(owner);
        let wait = match kind {
            _ if run.suspended && at_home => Wait::Resume,
            _ if away => Wait::Owner,
            Kind::Work => Wait::RunSlot,
            Kind::Decide(question) => Wait::Decision(question),
        };
        let now = self.clock;
        if let Some(instance) = run.instance_mut(task, slot) {
            // The run may have moved while a decision about it ran.
            instance.node = if own { Some(owner) } else { instance.node };
            instance.wait(wait, now);
        }
        if !away {
            run.enqueue(node, task, slot);
        }
    }

    /// The planner is to choose another node for an instance that has lost its own.
    pub(super) fn seek_place_anew(
        &mut self,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
        slot: Slot,
    ) {
        let now = self.clock;
        if let Some(instance) = run.instance_mut(task, slot) {
            instance.node = None;
            instance.wait(Wait::Placement, now);
            self.runs.unplaced.insert((id, task, Some(slot)));
        }
    }

    /// It lives, or is about to come back by itself.
    fn owner_is_there(&self, owner: NodeId) -> bool {
        self.members.get(&owner).is_some_and(|owner| owner.lost.is_none() && !owner.draining)
    }

    /// What only the owner can run, and waits for it or for a resume, queues again.
    pub(super) fn requeue_owner_tasks(&mut self, run: &mut Run, id: RunId) {
        for (task, slot) in run.waiting_on_owner() {
            self.queue_up(run, id, task, slot);
        }
    }
}

impl Run {
    /// What only the owner can run and waits for nothing but its owner, a slot or a resume.
    pub(super) fn waiting_on_owner(&self) -> Vec<(TaskNumber, Slot)> {
        let waits = |phase: &Phase| match phase {
            Phase::Waiting { reason, .. } => !matches!(reason, Wait::Backoff { .. }),
            _ => false,
        };
        let mut found = Vec::new();
        for (task, vertex) in self.vertices.iter().filter(|(_, vertex)| vertex.open > 0) {
            let at_home = self.target(task) == Some(&Target::Owner);
            let on_owner = |it: &Instance| at_home || it.asking.is_some();
            let instances = vertex.instances.iter();
            let waiting = instances.filter(|(_, it)| on_owner(it) && waits(&it.phase));
            found.extend(waiting.map(|(slot, _)| (task, slot)));
        }
        found
    }
}
