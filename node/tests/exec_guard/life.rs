//! The program under test: a guard and a node that does one thing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use node::exec::guard::{self, NodeSide, Options};
use node::exec::{Command, Program, Spawner};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What the guard's process exits with when it could not start.
pub const REFUSED: i32 = 3;
pub const MUTE: Duration = Duration::from_secs(1);
pub const DEADLINE: u64 = 800;

/// A family that leaves its group, its session, its parents and its environment.
const FAMILY: &str = "
    sh -c 'echo $$ > p1; exec sleep 1000' &
    setsid sh -c 'echo $$ > p2; sleep 1000; true' &
    (setsid env -i /bin/sh -c '(echo $$ > p3; exec /bin/sleep 1000) & (exec /bin/sleep 1000) & exit' &)
    echo $$ > p0; wait; sleep 1000";
const ORPHANAGE: &str =
    "n=0; while :; do (setsid sleep 1000 &); n=$((n + 1)); [ $n = 50 ] && echo $$ > p0; done";

pub fn main(arguments: &[String]) -> ! {
    let [folder, life, ..] = arguments else { panic!("folder and life wanted") };
    let folder = PathBuf::from(folder);
    if life == "threads" {
        std::thread::spawn(std::thread::park);
    }
    let options = Options { mute: MUTE, ..Options::new(folder.join("lock")) };
    let code = guard::start(&options, |side| live(&side, &folder, life)).unwrap_or_else(|error| {
        eprintln!("{error}");
        REFUSED
    });
    std::process::exit(code)
}

fn live(side: &NodeSide, folder: &Path, life: &str) -> i32 {
    let guard = rustix::process::getppid().unwrap().as_raw_nonzero();
    write(folder, "pids", &format!("{guard} {}\n", std::process::id()));
    match life {
        "exit" => 42,
        "panic" => panic!("on purpose"),
        "kill" => {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM)
                .unwrap();
            0
        }
        _ => {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(work(side, folder, life))
        }
    }
}

async fn work(side: &NodeSide, folder: &Path, life: &str) -> i32 {
    match life {
        "signals" => signals().await,
        "stuck" => tokio::join!(family(side, folder, FAMILY), stick(side, folder)).0,
        "renewed" => loop {
            side.set_lease_deadline(Some(guard::boottime() + DEADLINE));
            if folder.join("enough").exists() {
                side.set_lease_deadline(None);
                return 43;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        },
        "orphanage" => family(side, folder, ORPHANAGE).await,
        _ => family(side, folder, FAMILY).await,
    }
}

async fn family(side: &NodeSide, folder: &Path, line: &str) -> i32 {
    let spawner = Spawner::new(side.directory()).unwrap();
    let mut command = Command::new(Program::line(line), folder);
    command.environment.extend(std::env::vars_os());
    let attempt = spawner.attempt(CancellationToken::new());
    let finished = attempt.run(&command, std::sync::Arc::new(|_, _, _| {})).await;
    write(folder, "reported", &format!("{finished:?}"));
    1
}

/// Stops this process once its family lives, with a lease that passes meanwhile.
async fn stick(side: &NodeSide, folder: &Path) {
    while !folder.join("p3").exists() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    side.set_lease_deadline(Some(guard::boottime() + DEADLINE));
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)
        .unwrap();
}

async fn signals() -> i32 {
    let mut kinds = [
        ("TERM", SignalKind::terminate()),
        ("HUP", SignalKind::hangup()),
        ("INT", SignalKind::interrupt()),
        ("USR1", SignalKind::user_defined1()),
        ("USR2", SignalKind::user_defined2()),
        ("WINCH", SignalKind::window_change()),
        ("QUIT", SignalKind::quit()),
    ]
    .map(|(name, kind)| (name, signal(kind).unwrap()));
    println!("ready");
    loop {
        let arrivals = kinds.iter_mut().map(|(name, signal)| {
            Box::pin(async move {
                signal.recv().await;
                *name
            })
        });
        let (name, ..) = futures::future::select_all(arrivals).await;
        println!("{name}");
        if name == "QUIT" {
            return 7;
        }
    }
}

/// Whole or not at all.
fn write(folder: &Path, name: &str, content: &str) {
    fs::write(folder.join("new"), content).unwrap();
    fs::rename(folder.join("new"), folder.join(name)).unwrap();
}
