//! Every command: one sample each, and any of them out of a small world in which they meet each other.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use state::clock::Tick;
use state::document::Part;
use state::kv::{Condition, Delete, Set};
use state::lease::{Acquire, Fence, Release, Renew};
use state::member::{Admission, Admit, ClusterId, Dissolve, Drain, Grow, Label, Leave, Remove, Up};
use state::run::{
    Abandon, Approval, Approve, Artifact, Backoff, Begin, Callbacks, Cancel, Decision, Defer, Lose,
    OnFailure, Outcome, Output, PLAN_VERSION, Place, Plan, Prune, Refuse, Rehome, Report, Resume,
    Retry, Role, Target, Task,
};
use state::token::{Key, Mint, Revoke};
use state::workflow::{Save, Unsave};
use state::{
    AttemptKey, Batch, Command, Elapsed, Hash, InstanceKey, Request, RequestId, RunId, Subject,
    Wall, codec, event,
};

use crate::aim;
use crate::world::{World, found, labels, name, node};

pub const BUNDLE: &[u8] = b"a bundle";

/// `a` on the owner, then `b` everywhere and `c` anywhere, at last `d` on the owner.
pub fn plan(timeout: Option<u64>) -> Plan {
    let task = |name: &str, role, target, needs: &[u32], feeds: &[u32]| Task {
        name: name.into(),
        description: String::new(),
        role,
        needs: needs.into(),
        feeds: feeds.into(),
        rescues: vec![],
        target,
        timeout: Elapsed(60_000),
        deadline: None,
        retry: Retry {
            count: 1,
            backoff: Backoff::Exponential,
            base: Elapsed(1_000),
            most: Elapsed(5_000),
            jitter: true,
            asks: false,
        },
        consumes: vec![],
        background: false,
        ignore_errors: false,
        once: false,
    };
    let anywhere = Target::Any { labels: Some("role=web".into()), strategy: Default::default() };
    Plan {
        workflow: "w".into(),
        description: String::new(),
        version: "1".into(),
        metadata: vec![("team".into(), "ops".into())],
        bundle: Hash::of(BUNDLE),
        tasks: vec![
            task("a", Role::Task, Target::Owner, &[], &[1, 2]),
            task("b", Role::Task, Target::All, &[0], &[]),
            task("c", Role::Task, anywhere, &[0], &[]),
            task("d", Role::OnComplete, Target::Owner, &[], &[]),
        ],
        parallel: Some(2),
        parallel_owner: 1,
        timeout: timeout.map(Elapsed),
        continue_on_error: false,
        check: false,
        interactive: false,
        lock: None,
        callbacks: Callbacks::default(),
    }
}

/// Two tasks that are not for the owner: such a run moves freely.
pub fn delegated() -> Plan {
    let mut plan = plan(None);
    plan.tasks = plan.tasks[1..3].into();
    plan.tasks.iter_mut().for_each(|task| task.needs.clear());
    plan
}

/// A plan that asks people and functions: `b` handles `a`, and `c` runs where its function says.
pub fn asking() -> Plan {
    let mut plan = plan(None);
    plan.tasks.truncate(3);
    for task in &mut plan.tasks {
        (task.target, task.retry.asks, task.deadline) = (Target::Owner, true, Some(Elapsed(9_000)));
    }
    plan.tasks[1].needs.clear();
    (plan.tasks[1].rescues, plan.tasks[1].background) = (vec![0], true);
    (plan.tasks[2].target, plan.tasks[2].once) = (Target::Ask, true);
    plan.callbacks = Callbacks { task_start: true, task_complete: true, task_failure: true };
    Plan { interactive: true, lock: Some("deploy".into()), ..plan }
}

fn document(number: u8) -> Vec<u8> {
    match number {
        0 => BUNDLE.into(),
        1 => codec::encode(PLAN_VERSION, &plan(None)),
        2 => codec::encode(PLAN_VERSION, &plan(Some(8_000))),
        3 => codec::encode(PLAN_VERSION, &delegated()),
        4 => codec::encode(PLAN_VERSION, &asking()),
        _ => b"no plan".into(),
    }
}

fn hash(number: u8) -> Hash {
    Hash::of(&document(number))
}

pub fn run_id(number: u8) -> RunId {
    RunId(ulid::Ulid(number.into()))
}

/// Begins run 1 on node 1.
pub fn begun(world: &mut World) -> RunId {
    world.upload(BUNDLE);
    let plan = world.upload(&document(1));
    let run = run_id(1);
    world.ok(Command::Begin(Begin { run, owner: node(1), plan, workdir: None, rerun: None }));
    run
}

