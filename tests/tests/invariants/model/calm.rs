//! Faults stop: everything that was accepted must come to an end.

use state::Command;
use state::run::{Approval, Resume};

use super::World;

/// Rounds in which all that can happen does; far more than any run needs.
const ROUNDS: usize = 2_000;

impl World {
    /// Lets all runs end. Panics when one does not.
    pub fn calm_down(&mut self) {
        let all: Vec<_> = self.nodes.keys().copied().collect();
        for id in &all {
            self.cut(*id, false);
            let dead = self.nodes.get(id).is_some_and(|node| !node.alive);
            let drained = self.state.members.get(id).is_some_and(|member| member.draining);
            if dead || drained {
                self.rise(*id);
            }
        }
        for _ in 0..ROUNDS {
            self.round(&all);
            let coming = self.flights.iter().any(|it| matches!(it.command, Command::Begin(_)));
            if self.state.runs.active.is_empty() && !coming {
                return;
            }
        }
        let active = self.state.runs.active.iter();
        let stuck: Vec<String> = active.map(|id| self.explain(*id)).collect();
        panic!("{}", stuck.join("\n"));
    }

    /// Why a run might not go on.
    fn explain(&self, id: state::RunId) -> String {
        let run = self.state.runs.get(id).unwrap();
        let mut text = format!("run {id} never ends: owner {:?}, {:?}", run.owner, run.queue);
        for (task, vertex) in run.vertices.iter().filter(|(_, vertex)| vertex.ending.is_none()) {
            let (target, blockers) = (run.target(task), vertex.blockers);
            text += &format!("\n  task {task} {target:?}: {:?}, {blockers} blockers", vertex.wait);
            for (slot, instance) in vertex.instances.iter() {
                let (phase, asking) = (&instance.phase, &instance.asking);
                text += &format!("\n    {slot} on {:?}: {phase:?} {asking:?}", instance.node);
            }
        }
        text
    }

    fn round(&mut self, all: &[config::NodeId]) {
        for flight in std::mem::take(&mut self.flights) {
            self.arrive(flight);
        }
        for id in all {
            self.fetch_of(*id);
            self.reconcile_of(*id);
            self.finish_of(*id);
            // A node that was called lost begins a new life, and one that drained is started again.
            let dormant = self.state.members.get(id).is_some_and(|member| {
                let life = self.nodes.get(id).map(|node| node.incarnation);
                life != Some(member.incarnation) || member.lost.is_some() || member.draining
            });
            if dormant && self.dice.chance(20) {
                self.rise(*id);
            }
        }
        let suspended = self
            .state
            .runs
            .active
            .iter()
            .copied()
            .filter(|id| self.state.runs.get(*id).is_some_and(|run| run.suspended));
        for run in suspended.collect::<Vec<_>>() {
            self.send(all[0], Command::Resume(Resume { run }));
        }
        self.approve_with(Approval::Run);
        self.plan();
        self.pass(200);
    }

    /// Starts a node's process, for good.
    fn rise(&mut self, id: config::NodeId) {
        self.stop_all(id);
        let up = self.up(id, true);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.restarts(up.nonce);
            self.send(id, Command::Up(up));
        }
    }
}
