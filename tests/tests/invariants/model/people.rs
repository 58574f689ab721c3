//! People, and what tasks do beside their reports.

use state::kv::{Condition, Set};
use state::lease::{Acquire, Fence, Release};
use state::run::{Approval, Approve, Begin, Cancel, PLAN_VERSION, Rerun, Resume, Role, Wait};
use state::{Command, Elapsed, Hash, RunId, TaskNumber, codec, document};

use super::World;
use super::plans;

/// Runs under way at once.
const ACTIVE: usize = 4;

impl World {
    /// Somebody submits a run, sometimes one that takes over what has passed in another.
    pub fn submit(&mut self) {
        if self.state.runs.active.len() >= ACTIVE {
            return;
        }
        let owner = self.some_node();
        let bundle = self.upload(b"bundle".to_vec());
        let old = self.state.runs.runs.iter().filter(|(_, run)| run.status.is_final());
        let old: Vec<RunId> = old.map(|(id, _)| *id).collect();
        let again = (!old.is_empty() && self.dice.chance(20)).then(|| *self.dice.pick(&old));
        let (plan, rerun) = match again.and_then(|id| Some((id, self.state.runs.get(id)?))) {
            Some((id, run)) => {
                let passed = run.vertices.iter().filter(|(task, vertex)| {
                    let role = run.plan.task(*task).map(|task| task.role);
                    vertex.passed && role != Some(Role::OnComplete)
                });
                let tasks: Vec<TaskNumber> = passed.map(|(task, _)| task).collect();
                let tasks = tasks.into_iter().filter(|_| self.dice.chance(80)).collect();
                (state::run::Plan::clone(&run.plan), Some(Rerun { run: id, tasks }))
            }
            None => (plans::plan(&mut self.dice, bundle), None),
        };
        let plan = self.upload(codec::encode(PLAN_VERSION, &plan));
        // A ULID is written with digits too.
        let run = format!("{:026}", self.submitted.len() + 1).parse().unwrap();
        self.submitted.push(run);
        self.send(owner, Command::Begin(Begin { run, owner, plan, workdir: None, rerun }));
    }

    fn upload(&mut self, bytes: Vec<u8>) -> Hash {
        let document = Hash::of(&bytes);
        let part = document::Part { document, count: 1, number: 0, bytes };
        self.apply(self.leader.node, Command::Part(part)).unwrap();
        document
    }

    fn some_run(&mut self) -> Option<RunId> {
        let active: Vec<RunId> = self.state.runs.active.iter().copied().collect();
        if active.is_empty() { None } else { Some(*self.dice.pick(&active)) }
    }

    /// Somebody answers for a task.
    pub fn approve(&mut self) {
        let decision = match self.dice.below(20) {
            0..14 => Approval::Run,
            14..17 => Approval::Skip,
            17..19 => Approval::RunAll,
            _ => Approval::Abort,
        };
        self.approve_with(decision);
    }

    pub fn approve_with(&mut self, decision: Approval) {
        let Some(run) = self.some_run() else { return };
        let vertices = self.state.runs.get(run).into_iter().flat_map(|run| run.vertices.iter());
        let waiting = vertices.filter(|(_, vertex)| vertex.wait == Wait::Approval);
        let waiting: Vec<TaskNumber> = waiting.map(|(task, _)| task).collect();
        if !waiting.is_empty() {
            let task = *self.dice.pick(&waiting);
            let from = self.some_node();
            self.send(from, Command::Approve(Approve { run, task, decision }));
        }
    }

    pub fn resume(&mut self) {
        if let Some(run) = self.some_run() {
            let from = self.some_node();
            self.send(from, Command::Resume(Resume { run }));
        }
    }

    pub fn change_mind(&mut self) {
        if let Some(run) = self.some_run().filter(|_| self.dice.chance(30)) {
            let from = self.some_node();
            self.send(from, Command::Cancel(Cancel { run, reason: "changed my mind".into() }));
        }
    }

    /// A task takes a lease, lets go of one, or writes under one, perhaps with an old token.
    pub fn use_lease(&mut self) {
        let from = self.some_node();
        let name = ["north", "south", "east"][self.dice.below(3)].to_string();
        let run = self.some_run().filter(|_| self.dice.chance(60));
        let ttl = Elapsed(500 + self.dice.below(4_000) as u64);
        let ttl = (run.is_none() || self.dice.chance(30)).then_some(ttl);
        let label = ["a", "b"][self.dice.below(2)].to_string();
        let known =
            if self.tokens.is_empty() { None } else { Some(self.dice.below(self.tokens.len())) };
        let command = match (self.dice.below(3), known) {
            (0, Some(place)) => {
                let (name, token) = self.tokens[place].clone();
                Command::Release(Release { name, token })
            }
            (1, Some(place)) => {
                let (name, token) = self.tokens[place].clone();
                self.write_under(name, token)
            }
            _ => Command::Acquire(Acquire { name, label, run, ttl }),
        };
        self.send(from, command);
    }

    fn write_under(&mut self, name: String, token: u64) -> Command {
        Command::Set(Set {
            namespace: "n".into(),
            key: "k".into(),
            json: "1".into(),
            ttl: None,
            only_if: Condition::Always,
            fence: Some(Fence { name, token }),
        })
    }
}
