use tests::{Effects, Home, Run, SHORT, Started, wait_until};

fn workflow(name: &str, effects: &Effects, beats: u32) -> String {
    let command = effects.command(name, beats);
    format!(
        "local t = task('{name}'):command([[{command}]]):build()\n\
         workflow.define('{name}'):tasks({{ t }}):build()"
    )
}

fn start(home: &Home, effects: &Effects, name: &str, beats: u32) -> Started {
    let path = home.write(&format!("{name}.sloth"), workflow(name, effects, beats));
    let run = home.sloth(["run", &path.display().to_string()]).start();
    wait_until("the task runs", SHORT, || match effects.begun(name) {
        0 => Err(run.standing()),
        _ => Ok(()),
    });
    run
}

#[test]
fn a_second_run_is_handed_to_the_first_which_stays_for_it() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut first = start(&home, &effects, "first", 10);
    let second = start(&home, &effects, "second", 40);
    let list = home.sloth(["run", "list", "--active"]).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "{list}");
    first.writes("waiting for run");
    second.finish().exits(0);
    first.finish().exits(0);
    assert_eq!((effects.ended("first"), effects.ended("second")), (1, 1));
}

#[test]
fn ctrl_c_hands_the_run_of_another_back() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut first = start(&home, &effects, "first", 10);
    let second = start(&home, &effects, "second", 60);
    first.writes("waiting for run").interrupt();
    first.finish().exits(0).says("goes back to whoever handed it over");
    second.finish().exits(0).says("going on here");
    assert_eq!((effects.ended("first"), effects.ended("second")), (1, 1));
    effects.assert_apart("second");
}

#[test]
fn when_the_holder_dies_the_other_goes_on_with_its_own_run() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut first = start(&home, &effects, "first", 200);
    let second = start(&home, &effects, "second", 40);
    first.kill();
    second.finish().exits(0).says("going on here");
    assert_eq!(effects.ended("second"), 1);
    effects.assert_apart("second");
    let run = Run(home.sloth(["run", "show"]).json());
    assert_eq!(run.endings("second"), ["lost", "succeeded"]);
    assert_eq!(effects.ended("first"), 0, "nobody asked for the first to go on");
}

#[test]
fn other_commands_use_the_socket_of_a_run() {
    let (home, effects) = (Home::new(), Effects::new());
    let mut run = start(&home, &effects, "busy", 400);
    home.sloth(["state", "set", "colour", "red"]).ok();
    assert_eq!(home.sloth(["state", "get", "colour"]).ok().stdout, "red\n");
    let status = home.sloth(["cluster", "status"]).json();
    assert_eq!(status["standalone"], true);
    let node = home.sloth(["node", "list"]).json();
    assert_eq!(node["items"][0]["running"], 1, "{node}");
    home.sloth(["events", "list"]).ok().prints("task.started");
    run.interrupt();
    assert_eq!(run.wait(), 8);
    assert_eq!(home.sloth(["state", "get", "colour"]).ok().stdout, "red\n");
}

#[test]
fn a_lock_excludes_across_processes_and_its_tokens_rise() {
    let home = Home::new();
    let held = home
        .sloth([
            "state",
            "lock",
            "build",
            "--",
            "sh",
            "-c",
            "touch held; while [ ! -e go ]; do sleep 0.05; done",
        ])
        .start();
    wait_until("the lock is held", SHORT, || match home.work().join("held").exists() {
        true => Ok(()),
        false => Err(held.standing()),
    });
    home.sloth(["state", "lock", "build", "--", "true"]).exits(4);
    home.write("go", "");
    held.finish().exits(0);
    let token = |_| {
        let taken = home.sloth(["state", "lock", "build"]).json();
        let token = taken["token"].as_u64().unwrap_or_else(|| panic!("{taken}"));
        home.sloth(["state", "unlock", "build", "--token", &token.to_string()]).ok();
        token
    };
    let [first, second] = [0, 1].map(token);
    assert!(first < second);
    let fence = format!("build={first}");
    home.sloth(["state", "set", "k", "v", "--fence", &fence]).exits(4);
}
