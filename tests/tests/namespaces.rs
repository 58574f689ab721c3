//! Machines with a network of their own, one switch and one secret, and not a word about each other.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

use std::time::Duration;

use serde_json::Value;
use tests::{Effects, LONG, Lan, Machine, Run, SHORT, Started, are_one, wait_until};

/// The task and the instance a trace belongs to.
const TRACE: &str = "$SLOTH_TASK/$SLOTH_INSTANCE";

/// Two of three have the tag.
fn machines(lan: &Lan) -> [Machine<'_>; 3] {
    [
        Machine::new(lan, 0, "alpha", &["web"]),
        Machine::new(lan, 1, "beta", &["web"]),
        Machine::new(lan, 2, "gamma", &[]),
    ]
}

/// Their cluster, led by one of those with the tag.
fn led_by_web<'a>(lan: &'a Lan) -> ([Machine<'a>; 3], usize) {
    let mut machines = machines(lan);
    machines.iter_mut().for_each(Machine::start);
    loop {
        let (_, leader) = are_one(&machines.each_ref(), 3);
        match machines.iter().position(|machine| machine.name() == leader) {
            Some(2) => {
                machines[2].power_off();
                machines[2].start();
            }
            place => return (machines, place.unwrap()),
        }
    }
}

/// A build at home, a deployment to all with the tag, a check on one of them.
fn deployment(effects: &Effects, build: u32, deploy: u32) -> String {
    let [build, deploy, check] = [build, deploy, 4].map(|beats| effects.command(TRACE, beats));
    format!(
        r#"
local build = task("build"):command([[{build}]]):build()
local deploy = task("deploy"):depends_on(build):delegate_to({{ tags = {{ "web" }} }}):command([[{deploy}]]):build()
local check = task("check"):depends_on(deploy):delegate_to("any:web"):command([[{check}]]):build()
workflow.define("deploy-by-tag"):tasks({{ build, deploy, check }}):build()
"#
    )
}

/// The end of a run that somebody follows, who must see all of it.
fn ends(mut followed: Started, owner: &Machine<'_>) -> Run {
    let code = wait_until("who follows sees the end", Duration::from_secs(90), || {
        let shown = || owner.sloth(["run", "show", "--why"]).run();
        followed.code().ok_or_else(|| format!("{}\n{}", followed.standing(), shown()))
    });
    assert_eq!(code, 0, "{}", followed.standing());
    let run = owner.show("latest").unwrap();
    assert_eq!(run.status(), "succeeded", "{}", followed.standing());
    run
}

fn begins(effects: &Effects, trace: &str) {
    wait_until(&format!("{trace} begins"), LONG, || match effects.begun(trace) {
        0 => Err("not begun".into()),
        _ => Ok(()),
    });
}

/// Each instance came to its end once, whatever became of other attempts.
fn assert_done_once(effects: &Effects, run: &Run) {
    for task in ["build", "deploy", "check"] {
        for instance in run.instances(task) {
            let trace = format!("{task}/{}", instance["slot"]);
            assert_eq!(effects.ended(&trace), 1, "{trace}: {:#?}\n{run}", effects.spans(&trace));
            effects.assert_apart(&trace);
        }
    }
}

/// What was agreed about the run: kinds and tasks, oldest first.
fn story(machine: &Machine<'_>, id: &str) -> Vec<Value> {
    machine.sloth(["run", "show", id, "--why"]).json()["why"].as_array().unwrap().clone()
}

fn tells(story: &[Value], kind: &str, task: &str) -> usize {
    story.iter().filter(|event| event["kind"] == kind && event["task"] == task).count()
}

#[test]
#[ignore = "needs root and ip netns"]
fn three_started_at_once_are_one_cluster_every_time() {
    let lan = Lan::new(3);
    for _ in 0..3 {
        let mut machines = machines(&lan);
        machines.iter_mut().for_each(Machine::start);
        are_one(&machines.each_ref(), 3);
    }
}

#[test]
#[ignore = "needs root and ip netns"]
fn a_machine_that_comes_later_still_finds_the_others() {
    let lan = Lan::new(3);
    let mut machines = machines(&lan);
    machines[..2].iter_mut().for_each(Machine::start);
    let (before, _) = are_one(&[&machines[0], &machines[1]], 1);
    // Nobody is founding any more: it makes no difference whether this is seconds or hours later.
    machines[2].start();
    let (after, _) = are_one(&machines.each_ref(), 3);
    assert_eq!(before, after);
}

#[test]
#[ignore = "needs root and ip netns"]
fn a_followed_run_does_not_notice_the_death_of_a_leader_that_has_no_part_in_it() {
    let (lan, effects) = (Lan::new(3), Effects::new());
    let (mut machines, leader) = led_by_web(&lan);
    let followed = machines[2].follow(&deployment(&effects, 40, 20));
    begins(&effects, "build/0");
    machines[leader].power_off();
    let run = ends(followed, &machines[2]);
    assert_done_once(&effects, &run);
    assert_eq!(run.endings("build"), ["succeeded"], "{run}");
    assert_eq!(effects.begun("build/0"), 1);
    let survivor = &machines[1 - leader];
    let story = story(survivor, run.id());
    assert_eq!(tells(&story, "task.completed", "build"), 1, "{story:#?}");
    assert_eq!(tells(&story, "task.completed", "check"), 1, "{story:#?}");
    assert_eq!(story.last().unwrap()["kind"], "workflow.completed", "{story:#?}");
}

#[test]
#[ignore = "needs root and ip netns"]
fn the_task_of_a_leader_that_dies_runs_again_and_is_reported_once() {
    let (lan, effects) = (Lan::new(3), Effects::new());
    let (mut machines, leader) = led_by_web(&lan);
    let followed = machines[2].follow(&deployment(&effects, 2, 80));
    for trace in ["deploy/0", "deploy/1"] {
        begins(&effects, trace);
    }
    machines[leader].power_off();
    let run = ends(followed, &machines[2]);
    assert_done_once(&effects, &run);
    let dead = machines[leader].name();
    let again: Vec<&Value> =
        run.instances("deploy").iter().filter(|it| it["attempts"][0]["node"] == dead).collect();
    let [again] = again[..] else { panic!("{run}") };
    assert_eq!(again["attempts"][0]["status"], "lost", "{run}");
    assert_eq!(again["attempts"][1]["status"], "succeeded", "{run}");
    assert_eq!(again["attempts"].as_array().unwrap().len(), 2, "{run}");
    let story = story(&machines[1 - leader], run.id());
    assert_eq!(tells(&story, "task.lost", "deploy"), 1, "{story:#?}");
    assert_eq!(tells(&story, "task.started", "deploy"), 3, "{story:#?}");
    assert_eq!(tells(&story, "task.completed", "deploy"), 2, "{story:#?}");
}

#[test]
#[ignore = "needs root and ip netns"]
fn a_machine_that_is_cut_off_stops_before_others_begin_and_comes_back() {
    let (lan, effects) = (Lan::new(3), Effects::new());
    let mut machines = machines(&lan);
    machines.iter_mut().for_each(Machine::start);
    are_one(&machines.each_ref(), 3);
    let command = effects.command(TRACE, 160);
    let id = machines[2].submit(&format!(
        r#"
local work = task("work"):delegate_to({{ tags = {{ "web" }} }}):command([[{command}]]):build()
workflow.define("cut"):tasks({{ work }}):config({{ max_parallel_tasks = 2 }}):build()
"#
    ));
    let traces = ["work/0", "work/1"];
    traces.iter().for_each(|trace| begins(&effects, trace));
    machines[0].cut();
    let run = machines[2].run_ends(&id, Duration::from_secs(90));
    assert_eq!(run.status(), "succeeded", "{run}");
    for trace in traces {
        assert_eq!(effects.ended(trace), 1, "{trace}: {:#?}\n{run}", effects.spans(trace));
        effects.assert_apart(trace);
    }
    let lost = run.instances("work").iter().filter(|it| it["attempts"][0]["status"] == "lost");
    assert_eq!(lost.count(), 1, "{run}");
    machines[0].mend();
    are_one(&machines.each_ref(), 3);
    let id = machines[2].submit(
        r#"
local back = task("back"):delegate_to("alpha"):command("true"):build()
workflow.define("healed"):tasks({ back }):build()
"#,
    );
    let run = machines[2].run_ends(&id, SHORT);
    assert_eq!((run.status(), run.nodes("back")), ("succeeded", vec!["alpha"]), "{run}");
}

#[test]
#[ignore = "needs root and ip netns"]
fn two_machines_that_were_alone_before_are_one_cluster_and_keep_their_pasts() {
    let lan = Lan::new(2);
    let mut machines = [Machine::new(&lan, 0, "alpha", &[]), Machine::new(&lan, 1, "beta", &[])];
    for machine in &machines {
        let hello = machine.home().write(
            "hello.sloth",
            r#"workflow.define("hello"):tasks({ task("hello"):command("echo hello"):build() }):build()"#,
        );
        machine.home().sloth(["run", &hello.display().to_string()]).ok();
    }
    machines.iter_mut().for_each(Machine::start);
    are_one(&machines.each_ref(), 1);
    for machine in &mut machines {
        let said = machine.process().writes("standalone history is kept in").stderr();
        let line = said.lines().find(|line| line.contains("standalone history")).unwrap();
        let folder = line.split_whitespace().find(|word| word.starts_with('/')).unwrap();
        let folder = folder.trim_end_matches(',');
        assert!(std::path::Path::new(folder).is_dir(), "{line}");
    }
}
