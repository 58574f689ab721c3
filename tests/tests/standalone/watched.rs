//! Runs as a person sees them at a terminal.

use std::time::Duration;

use tests::{Home, SHORT, wait_until};

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

#[test]
fn ctrl_c_cancels_and_says_so_below_what_has_happened() {
    let home = Home::new();
    let text = r#"workflow.define("w"):tasks({ task("a"):command("echo begun; sleep 60") })"#;
    let path = home.write("w.sloth", text).display().to_string();
    let run = home.sloth(["run", &path]).on_terminal();
    run.shows("running    a").shows("\nbegun").interrupt();
    let (code, screen) = run.finish();
    assert_eq!(code, 8, "{screen}");
    let order = ["\nbegun", "cancelling the run; Ctrl-C again quits at once", "cancelled  a"];
    let places: Vec<usize> =
        order.iter().map(|text| screen.find(text).unwrap_or_else(|| panic!("{screen}"))).collect();
    assert!(places.is_sorted(), "{screen}");
    assert!(!screen.contains("running    a"), "nothing that would be redrawn stays: {screen}");
    assert!(screen.contains("\n1 task, 0 changed, 0 failed"), "{screen}");
    assert!(screen.contains("\nnext: sloth run rerun "), "{screen}");
}

#[test]
fn a_second_ctrl_c_hands_over_what_is_not_its_own_and_quits() {
    let home = Home::new();
    let deaf = r#"workflow.define("d"):tasks({ task("d"):command("trap '' TERM INT; echo here; while true; do sleep 1; done") })"#;
    let other = r#"workflow.define("o"):tasks({ task("o"):command("echo other; while [ ! -e go ]; do sleep 0.05; done") })"#;
    let deaf = home.write("deaf.sloth", deaf).display().to_string();
    let other = home.write("other.sloth", other).display().to_string();
    let holder = home.sloth(["run", &deaf]).on_terminal();
    holder.shows("here");
    let mut guest = home.sloth(["run", &other]).start();
    guest.writes("other");
    holder.interrupt();
    holder.shows("Ctrl-C again quits at once");
    // Two within a moment are one, as the terminal's reaches guard and node.
    wait_until("it has gone", SHORT, || {
        std::thread::sleep(Duration::from_millis(500));
        holder.interrupt();
        if holder.screen().contains("interrupted while run") {
            Ok(())
        } else {
            Err(holder.screen())
        }
    });
    let (code, screen) = holder.finish();
    assert_eq!(code, 130, "{screen}");
    guest.writes("going on here");
    home.write("go", "");
    guest.finish().exits(0);
}

/// Whoever sits at a terminal is told what may come next; a script, whoever is quiet and a program are not.
#[test]
fn each_success_ends_with_the_next_command() {
    let home = Home::new();
    home.write("w.sloth", r#"workflow.define("w"):tasks({ task("a"):command("true") })"#);
    for (line, next) in [
        ("check w.sloth", "sloth plan w.sloth"),
        ("graph", "sloth plan"),
        ("plan --static w.sloth", "sloth run w.sloth"),
        ("run w.sloth", "sloth run show"),
        ("run list", "sloth run show 01"),
        ("run show", "sloth run logs 01"),
        ("run logs", "sloth run show 01"),
        ("fmt", "sloth check"),
        ("workflow list", "sloth workflow show w.sloth"),
        ("workflow show w.sloth", "sloth run w.sloth"),
        ("state set k v", "sloth state get k"),
        ("state get k", "sloth state show k"),
        ("state incr n", "sloth state get n"),
        ("state stats", "sloth state list"),
        ("events list", "sloth events watch --from "),
        ("cluster status", "sloth node list"),
        ("modules --module fs", "sloth help fs."),
    ] {
        let (code, screen) = home.sloth(line.split(' ')).on_terminal().finish();
        assert_eq!(code, 0, "{line}: {screen}");
        let last = screen.trim_end().lines().last().unwrap_or_default();
        assert!(last.starts_with(&format!("next: {next}")), "{line}: {screen}");
    }
    for line in ["run list -q", "run list -o json"] {
        let (_, screen) = home.sloth(line.split(' ')).on_terminal().finish();
        assert!(!screen.contains("next: "), "{line}: {screen}");
    }
    let script = home.sloth(["run", "list"]).ok();
    assert!(!script.stderr.contains("next: "), "{script}");
}

#[test]
fn progress_can_be_lines_or_nothing() {
    let home = Home::new();
    home.write("w.sloth", r#"workflow.define("w"):tasks({ task("a"):command("echo hi") })"#);
    let (_, plain) = home.sloth(["run", "--progress", "plain"]).on_terminal().finish();
    assert!(plain.contains("hi\n") && plain.contains("succeeded  a"), "{plain}");
    let none = home.sloth(["run", "--progress", "none"]).ok().says("1 task, 1 changed, 0 failed");
    assert!(!none.stderr.contains("succeeded") && none.stdout.is_empty(), "{none}");
    home.sloth(["run", "--progress", "fancy"]).exits(2);
}
