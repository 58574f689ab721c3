//! Runs that are run again, counted and forgotten.

use serde_json::Value;
use tests::{Home, Run};

/// Each task leaves a line when it runs; `test` fails while there is no file `mended`.
const CI: &str = r#"
local build = task("build"):command(function()
  fs.append("ran.txt", "build\n")
  return true, "built", { version = "1.4" }
end):build()
local test = task("test"):depends_on(build):command("echo test >> ran.txt; test -e mended"):build()
local pack = task("pack"):depends_on({ build, test }):command(function(this, params, deps)
  fs.append("ran.txt", "pack " .. deps.build.version .. "\n")
end):build()
local lint = task("lint"):command("echo lint >> ran.txt"):build()
workflow.define("ci"):tasks({ build, test, pack, lint }):config({ continue_on_error = true, max_parallel_tasks = 1 }):build()
"#;

fn failed() -> Home {
    let home = Home::new();
    home.write("ci.sloth", CI);
    home.sloth(["run"]).exits(1);
    assert_eq!(ran(&home), ["build", "lint", "test"]);
    home
}

/// What has run since the last look, sorted.
fn ran(home: &Home) -> Vec<String> {
    let mut lines: Vec<String> = home.read("ran.txt").lines().map(str::to_owned).collect();
    home.write("ran.txt", "");
    lines.sort();
    lines
}

#[test]
fn what_failed_is_run_again_with_what_follows_it_and_nothing_else() {
    let home = failed();
    let first = home.sloth(["run", "show"]).json();
    home.write("mended", "");
    home.sloth(["run", "rerun", "latest", "--failed"]).ok();
    assert_eq!(ran(&home), ["pack 1.4", "test"]);
    let run = home.sloth(["run", "show"]).json();
    assert_eq!(run["rerun_of"], first["id"]);
    let run = Run(run);
    assert_eq!((run.status(), run.task_status("build")), ("succeeded", "succeeded"));
    home.sloth(["run", "rerun", "--failed"]).exits(4).says("nothing failed");
}

#[test]
fn a_run_is_run_again_from_a_task_on_or_as_a_whole() {
    let home = failed();
    home.write("mended", "");
    home.sloth(["rerun", "latest", "--from", "lint"]).ok();
    assert_eq!(ran(&home), ["lint", "pack 1.4", "test"], "and what did not pass");
    home.sloth(["run", "rerun", "--from", "test"]).ok();
    assert_eq!(ran(&home), ["pack 1.4", "test"]);
    home.sloth(["run", "rerun"]).ok();
    assert_eq!(ran(&home), ["build", "lint", "pack 1.4", "test"]);
    home.sloth(["run", "rerun", "--from", "tset"]).exits(2).says("did you mean `test`?");
}

#[test]
fn runs_are_filtered_counted_and_forgotten() {
    let home = failed();
    home.write("mended", "");
    home.sloth(["run", "rerun", "--failed"]).ok();
    let ids = |flags: &[&str]| -> Vec<String> {
        let list = ["run", "list", "-o", "name"].iter().chain(flags).copied();
        home.sloth(list).ok().stdout.lines().map(str::to_owned).collect()
    };
    assert_eq!(ids(&[]).len(), 2);
    let [bad] = <[String; 1]>::try_from(ids(&["--status", "failed", "--since", "1h"])).unwrap();
    assert!(ids(&["--workflow", "other"]).is_empty() && ids(&["--until", "1h"]).is_empty());
    let stats = home.sloth(["run", "stats"]).json();
    let row = &stats["items"][0];
    assert_eq!(
        (&row["name"], &row["runs"], &row["failed"]),
        (&Value::from("ci"), &2.into(), &1.into())
    );
    home.sloth(["run", "stats", "--by", "task"]).ok().prints("lint");
    home.sloth(["run", "prune"]).exits(2);
    home.sloth(["run", "prune", "--status", "failed", "--dry-run"]).ok().says("1 run would be");
    home.sloth(["run", "prune", "--status", "failed"]).exits(2).says("--yes");
    home.sloth(["run", "prune", "--status", "failed", "--yes"]).ok().says("forgot 1 run");
    home.sloth(["run", "show", &bad]).exits(3);
    assert_eq!(ids(&[]).len(), 1);
}
