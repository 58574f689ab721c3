//! Whole runs of a few trivial tasks, from the start of the process to its end, beside make and just with the same targets.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::report::{Aim, Row, Sample, Unit};
use crate::rows::tasks;
use crate::world::World;

const RUNS: usize = 20;
/// What a directory that has been used for a while holds.
const OLD_RUNS: usize = 200;
const OLD_KEYS: usize = 10_000;

/// So many tasks, and the aims in a warm directory and in one that has been used for a while.
struct Case {
    tasks: usize,
    what: &'static str,
    aim: Aim,
}

const CASES: [Case; 2] = [
    Case { tasks: 1, what: "`sloth run`, 1 task", aim: Aim::AtMost(15.0) },
    Case { tasks: 5, what: "`sloth run`, 5 tasks", aim: Aim::AtMost(20.0) },
];
const USED_AIM: Aim = Aim::AtMost(35.0);

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for case in &CASES {
        rows.extend(few(world, case)?);
    }
    rows.extend(words(world)?);
    Ok(rows)
}

/// The ways in turn, so that all of them see the same weather.
fn few(world: &World, case: &Case) -> Result<Vec<Row>> {
    let folder = world.folder()?;
    let home = folder.path();
    fs::write(home.join("few.sloth"), tasks::workflow(case.tasks))?;
    fs::write(home.join("Makefile"), tasks::makefile(case.tasks))?;
    fs::write(home.join("justfile"), justfile(case.tasks))?;
    let (stays, used) = (home.join("stays"), home.join("used"));
    run(world, home, &stays)?;
    wear(world, home, &used)?;
    let mut times: [Sample; 5] = Default::default();
    let [fresh, warm, worn, make, just] = &mut times;
    for index in 0..RUNS {
        fresh.time(|| run(world, home, &home.join(index.to_string())))?;
        warm.time(|| run(world, home, &stays))?;
        worn.time(|| run(world, home, &used))?;
        make.time(|| ended(Command::new("make").args(["-s", "-j2"]).current_dir(home)))?;
        if world.just {
            just.time(|| ended(Command::new("just").arg("--quiet").current_dir(home)))?;
        }
    }
    let [fresh, warm, worn, make, just] = times;
    let row =
        |place: &str, sample| Row::new(format!("{}, {place}", case.what), Unit::Millis, sample);
    let mut rows = vec![
        row("new data directory", fresh).beside("make", make.clone()),
        row("warm", warm.clone()).beside("make", make.clone()).aim(case.aim),
    ];
    if world.just {
        rows.push(row("warm", warm).beside("just", just).aim(case.aim));
    }
    rows.push(row("200 runs and 10,000 keys there", worn).beside("make", make).aim(USED_AIM));
    Ok(rows)
}

/// Fills a data directory by what its users would have done.
fn wear(world: &World, home: &Path, data_dir: &Path) -> Result<()> {
    fs::write(home.join("keys.sloth"), keys())?;
    let sloth = |file: &str| {
        let mut command = world.command(home);
        ended(command.args(["--quiet", "--data-dir"]).arg(data_dir).args(["run", file]))
    };
    sloth("keys.sloth")?;
    (0..OLD_RUNS).try_for_each(|_| sloth("few.sloth"))
}

fn keys() -> String {
    format!(
        "task(\"fill\"):command(function()\n\
           for index = 1, {OLD_KEYS} do state.set(\"key-\" .. index, \"value of \" .. index) end\n\
         end):build()\n"
    )
}

/// The same tasks as recipes.
fn justfile(count: usize) -> String {
    let names: Vec<String> = (1..=count).map(|index| format!("t{index}")).collect();
    let recipes: String = names.iter().map(|name| format!("{name}:\n    @true\n")).collect();
    format!("all: {}\n{recipes}", names.join(" "))
}

fn run(world: &World, home: &Path, data_dir: &Path) -> Result<()> {
    let mut command = world.command(home);
    ended(command.args(["--quiet", "--data-dir"]).arg(data_dir).args(["run", "few.sloth"]))
}

/// What needs neither data nor a cluster.
fn words(world: &World) -> Result<[Row; 2]> {
    let folder = world.folder()?;
    let (mut version, mut help) = <(Sample, Sample)>::default();
    for _ in 0..RUNS {
        version.time(|| ended(world.command(folder.path()).arg("version")))?;
        help.time(|| ended(world.command(folder.path()).arg("--help")))?;
    }
    let row = |what, sample| Row::new(what, Unit::Millis, sample).aim(Aim::AtMost(5.0));
    Ok([row("`sloth version`", version), row("`sloth --help`", help)])
}

/// Runs a program that must succeed.
pub fn ended(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?} ended with {status}").into()),
    }
}
