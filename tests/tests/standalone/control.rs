use std::time::Duration;

use tests::process;
use tests::{Effects, Home, Run, SHORT, Started, wait_until};

const SLOW: &str = r#"
local a = task("a"):command("echo one; echo two >&2; sleep 60"):build()
local b = task("b"):depends_on(a):command("true"):build()
workflow.define("slow"):tasks({ a, b }):build()
"#;

fn started(home: &Home, text: &str) -> Started {
    let path = home.write("w.sloth", text);
    home.sloth(["run", &path.display().to_string()]).start()
}

#[test]
fn ctrl_c_cancels_and_leaves_nothing_behind() {
    let (home, effects) = (Home::new(), Effects::new());
    let command = effects.command("a", 1000);
    let mut run = started(
        &home,
        &format!(
            "local a = task('a'):command([[{command}]]):build()\n\
             workflow.define('w'):tasks({{ a }}):build()"
        ),
    );
    wait_until("the task runs", SHORT, || match effects.spans("a").first() {
        Some(span) => Ok(span.pid),
        None => Err(run.standing()),
    });
    let below = process::descendants(run.guard());
    run.interrupt();
    assert_eq!(run.wait(), 8, "{}", run.standing());
    for pid in below {
        assert!(!process::is_alive(pid), "process {pid} lives on");
    }
    assert_eq!(effects.ended("a"), 0);
    let shown = Run(home.sloth(["run", "show"]).json());
    assert_eq!((shown.status(), shown.task_status("a")), ("cancelled", "cancelled"));
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("trap '' TERM INT; echo here; while true; do sleep 1; done"):build()
workflow.define("w"):tasks({ a }):build()
"#;
    let mut run = started(&home, text);
    run.writes("here");
    let below = process::descendants(run.guard());
    run.interrupt();
    run.writes("Ctrl-C again");
    // Two within a moment are one, as the terminal's reaches guard and node.
    let moment = Duration::from_millis(500);
    wait_until("it has ended", SHORT, || {
        std::thread::sleep(moment);
        run.interrupt();
        run.code().map(drop).ok_or_else(|| run.standing())
    });
    assert_eq!(run.wait(), 130, "{}", run.standing());
    for pid in below {
        assert!(!process::is_alive(pid), "process {pid} lives on");
    }
}

#[test]
fn a_run_can_be_looked_at_while_it_runs() {
    let home = Home::new();
    let mut run = started(&home, SLOW);
    run.writes("two");
    let list = home.sloth(["run", "list", "--active"]).json();
    assert_eq!(list["items"][0]["status"], "running");
    let shown = Run(home.sloth(["run", "show"]).json());
    assert_eq!((shown.task_status("a"), shown.task_status("b")), ("running", "pending"));
    let logs = home.sloth(["run", "logs", "latest", "a"]).ok();
    assert!(logs.stdout.contains("one") && logs.stdout.contains("two"), "{logs}");
    home.sloth(["run", "cancel", "latest"]).ok();
    run.finish().exits(8);
}

#[test]
fn a_follower_sees_the_run_to_its_end_and_ends_as_it_did() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("echo one; while [ ! -e go ]; do sleep 0.05; done; echo two; exit 1"):build()
workflow.define("w"):tasks({ a }):build()
"#;
    let mut run = started(&home, text);
    run.writes("one");
    let mut follower = home.sloth(["run", "follow"]).start();
    follower.writes("one");
    home.write("go", "");
    follower.writes("two");
    follower.finish().exits(1);
    run.finish().exits(1);
    let logs = home.sloth(["run", "logs"]).ok();
    assert!(logs.stdout.contains("one") && logs.stdout.contains("two"), "{logs}");
}

#[test]
fn a_stream_of_json_lines_has_the_run_its_lines_and_its_end() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("for i in $(seq 200); do echo line $i; done"):build()
workflow.define("w"):tasks({ a }):build()
"#;
    let path = home.write("w.sloth", text).display().to_string();
    let lines = home.sloth(["run", "-o", "jsonl", &path]).ok().lines();
    assert_eq!(lines.first().unwrap()["type"], "run");
    assert_eq!(lines.last().unwrap()["type"], "end");
    assert_eq!(lines.last().unwrap()["data"]["status"], "succeeded");
    let said = lines.iter().filter(|step| step["type"] == "line");
    let said: Vec<_> = said.map(|step| step["data"]["line"].as_str().unwrap()).collect();
    let expected: Vec<_> = (1..=200).map(|number| format!("line {number}")).collect();
    assert_eq!(said, expected);
}

