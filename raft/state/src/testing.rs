//! A small cluster without a network, for tests of the state and of what decides from it.
#![allow(clippy::unwrap_used)] // a test helper fails by panicking

use std::str::FromStr;

use config::{ClusterId, Labels, Name, NodeId};

use crate::member::{Found, Up};
use crate::run::{
    self, Backoff, Begin, Callbacks, Decision, Ending, Outcome, Output, PLAN_VERSION, Place, Plan,
    Question, Report, Retry, Role, Run, Target, Task,
};
use crate::{
    Answer, AttemptKey, Batch, Command, Elapsed, Hash, InstanceKey, Kind, Reply, Request, RunId,
    State, Subject, Wall, clock, codec, document, member,
};

/// The run under test.
pub const ID: RunId = RunId(ulid::Ulid(7));
/// Another run.
pub const OTHER: RunId = RunId(ulid::Ulid(8));

pub fn node(number: u8) -> NodeId {
    NodeId::new([number; 32])
}

fn web() -> Labels {
    Labels::from_str("web").unwrap()
}

/// A state that is fed one command at a time.
pub struct Cluster {
    pub state: State,
    pub index: u64,
}

impl Default for Cluster {
    fn default() -> Self {
        Self::new()
    }
}

impl Cluster {
    /// Three live nodes with two slots each; number 1 is the founder.
    pub fn new() -> Cluster {
        let mut cluster = Cluster { state: State::default(), index: 0 };
        cluster.ok(Command::Found(Found {
            cluster: ClusterId::new([1; 16]),
            node: node(1),
            name: Name::new("n1").unwrap(),
            labels: Labels::default(),
            standalone: false,
        }));
        for number in [2, 3] {
            cluster.admit(number);
        }
        cluster.up(1, true);
        cluster
    }

    /// One more live node, tagged `web`.
    pub fn admit(&mut self, number: u8) {
        self.ok(Command::Admit(crate::member::Admit {
            node: node(number),
            name: Name::new(&format!("n{number}")).unwrap(),
            name_fixed: true,
            labels: web(),
            by: member::Admission::Secret,
        }));
        self.up(number, true);
    }

    /// One more live node, of so many that a number would not do.
    pub fn admit_as(&mut self, key: [u8; 3]) {
        let mut bytes = [0; 32];
        bytes[..3].copy_from_slice(&key);
        let node = NodeId::new(bytes);
        let name = format!("n{}-{}-{}", key[0], key[1], key[2]);
        self.ok(Command::Admit(crate::member::Admit {
            node,
            name: Name::new(&name).unwrap(),
            name_fixed: true,
            labels: web(),
            by: member::Admission::Secret,
        }));
        self.start(node, 2, true);
    }

    /// Gives the founder so many slots, in a new life.
    pub fn slots(&mut self, slots: u32) {
        self.start(node(1), slots, true);
    }

    pub fn send(&mut self, command: Command) -> Reply {
        self.send_after(0, command)
    }

    /// Sends when the stopwatch has gone on by so many milliseconds.
    fn send_after(&mut self, ms: u64, command: Command) -> Reply {
        self.index += 1;
        let request = Request { id: None, by: Subject::Node(node(1)), command };
        let (at, elapsed) = (Wall(self.index), Elapsed(ms));
        let batch = Batch { at, elapsed, requests: vec![request] };
        self.state.apply(self.index, &batch).pop().unwrap()
    }

    #[track_caller]
    pub fn ok(&mut self, command: Command) -> Answer {
        self.send(command).unwrap()
    }

    #[track_caller]
    pub fn refused(&mut self, command: Command) -> Kind {
        self.send(command).unwrap_err().kind
    }

    pub fn up(&mut self, number: u8, adopts: bool) {
        self.start(node(number), 2, adopts);
    }

    fn start(&mut self, id: NodeId, slots: u32, adopts: bool) {
        self.ok(Command::Up(Up {
            node: id,
            nonce: self.index + 1,
            version: "0".into(),
            slots,
            labels: if id == node(1) { Labels::default() } else { web() },
            adopts,
        }));
    }

    pub fn begin(&mut self, id: RunId, mut plan: Plan) {
        let bundle = self.upload(b"bundle");
        plan.bundle = bundle;
        let plan = self.upload(&codec::encode(PLAN_VERSION, &plan));
        self.ok(Command::Begin(Begin {
            run: id,
            owner: node(1),
            plan,
            workdir: None,
            rerun: None,
        }));
    }

    pub fn upload(&mut self, bytes: &[u8]) -> Hash {
        let document = Hash::of(bytes);
        self.ok(Command::Part(document::Part {
            document,
            count: 1,
            number: 0,
            bytes: bytes.to_vec(),
        }));
        document
    }

    pub fn run(&self) -> &Run {
        self.state.runs.get(ID).unwrap()
    }

    pub fn ending(&self, task: u32) -> Option<Ending> {
        self.run().vertices.get(task).unwrap().ending
    }

    pub fn endings(&self) -> Vec<Option<Ending>> {
        self.run().vertices.values().map(|vertex| vertex.ending).collect()
    }

    /// What explains a task.
    pub fn notes(&self, task: u32) -> Vec<String> {
        self.run().vertices.get(task).map(|vertex| vertex.notes.clone()).unwrap_or_default()
    }

