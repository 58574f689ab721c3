//! Many trivial tasks, two at a time, beside two threads that start the same processes and wait for them.

use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::Result;
use crate::report::{Aim, Row, Sample, Unit};
use crate::rows::start::ended;
use crate::world::World;

const RUNS: usize = 5;
const TASKS: usize = 1_000;
const SLOTS: usize = 2;

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let (mut sloth, mut bare, mut make) = <(Sample, Sample, Sample)>::default();
    for _ in 0..RUNS {
        sloth.push(rate(|| run(world))?);
        bare.push(rate(spawn)?);
        make.push(rate(|| build(world))?);
    }
    let what = "1,000 tasks, two at a time, durable";
    Ok(vec![
        Row::new(what, Unit::PerSecond, sloth.clone())
            .beside("bare spawn", bare)
            .aim(Aim::Times(0.7)),
        Row::new(what, Unit::PerSecond, sloth).beside("make -j2", make),
    ])
}

fn rate(act: impl FnOnce() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    act()?;
    Ok(TASKS as f64 / began.elapsed().as_secs_f64())
}

fn run(world: &World) -> Result<()> {
    let folder = world.folder()?;
    let home = folder.path();
    fs::write(home.join("many.sloth"), workflow(TASKS))?;
    let mut command = world.command(home);
    command.env("SLOTH_NODE_MAX_TASKS", SLOTS.to_string());
    ended(command.args(["--quiet", "--data-dir", "data", "run", "many.sloth"]))
}

fn build(world: &World) -> Result<()> {
    let folder = world.folder()?;
    fs::write(folder.path().join("Makefile"), makefile(TASKS))?;
    ended(Command::new("make").args(["-s", "-j2"]).current_dir(folder.path()))
}

fn spawn() -> Result<()> {
    let share = || (0..TASKS / SLOTS).try_for_each(|_| ended(&mut Command::new("true")));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..SLOTS).map(|_| scope.spawn(share)).collect();
        threads.into_iter().try_for_each(|it| it.join().map_err(|_| "a thread failed")?)
    })
}

/// Tasks that depend on nothing; two of them at a time.
pub fn workflow(count: usize) -> String {
    format!(
        "local tasks = {{}}\n\
         for index = 1, {count} do tasks[index] = task(\"t\" .. index):command(\"true\"):build() end\n\
         workflow.define(\"bench\"):tasks(tasks):config({{ max_parallel_tasks = {SLOTS} }}):build()\n"
    )
}

/// The same as targets.
pub fn makefile(count: usize) -> String {
    let names: Vec<String> = (1..=count).map(|index| format!("t{index}")).collect();
    let names = names.join(" ");
    format!(".PHONY: all {names}\nall: {names}\n{names}:\n\ttrue\n")
}