/// Cancels a begun run and reports what it ran.
pub fn end(world: &mut World, run: RunId) {
    world.ok(Command::Cancel(Cancel { run, reason: String::new() }));
    while let Some(assignment) =
        world.state.runs.assignments.get(&node(1)).and_then(|all| all.values().next()).cloned()
    {
        let outcome = Outcome::Cancelled;
        world.ok(Command::Report(report(assignment.attempt, 1, assignment.incarnation, outcome)));
    }
    assert!(world.state.runs.active.is_empty());
}

pub fn report(attempt: AttemptKey, number: u8, incarnation: u64, outcome: Outcome) -> Report {
    Report {
        attempt,
        node: node(number),
        incarnation,
        outcome,
        message: String::new(),
        exit_code: Some(0),
        changed: true,
        output: Output::Inline("1".into()),
        artifacts: vec![],
        tail: "tail".into(),
        duration_ms: 5,
        log_size: 7,
        answer: None,
    }
}

/// One command of every number.
pub fn samples() -> Vec<Command> {
    let (run, attempt) = (run_id(1), attempt_key(1, 0, 0, 1));
    let fence = Some(Fence { name: "l".into(), token: 300 });
    vec![
        found(true),
        Command::Admit(Admit {
            node: node(2),
            name: name("two"),
            name_fixed: true,
            labels: labels("gpu,role=web"),
            by: Admission::Token("t".into()),
        }),
        Command::Up(Up {
            node: node(1),
            nonce: 9,
            version: "0.1.0".into(),
            slots: 4,
            labels: labels("gpu"),
            adopts: true,
        }),
        Command::Label(Label { node: node(1), set: labels("a=1"), remove: vec![name("b")] }),
        Command::Leave(Leave { node: node(2), gone: false }),
        Command::Remove(Remove { node: node(2), reason: "broken".into() }),
        Command::Grow(Grow { node: node(2) }),
        Command::Dissolve(Dissolve { into: ClusterId([1; 16]) }),
        Command::Drain(Drain { node: node(2) }),
        Command::Mint(Mint {
            id: "t".into(),
            key: Key([2; 32]),
            uses: 3,
            ttl: Elapsed(3_600_000),
            labels: labels("role=web"),
        }),
        Command::Revoke(Revoke { id: "t".into() }),
        Command::Tick(Tick {}),
        Command::Set(Set {
            namespace: "default".into(),
            key: "k".into(),
            json: "{\"a\":1}".into(),
            ttl: Some(Elapsed(1_000)),
            only_if: Condition::Value("1".into()),
            fence: fence.clone(),
        }),
        Command::Delete(Delete {
            namespace: "default".into(),
            key: "k".into(),
            only_if: Condition::Version(300),
            fence,
        }),
        Command::Acquire(Acquire {
            name: "l".into(),
            label: "me".into(),
            run: Some(run),
            ttl: Some(Elapsed(30_000)),
        }),
        Command::Renew(Renew { name: "l".into(), token: 300, ttl: Elapsed(30_000) }),
        Command::Release(Release { name: "l".into(), token: 300 }),
        Command::Part(Part { document: hash(0), count: 1, number: 0, bytes: BUNDLE.into() }),
        Command::Save(Save { name: "w".into(), bundle: hash(0), description: "says".into() }),
        Command::Unsave(Unsave { name: "w".into() }),
        Command::Begin(Begin {
            run,
            owner: node(1),
            plan: hash(1),
            workdir: Some("/w".into()),
            rerun: None,
        }),
        Command::Place(Place {
            run,
            task: 1,
            places: vec![(0, node(1)), (1, node(2))],
            left_out: vec!["three: lost".into()],
        }),
        Command::Defer(Defer { run, task: 1, slot: Some(1), reason: "none is up".into() }),
        Command::Refuse(Refuse { run, task: 1, slot: None, reason: "no member matches".into() }),
        Command::Report(Report {
            outcome: Outcome::Failed,
            exit_code: Some(-1),
            output: Output::Blob { hash: hash(0), size: 300 },
            artifacts: vec![Artifact {
                path: "out.txt".into(),
                hash: hash(9),
                size: 300,
                mode: 0o644,
            }],
            ..report(attempt, 1, 1, Outcome::Failed)
        }),
        Command::Cancel(Cancel { run, reason: "enough".into() }),
        Command::Lose(Lose { node: node(2), incarnation: 1, reason: "silent".into() }),
        Command::Rehome(Rehome { run, home: 0, owner: node(2) }),
        Command::Abandon(Abandon { run, home: 0 }),
        Command::Resume(Resume { run }),
        Command::Prune(Prune { runs: vec![run] }),
        Command::Approve(Approve { run, task: 1, decision: Approval::RunAll }),
        Command::Emit(event::Emit {
            kind: "deploy.finished".into(),
            run: Some(run),
            task: Some("a".into()),
            data: "{}".into(),
        }),
    ]
}

