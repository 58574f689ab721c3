//! What a step of a large run costs: `cargo bench -p sloth-state --features testing`.
//!
//! Each shape runs from `Begin` to its end through `apply`, one entry a report, as the log would bring them.
//! A row says microseconds per task (its grant and its report) and resident memory per vertex; the last two rows
//! of a shape of twice the size show whether time is linear.

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::time::{Duration, Instant};

use state::run::{
    Assignment, Begin, Outcome, Output, PLAN_VERSION, Plan, Report, Role, Status, Target,
};
use state::testing::{Cluster, ID, node, plan, report};
use state::{Command, Hash, codec, document, snapshot};

/// Bytes of one part of a document.
const PART: usize = 60_000;

fn main() {
    // Every row has a process of its own, so that none finds memory that another has left.
    match std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        Some(number) => one(number.parse().unwrap()),
        None => {
            println!(
                "{:<34} {:>9} {:>10} {:>13} {:>10}",
                "shape", "tasks", "µs/task", "bytes/vertex", "longest"
            );
            let program = std::env::current_exe().unwrap();
            for number in 0..ROWS {
                let row = std::process::Command::new(&program).arg(number.to_string()).status();
                assert!(row.unwrap().success());
            }
        }
    }
}

const ROWS: usize = 8;

fn one(number: usize) {
    match number {
        0 => row("independent, 256 at once", independent(10_000), 1),
        1 => row("independent, 256 at once", independent(20_000), 1),
        2 => row("one at a time, all ready", Plan { parallel: Some(1), ..independent(10_000) }, 1),
        3 => row("levels of 1,000, two needed each", layers(50, 1_000), 1),
        4 => row("levels of 1,000, two needed each", layers(100, 1_000), 1),
        5 => row("a chain", chain(10_000), 1),
        6 => row("on 5,000 nodes, two tasks", everywhere(2), 5_000),
        7 => row("a root that fails", failing(20_000), 1),
        _ => panic!("there are {ROWS} rows"),
    }
}

/// Processor time of this thread: others may be busy meanwhile.
fn spent() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

fn empty(tasks: usize) -> Plan {
    let mut plan = plan(&[&[]]);
    let model = plan.tasks.remove(0);
    plan.tasks = (0..tasks)
        .map(|number| state::run::Task { name: format!("task-{number}"), ..model.clone() })
        .collect();
    Plan { parallel: Some(256), parallel_owner: 256, ..plan }
}

fn independent(tasks: usize) -> Plan {
    empty(tasks)
}

fn need(plan: &mut Plan, task: usize, needed: usize) {
    plan.tasks[task].needs.push(needed as u32);
    plan.tasks[needed].feeds.push(task as u32);
}

fn layers(levels: usize, width: usize) -> Plan {
    let mut plan = empty(levels * width);
    for task in width..levels * width {
        let (level, place) = (task / width, task % width);
        let before = (level - 1) * width;
        need(&mut plan, task, before + place);
        need(&mut plan, task, before + (place + 1) % width);
    }
    plan
}

fn chain(tasks: usize) -> Plan {
    let mut plan = empty(tasks);
    (1..tasks).for_each(|task| need(&mut plan, task, task - 1));
    plan
}

fn everywhere(tasks: usize) -> Plan {
    let mut plan = empty(tasks);
    plan.tasks.iter_mut().for_each(|task| task.target = Target::All);
    plan
}

fn failing(tasks: usize) -> Plan {
    let mut plan = empty(tasks);
    (1..tasks).for_each(|task| need(&mut plan, task, 0));
    plan.tasks[0].role = Role::OnStart;
    plan
}

/// Bytes that this process has in memory.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

fn row(name: &str, plan: Plan, instances: usize) {
    let tasks = plan.tasks.len() * instances;
    let fails = plan.tasks[0].role == Role::OnStart;
    let mut cluster = Cluster::new();
    for number in 0..instances.saturating_sub(3) {
        cluster.admit_as([1, (number >> 8) as u8, number as u8]);
    }
    cluster.slots(1_000);
    let before = resident();
    begin(&mut cluster, plan);
    let (mut done, mut longest, begun) = (0, Duration::ZERO, spent());
    while !cluster.run().status.is_final() {
        let all = instances > 1 && done % instances == 0;
        if all && !cluster.state.runs.unplaced.is_empty() {
            place_everywhere(&mut cluster);
        }
        let (on, assignment) = next(&cluster, done);
        let outcome = if fails { Outcome::Failed } else { Outcome::Succeeded };
        let command = Command::Report(reported(&assignment, on, outcome));
        let started = Instant::now();
        cluster.ok(command);
        (done, longest) = (done + 1, longest.max(started.elapsed()));
    }
    let each = (spent() - begun).as_secs_f64() * 1e6 / tasks as f64;
    let status = cluster.run().status;
    assert_eq!(status, if fails { Status::Failed } else { Status::Succeeded });
    let bytes = resident().saturating_sub(before) / tasks;
    let longest = longest.as_secs_f64() * 1e3;
    println!("{name:<34} {tasks:>9} {each:>10.2} {bytes:>13} {longest:>7.2} ms");
    let size = snapshot::encode(&cluster.state).len();
    assert!(size > tasks, "a snapshot holds the run");
}

fn begin(cluster: &mut Cluster, mut plan: Plan) {
    plan.bundle = cluster.upload(b"bundle");
    let bytes = codec::encode(PLAN_VERSION, &plan);
    let hash = Hash::of(&bytes);
    let count = bytes.chunks(PART).count() as u32;
    for (number, bytes) in (0..).zip(bytes.chunks(PART)) {
        let bytes = bytes.to_vec();
        cluster.ok(Command::Part(document::Part { document: hash, count, number, bytes }));
    }
    drop(bytes);
    let begin = Begin { run: ID, owner: node(1), plan: hash, workdir: None, rerun: None };
    cluster.ok(Command::Begin(begin));
}

fn place_everywhere(cluster: &mut Cluster) {
    let waiting: Vec<_> = cluster.state.runs.unplaced.iter().copied().collect();
    for (run, task, _) in waiting {
        let places = (0..).zip(cluster.state.members.keys().copied()).collect();
        cluster.ok(Command::Place(state::run::Place { run, task, places, left_out: Vec::new() }));
    }
}

/// Some attempt that runs, not always the first.
fn next(cluster: &Cluster, dice: usize) -> (config::NodeId, Assignment) {
    let assignments = &cluster.state.runs.assignments;
    let (node, assigned) = assignments.iter().nth(dice % assignments.len().min(7)).unwrap();
    let place = dice % assigned.len().min(7);
    (*node, assigned.values().nth(place).unwrap().clone())
}

fn reported(assignment: &Assignment, on: config::NodeId, outcome: Outcome) -> Report {
    Report {
        attempt: assignment.attempt,
        node: on,
        incarnation: assignment.incarnation,
        output: Output::Inline("{\"ok\":true}".into()),
        ..report(0, 0, 1, 1, 1, outcome)
    }
}
