//! Nodes as executors: they follow what they last heard of their assignments, for as long as their permit holds.

use std::collections::{BTreeMap, BTreeSet};

use config::NodeId;
use state::run::{Assignment, Decision, Kind, OnFailure, Outcome, Output, Question, Report};
use state::{AttemptKey, Command};

use super::World;
use super::fact::Fact;
use super::plans;

/// How long a confirmation lets a node execute, and how long it takes at most to stop what it executes.
pub const LEASE: u64 = 4_000;
pub const GRACE: u64 = 1_000;
/// Only after all that and a margin may others call the node's life lost.
pub const MARGIN: u64 = 500;

pub struct Node {
    pub alive: bool,
    pub cut: bool,
    /// The life it knows to be in; 0 until it is told.
    pub incarnation: u64,
    nonce: u64,
    /// It may execute until then.
    pub permit: u64,
    /// Its assignments when it last heard of them.
    heard: Vec<Assignment>,
    pub executing: BTreeMap<AttemptKey, Assignment>,
    reported: BTreeSet<AttemptKey>,
}

impl Node {
    pub fn living(incarnation: u64, nonce: u64) -> Node {
        let (heard, executing, reported) = Default::default();
        Node { alive: true, cut: false, incarnation, nonce, permit: 0, heard, executing, reported }
    }

    /// A new process, which has not been told its life yet.
    pub fn restarts(&mut self, nonce: u64) {
        *self = Node { cut: self.cut, ..Node::living(0, nonce) };
    }

    pub fn begins(&mut self, incarnation: u64, nonce: u64) {
        if self.alive && self.nonce == nonce {
            self.incarnation = self.incarnation.max(incarnation);
        }
    }
}

impl World {
    pub fn some_node(&mut self) -> NodeId {
        let all: Vec<NodeId> = self.nodes.keys().copied().collect();
        *self.dice.pick(&all)
    }

    /// A node hears what it is to run now.
    pub fn fetch(&mut self) {
        let id = self.some_node();
        self.fetch_of(id);
    }

    pub fn fetch_of(&mut self, id: NodeId) {
        let assigned = self.state.runs.assignments.get(&id);
        let assigned = assigned.into_iter().flat_map(|assigned| assigned.values().cloned());
        let Some(node) = self.nodes.get_mut(&id).filter(|node| node.alive && !node.cut) else {
            return;
        };
        node.heard = assigned.collect();
    }

    /// A node makes what it executes like what it has heard.
    pub fn reconcile(&mut self) {
        let id = self.some_node();
        self.reconcile_of(id);
    }

    pub fn reconcile_of(&mut self, id: NodeId) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(&id).filter(|node| node.alive) else { return };
        let (mut stopped, mut forgotten) = (Vec::new(), Vec::new());
        let life = node.incarnation;
        let wanted = node.heard.iter().filter(|it| it.incarnation == life && life > 0);
        let wanted: BTreeMap<AttemptKey, Assignment> =
            wanted.map(|it| (it.attempt, it.clone())).collect();
        for attempt in node.executing.keys() {
            match wanted.get(attempt) {
                None => forgotten.push(*attempt),
                Some(assignment) if assignment.stop.is_some() => stopped.push(*attempt),
                Some(_) => {}
            }
        }
        let new = wanted.values().filter(|it| {
            !node.executing.contains_key(&it.attempt) && !node.reported.contains(&it.attempt)
        });
        let new: Vec<Assignment> = new.filter(|_| now < node.permit).cloned().collect();
        for assignment in new {
            node.executing.insert(assignment.attempt, assignment.clone());
            self.facts.push(Fact::Started { node: id, assignment });
        }
        for attempt in forgotten {
            self.stop(id, attempt);
        }
        for attempt in stopped {
            self.report(id, attempt, Outcome::Cancelled);
        }
    }

    /// Some attempt comes to its end.
    pub fn finish(&mut self) {
        let id = self.some_node();
        self.finish_of(id);
    }

    pub fn finish_of(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get(&id).filter(|node| node.alive) else { return };
        let attempts: Vec<(AttemptKey, Kind)> =
            node.executing.iter().map(|(attempt, it)| (*attempt, it.kind)).collect();
        if attempts.is_empty() {
            return;
        }
        let (attempt, kind) = *self.dice.pick(&attempts);
        let outcome = match (kind, self.dice.below(100)) {
            (Kind::Work, 0..60) | (Kind::Decide(_), 0..90) => Outcome::Succeeded,
            (Kind::Work, 60..80) | (Kind::Decide(_), _) => Outcome::Failed,
            (Kind::Work, 80..86) => Outcome::TimedOut,
            (Kind::Work, 86..95) => Outcome::Skipped,
            (Kind::Work, 95..97) => Outcome::Refused,
            (Kind::Work, _) => Outcome::Aborted,
        };
        self.report(id, attempt, outcome);
    }

    /// Nothing of an attempt executes any more.
    pub fn stop(&mut self, id: NodeId, attempt: AttemptKey) -> Option<Assignment> {
        let node = self.nodes.get_mut(&id)?;
        let assignment = node.executing.remove(&attempt)?;
        node.reported.insert(attempt);
        self.facts.push(Fact::Stopped { attempt });
        Some(assignment)
    }

    pub fn stop_all(&mut self, id: NodeId) -> Vec<Assignment> {
        let executing = self.nodes.get(&id).map(|it| it.executing.keys().copied().collect());
        let executing: Vec<AttemptKey> = executing.unwrap_or_default();
        executing.into_iter().filter_map(|attempt| self.stop(id, attempt)).collect()
    }

    fn report(&mut self, id: NodeId, attempt: AttemptKey, outcome: Outcome) {
        let Some(assignment) = self.stop(id, attempt) else { return };
        self.send_report(id, assignment, outcome);
    }

    pub fn send_report(&mut self, id: NodeId, assignment: Assignment, outcome: Outcome) {
        let answer = match assignment.kind {
            Kind::Decide(question) if self.dice.chance(95) => self.answer(question),
            _ => None,
        };
        let report = Report {
            attempt: assignment.attempt,
            node: id,
            incarnation: assignment.incarnation,
            outcome,
            message: format!("{outcome:?}"),
            exit_code: None,
            changed: true,
            output: Output::Nothing,
            artifacts: Vec::new(),
            tail: String::new(),
            duration_ms: 1,
            log_size: 0,
            answer,
        };
        self.send(id, Command::Report(report));
    }

    fn answer(&mut self, question: Question) -> Option<Decision> {
        let all = [OnFailure::Fail, OnFailure::Retry, OnFailure::Continue];
        match question {
            Question::Target => Some(Decision::Target(plans::target(&mut self.dice))),
            Question::Retry => Some(Decision::Retry(self.dice.chance(60))),
            Question::TaskFailure => Some(Decision::OnFailure(*self.dice.pick(&all))),
            Question::TaskStart | Question::TaskComplete => None,
        }
    }
}