pub fn attempt_key(run: u8, task: u32, slot: u32, attempt: u32) -> AttemptKey {
    AttemptKey { instance: InstanceKey { run: run_id(run), task, slot }, attempt }
}

/// A number that is mostly small and sometimes at an end of its range.
fn number(small: u64) -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0..=small, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

fn nodes() -> impl Strategy<Value = config::NodeId> {
    (1_u8..=4).prop_map(node)
}

fn runs() -> impl Strategy<Value = RunId> {
    (1_u8..=4).prop_map(run_id)
}

fn labelled() -> impl Strategy<Value = config::Labels> {
    prop_oneof![Just("role=web"), Just("role=db,gpu"), Just(""), Just("voter=never"),]
        .prop_map(labels)
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(words).prop_map(String::from)
}

fn spans() -> impl Strategy<Value = Elapsed> {
    prop_oneof![Just(200), Just(1_000), Just(20_000), number(10)].prop_map(Elapsed)
}

fn fences() -> impl Strategy<Value = Option<Fence>> {
    let fence = (word(&["l", "m"]), number(12)).prop_map(|(name, token)| Fence { name, token });
    option::weighted(0.2, fence)
}

fn conditions() -> impl Strategy<Value = Condition> {
    prop_oneof![
        3 => Just(Condition::Always),
        1 => Just(Condition::Absent),
        1 => number(3).prop_map(Condition::Version),
        1 => word(VALUES).prop_map(Condition::Value),
    ]
}

const VALUES: &[&str] = &["1", "2", "{\"a\":[]}", "no json"];
const KEYS: &[&str] = &["a", "a/b", "b", "", "bad\nkey"];

/// Any command at all.
pub fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![members(), records(), run_commands(), samples_as_they_are()]
}

fn samples_as_they_are() -> impl Strategy<Value = Command> {
    let rare = |command: &Command| {
        matches!(command, Command::Dissolve(_) | Command::Remove(_) | Command::Leave(_))
    };
    let samples: Vec<Command> = samples().into_iter().filter(|command| !rare(command)).collect();
    proptest::sample::select(samples)
}

fn members() -> BoxedStrategy<Command> {
    let by = prop_oneof![
        Just(Admission::Secret),
        Just(Admission::Founder),
        word(&["t", "u"]).prop_map(Admission::Token),
    ];
    let admit = (nodes(), word(&["one", "two", "three"]), any::<bool>(), labelled(), by).prop_map(
        |(node, named, name_fixed, labels, by)| {
            Command::Admit(Admit { node, name: name(&named), name_fixed, labels, by })
        },
    );
    let up = (nodes(), number(3), 0_u32..4, labelled(), any::<bool>()).prop_map(
        |(node, nonce, slots, labels, adopts)| {
            let version = "0.1.0".into();
            Command::Up(Up { node, nonce, version, slots, labels, adopts })
        },
    );
    let label =
        (nodes(), labelled(), vec(word(&["role", "gpu"]), 0..2)).prop_map(|(node, set, remove)| {
            let remove = remove.iter().map(|text| name(text)).collect();
            Command::Label(Label { node, set, remove })
        });
    let mint = (word(&["t", "u", "a b"]), 0_u32..3, spans(), labelled()).prop_map(
        |(id, uses, ttl, labels)| Command::Mint(Mint { id, key: Key([1; 32]), uses, ttl, labels }),
    );
    prop_oneof![
        6 => admit,
        6 => up,
        3 => label,
        1 => (nodes(), any::<bool>()).prop_map(|(node, gone)| Command::Leave(Leave { node, gone })),
        1 => nodes().prop_map(|node| Command::Remove(Remove { node, reason: "x".into() })),
        1 => nodes().prop_map(|node| Command::Drain(Drain { node })),
        2 => nodes().prop_map(|node| Command::Grow(Grow { node })),
        2 => mint,
        1 => word(&["t", "u"]).prop_map(|id| Command::Revoke(Revoke { id })),
        9 => Just(Command::Tick(Tick {})),
    ]
    .boxed()
}

