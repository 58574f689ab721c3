//! Runs as a person sees them at a terminal.

use tests::Home;

#[test]
fn a_run_is_a_tree_below_what_has_happened_and_everything_stays() {
    let home = Home::new();
    let text = r#"
local build = task("build"):command("echo compiling; while [ ! -e go ]; do sleep 0.05; done"):build()
local test = task("test"):depends_on(build):command("echo testing"):build()
local pack = task("pack"):depends_on(test):command("echo packing"):build()
workflow.define("ci"):tasks({ build, test, pack }):build()
"#;
    let path = home.write("ci.sloth", text).display().to_string();
    let run = home.sloth(["run", &path]).on_terminal();
    run.shows("build | compiling").shows("running    build");
    run.shows("pending    └─ test")
        .shows("pending       └─ pack")
        .shows("1 running, 2 waiting, 0 done");
    home.write("go", "");
    let (code, screen) = run.finish();
    assert_eq!(code, 0, "{screen}");
    for line in ["build | compiling", "test  | testing", "pack  | packing"] {
        let line = line.replace("  |", " |");
        assert!(screen.contains(&line), "{line}: {screen}");
    }
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    let ended = |name: &str| {
        let start = format!("succeeded  {name:<5}");
        lines.iter().position(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{screen}"))
    };
    assert!(ended("build") < ended("test") && ended("test") < ended("pack"), "{screen}");
    assert!(!screen.contains("running"), "{screen}");
    let total =
        lines.iter().find(|line| line.starts_with("3 tasks, 3 changed, 0 failed in ")).unwrap();
    let next = lines.iter().position(|line| line == total).unwrap() + 1;
    assert_eq!(lines[next], "next: sloth run show", "{screen}");
}

#[test]
fn the_last_lines_of_what_failed_stand_below_the_summary() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("seq 100; echo no space left >&2; exit 3"):build()
local b = task("b"):depends_on(a):command("true"):build()
workflow.define("w"):tasks({ a, b }):build()
"#;
    let path = home.write("w.sloth", text).display().to_string();
    let (code, screen) = home.sloth(["run", &path]).on_terminal().finish();
    assert_eq!(code, 1, "{screen}");
    let below = screen.split("2 tasks, 0 changed, 1 failed, 1 skipped in ").nth(1).unwrap();
    assert!(below.contains("a failed on ") && below.contains("with exit code 3"), "{screen}");
    assert!(below.contains("\n  no space left\n") && below.contains("\n  100\n"), "{screen}");
    assert!(!below.contains("\n  80\n"), "twenty lines are enough: {screen}");
    assert!(below.contains("hint: sloth run logs "), "{screen}");
    let plain = home.sloth(["run", &path]).exits(1);
    let below = plain.stderr.split("1 skipped in ").nth(1).unwrap();
    assert!(below.contains("\n  no space left\n") && !below.contains("next:"), "{plain}");
}

#[test]
fn quiet_means_nothing_but_results() {
    let home = Home::new();
    let text = r#"workflow.define("w"):tasks({ task("a"):command("echo hi") })"#;
    let path = home.write("w.sloth", text).display().to_string();
    let (code, screen) = home.sloth(["run", "-q", &path]).on_terminal().finish();
    assert_eq!((code, screen.trim()), (0, "hi"));
}
