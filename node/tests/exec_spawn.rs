//! One command at a time: what it gets, what is seen of it, how it ends and what it may not leave behind.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // all of it is test, helpers included

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use node::exec::{
    Attempt, Command, Directory, Error, Finished, Program, Sink, Spawner, Status, Stopped, Stream,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

struct Bench {
    folder: TempDir,
    spawner: Spawner,
    cancel: CancellationToken,
    lines: Arc<Mutex<Vec<(Stream, String)>>>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lock"), "").unwrap();
        let directory = Directory::of(&fs::metadata(folder.path().join("lock")).unwrap());
        let spawner = Spawner::new(directory).unwrap();
        Self { folder, spawner, cancel: CancellationToken::new(), lines: Arc::default() }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(Program::line(line), self.folder.path());
        command.environment.insert("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into());
        command.grace = LIMIT;
        command
    }

    fn sink(&self) -> Sink {
        let lines = self.lines.clone();
        Arc::new(move |stream, line: &str, _| lines.lock().unwrap().push((stream, line.to_owned())))
    }

    fn attempt(&self) -> Attempt {
        self.spawner.attempt(self.cancel.clone())
    }

    async fn run(&self, command: &Command) -> Finished {
        let attempt = self.attempt();
        let finished = attempt.run(command, self.sink()).await.unwrap();
        assert!(attempt.finish().await.is_empty());
        assert_eq!(self.spawner.live(), 0);
        finished
    }

    async fn text(&self, line: &str) -> String {
        self.run(&self.command(line)).await.stdout.text()
    }

    fn lines(&self) -> Vec<(Stream, String)> {
        self.lines.lock().unwrap().clone()
    }

    async fn until_line(&self, wanted: &str) {
        until(|| self.lines().iter().any(|(_, line)| line == wanted)).await;
    }

    /// The pid that a command wrote to a file.
    async fn pid(&self, file: &str) -> i32 {
        let path = self.path(file);
        until(|| fs::read_to_string(&path).is_ok_and(|pid| pid.ends_with('\n'))).await;
        fs::read_to_string(path).unwrap().trim().parse().unwrap()
    }
}

async fn until(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "waited in vain");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// State and id of every process in a group.
fn members(group: i32) -> Vec<(char, i32)> {
    let stats = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|e| fs::read_to_string(e.path().join("stat")).ok());
    let member = |stat: String| {
        let (head, tail) = stat.rsplit_once(") ")?;
        let mut fields = tail.split(' ');
        let state = fields.next()?.chars().next()?;
        (fields.nth(1)? == group.to_string())
            .then(|| (state, head.split(' ').next().unwrap().parse().unwrap()))
    };
    stats.filter_map(member).collect()
}

fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.rsplit_once(") ").unwrap().1.starts_with('Z'))
}

#[tokio::test]
async fn both_streams_arrive_line_by_line_and_the_code_is_the_programs() {
    let bench = Bench::new();
    let finished =
        bench.run(&bench.command("echo out; echo err >&2; printf 'no end'; exit 3")).await;
    assert_eq!((finished.status, finished.stopped, finished.code()), (Status::Exited(3), None, 3));
    assert_eq!(finished.stdout.text(), "out\nno end");
    assert_eq!(
        (finished.stdout.last_line.as_str(), finished.stderr.last_line.as_str()),
        ("no end", "err")
    );
    let of = |stream| {
        bench.lines().into_iter().filter(|l| l.0 == stream).map(|l| l.1).collect::<Vec<_>>()
    };
    assert_eq!(
        (of(Stream::Stdout), of(Stream::Stderr)),
        (vec!["out".into(), "no end".into()], vec!["err".into()])
    );
    assert!(bench.run(&bench.command("true")).await.success());
    assert!(!bench.run(&bench.command("false")).await.success());
}

