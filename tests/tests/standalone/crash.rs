use tests::process::{self, Signal};
use tests::{Effects, Home, Run, SHORT, Started, wait_until};

/// A task that is done quickly, one at work when the crash comes, and one after it.
fn three_tasks(effects: &Effects, beats: u32) -> String {
    let [first, second, third] = [("first", 0), ("second", beats), ("third", 0)]
        .map(|(tag, beats)| effects.command(tag, beats));
    format!(
        r#"
local first = task("first"):command([[{first}]]):build()
local second = task("second"):depends_on(first):command([[{second}]]):build()
local third = task("third"):depends_on(second):command([[{third}]]):build()
workflow.define("crash"):tasks({{ first, second, third }}):build()
"#
    )
}

/// A run in the middle of its second task.
fn in_the_middle(home: &Home, effects: &Effects, beats: u32) -> Started {
    let path = home.write("crash.sloth", three_tasks(effects, beats));
    let run = home.sloth(["run", &path.display().to_string()]).start();
    wait_until("the second task runs", SHORT, || match effects.begun("second") {
        0 => Err(run.standing()),
        _ => Ok(()),
    });
    run
}

/// Resumes and looks whether all went on where it stopped.
fn resumes(home: &Home, effects: &Effects) {
    let list = home.sloth(["run", "list"]).json();
    assert_eq!(list["items"][0]["interrupted"], true, "{list}");
    home.sloth(["run", "--resume"]).ok();
    for tag in ["first", "second", "third"] {
        assert_eq!(effects.ended(tag), 1, "{tag}: {:#?}", effects.spans(tag));
        effects.assert_apart(tag);
    }
    assert_eq!(effects.begun("first"), 1);
    let run = Run(home.sloth(["run", "show"]).json());
    assert_eq!(run.status(), "succeeded");
    assert_eq!(run.endings("first"), ["succeeded"]);
    assert_eq!(run.endings("second"), ["lost", "succeeded"], "{run}");
    home.sloth(["run", "--resume"]).exits(3);
}

fn all_end(pids: &[u32], what: &str) {
    wait_until(what, SHORT, || {
        let alive: Vec<_> = pids.iter().filter(|pid| process::is_alive(**pid)).collect();
        if alive.is_empty() { Ok(()) } else { Err(format!("{alive:?} live on")) }
    });
}

#[test]
fn when_the_node_dies_its_guard_ends_all_and_the_run_can_be_resumed() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut run = in_the_middle(&home, &effects, 60);
    let below = process::descendants(run.guard());
    process::signal(run.node(), Signal::KILL);
    assert_ne!(run.wait(), 0);
    all_end(&below, "the guard has ended the task");
    resumes(&home, &effects);
}

#[test]
fn when_the_guard_dies_the_node_ends_all_and_the_run_can_be_resumed() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut run = in_the_middle(&home, &effects, 60);
    let below = process::descendants(run.guard());
    process::signal(run.guard(), Signal::KILL);
    run.wait();
    all_end(&below, "the node has ended the task and itself");
    resumes(&home, &effects);
}

#[test]
fn when_both_die_the_next_start_ends_what_they_left() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut run = in_the_middle(&home, &effects, 60);
    run.kill();
    resumes(&home, &effects);
    let spans = effects.spans("second");
    assert!(!spans[0].ended, "the first attempt was not ended: {spans:#?}");
}

#[test]
fn any_command_sees_the_interrupted_run_and_none_but_resume_goes_on_with_it() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut run = in_the_middle(&home, &effects, 60);
    run.kill();
    for _ in 0..2 {
        let shown = Run(home.sloth(["run", "show"]).json());
        assert_eq!(shown.0["interrupted"], true, "{shown}");
        assert!(!shown.has_ended());
    }
    let apart = Effects::new();
    let other = home.write("other.sloth", three_tasks(&apart, 0));
    home.sloth(["run", &other.display().to_string()]).ok();
    assert_eq!(effects.begun("second"), 1, "an unasked run resumed");
    resumes_by_id(&home, &effects);
}

fn resumes_by_id(home: &Home, effects: &Effects) {
    let active = home.sloth(["run", "list", "--active"]).json();
    let id = active["items"][0]["id"].as_str().unwrap().to_owned();
    home.sloth(["run", "--resume", &id]).ok();
    assert_eq!(effects.ended("second"), 1);
}

#[test]
fn an_interrupted_run_can_be_cancelled() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut run = in_the_middle(&home, &effects, 60);
    run.kill();
    home.sloth(["run", "cancel", "latest"]).ok();
    let shown = Run(home.sloth(["run", "show"]).json());
    assert_eq!(shown.status(), "cancelled", "{shown}");
}

#[test]
fn a_resumed_run_has_the_environment_of_whoever_resumes_it() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("echo $COLOUR >> colours; while [ ! -e go ]; do sleep 0.05; done"):build()
workflow.define("w"):tasks({ a }):build()
"#;
    let path = home.write("w.sloth", text).display().to_string();
    let mut run = home.sloth(["run", &path]).env("COLOUR", "red").start();
    wait_until("the task runs", SHORT, || match home.read("colours").is_empty() {
        true => Err(run.standing()),
        false => Ok(()),
    });
    run.kill();
    home.write("go", "");
    home.sloth(["run", "--resume"]).env("COLOUR", "green").ok();
    assert_eq!(home.read("colours"), "red\ngreen\n");
}
