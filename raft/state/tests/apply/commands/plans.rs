//! Plans that meet every rule, and runs of them.

use state::run::{
    Backoff, Begin, Callbacks, Cancel, Outcome, Output, PLAN_VERSION, Plan, Report, Retry, Role,
    Target, Task,
};
use state::{AttemptKey, Command, Elapsed, Hash, InstanceKey, RunId, codec};

use crate::world::{World, node};

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

pub fn document(number: u8) -> Vec<u8> {
    match number {
        0 => BUNDLE.into(),
        1 => codec::encode(PLAN_VERSION, &plan(None)),
        2 => codec::encode(PLAN_VERSION, &plan(Some(8_000))),
        3 => codec::encode(PLAN_VERSION, &delegated()),
        4 => codec::encode(PLAN_VERSION, &asking()),
        _ => b"no plan".into(),
    }
}

pub fn hash(number: u8) -> Hash {
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

pub fn attempt_key(run: u8, task: u32, slot: u32, attempt: u32) -> AttemptKey {
    AttemptKey { instance: InstanceKey { run: run_id(run), task, slot }, attempt }
}