#[tokio::test]
async fn a_signal_is_told_as_a_shell_tells_it() {
    let bench = Bench::new();
    let finished = bench.run(&bench.command("kill -KILL $$")).await;
    assert_eq!((finished.status, finished.code()), (Status::Signalled(9), 137));
}

#[tokio::test]
async fn what_cannot_be_executed_is_126_and_what_is_missing_127() {
    let bench = Bench::new();
    fs::write(bench.path("data"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(bench.path("data"), fs::Permissions::from_mode(0o644)).unwrap();
    for (line, code, message) in [
        ("no-such-program", 127, "no-such-program: command not found"),
        ("./no-such-file", 127, "./no-such-file: No such file or directory"),
        ("./data", 126, "./data: Permission denied"),
        ("/etc", 126, "/etc: Permission denied"),
        ("./data/x", 126, "./data/x: Not a directory"),
    ] {
        let finished = bench.run(&bench.command(line)).await;
        assert_eq!(
            (finished.code(), finished.stderr.text()),
            (code, format!("{message}\n")),
            "{line}"
        );
    }
    assert_eq!(bench.lines().len(), 5, "the message is a line like any other");
    assert_eq!(
        bench.run(&bench.command("no-such-program; exit 9")).await.code(),
        9,
        "a shell goes on"
    );
}

#[tokio::test]
async fn a_script_without_an_interpreter_is_the_shells() {
    let bench = Bench::new();
    fs::write(bench.path("script"), "echo \"$0 $1\"\n").unwrap();
    fs::set_permissions(bench.path("script"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(bench.text("./script here").await, "./script here\n");
    let mut command = bench.command("script there");
    command.environment.insert("PATH".into(), OsString::from(":/bin"));
    assert_eq!(bench.run(&command).await.stdout.text(), "./script there\n");
}

#[tokio::test]
async fn a_line_needs_no_path_to_find_its_shell() {
    let bench = Bench::new();
    let mut command = bench.command("echo $((1 + 1))");
    command.environment.clear();
    assert_eq!(bench.run(&command).await.stdout.text(), "2\n");
}

#[tokio::test]
async fn a_missing_workdir_or_program_or_a_nul_is_an_error_that_names_it() {
    let bench = Bench::new();
    let attempt = bench.attempt();
    let mut command = bench.command("true");
    command.workdir = bench.path("absent");
    let error = attempt.run(&command, bench.sink()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Workdir { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    );
    assert!(error.to_string().contains("absent"), "{error}");
    let nothing = Command::new(Program::Words(Vec::new()), bench.folder.path());
    assert!(matches!(attempt.run(&nothing, bench.sink()).await, Err(Error::NoProgram)));
    let nul = Command::new(["echo", "a\0b"].into_iter().collect(), bench.folder.path());
    assert!(matches!(
        attempt.run(&nul, bench.sink()).await,
        Err(Error::Nul { what: "argument", .. })
    ));
}

#[tokio::test]
async fn a_command_gets_its_own_environment_folder_mask_group_and_input_and_nothing_of_the_node() {
    let bench = Bench::new();
    let mut command = bench.command("env");
    command.environment.insert("ONLY".into(), "this".into());
    assert_eq!(
        bench.run(&command).await.stdout.text(),
        "ONLY=this\nPATH=/usr/local/bin:/usr/bin:/bin\n"
    );
    assert_eq!(
        bench.text("pwd -P; exit").await.trim(),
        bench.folder.path().canonicalize().unwrap().to_str().unwrap()
    );
    let mut command = bench.command("umask; exit");
    command.umask = Some(0o027);
    assert_eq!(bench.run(&command).await.stdout.text(), "0027\n");
    let text = bench
        .text("read -r _ _ _ _ group session _ < /proc/self/stat; echo $$ $group $session")
        .await;
    let ids: Vec<&str> = text.split_whitespace().collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "{text}");
    assert_eq!(bench.text("readlink /proc/self/fd/0").await, "/dev/null\n");
    let fds = bench.text("ls /proc/self/fd").await;
    assert_eq!(fds, "0\n1\n2\n3\n", "3 is the folder that ls reads");
    let signals = bench.text("grep -E 'Sig(Blk|Ign)' /proc/self/status").await;
    // The C library does not let go of its own two, 32 and 33.
    let mask = |line: &str| {
        u64::from_str_radix(line.split('\t').next_back().unwrap(), 16).unwrap() & !(3 << 31)
    };
    assert!(signals.lines().all(|line| mask(line) == 0), "{signals}");
}

#[tokio::test]
async fn input_is_read_to_its_end_or_not_at_all() {
    let bench = Bench::new();
    let mut command = bench.command("cat");
    command.keep = 4 << 20;
    command.input = Some(b"0123456789abcdef".repeat(64 * 1024));
    assert_eq!(Some(bench.run(&command).await.stdout.bytes), command.input);
    command.program = Program::line("true");
    assert!(bench.run(&command).await.success());
}

#[tokio::test]
async fn ten_thousand_lines_arrive_in_order_and_only_the_head_is_kept() {
    let bench = Bench::new();
    let mut command = bench.command("seq 10000");
    command.keep = 11;
    let finished = bench.run(&command).await;
    assert_eq!(
        (finished.stdout.text().as_str(), finished.stdout.truncated()),
        ("1\n2\n3\n4\n5\n6", true)
    );
    assert_eq!((finished.stdout.total, finished.stdout.last_line.as_str()), (48_894, "10000"));
    assert!(bench.lines().iter().zip(1..).all(|((_, line), n)| line == &n.to_string()));
    assert_eq!(bench.lines().len(), 10_000);
}

#[tokio::test]
async fn a_flood_on_one_stream_does_not_hold_the_other() {
    let bench = Bench::new();
    let command = bench.command("yes & until [ -e stop ]; do :; done; echo stopped >&2; kill $!");
    let attempt = bench.attempt();
    let count = Arc::new(Mutex::new(0_u64));
    let sink: Sink = Arc::new({
        let (count, stop) = (count.clone(), bench.path("stop"));
        move |stream, _: &str, _| match stream {
            Stream::Stdout => {
                let mut count = count.lock().unwrap();
                *count += 1;
                if *count == 200_000 {
                    fs::write(&stop, "").unwrap();
                }
            }
            Stream::Stderr => {}
        }
    });
    let finished = attempt.run(&command, sink).await.unwrap();
    assert_eq!(finished.stderr.text(), "stopped\n");
    assert_eq!(finished.stdout.bytes.len(), 64 * 1024);
}

#[tokio::test]
async fn a_grandchild_that_holds_the_output_is_not_waited_for_but_killed_and_named() {
    let bench = Bench::new();
    let attempt = bench.attempt();
    let line = "sleep 1000 & setsid sh -c 'echo $$ > pid; exec sleep 1000' & echo done";
    let finished = attempt.run(&bench.command(line), bench.sink()).await.unwrap();
    assert_eq!((finished.code(), finished.stdout.text().as_str()), (0, "done\n"));
    let pid = bench.pid("pid").await;
    assert!(lives(pid), "a later command of the attempt may use it");
    let left = attempt.finish().await;
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().any(
        |process| process.pid == pid && process.to_string() == format!("process {pid} (sleep)")
    ));
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "killed and reaped");
}

#[tokio::test]
async fn nothing_escapes_the_end_of_its_attempt() {
    let bench = Bench::new();
    let attempt = bench.attempt();
    let other = bench.attempt();
    other.run(&bench.command("sleep 1000 & echo $! > other"), bench.sink()).await.unwrap();
    let line = "(setsid env -i sh -c '(echo $$ > a; exec sleep 1000) & setsid sh -c \"echo \\$\\$ > b; sleep 1000\"' &)";
    attempt.run(&bench.command(line), bench.sink()).await.unwrap();
    let pids = [bench.pid("a").await, bench.pid("b").await];
    drop(attempt);
    until(|| pids.iter().all(|pid| !lives(*pid))).await;
    let other_pid = bench.pid("other").await;
    assert!(lives(other_pid), "another attempt's");
    assert_eq!(other.finish().await.len(), 1);
}

#[tokio::test]
async fn a_timeout_lets_the_program_clean_up() {
    let bench = Bench::new();
    let mut command = bench.command("trap 'echo bye; exit 5' TERM; while :; do sleep 0.01; done");
    command.timeout = Some(Duration::from_millis(100));
    let finished = bench.run(&command).await;
    assert_eq!((finished.stopped, finished.code()), (Some(Stopped::TimedOut), 5));
    assert_eq!(finished.stdout.text(), "bye\n");
    assert!(finished.elapsed >= Duration::from_millis(100) && !finished.success());
}

#[tokio::test]
async fn who_ignores_term_is_killed_after_the_grace_with_all_its_group() {
    let bench = Bench::new();
    let mut command = bench.command("trap '' TERM; sleep 1000 & echo $! > pid; wait; wait");
    command.timeout = Some(Duration::from_millis(50));
    command.grace = Duration::from_millis(100);
    let finished = bench.run(&command).await;
    assert_eq!(
        (finished.stopped, finished.status),
        (Some(Stopped::TimedOut), Status::Signalled(9))
    );
    assert!(finished.elapsed >= Duration::from_millis(150));
    assert!(!lives(bench.pid("pid").await));
}

#[tokio::test]
async fn the_rest_of_a_group_has_its_grace_although_the_leader_is_gone() {
    let bench = Bench::new();
    let line = "(trap 'until [ -e go ]; do sleep 0.01; done; echo clean; exit' TERM; echo ready; while :; do sleep 0.01; done) & wait";
    let attempt = bench.attempt();
    let command = bench.command(line);
    let script = async {
        bench.until_line("ready").await;
        bench.cancel.cancel();
        fs::write(bench.path("go"), "").unwrap();
    };
    let (finished, ()) = tokio::join!(attempt.run(&command, bench.sink()), script);
    let finished = finished.unwrap();
    assert_eq!(
        (finished.stopped, finished.status),
        (Some(Stopped::Cancelled), Status::Signalled(15))
    );
    assert_eq!(finished.stdout.text(), "ready\nclean\n");
}

#[tokio::test]
async fn a_stopped_process_ends_when_cancelled() {
    let bench = Bench::new();
    let attempt = bench.attempt();
    let command = bench.command("echo $$ > pid; kill -STOP $$; sleep 1000");
    let script = async {
        let pid = bench.pid("pid").await;
        until(|| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") T ")).await;
        bench.cancel.cancel();
    };
    let (finished, ()) = tokio::join!(attempt.run(&command, bench.sink()), script);
    assert_eq!(finished.unwrap().status, Status::Signalled(15));
    assert!(matches!(attempt.run(&command, bench.sink()).await, Err(Error::Cancelled)));
}

#[tokio::test]
async fn a_dropped_run_cancels_its_command_alone() {
    let bench = Bench::new();
    let attempt = bench.attempt();
    let command =
        bench.command("trap 'touch asked; exit' TERM; echo $$ > pid; while :; do sleep 0.01; done");
    tokio::select! {
        _ = attempt.run(&command, bench.sink()) => panic!("ended by itself"),
        pid = bench.pid("pid") => assert!(lives(pid)),
    }
    let pid = bench.pid("pid").await;
    until(|| !lives(pid)).await;
    assert!(bench.path("asked").exists(), "TERM came first");
    assert!(attempt.run(&bench.command("true"), bench.sink()).await.unwrap().success());
}

#[tokio::test]
async fn orphans_that_end_are_reaped_while_their_attempt_goes_on() {
    let bench = Bench::new();
    let attempt = bench.attempt();
    let command =
        bench.command("for i in 1 2 3; do (exec true &); done; echo $$ > pid; exec sleep 1000");
    let script = async {
        let group = bench.pid("pid").await;
        until(|| members(group) == [('S', group)]).await;
        bench.cancel.cancel();
    };
    tokio::join!(attempt.run(&command, bench.sink()), script).0.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_can_be_stopped_at_once_and_later_attempts_run() {
    let bench = Arc::new(Bench::new());
    let mut runs = tokio::task::JoinSet::new();
    for line in
        ["echo ready; exec sleep 1000", "trap '' TERM; echo ready; while :; do sleep 0.01; done"]
    {
        let bench = bench.clone();
        runs.spawn(async move {
            let attempt = bench.attempt();
            attempt.run(&bench.command(line), bench.sink()).await.unwrap()
        });
    }
    let idle = bench.attempt();
    idle.run(&bench.command("setsid sleep 1000 & echo $! > left"), bench.sink()).await.unwrap();
    until(|| bench.lines().len() == 2).await;
    assert_eq!(bench.spawner.live(), 2);
    assert_eq!(bench.spawner.stop_all(Duration::from_millis(200)).await, []);
    assert_eq!(bench.spawner.live(), 0);
    let mut statuses: Vec<_> =
        runs.join_all().await.into_iter().map(|run| (run.stopped.unwrap(), run.code())).collect();
    statuses.sort_by_key(|status| status.1);
    assert_eq!(statuses, [(Stopped::Cancelled, 137), (Stopped::Cancelled, 143)]);
    assert!(!lives(bench.pid("left").await), "an attempt between two commands is cleared, too");
    assert!(matches!(idle.run(&bench.command("true"), bench.sink()).await, Err(Error::Cancelled)));
    assert!(bench.run(&bench.command("true")).await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_lose_no_status_and_leave_no_zombie() {
    let bench = Arc::new(Bench::new());
    let mut runs = tokio::task::JoinSet::new();
    for slot in 0..8 {
        let bench = bench.clone();
        runs.spawn(async move {
            for n in 0..50 {
                let code = (slot * 50 + n) % 200;
                let attempt = bench.attempt();
                let command = bench.command(&format!("sleep 1000 > /dev/null 2>&1 & exit {code}"));
                let command =
                    if n % 2 == 0 { command } else { bench.command(&format!("sh -c exit/{code}")) };
                let finished = attempt.run(&command, bench.sink()).await.unwrap();
                assert_eq!(finished.code(), if n % 2 == 0 { code } else { 127 });
                assert_eq!(attempt.finish().await.len(), usize::from(n % 2 == 0));
            }
        });
    }
    runs.join_all().await;
    assert_eq!(bench.spawner.live(), 0);
}

#[tokio::test]
async fn a_flood_lets_others_run_between_its_pieces() {
    const PIECES: u32 = 32;
    let bench = Bench::new();
    let turns = Arc::new(AtomicU32::new(0));
    let counted = turns.clone();
    let others = tokio::spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    // It pauses first, so that its output is waited for, and pieces are no longer than a pipe.
    let flood = format!("sleep 0.05; head -c {} /dev/zero | tr '\\0' '\\n'", PIECES * 64 * 1024);
    let attempt = bench.attempt();
    let before = Arc::new(AtomicU32::new(0));
    let (seen, now) = (before.clone(), turns.clone());
    let sink: Sink = Arc::new(move |_, _: &str, _| {
        let _ = seen.compare_exchange(
            0,
            now.load(Ordering::Relaxed),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    });
    attempt.run(&bench.command(&flood), sink).await.unwrap();
    let during = turns.load(Ordering::Relaxed) - before.load(Ordering::Relaxed);
    others.abort();
    attempt.finish().await;
    assert!(during >= PIECES / 2, "{during} turns beside {PIECES} pieces");
}
