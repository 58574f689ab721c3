use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use libtest_mimic::{Arguments, Trial};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::life::REFUSED;
use super::stage::{Stage, send, stop, until, until_dead};

const FAMILY: [&str; 4] = ["p0", "p1", "p2", "p3"];

macro_rules! trials {
    ($($name:ident),* $(,)?) => {
        vec![$(Trial::test(stringify!($name), || { $name(); Ok(()) })),*]
    };
}

pub fn main() -> ! {
    let trials = trials![
        the_nodes_code_is_the_programs,
        the_guard_refuses_to_fork_beside_a_thread,
        a_killed_node_leaves_nothing,
        a_killed_node_leaves_nothing_of_a_family_that_grows,
        a_killed_guard_takes_the_node_and_all_tasks_along,
        what_outlives_both_is_gone_before_the_next_node_runs,
        a_mute_guard_is_killed_by_the_node,
        a_node_killed_beside_a_stopped_guard_is_cleared_by_its_successor,
        a_stopped_pair_is_cleared_by_its_successor,
        a_node_stuck_past_its_lease_is_killed,
        a_stopped_node_without_a_lease_is_left_alone_until_its_successor_comes,
        a_lease_that_is_renewed_or_withdrawn_kills_nobody,
        a_held_lock_names_its_holder,
        a_restart_right_after_a_kill_waits_for_the_dying,
        signals_are_handed_down_once,
        the_terminals_interrupt_reaches_the_node_once_and_its_stop_nobody,
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit()
}

fn the_nodes_code_is_the_programs() {
    let stage = Stage::new();
    assert_eq!(stage.run("exit").0, 42);
    assert_eq!(stage.run("kill").0, 128 + 15);
    assert_eq!(stage.run("panic").0, 101);
    assert!(stage.is_clean());
}

fn the_guard_refuses_to_fork_beside_a_thread() {
    let (code, message) = Stage::new().run("threads");
    assert_eq!(code, REFUSED);
    assert!(message.contains("before any thread, found 2 threads"), "{message}");
}

fn a_killed_node_leaves_nothing() {
    let stage = Stage::new();
    let mut pair = stage.start_family("family", &FAMILY);
    send(pair.node, Signal::KILL);
    assert_eq!(pair.code(), 137);
    assert!(stage.inhabitants().is_empty(), "the guard ends after all others");
    assert!(stage.is_clean());
}

fn a_killed_node_leaves_nothing_of_a_family_that_grows() {
    let stage = Stage::new();
    let mut pair = stage.start_family("orphanage", &["p0"]);
    send(pair.node, Signal::KILL);
    assert_eq!(pair.code(), 137);
    assert!(stage.inhabitants().is_empty());
}

fn a_killed_guard_takes_the_node_and_all_tasks_along() {
    let stage = Stage::new();
    let mut pair = stage.start_family("family", &FAMILY);
    send(pair.guard, Signal::KILL);
    until(|| pair.is_gone().then_some(()));
    assert!(stage.inhabitants().is_empty(), "the node ends after all others");
    assert!(!stage.path().join("reported").exists(), "its own end is no failure of a task");
    assert!(stage.is_clean());
}

fn what_outlives_both_is_gone_before_the_next_node_runs() {
    let stage = Stage::new();
    let mut pair = stage.start_family("family", &FAMILY);
    // Stopped, neither can react to the other's death.
    stop(pair.guard);
    stop(pair.node);
    send(pair.node, Signal::KILL);
    send(pair.guard, Signal::KILL);
    until(|| pair.is_gone().then_some(()));
    assert!(stage.inhabitants().len() >= 4, "the test would show nothing");
    assert_eq!(stage.run("exit").0, 42);
    assert!(stage.inhabitants().is_empty());
}

fn a_mute_guard_is_killed_by_the_node() {
    let stage = Stage::new();
    let mut pair = stage.start_family("family", &FAMILY);
    stop(pair.guard);
    until(|| pair.is_gone().then_some(()));
    assert!(stage.inhabitants().is_empty());
}

fn a_node_killed_beside_a_stopped_guard_is_cleared_by_its_successor() {
    let stage = Stage::new();
    let mut pair = stage.start_family("family", &FAMILY);
    stop(pair.guard);
    send(pair.node, Signal::KILL);
    assert_eq!(stage.run("exit").0, 42);
    assert!(pair.is_gone());
    assert!(stage.inhabitants().is_empty());
}

fn a_stopped_pair_is_cleared_by_its_successor() {
    let stage = Stage::new();
    let mut pair = stage.start_family("family", &FAMILY);
    stop(pair.guard);
    stop(pair.node);
    assert_eq!(stage.run("exit").0, 42);
    assert!(pair.is_gone());
    assert!(stage.inhabitants().is_empty());
}

fn a_node_stuck_past_its_lease_is_killed() {
    let stage = Stage::new();
    let mut pair = stage.start_family("stuck", &FAMILY);
    assert_eq!(pair.code(), 137);
    assert!(stage.inhabitants().is_empty());
}

fn a_stopped_node_without_a_lease_is_left_alone_until_its_successor_comes() {
    let stage = Stage::new();
    let mut pair = stage.start_family("family", &FAMILY);
    stop(pair.node);
    assert!(pair.shell.try_wait().unwrap().is_none());
    assert_eq!(stage.run("exit").0, 42);
    assert_eq!(pair.code(), 137);
    assert!(stage.inhabitants().is_empty());
}

fn a_lease_that_is_renewed_or_withdrawn_kills_nobody() {
    let stage = Stage::new();
    let mut pair = stage.start("renewed");
    let started = std::time::Instant::now();
    until(|| (started.elapsed().as_millis() > 2 * u128::from(super::life::DEADLINE)).then_some(()));
    fs::write(stage.path().join("enough"), "").unwrap();
    assert_eq!(pair.code(), 43);
}

fn a_held_lock_names_its_holder() {
    let stage = Stage::new();
    let pair = stage.start_family("family", &FAMILY);
    let (code, message) = stage.run("exit");
    assert_eq!(code, REFUSED);
    let expected = format!("lock is locked by process {}", pair.guard.as_raw_nonzero());
    assert!(
        message.contains("data directory is in use") && message.contains(&expected),
        "{message}"
    );
    assert!(!stage.inhabitants().is_empty());
    send(pair.node, Signal::KILL);
    stage.until_empty();
}

fn a_restart_right_after_a_kill_waits_for_the_dying() {
    let stage = Stage::new();
    for victim in ["guard", "node"] {
        let pair = stage.start_family("family", &FAMILY);
        let dying = if victim == "guard" { pair.guard } else { pair.node };
        send(dying, Signal::KILL);
        until_dead(dying);
        assert_eq!(stage.run("exit").0, 42, "{victim}");
        assert!(stage.inhabitants().is_empty(), "{victim}");
    }
}

fn signals_are_handed_down_once() {
    let stage = Stage::new();
    let mut pair = stage.start("signals");
    let mut lines = pair.lines();
    assert_eq!(lines.next().as_deref(), Some("ready"));
    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::HUP, "HUP"),
        (Signal::INT, "INT"),
        (Signal::USR1, "USR1"),
        (Signal::USR2, "USR2"),
        (Signal::WINCH, "WINCH"),
        (Signal::QUIT, "QUIT"),
    ] {
        send(pair.guard, signal);
        assert_eq!(lines.next().as_deref(), Some(name));
    }
    assert_eq!((lines.next(), pair.code()), (None, 7));
}

fn the_terminals_interrupt_reaches_the_node_once_and_its_stop_nobody() {
    let stage = Stage::new();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--terminal", &name]).arg(stage.path()).arg("signals");
    let shell = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pair = stage.pair(shell);
    let mut lines = pair.lines();
    assert_eq!(lines.next().as_deref(), Some("ready"));
    fs::File::from(terminal.try_clone().unwrap()).write_all(b"\x1a\x03").unwrap();
    assert_eq!(lines.next().as_deref(), Some("INT"));
    send(pair.guard, Signal::QUIT);
    assert_eq!(lines.next().as_deref(), Some("QUIT"), "no second INT");
    assert_eq!(pair.code(), 7);
}
