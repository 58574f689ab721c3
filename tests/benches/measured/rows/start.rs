//! Whole runs of a few trivial tasks, from the start of the process to its end, beside make with the same targets.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::report::{Aim, Row, Sample, Unit};
use crate::rows::tasks;
use crate::world::World;

const RUNS: usize = 20;
const AIM: Aim = Aim::AtMost(20.0);

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for count in [1, 5] {
        rows.extend(few(world, count)?);
    }
    Ok(rows)
}

/// The three ways in turn, so that all of them see the same weather.
fn few(world: &World, count: usize) -> Result<[Row; 2]> {
    let folder = world.folder()?;
    let home = folder.path();
    fs::write(home.join("few.sloth"), tasks::workflow(count))?;
    fs::write(home.join("Makefile"), tasks::makefile(count))?;
    let (mut fresh, mut existing, mut make) = <(Sample, Sample, Sample)>::default();
    let stays = home.join("stays");
    run(world, home, &stays)?;
    for index in 0..RUNS {
        fresh.time(|| run(world, home, &home.join(index.to_string())))?;
        existing.time(|| run(world, home, &stays))?;
        make.time(|| ended(Command::new("make").args(["-s", "-j2"]).current_dir(home)))?;
    }
    let what = if count == 1 { "`sloth run`, 1 task" } else { "`sloth run`, 5 tasks" };
    Ok([
        Row::new(format!("{what}, fresh data directory"), Unit::Millis, fresh)
            .beside("make", make.clone())
            .aim(AIM),
        Row::new(format!("{what}, existing data directory"), Unit::Millis, existing)
            .beside("make", make)
            .aim(AIM),
    ])
}

fn run(world: &World, home: &Path, data_dir: &Path) -> Result<()> {
    let mut command = world.command(home);
    ended(command.args(["--quiet", "--data-dir"]).arg(data_dir).args(["run", "few.sloth"]))
}

/// Runs a command to its good end.
pub fn ended(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?} ended with {status}").into()),
    }
}
