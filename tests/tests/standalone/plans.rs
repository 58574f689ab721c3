//! Runs as they would be, and as somebody else than the file wants them.

use serde_json::json;
use tests::{Home, Run};

const CI: &str = r#"
local build = task("build"):description("Compiles"):tags({ "early" }):command("echo build >> ran.txt"):build()
local test = task("test"):depends_on(build):command("echo test >> ran.txt"):build()
local pack = task("pack"):depends_on(test):command(function()
  local written = fs.write("packed.txt", "1.4\n")
  return { changed = written.changed }
end):build()
workflow.define("ci"):description("Builds and packs"):tasks({ build, test, pack }):build()
"#;

fn home() -> Home {
    let home = Home::new();
    home.write("ci.sloth", CI);
    home
}

fn runs(home: &Home) -> usize {
    home.sloth(["run", "list"]).json()["items"].as_array().unwrap().len()
}

/// What has run since the last look.
fn ran(home: &Home) -> String {
    let ran = home.read("ran.txt").replace('\n', " ");
    home.write("ran.txt", "");
    ran.trim().to_owned()
}

#[test]
fn a_dry_run_shows_the_plan_and_runs_nothing() {
    let home = home();
    let shown = home.sloth(["run", "--dry-run"]).ok();
    let shown = shown.prints("wave 1\n  build  Compiles\n      $ echo build >> ran.txt\n");
    let shown = shown.prints("wave 3\n  pack\n      a function\n      after test\n");
    assert!(shown.stdout.starts_with("ci  Builds and packs\n3 tasks, "), "{shown}");
    home.sloth(["run", "--dry-run", "--exit-code"]).exits(10);
    home.sloth(["plan", "--static", "--exit-code"]).exits(10);
    home.sloth(["run", "--dry-run", "-t", "tset"]).exits(2).says("did you mean `test`?");
    let plan = home.sloth(["plan", "--static", "--skip", "test"]).json();
    let names: Vec<_> =
        plan["tasks"].as_array().unwrap().iter().map(|task| &task["name"]).collect();
    assert_eq!(names, ["build", "pack"]);
    assert_eq!((runs(&home), ran(&home)), (0, String::new()));
}

#[test]
fn a_check_asks_every_task_and_changes_nothing() {
    let home = home();
    home.sloth(["plan", "--exit-code"]).exits(10).prints("wave 1").says("3 would change, 0 failed");
    home.sloth(["run", "--check"]).ok().says("3 would change, 0 failed");
    assert!(!home.work().join("packed.txt").exists());
    assert_eq!(ran(&home), "");
    assert_eq!(home.sloth(["run", "show"]).json()["check"], true);
    home.sloth(["run"]).ok().says("3 tasks, 3 changed, 0 failed");
    home.sloth(["plan", "-t", "pack", "--no-deps", "--exit-code"]).ok().says("0 would change");
}

#[test]
fn a_plan_is_run_once_somebody_has_agreed() {
    let home = home();
    home.sloth(["run", "--plan"]).exits(2).prints("wave 1").says("--yes");
    assert_eq!(runs(&home), 0);
    home.sloth(["run", "--plan", "--yes"]).ok().prints("wave 1").says("3 changed");
    let mut run = home.sloth(["run", "--plan"]).on_terminal();
    run.shows("Run this? [y/N]");
    run.types("n\n");
    assert_eq!(run.finish().0, 8);
    assert_eq!(runs(&home), 1);
}

#[test]
fn part_of_a_workflow_is_run() {
    let home = home();
    let run = |flags: &[&str]| {
        let arguments = ["run"].iter().chain(flags).copied();
        home.sloth(arguments).ok();
        ran(&home)
    };
    assert_eq!(run(&["-t", "test"]), "build test");
    assert_eq!(run(&["-t", "test", "--no-deps"]), "test");
    assert_eq!(run(&["--from", "test"]), "test");
    assert_eq!(run(&["--skip", "build"]), "test");
    assert_eq!(run(&["--tag", "early"]), "build");
    home.sloth(["run", "--tag", "late"]).exits(2).says("early");
}

#[test]
fn the_line_wins_over_the_file() {
    let home = Home::new();
    let slow = r#"
local a = task("a"):timeout("1m"):command("sleep 60"):build()
workflow.define("slow"):tasks({ a }):build()
"#;
    home.write("slow.sloth", slow);
    home.sloth(["run", "--timeout", "500ms"])
        .env("SLOTH_TIMEOUT", "40s")
        .exits(1)
        .says("timed_out");
    let flaky = r#"
local a = task("a"):command(function(this)
  return this.attempt > 1, table.concat(values.args, "+")
end):build()
workflow.define("flaky"):tasks({ a }):build()
"#;
    let path = home.write("flaky.sloth", flaky).display().to_string();
    home.sloth(["run", &path, "--", "one", "two"]).exits(1).says("one+two");
    let labelled = ["--label", "ticket=42", "--reason", "asked for"];
    let line = ["run", &path, "--retry", "1"].into_iter().chain(labelled).chain(["--", "x"]);
    home.sloth(line).env("SLOTH_TIMEOUT", "40s").ok();
    let shown = Run(home.sloth(["run", "show"]).json());
    assert_eq!(shown.0["metadata"], json!({"reason": "asked for", "ticket": "42"}));
    assert_eq!(shown.endings("a"), ["failed", "succeeded"]);
}

#[test]
fn several_workflows_of_a_file_run_in_order_as_long_as_all_goes_well() {
    let home = Home::new();
    let two = r#"
workflow.define("first"):tasks({ task("a"):command("echo a >> ran.txt; test ! -e broken") })
workflow.define("second"):tasks({ task("b"):command("echo b >> ran.txt") })
"#;
    let path = home.write("two.sloth", two).display().to_string();
    home.sloth(["run", &path]).ok().says("workflow first").says("workflow second");
    assert_eq!((ran(&home).as_str(), runs(&home)), ("a b", 2));
    home.sloth(["run", &path, "-w", "second"]).ok();
    assert_eq!(ran(&home), "b");
    home.write("broken", "");
    home.sloth(["run", &path]).exits(1);
    assert_eq!(ran(&home), "a");
    home.sloth(["run", &path, "-w", "secnd"]).exits(3).says("second");
}

#[test]
fn whoever_sits_there_is_asked_before_each_task() {
    let home = home();
    let asked = home.sloth(["run", "--interactive"]).input("what?\nrun\nskip\nrun\n").ok();
    let asked = asked.says("task `build`: run, skip, all or abort?");
    assert_eq!((ran(&home).as_str(), asked.code), ("build", 0));
    let run = Run(home.sloth(["run", "show"]).json());
    assert_eq!((run.task_status("test"), run.task_status("pack")), ("skipped", "skipped"), "{run}");
    home.sloth(["run", "-i"]).input("all\n").ok();
    assert_eq!(ran(&home), "build test");
    home.sloth(["run", "-i"]).input("run\nabort\n").exits(1);
    assert_eq!(ran(&home), "build");
    home.sloth(["run", "-i", "--no-input"]).exits(2);
}
