use std::time::Duration;

use tests::{Finished, Home};

fn run(text: &str) -> Finished {
    let home = Home::new();
    let path = home.write("w.sloth", text);
    home.sloth(["run", &path.display().to_string()]).run()
}

#[test]
fn a_syntax_error_ends_with_2_and_shows_the_place() {
    let finished = run("local a = task(\"a\")\n  :command(\"true\"\n  :build()\n").exits(2);
    let finished = finished.says("w.sloth:3");
    assert!(finished.stderr.lines().any(|line| line.trim_end().ends_with('^')), "{finished}");
}

#[test]
fn an_unknown_name_ends_with_2_and_names_the_nearest() {
    let text = "local a = task(\"a\"):comand(\"true\"):build()\nworkflow.define(\"w\"):tasks({ a }):build()\n";
    run(text).exits(2).says("comand").says("command").says("w.sloth:1");
}

#[test]
fn a_cycle_ends_with_2_and_shows_its_path() {
    let text = r#"
local a = task("a"):depends_on("b"):command("true"):build()
local b = task("b"):depends_on("a"):command("true"):build()
workflow.define("w"):tasks({ a, b }):build()
"#;
    let finished = run(text).exits(2);
    assert!(finished.stderr.contains("cycle"), "{finished}");
    assert!(finished.stderr.contains('a') && finished.stderr.contains('b'), "{finished}");
}

#[test]
fn an_unknown_dependency_ends_with_2() {
    let text = r#"
local deploy = task("deploy"):depends_on("biuld"):command("true"):build()
local build = task("build"):command("true"):build()
workflow.define("w"):tasks({ deploy, build }):build()
"#;
    run(text).exits(2).says("biuld").says("build");
}

#[test]
fn a_task_that_fails_ends_the_run_with_1() {
    let text = r#"
local a = task("a"):command("echo the disk is full >&2; exit 3"):build()
local b = task("b"):depends_on(a):command("true"):build()
workflow.define("w"):tasks({ a, b }):build()
"#;
    run(text).exits(1).says("the disk is full").says("exit");
}

#[test]
fn a_task_beyond_its_time_ends_the_run_with_1() {
    let text = r#"
local a = task("a"):timeout("300ms"):command("sleep 60"):build()
workflow.define("w"):tasks({ a }):build()
"#;
    run(text).exits(1).says("timed_out");
}

#[test]
fn a_runtime_error_names_file_and_line() {
    let text = r#"
local a = task("a"):command(function()
  local nothing = nil
  return nothing.field
end):build()
workflow.define("w"):tasks({ a }):build()
"#;
    run(text).exits(1).says("w.sloth:4");
}

#[test]
fn what_is_not_there_ends_with_3() {
    let home = Home::new();
    home.sloth(["run", "show", "01M87WEX5W9T0R3YV1CHCHH4QQ"]).exits(3);
    home.sloth(["run", "logs", "latest"]).exits(3);
    home.sloth(["run", "--resume"]).exits(3);
    home.sloth(["state", "get", "nothing"]).exits(3);
    home.sloth(["workflow", "show", "nothing"]).exits(3);
    home.sloth(["run", "--saved", "nothing"]).exits(3);
    home.sloth(["node", "show", "nobody"]).exits(3);
}

#[test]
fn a_flag_that_is_not_there_ends_with_2() {
    let home = Home::new();
    home.sloth(["run", "--unheard-of"]).exits(2).says("--unheard-of");
    home.sloth(["unheard-of"]).exits(2);
    home.sloth(["run", "missing.sloth"]).exits(2).says("missing.sloth");
    home.sloth(["state", "set", "k"]).exits(2);
}

#[test]
fn a_swap_that_comes_too_late_ends_with_4() {
    let home = Home::new();
    home.sloth(["state", "set", "k", "1"]).ok();
    home.sloth(["state", "cas", "k", "1", "2"]).ok();
    home.sloth(["state", "cas", "k", "1", "3"]).exits(4);
    home.sloth(["state", "get", "k"]).ok().prints("2");
}

#[test]
fn a_node_that_does_not_answer_ends_with_6() {
    let home = Home::new();
    let path = home.write("w.sloth", "");
    let path = path.display().to_string();
    home.sloth(["--node", "unix:/nowhere/api.sock", "run", &path]).exits(6);
}

#[test]
fn a_run_that_is_cancelled_ends_with_8() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("echo here; sleep 60"):build()
workflow.define("w"):tasks({ a }):build()
"#;
    let path = home.write("w.sloth", text);
    let mut run = home.sloth(["run", &path.display().to_string()]).start();
    run.writes("here");
    home.sloth(["run", "cancel", "latest", "--reason", "enough"]).ok();
    run.finish().exits(8).says("cancelled");
}

#[test]
fn a_value_beyond_its_bound_ends_with_9() {
    let home = Home::new();
    let big = "x".repeat(100 << 10);
    home.sloth(["state", "set", "k", &big]).exits(9);
    home.sloth(["state", "get", "k"]).exits(3);
}

#[test]
fn a_script_beyond_its_bound_is_refused_at_once() {
    let home = Home::new();
    let path = home.write("big.sloth", format!("-- {}\n", "x".repeat(10 << 20)));
    let finished = home.sloth(["run", &path.display().to_string()]);
    let finished = finished.deadline(Duration::from_secs(10)).run();
    assert!(matches!(finished.code, 2 | 9), "{finished}");
    assert!(finished.stderr.contains("MiB"), "{finished}");
}

#[test]
fn errors_are_one_line_with_a_hint_and_data_is_alone_on_standard_output() {
    let home = Home::new();
    let finished = home.sloth(["state", "get", "nothing"]).exits(3);
    assert!(finished.stdout.is_empty() && finished.stderr.starts_with("error: "), "{finished}");
    home.sloth(["state", "set", "k", "v"]).ok();
    assert_eq!(home.sloth(["state", "get", "k"]).ok().stdout, "v\n");
}
