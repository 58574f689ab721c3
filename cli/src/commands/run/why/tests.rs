use serde_json::{Value, json};
use web::wire::{Event, Status, Time};

use super::*;
use crate::test_runs::{diamond, failed, hello};

fn event(kind: &str, task: Option<&str>, node: Option<&str>, data: Value) -> Event {
    Event {
        sequence: 1,
        time: Time(0),
        kind: kind.into(),
        by: "ann".into(),
        run: (!kind.starts_with("node.")).then(|| failed().summary.id),
        task: task.map(Into::into),
        node: node.map(Into::into),
        data,
    }
}

fn says_of(run: &Run, kind: &str, node: Option<&str>, data: Value) -> String {
    let task = kind.starts_with("task.").then_some("build it");
    sentence(&Fact { event: &event(kind, task, node, data), run })
}

fn says(kind: &str, data: Value) -> String {
    says_of(&failed(), kind, Some("web-1"), data)
}

/// Of one attempt.
fn tried(number: u32, message: &str) -> Value {
    json!({"attempt": number, "slot": 0, "message": message})
}

#[test]
fn every_kind_of_fact_about_a_run_is_told() {
    for (kind, data, told) in [
        ("workflow.started", json!({}), "started by ann on web-1"),
        ("workflow.completed", json!({}), "succeeded"),
        ("workflow.failed", json!({"message": "task `a`: no"}), "failed: task `a`: no"),
        ("workflow.cancelled", json!({"message": "cancelled: late"}), "cancelled: late"),
        ("workflow.stopping", json!({"message": "cancelled: late"}), "ann cancels it: late"),
        ("workflow.stopping", json!({"message": "cancelled"}), "ann cancels it"),
        ("workflow.resumed", json!({}), "goes on: ann resumed it"),
        ("workflow.rehomed", json!({}), "moves to web-1: its owner was lost"),
        (
            "workflow.owner_lost",
            json!({}),
            "ends: its owner web-1 stayed away, and what had started there cannot move",
        ),
        ("node.up", json!({"incarnation": 1}), "was started"),
        ("node.up", json!({"incarnation": 3}), "was started again, for the 3. time"),
        ("node.lost", json!({"message": "silent for 16 s"}), "lost: silent for 16 s"),
        ("node.draining", json!({}), "is told to stop and takes no more work"),
        ("node.leaving", json!({}), "leaves the cluster, and takes no more work"),
        ("node.left", json!({}), "has left the cluster"),
        ("node.removed", json!({"reason": "sold"}), "was removed from the cluster by ann: sold"),
        ("node.labelled", json!({}), "has other labels now: ann changed them"),
    ] {
        assert_eq!(says(kind, data), told, "{kind}");
    }
}

#[test]
fn a_run_is_told_with_what_it_is_for() {
    let mut run = failed();
    run.rerun_of = Some("R".into());
    (run.check, run.interactive) = (true, true);
    assert_eq!(
        says_of(&run, "workflow.started", None, json!({})),
        "started by ann on web-1, again after run R, to see what would change: nothing is changed, \
         to be asked before each task"
    );
    run.summary.status = Status::TimedOut;
    let over = json!({"message": "the timeout of 1 s is over"});
    assert_eq!(
        says_of(&run, "workflow.failed", None, over),
        "timed out: the timeout of 1 s is over"
    );
}

#[test]
fn every_kind_of_fact_about_a_task_is_told() {
    let places = |left_out: Value| json!({"nodes": "a, b", "count": 2, "left_out": left_out});
    for (kind, data, told) in [
        ("task.placed", places(Value::Null), "placed on a, b"),
        ("task.placed", places(json!(1)), "placed on a, b; 1 node that it could mean left out"),
        ("task.placed", json!({"nodes": "a, b", "count": 9}), "placed on a, b and 7 more"),
        (
            "task.deferred",
            json!({"message": "for node `c`, which is down"}),
            "waits: for node `c`, which is down",
        ),
        (
            "task.refused",
            json!({"message": "no node is called `c`"}),
            "refused: no node is called `c`",
        ),
        ("task.started", tried(1, ""), "started"),
        ("task.started", tried(2, ""), "started, attempt 2"),
        (
            "task.started",
            json!({"attempt": 1, "slot": 0, "waited_ms": 1_500, "waited_for": "node_slot"}),
            "started, after 1.50 s: its node ran as many tasks as it may",
        ),
        (
            "task.started",
            json!({"attempt": 2, "slot": 0, "waited_ms": 20, "waited_for": "run_slot"}),
            "started, attempt 2, after 20 ms: as many tasks ran as may run at once",
        ),
        ("task.completed", tried(1, "Compiled"), "succeeded: Compiled"),
        ("task.completed", tried(3, ""), "succeeded, attempt 3"),
        ("task.skipped", tried(1, "`test -e x` says no"), "skipped: `test -e x` says no"),
        (
            "task.skipped",
            json!({"message": "skipped: it needs `a`, which did not succeed"}),
            "skipped: it needs `a`, which did not succeed",
        ),
        (
            "task.skipped",
            json!({"message": "not started: the run was cancelled"}),
            "skipped: not started: the run was cancelled",
        ),
        ("task.failed", tried(1, "no such file\nmore"), "failed with exit code 2: no such file"),
        ("task.failed", tried(7, "no"), "failed, attempt 7: no"),
        (
            "task.timeout",
            tried(2, "its timeout of 1 s is over"),
            "timed out, attempt 2: its timeout of 1 s is over",
        ),
        ("task.cancelled", tried(1, ""), "cancelled"),
        ("task.lost", tried(1, "its node was restarted"), "lost: its node was restarted"),
        (
            "task.retrying",
            json!({"attempt": 1, "slot": 0, "retry": 1, "wait_ms": 2_000}),
            "is tried again in 2.00 s: retry 1",
        ),
        (
            "task.retrying",
            json!({"attempt": 2, "slot": 0, "retry": 2, "wait_ms": 0}),
            "is tried again at once: retry 2",
        ),
    ] {
        assert_eq!(says(kind, data), told, "{kind}");
    }
}