    /// What is being asked now, as (task, slot, attempt, question).
    pub fn asked(&self) -> Vec<(u32, u32, u32, Question)> {
        let assigned = self.state.runs.assignments.values().flat_map(|assigned| assigned.values());
        let asked = assigned.filter_map(|it| match it.kind {
            run::Kind::Decide(question) => Some((it.attempt, question)),
            run::Kind::Work => None,
        });
        let mut asked: Vec<_> = asked
            .map(|(key, question)| (key.instance.task, key.instance.slot, key.attempt, question))
            .collect();
        asked.sort_unstable();
        asked
    }

    /// Answers the one question that is being asked.
    #[track_caller]
    pub fn answer(&mut self, answer: Option<Decision>) {
        let [(task, slot, attempt, _)] = self.asked()[..] else {
            panic!("asked: {:?}", self.asked());
        };
        let owner = self.run().owner;
        let incarnation = self.state.members[&owner].incarnation;
        let number = owner.as_bytes()[0];
        let report = report(task, slot, attempt, number, incarnation, Outcome::Succeeded);
        self.ok(Command::Report(Report { answer, ..report }));
    }

    /// Lets the one question that is being asked fail.
    #[track_caller]
    pub fn answer_nothing(&mut self) {
        let [(task, slot, attempt, _)] = self.asked()[..] else {
            panic!("asked: {:?}", self.asked());
        };
        self.report(task, slot, attempt, self.run().owner.as_bytes()[0], Outcome::Failed).unwrap();
    }

    /// What runs now, as (task, slot, attempt, node).
    pub fn running(&self) -> Vec<(u32, u32, u32, u8)> {
        let mut running: Vec<_> = self
            .state
            .runs
            .assignments
            .iter()
            .flat_map(|(node, assigned)| assigned.keys().map(move |key| (*node, *key)))
            .map(|(node, key)| {
                (key.instance.task, key.instance.slot, key.attempt, node.as_bytes()[0])
            })
            .collect();
        running.sort_unstable();
        running
    }

    pub fn report(
        &mut self,
        task: u32,
        slot: u32,
        attempt: u32,
        number: u8,
        outcome: Outcome,
    ) -> Reply {
        let incarnation = self.state.members[&node(number)].incarnation;
        self.send(Command::Report(report(task, slot, attempt, number, incarnation, outcome)))
    }

    #[track_caller]
    pub fn succeed(&mut self, task: u32) {
        self.report(task, 0, 1, 1, Outcome::Succeeded).unwrap();
    }

    #[track_caller]
    pub fn fail(&mut self, task: u32) {
        self.report(task, 0, 1, 1, Outcome::Failed).unwrap();
    }

    pub fn tick(&mut self, ms: u64) {
        self.send_after(ms, Command::Tick(clock::Tick {})).unwrap();
    }

    pub fn place(&mut self, task: u32, places: &[(u32, u8)]) -> Reply {
        let places = places.iter().map(|(slot, number)| (*slot, node(*number))).collect();
        self.send(Command::Place(Place { run: ID, task, places, left_out: Vec::new() }))
    }
}

pub fn report(
    task: u32,
    slot: u32,
    attempt: u32,
    number: u8,
    incarnation: u64,
    outcome: Outcome,
) -> Report {
    Report {
        attempt: AttemptKey { instance: InstanceKey { run: ID, task, slot }, attempt },
        node: node(number),
        incarnation,
        outcome,
        message: format!("{outcome:?}"),
        exit_code: None,
        changed: false,
        output: Output::Nothing,
        artifacts: Vec::new(),
        tail: String::new(),
        duration_ms: 1,
        log_size: 0,
        answer: None,
    }
}

/// Makes a task of a plan the handler of others.
pub fn handles(plan: &mut Plan, handler: u32, of: &[u32]) {
    plan.tasks[handler as usize].rescues.extend(of);
    for task in of {
        plan.tasks[*task as usize].feeds.push(handler);
    }
}

/// A plan of tasks named a, b, c… with the needs given, all at once, on the owner.
pub fn plan(needs: &[&[u32]]) -> Plan {
    let mut tasks: Vec<Task> =
        needs.iter().enumerate().map(|(number, needs)| task(number, needs)).collect();
    for (number, needs) in (0..).zip(needs) {
        for need in *needs {
            tasks[*need as usize].feeds.push(number);
        }
    }
    Plan {
        workflow: "w".into(),
        description: String::new(),
        version: String::new(),
        metadata: Vec::new(),
        bundle: Hash::of(b"bundle"),
        tasks,
        parallel: None,
        parallel_owner: 8,
        timeout: None,
        continue_on_error: false,
        check: false,
        interactive: false,
        lock: None,
        callbacks: Callbacks::default(),
    }
}

pub fn task(number: usize, needs: &[u32]) -> Task {
    Task {
        name: char::from(b'a' + number as u8).to_string(),
        description: String::new(),
        role: Role::Task,
        needs: needs.to_vec(),
        rescues: Vec::new(),
        feeds: Vec::new(),
        target: Target::Owner,
        timeout: Elapsed(1_000),
        deadline: None,
        retry: Retry {
            count: 0,
            backoff: Backoff::Linear,
            base: Elapsed(1_000),
            most: Elapsed(60_000),
            jitter: false,
            asks: false,
        },
        consumes: Vec::new(),
        background: false,
        ignore_errors: false,
        once: false,
    }
}