fn records() -> BoxedStrategy<Command> {
    let set = (
        word(&["n", "m", "a b"]),
        word(KEYS),
        word(VALUES),
        option::of(spans()),
        conditions(),
        fences(),
    )
        .prop_map(|(namespace, key, json, ttl, only_if, fence)| {
            Command::Set(Set { namespace, key, json, ttl, only_if, fence })
        });
    let delete = (word(&["n", "m"]), word(KEYS), conditions(), fences()).prop_map(
        |(namespace, key, only_if, fence)| {
            Command::Delete(Delete { namespace, key, only_if, fence })
        },
    );
    let acquire =
        (word(&["l", "m"]), word(&["me", "you"]), option::of(runs()), option::of(spans()))
            .prop_map(|(name, label, run, ttl)| {
                Command::Acquire(Acquire { name, label, run, ttl })
            });
    let renew = (word(&["l", "m"]), number(12), spans())
        .prop_map(|(name, token, ttl)| Command::Renew(Renew { name, token, ttl }));
    let release = (word(&["l", "m"]), number(12))
        .prop_map(|(name, token)| Command::Release(Release { name, token }));
    let part = (0_u8..5, 1_u32..3, any::<bool>()).prop_map(|(of, count, second)| {
        let bytes = document(of);
        let (left, right) = bytes.split_at(if count == 1 { bytes.len() } else { 4 });
        let (number, bytes) = if second { (1, right) } else { (0, left) };
        Command::Part(Part { document: hash(of), count, number, bytes: bytes.into() })
    });
    let save = (word(&["w", "v", ""]), 0_u8..5).prop_map(|(name, of)| {
        Command::Save(Save { name, bundle: hash(of), description: String::new() })
    });
    let emit = (
        word(&["custom", "deploy.done", "node.up", "X"]),
        word(&["{}", "[]", ""]),
        option::of(runs()),
    )
        .prop_map(|(kind, data, run)| Command::Emit(event::Emit { kind, run, task: None, data }));
    prop_oneof![
        4 => set,
        2 => delete,
        4 => acquire,
        2 => renew,
        2 => release,
        4 => part,
        2 => save,
        1 => word(&["w", "v"]).prop_map(|name| Command::Unsave(Unsave { name })),
        1 => emit,
    ]
    .boxed()
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    use Outcome::{Aborted, Cancelled, Failed, Lost, Refused, Skipped, Succeeded, TimedOut};
    proptest::sample::select(vec![
        Succeeded, Succeeded, Succeeded, Failed, TimedOut, Cancelled, Skipped, Lost, Refused,
        Aborted,
    ])
}

fn outputs() -> impl Strategy<Value = Output> {
    prop_oneof![
        Just(Output::Nothing),
        Just(Output::Inline("[1]".into())),
        (0_u8..5, number(9)).prop_map(|(of, size)| Output::Blob { hash: hash(of), size }),
    ]
}

fn answers() -> impl Strategy<Value = Option<Decision>> {
    let decisions = vec![
        Decision::Target(Target::All),
        Decision::Target(Target::Owner),
        Decision::Retry(true),
        Decision::Retry(false),
        Decision::OnFailure(OnFailure::Fail),
        Decision::OnFailure(OnFailure::Retry),
        Decision::OnFailure(OnFailure::Continue),
    ];
    option::of(proptest::sample::select(decisions))
}

fn approvals() -> impl Strategy<Value = Approval> {
    use Approval::{Abort, Run, RunAll, Skip};
    proptest::sample::select(vec![Run, Run, Skip, Abort, RunAll])
}

fn run_commands() -> BoxedStrategy<Command> {
    let place = (0_u32..5, vec((0_u32..3, nodes()), 0..3));
    let found = || (runs(), 0_u32..5, option::of(0_u32..3));
    let report = (runs(), 0_u32..5, 0_u32..3, 1_u32..4, 1_u8..=3, number(3)).prop_map(
        |(run, task, slot, attempt, on, incarnation)| {
            let attempt = AttemptKey { instance: InstanceKey { run, task, slot }, attempt };
            report(attempt, on, incarnation, Outcome::Succeeded)
        },
    );
    let report =
        (report, outcomes(), outputs(), answers()).prop_map(|(report, outcome, output, answer)| {
            Command::Report(Report { outcome, output, answer, ..report })
        });
    prop_oneof![
        3 => (runs(), nodes(), 0_u8..6).prop_map(|(run, owner, of)| {
            Command::Begin(Begin { run, owner, plan: hash(of), workdir: None, rerun: None })
        }),
        5 => (runs(), place).prop_map(|(run, (task, places))| {
            Command::Place(Place { run, task, places, left_out: vec![] })
        }),
        1 => found().prop_map(|(run, task, slot)| {
            Command::Defer(Defer { run, task, slot, reason: "none".into() })
        }),
        1 => found().prop_map(|(run, task, slot)| {
            Command::Refuse(Refuse { run, task, slot, reason: "none".into() })
        }),
        12 => report,
        1 => runs().prop_map(|run| Command::Cancel(Cancel { run, reason: String::new() })),
        2 => (nodes(), number(3)).prop_map(|(node, incarnation)| {
            Command::Lose(Lose { node, incarnation, reason: "silent".into() })
        }),
        2 => (runs(), 0_u32..3, nodes())
            .prop_map(|(run, home, owner)| Command::Rehome(Rehome { run, home, owner })),
        1 => (runs(), 0_u32..3).prop_map(|(run, home)| Command::Abandon(Abandon { run, home })),
        1 => runs().prop_map(|run| Command::Resume(Resume { run })),
        2 => (runs(), 0_u32..5, approvals())
            .prop_map(|(run, task, decision)| Command::Approve(Approve { run, task, decision })),
        1 => vec(runs(), 0..3).prop_map(|runs| Command::Prune(Prune { runs })),
    ]
    .boxed()
}