#[test]
fn a_check_says_what_would_change() {
    let mut run = hello();
    run.check = true;
    let told = |run: &Run, message: &str| {
        let event = event("task.completed", Some("hello"), None, tried(1, message));
        sentence(&Fact { event: &event, run })
    };
    assert_eq!(told(&run, ""), "would change nothing");
    run.tasks[0].instances[0].changed = true;
    assert_eq!(
        told(&run, "a.txt would be written"),
        "would change something: a.txt would be written"
    );
}

#[test]
fn every_answer_of_a_person_or_a_function_is_told() {
    let function = |key: &str, text: &str| json!({"function": "should_retry", key: text});
    for (kind, data, told) in [
        ("task.approval_wanted", json!({}), "waits for somebody to say whether it may run"),
        ("task.approved", json!({"decision": "run"}), "ann let it run"),
        (
            "task.approved",
            json!({"decision": "run all"}),
            "ann let it run, and all that come after it",
        ),
        ("task.rejected", json!({"decision": "skip"}), "ann skipped it"),
        ("task.rejected", json!({"decision": "abort"}), "ann aborted the run before it"),
        ("task.asked", json!({"function": "delegate_to"}), "`delegate_to` is asked"),
        ("task.decided", function("answer", "no"), "`should_retry` said: no"),
        ("task.decided", function("error", "nil value"), "`should_retry` failed: nil value"),
        ("task.decided", json!({"function": "on_task_start"}), "`on_task_start` has been called"),
        ("task.invented", json!({"a": 1}), "task.invented a=1"),
    ] {
        assert_eq!(says(kind, data), told, "{kind}");
    }
}

#[test]
fn what_waits_now_says_for_what() {
    let mut run = diamond();
    run.tasks[2].instances[0].status = Status::Queued;
    run.tasks[2].instances[0].wait = Some("for its next try in 900 ms".into());
    run.tasks[4].depends_on.clear();
    run.tasks[4].notes.push("waits for somebody to approve it".into());
    run.summary.interrupted = true;
    let lines = present::waits(&run);
    let since = time::of_day(run.tasks[1].instances[0].attempts[0].started_at);
    let expected = [
        ("run", format!("nobody executes it: sloth run --resume {}", run.summary.id)),
        ("left", format!("runs since {since}")),
        ("right", "waits for its next try in 900 ms".into()),
        ("join", "waits for left, right to end".into()),
        ("pack", "waits for somebody to approve it".into()),
        ("ship", "waits for join to end".into()),
    ];
    assert_eq!(lines, expected.map(|(subject, why)| (subject.to_owned(), why)));
    assert!(present::waits(&failed()).is_empty());
}

#[test]
fn a_story_holds_what_concerns_the_run_and_says_when_its_beginning_is_gone() {
    let run = failed();
    let numbered = |sequence, event| Event { sequence, ..event };
    let up = |node| event("node.up", None, Some(node), json!({"incarnation": 2}));
    let events = [
        numbered(1, up("web-1")),
        numbered(2, event("workflow.started", None, None, json!({}))),
        numbered(3, up("other")),
        numbered(4, up("web-1")),
        numbered(5, event("task.failed", Some("build it"), Some("web-1"), tried(1, "no"))),
        numbered(
            6,
            event("workflow.failed", None, None, json!({"message": "task `build it`: no"})),
        ),
        numbered(7, up("web-1")),
    ];
    let untimed = |events: &[Event]| -> Vec<String> {
        let lines = story(&run, events).into_iter();
        lines.map(|line| line.get(14..).unwrap_or(&line).to_owned()).collect()
    };
    insta::assert_snapshot!(untimed(&events).join("\n"), @r"
    run       started by ann on web-1
    web-1     was started again, for the 2. time
    build it  failed with exit code 2: no
    run       failed: task `build it`: no
    ");
    assert_eq!(story(&run, &events[4..])[0], "what came before is kept no longer");
}