#[test]
fn a_task_counts_its_own_tries_and_not_the_questions_between_them() {
    let home = Home::new();
    let text = r#"
local t = task("t"):retry_policy({ max_attempts = 4, initial_delay = "10ms", should_retry = function() return true end })
  :command(function(this) fs.append("tries", this.attempt .. " "); return this.attempt == 3 end):build()
workflow.define("w"):tasks({ t }):build()
"#;
    let path = home.write("tries.sloth", text).display().to_string();
    home.sloth(["run", &path]).ok();
    assert_eq!(home.read("tries"), "1 2 3 ");
}

#[test]
fn why_tells_the_story() {
    let home = Home::new();
    let text = r#"
local a = task("a"):retries(1, "fixed"):command("exit 7"):build()
local b = task("b"):depends_on(a):command("true"):build()
workflow.define("w"):tasks({ a, b }):build()
"#;
    started(&home, text).finish().exits(1);
    let run = home.sloth(["run", "show", "--why"]).json();
    let kinds: Vec<_> = run["why"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "task.started").count(), 2, "{kinds:?}");
    assert!(kinds.contains(&"workflow.failed"), "{kinds:?}");
    let why = home.sloth(["run", "show", "--why"]).ok();
    let (_, why) = why.stdout.split_once("\nWhy\n").unwrap();
    // Without the time of day, and without the starts of its node.
    let told: Vec<&str> = why.lines().map(|line| &line[14..]).collect();
    let told: Vec<&str> = told.into_iter().filter(|line| !line.contains("was started")).collect();
    let [first, rest @ ..] = &told[..] else { panic!("{why}") };
    assert!(
        first.starts_with("run    started by ") || first.starts_with("run  started by "),
        "{why}"
    );
    let squeezed = |line: &&str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let rest: Vec<String> = rest.iter().map(squeezed).collect();
    let last = "run failed: task `a`: ";
    assert_eq!(rest.len(), 7, "{why}");
    assert_eq!(rest[0], "a started");
    assert!(rest[1].starts_with("a failed with exit code 7"), "{why}");
    assert!(rest[2].starts_with("a is tried again in 1"), "{why}");
    assert!(rest[3].starts_with("a started, attempt 2"), "{why}");
    assert!(rest[4].starts_with("a failed with exit code 7, attempt 2"), "{why}");
    assert_eq!(rest[5], "b skipped: it needs `a`, which did not succeed");
    assert!(rest[6].starts_with(last), "{why}");
    let run = Run(run);
    assert_eq!(run.endings("a"), ["failed", "failed"]);
    assert_eq!(run.task_status("b"), "skipped", "{run}");
}

#[test]
fn detaching_needs_somebody_who_stays() {
    let home = Home::new();
    let path = home.write("w.sloth", SLOW).display().to_string();
    home.sloth(["run", "--detach", &path]).exits(2).says("sloth node");
    let mut first = home.sloth(["run", &path]).start();
    first.writes("one");
    let id = home.sloth(["run", "--detach", &path]).ok().stdout.trim().to_owned();
    let active = home.sloth(["run", "list", "--active"]).json();
    assert_eq!(active["items"].as_array().unwrap().len(), 2);
    home.sloth(["run", "cancel", &id]).ok();
    first.interrupt();
    first.finish().exits(8);
}

#[test]
fn a_limit_on_the_whole_workflow_ends_it() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("sleep 60"):build()
workflow.define("w"):tasks({ a }):config({ timeout = "500ms" }):build()
"#;
    let path = home.write("w.sloth", text).display().to_string();
    let run = home.sloth(["run", &path]).deadline(Duration::from_secs(20)).run();
    assert_eq!(run.code, 1, "{run}");
    let shown = Run(home.sloth(["run", "show"]).json());
    assert_eq!(shown.status(), "timed_out");
}