fn subjects() -> impl Strategy<Value = Subject> {
    prop_oneof![
        nodes().prop_map(Subject::Node),
        (0_u32..3, nodes()).prop_map(|(uid, node)| Subject::User { uid, node }),
        (runs(), nodes()).prop_map(|(run, node)| Subject::Run { run, node }),
    ]
}

/// Request ids that collide often, of present, past and future lives.
fn ids() -> impl Strategy<Value = Option<RequestId>> {
    let id = (1_u8..=3, 1_u64..4, 0_u64..40, 0_u64..20).prop_map(
        |(number, incarnation, sequence, settled)| RequestId {
            node: node(number),
            incarnation,
            sequence,
            settled,
        },
    );
    option::weighted(0.3, id)
}

pub fn requests() -> impl Strategy<Value = Request> {
    (ids(), subjects(), commands()).prop_map(|(id, by, command)| Request { id, by, command })
}

pub fn batches() -> impl Strategy<Value = Batch> {
    (any::<u32>(), number(5_000), vec(requests(), 0..8)).prop_map(|(at, elapsed, requests)| {
        let (at, elapsed) = (Wall(at.into()), Elapsed(elapsed));
        Batch { at, elapsed, requests }
    })
}

/// A log that begins with a cluster of three nodes, its documents and three runs under way.
pub fn logs(length: usize) -> impl Strategy<Value = Vec<Batch>> {
    let hints = vec(vec(any::<usize>(), 8), length);
    (vec(batches(), 1..length), hints).prop_map(|(batches, hints)| aimed(&batches, &hints))
}

/// The log with most of its commands turned to what is there when they are applied.
fn aimed(batches: &[Batch], hints: &[Vec<usize>]) -> Vec<Batch> {
    let mut state = state::State::default();
    state.apply(1, &opening());
    let mut log = vec![opening()];
    for (batch, hints) in batches.iter().zip(hints) {
        let mut batch = batch.clone();
        for (request, hint) in batch.requests.iter_mut().zip(hints) {
            aim::aim(&state, &mut request.command, *hint);
        }
        log.push(batch);
        state.apply(log.len() as u64, &log[log.len() - 1]);
    }
    log
}

pub fn opening() -> Batch {
    let by = Subject::Node(node(1));
    let admit = |number, named| Command::Admit(crate::world::admit(number, named));
    let up = |number| Command::Up(crate::world::up(number, 1));
    let part = |number| {
        let bytes = document(number);
        Command::Part(Part { document: hash(number), count: 1, number: 0, bytes })
    };
    let begin = |number, of| {
        let run = run_id(number);
        Command::Begin(Begin {
            run,
            owner: node(number),
            plan: hash(of),
            workdir: None,
            rerun: None,
        })
    };
    let asking =
        Begin { run: run_id(4), owner: node(1), plan: hash(4), workdir: None, rerun: None };
    let begin_asking = Command::Begin(asking);
    let commands = vec![
        found(false),
        admit(2, "two"),
        admit(3, "three"),
        up(1),
        up(2),
        up(3),
        part(0),
        part(1),
        part(2),
        part(3),
        part(4),
        begin(1, 1),
        begin(2, 2),
        begin(3, 3),
        begin_asking,
        Command::Report(report(attempt_key(2, 0, 0, 1), 2, 1, Outcome::Succeeded)),
    ];
    let request = |command| Request { id: None, by: by.clone(), command };
    Batch {
        at: Wall(1),
        elapsed: Elapsed(0),
        requests: commands.into_iter().map(request).collect(),
    }
}
