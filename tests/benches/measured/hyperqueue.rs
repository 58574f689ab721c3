use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::world::World;

/// The server and the worker are there by then.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);
const WORKERS_CPUS: &str = "16";

/// A task queue with a server and worker processes, at `$HQ` or in `$PATH`.
pub struct HyperQueue(PathBuf);

/// Killed when dropped.
struct Running(Child);

impl HyperQueue {
    pub fn find() -> Option<Self> {
        let program = PathBuf::from(std::env::var_os("HQ").unwrap_or_else(|| "hq".into()));
        let found = Command::new(&program).arg("--version").stdout(Stdio::null()).status().is_ok();
        if !found {
            eprintln!("nothing is measured beside HyperQueue: it is neither at $HQ nor in $PATH");
        }
        found.then_some(HyperQueue(program))
    }

    /// Seconds that so many processes `true` take, from the submission to the end of the last.
    pub fn run(&self, world: &World, count: usize) -> Result<f64> {
        let folder = world.folder()?;
        let home = folder.path();
        let hq = |words: &[&str]| {
            let mut command = Command::new(&self.0);
            command.env("HQ_SERVER_DIR", home).env("HOME", home).current_dir(home).args(words);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let journal = ["server", "start", "--host", "127.0.0.1", "--journal", "journal"];
        let _server = Running(hq(&journal).spawn()?);
        until(|| hq(&["server", "info"]).status().is_ok_and(|it| it.success()))?;
        let _worker = Running(hq(&["worker", "start", "--cpus", WORKERS_CPUS]).spawn()?);
        let array = format!("1-{count}");
        let quiet = ["--stdout", "none", "--stderr", "none", "--wait", "--", "true"];
        let mut words = vec!["submit", "--array", &array];
        words.extend(quiet);
        until(|| hq(&["submit", "--wait", "--", "true"]).status().is_ok_and(|it| it.success()))?;
        let began = Instant::now();
        let status = hq(&words).status()?;
        match status.success() {
            true => Ok(began.elapsed().as_secs_f64()),
            false => Err(format!("hq submit ended with {status}").into()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until(holds: impl Fn() -> bool) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        if Instant::now() > end {
            return Err(format!("HyperQueue is not up within {PATIENCE:?}").into());
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}
