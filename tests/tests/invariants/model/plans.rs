//! Plans of all shapes.

use config::Name;
use state::run::{Backoff, Callbacks, Plan, Retry, Role, Strategy, Target, Task};
use state::{Elapsed, Hash};
use tests::Dice;

/// Tasks of one plan at the most, callbacks not counted.
const TASKS: usize = 8;

pub fn plan(dice: &mut Dice, bundle: Hash) -> Plan {
    let count = 1 + dice.below(TASKS);
    let on_start = dice.chance(25);
    let mut tasks = Vec::new();
    if on_start {
        tasks.push(callback("on_start", Role::OnStart));
    }
    for _ in 0..count {
        let task = task(dice, &tasks, on_start);
        tasks.push(task);
    }
    if dice.chance(40) {
        tasks.push(callback("on_complete", Role::OnComplete));
    }
    mirror(&mut tasks);
    Plan {
        workflow: "w".into(),
        description: String::new(),
        version: String::new(),
        metadata: Vec::new(),
        bundle,
        tasks,
        parallel: [None, None, Some(1), Some(2), Some(3)][dice.below(5)],
        parallel_owner: 1 + dice.below(3) as u32,
        timeout: dice.chance(15).then(|| span(dice, 5_000, 60_000)),
        continue_on_error: dice.chance(40),
        check: false,
        interactive: dice.chance(15),
        lock: dice.chance(20).then(|| ["north", "south"][dice.below(2)].to_string()),
        callbacks: Callbacks {
            task_start: dice.chance(20),
            task_complete: dice.chance(20),
            task_failure: dice.chance(20),
        },
    }
}

fn span(dice: &mut Dice, from: u64, to: u64) -> Elapsed {
    Elapsed(from + dice.number() % (to - from))
}

fn callback(name: &str, role: Role) -> Task {
    Task {
        name: name.into(),
        description: String::new(),
        role,
        needs: Vec::new(),
        rescues: Vec::new(),
        feeds: Vec::new(),
        target: Target::Owner,
        timeout: Elapsed(60_000),
        deadline: None,
        retry: Retry {
            count: 0,
            backoff: Backoff::Fixed,
            base: Elapsed(500),
            most: Elapsed(8_000),
            jitter: false,
            asks: false,
        },
        consumes: Vec::new(),
        background: false,
        ignore_errors: false,
        once: false,
    }
}

/// A task that may need or handle some of those before it.
fn task(dice: &mut Dice, before: &[Task], on_start: bool) -> Task {
    let (mut needs, mut rescues) = (Vec::new(), Vec::new());
    let handler = dice.chance(20);
    for number in u32::from(on_start)..before.len() as u32 {
        match dice.below(10) {
            0..2 => needs.push(number),
            2..4 if handler => rescues.push(number),
            _ => {}
        }
    }
    if needs.is_empty() && on_start {
        needs.push(0);
    }
    let once = dice.chance(15);
    Task {
        needs,
        rescues,
        target: target(dice),
        deadline: dice.chance(15).then(|| span(dice, 2_000, 30_000)),
        retry: Retry {
            count: dice.below(3) as u32,
            backoff: [Backoff::Fixed, Backoff::Linear, Backoff::Exponential][dice.below(3)],
            jitter: dice.chance(50),
            asks: dice.chance(25),
            ..callback("", Role::Task).retry
        },
        background: dice.chance(15),
        ignore_errors: dice.chance(10),
        once,
        ..callback(&format!("task-{}", before.len()), Role::Task)
    }
}

pub fn target(dice: &mut Dice) -> Target {
    let name = |number: usize| Name::new(&format!("n{number}")).unwrap();
    let strategy = [Strategy::LeastLoaded, Strategy::RoundRobin, Strategy::Spread][dice.below(3)];
    let web = || "web".to_string();
    match dice.below(14) {
        0..6 => Target::Owner,
        6 => Target::Names(vec![name(1 + dice.below(3))]),
        7 => Target::Names(vec![name(1), name(2)]),
        8 => Target::Labels(web()),
        9 => Target::Any { labels: Some(web()), strategy },
        10 => Target::Any { labels: None, strategy },
        11 => Target::All,
        _ => Target::Ask,
    }
}

fn mirror(tasks: &mut [Task]) {
    for number in 0..tasks.len() {
        for before in tasks[number].before().copied().collect::<Vec<_>>() {
            tasks[before as usize].feeds.push(number as u32);
        }
    }
}
