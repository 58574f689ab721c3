//! Many tasks that only run Lua: what the engine itself costs, with every report durable.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::Result;
use crate::hyperqueue::HyperQueue;
use crate::report::{Aim, Row, Sample, Unit};
use crate::world::World;

const RUNS: usize = 3;
const CHAIN: usize = 1_000;
const MANY: usize = 10_000;
const AT_ONCE: usize = 256;
const LEVELS: usize = 100;
const WIDTH: usize = 1_000;
/// Between two looks at the memory of a run.
const LOOK: Duration = Duration::from_millis(50);

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let mut rows = vec![chain(world)?];
    rows.extend(many(world)?);
    rows.extend(levels(world)?);
    Ok(rows)
}

/// One after the other: each report is durable before the next task starts.
fn chain(world: &World) -> Result<Row> {
    let mut sloth = Sample::default();
    for _ in 0..RUNS {
        sloth.push(CHAIN as f64 / whole(world, &chained())?.seconds);
    }
    Ok(Row::new("chain of 1,000 Lua tasks, whole process", Unit::PerSecond, sloth))
}

fn many(world: &World) -> Result<Vec<Row>> {
    let (mut rate, mut ratio, mut peer) = <(Sample, Sample, Sample)>::default();
    for _ in 0..RUNS {
        let once = whole(world, &independent(MANY))?.seconds;
        rate.push(MANY as f64 / once);
        ratio.push(whole(world, &independent(2 * MANY))?.seconds / once);
    }
    if let Some(queue) = HyperQueue::find() {
        peer.push(MANY as f64 / queue.run(world, MANY)?);
    }
    let what = "10,000 independent Lua tasks, 256 at a time, durable";
    let row = Row::new(what, Unit::PerSecond, rate).aim(Aim::AtLeast(10_000.0));
    let row = if peer.is_empty() { row } else { row.beside("HyperQueue with its journal", peer) };
    let what = "time of 20,000 ÷ time of 10,000";
    Ok(vec![row, Row::new(what, Unit::Times, ratio).aim(Aim::AtMost(2.2))])
}

fn levels(world: &World) -> Result<[Row; 2]> {
    let run = whole(world, &layered())?;
    let what = "100 levels × 1,000 tasks, each needing two of the level before";
    let (time, memory) =
        (Sample::from_iter([run.seconds * 1_000.0]), Sample::from_iter([run.mebibytes]));
    Ok([
        Row::new(what, Unit::Millis, time),
        Row::new("the same, most memory", Unit::Mebibytes, memory).aim(Aim::AtMost(1_024.0)),
    ])
}

/// What a run took.
struct Took {
    seconds: f64,
    mebibytes: f64,
}

fn whole(world: &World, workflow: &str) -> Result<Took> {
    let folder = world.folder()?;
    let home = folder.path();
    fs::write(home.join("many.sloth"), workflow)?;
    let mut command = world.command(home);
    command.env("SLOTH_NODE_MAX_TASKS", AT_ONCE.to_string());
    command.args(["--quiet", "--data-dir", "data", "run", "many.sloth"]);
    watched(&mut command)
}

/// Runs it to its good end and looks at the memory of it and its children meanwhile.
fn watched(command: &mut Command) -> Result<Took> {
    let began = Instant::now();
    let mut child = command.spawn()?;
    let (sender, done) = std::sync::mpsc::channel();
    let id = child.id();
    let mebibytes = std::thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let mut most: f64 = 0.0;
            while done.recv_timeout(LOOK).is_err() {
                most = most.max(resident(id));
            }
            most
        });
        let ended = finish(&mut child, command);
        let seconds = began.elapsed().as_secs_f64();
        let _ = sender.send(());
        let mebibytes = watch.join().unwrap_or_default();
        ended.map(|()| Took { seconds, mebibytes })
    })?;
    Ok(mebibytes)
}

fn finish(child: &mut Child, command: &Command) -> Result<()> {
    let status = child.wait()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?} ended with {status}").into()),
    }
}

/// The most that the children of a process have had resident so far.
fn resident(process: u32) -> f64 {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children = children.unwrap_or_default();
    children.split_whitespace().map(|child| peak(Path::new("/proc").join(child).as_path())).sum()
}

fn peak(process: &Path) -> f64 {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1_024.0
}

fn chained() -> String {
    format!(
        "local tasks = {{}}\n\
         for index = 1, {CHAIN} do\n\
           local it = task(\"t\" .. index):command(function() return true end)\n\
           if index > 1 then it:depends_on(\"t\" .. (index - 1)) end\n\
           tasks[index] = it:build()\n\
         end\n\
         workflow.define(\"chain\"):tasks(tasks):build()\n"
    )
}

fn independent(count: usize) -> String {
    format!(
        "local tasks = {{}}\n\
         for index = 1, {count} do\n\
           tasks[index] = task(\"t\" .. index):command(function() return true end):build()\n\
         end\n\
         workflow.define(\"many\"):tasks(tasks):config({{ max_parallel_tasks = {AT_ONCE} }}):build()\n"
    )
}

fn layered() -> String {
    format!(
        "local tasks = {{}}\n\
         for level = 1, {LEVELS} do\n\
           for place = 1, {WIDTH} do\n\
             local it = task(level .. \"/\" .. place):command(function() return true end)\n\
             if level > 1 then\n\
               it:depends_on({{ (level - 1) .. \"/\" .. place, (level - 1) .. \"/\" .. (place % {WIDTH} + 1) }})\n\
             end\n\
             tasks[#tasks + 1] = it:build()\n\
           end\n\
         end\n\
         workflow.define(\"levels\"):tasks(tasks):config({{ max_parallel_tasks = {AT_ONCE} }}):build()\n"
    )
}
