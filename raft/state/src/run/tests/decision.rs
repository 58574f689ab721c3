use crate::run::{
    Callbacks, Cancel, Decision, Ending, OnFailure, Outcome, Plan, Question, Refuse, Rehome,
    Status, Target, Wait,
};
use crate::testing::{Cluster, ID, node, plan};
use crate::{Command, Kind};

fn calling(needs: &[&[u32]], callbacks: Callbacks) -> Plan {
    Plan { callbacks, ..plan(needs) }
}

fn on_failure(what: OnFailure) -> Option<Decision> {
    Some(Decision::OnFailure(what))
}

fn asking_where() -> Plan {
    let mut plan = plan(&[&[], &[0]]);
    plan.tasks[0].target = Target::Ask;
    plan
}

fn retrying() -> Plan {
    let mut plan = plan(&[&[], &[0]]);
    (plan.tasks[0].retry.count, plan.tasks[0].retry.asks) = (2, true);
    plan
}

#[test]
fn a_function_says_where_a_task_runs() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, asking_where());
    assert_eq!(cluster.asked(), [(0, 0, 1, Question::Target)]);
    cluster.answer(Some(Decision::Target(Target::All)));
    assert_eq!(cluster.running(), [], "the planner is to choose");
    cluster.place(0, &[(0, 2), (1, 3)]).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 2, 2), (0, 1, 1, 3)]);
    assert_eq!(cluster.run().target(0), Some(&Target::All));
    cluster.report(0, 0, 2, 2, Outcome::Succeeded).unwrap();
    cluster.report(0, 1, 1, 3, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
}

#[test]
fn a_function_may_say_that_a_task_runs_here() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, asking_where());
    assert!(!cluster.run().pinned);
    cluster.answer(Some(Decision::Target(Target::Owner)));
    assert_eq!(cluster.running(), [(0, 0, 2, 1)]);
    assert!(cluster.run().pinned);
}

#[test]
fn a_function_that_does_not_say_where_fails_the_task_and_is_named() {
    for answer in [None, Some(Decision::Target(Target::Ask)), Some(Decision::Retry(true))] {
        let mut cluster = Cluster::new();
        cluster.begin(ID, asking_where());
        cluster.answer(answer);
        assert_eq!(cluster.ending(0), Some(Ending::Failed));
        let error = "task `a`: `delegate_to` failed: it gave no answer";
        assert_eq!(cluster.run().error.as_deref(), Some(error));
        assert_eq!(cluster.run().status, Status::Failed);
    }
}

#[test]
fn a_task_that_was_asked_where_may_be_refused_a_place() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, asking_where());
    cluster.answer(Some(Decision::Target(Target::Labels("gpu".into()))));
    cluster.ok(Command::Refuse(Refuse { run: ID, task: 0, slot: None, reason: "no gpu".into() }));
    assert_eq!(cluster.ending(0), Some(Ending::Refused));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn should_retry_is_asked_while_retries_are_left() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, retrying());
    cluster.fail(0);
    assert_eq!(cluster.asked(), [(0, 0, 2, Question::Retry)]);
    cluster.answer(Some(Decision::Retry(true)));
    cluster.tick(1_000);
    assert_eq!(cluster.running(), [(0, 0, 3, 1)]);
    cluster.report(0, 0, 3, 1, Outcome::TimedOut).unwrap();
    cluster.answer(Some(Decision::Retry(false)));
    assert_eq!(cluster.ending(0), Some(Ending::TimedOut));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn a_question_is_no_try_of_the_work() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, retrying());
    cluster.report(0, 0, 1, 1, Outcome::Failed).unwrap();
    assert_eq!(cluster.asked(), [(0, 0, 2, Question::Retry)]);
    cluster.answer(Some(Decision::Retry(true)));
    cluster.tick(10_000);
    assert_eq!(cluster.running(), [(0, 0, 3, 1)]);
    let run = cluster.run();
    let attempts = &run.instance(0, 0).unwrap().attempts;
    let tries: Vec<_> = attempts.iter().map(|attempt| (attempt.number, attempt.nth)).collect();
    assert_eq!(tries, [(1, 1), (2, 0), (3, 2)]);
}

#[test]
fn should_retry_that_fails_ends_the_task_and_is_named() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, retrying());
    cluster.fail(0);
    cluster.answer_nothing();
    assert_eq!(cluster.ending(0), Some(Ending::Failed));
    assert_eq!(cluster.notes(0), ["`should_retry` failed: Failed"]);
    assert_eq!(cluster.run().error.as_deref(), Some("task `a`: `should_retry` failed: Failed"));
}

#[test]
fn on_task_start_is_asked_once_before_the_first_instance() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_start: true, ..Callbacks::default() };
    let mut spread = calling(&[&[]], callbacks);
    spread.tasks[0].target = Target::All;
    cluster.begin(ID, spread);
    cluster.place(0, &[(0, 2), (1, 3)]).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 1, 1)]);
    assert_eq!(cluster.asked(), [(0, 0, 1, Question::TaskStart)]);
    cluster.answer(None);
    assert_eq!(cluster.running(), [(0, 0, 2, 2), (0, 1, 1, 3)]);
}

#[test]
fn a_failed_callback_leaves_the_task_and_fails_the_run() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_start: true, ..Callbacks::default() };
    cluster.begin(ID, calling(&[&[]], callbacks));
    cluster.answer_nothing();
    cluster.report(0, 0, 2, 1, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.ending(0), Some(Ending::Succeeded));
    assert_eq!(cluster.run().status, Status::Failed);
    let error = "`on_task_start` failed for task `a`: Failed";
    assert_eq!(cluster.run().error.as_deref(), Some(error));
}

#[test]
fn on_task_complete_comes_before_the_dependents() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_complete: true, ..Callbacks::default() };
    cluster.begin(ID, calling(&[&[], &[0]], callbacks));
    cluster.succeed(0);
    assert_eq!(cluster.asked(), [(0, 0, 2, Question::TaskComplete)]);
    assert_eq!((cluster.ending(0), cluster.running().len()), (None, 1));
    cluster.answer(None);
    assert_eq!(cluster.ending(0), Some(Ending::Succeeded));
    cluster.report(1, 0, 1, 1, Outcome::Failed).unwrap();
    cluster.answer(None);
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn on_task_complete_is_asked_once_after_the_last_instance() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_complete: true, ..Callbacks::default() };
    let mut spread = calling(&[&[]], callbacks);
    spread.tasks[0].target = Target::All;
    cluster.begin(ID, spread);
    cluster.place(0, &[(0, 2), (1, 3)]).unwrap();
    cluster.report(0, 0, 1, 2, Outcome::Skipped).unwrap();
    assert_eq!(cluster.asked(), []);
    cluster.report(0, 1, 1, 3, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.asked(), [(0, 0, 2, Question::TaskComplete)]);
    cluster.answer(None);
    assert_eq!(cluster.ending(0), Some(Ending::Succeeded));
    assert_eq!(cluster.run().instance(0, 0).unwrap().ending(), Some(Ending::Skipped));
}

#[test]
fn on_task_failure_decides_after_the_last_retry() {
    let callbacks = Callbacks { task_failure: true, ..Callbacks::default() };
    for (what, endings) in [
        (OnFailure::Fail, [Some(Ending::Failed), Some(Ending::Skipped), Some(Ending::Skipped)]),
        (OnFailure::Continue, [Some(Ending::Failed), Some(Ending::Skipped), None]),
        (OnFailure::Retry, [None, None, None]),
    ] {
        let mut cluster = Cluster::new();
        let mut listed = calling(&[&[], &[0], &[]], callbacks);
        listed.parallel = Some(1);
        cluster.begin(ID, listed);
        cluster.fail(0);
        assert_eq!(cluster.asked(), [(0, 0, 2, Question::TaskFailure)]);
        cluster.answer(on_failure(what));
        assert_eq!(cluster.endings(), endings, "{what:?}");
        if what == OnFailure::Continue {
            cluster.succeed(2);
            assert_eq!(cluster.run().status, Status::Failed, "it goes on, and fails at the end");
        }
        if what == OnFailure::Retry {
            cluster.tick(1_000);
            assert_eq!(cluster.running(), [(0, 0, 3, 1)]);
        }
    }
}

#[test]
fn a_run_ends_even_if_every_failure_is_to_be_tried_again() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_failure: true, ..Callbacks::default() };
    cluster.begin(ID, calling(&[&[]], callbacks));
    let mut tries = 0;
    while !cluster.run().status.is_final() {
        let (task, slot, attempt, on) = cluster.running()[0];
        cluster.report(task, slot, attempt, on, Outcome::Failed).unwrap();
        cluster.answer(on_failure(OnFailure::Retry));
        cluster.tick(10_000);
        cluster.tick(10_000);
        tries += 1;
    }
    assert_eq!(tries, crate::run::ASKED_RETRIES_MAX + 1);
    let note =
        "not tried again as `on_task_failure` wants: 20 further attempts are the most there may be";
    assert_eq!(cluster.notes(0), [note]);
}

#[test]
fn a_decision_that_is_lost_with_its_owner_is_asked_again() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, retrying());
    cluster.fail(0);
    cluster.up(1, true);
    assert_eq!(cluster.asked(), [(0, 0, 3, Question::Retry)]);
    cluster.up(1, false);
    let instance = cluster.run().instance(0, 0).unwrap();
    let waits = crate::run::Phase::Waiting { reason: Wait::Resume, since: cluster.state.clock };
    assert_eq!(instance.phase, waits);
    cluster.ok(Command::Resume(crate::run::Resume { run: ID }));
    cluster.answer(Some(Decision::Retry(false)));
    assert_eq!(cluster.ending(0), Some(Ending::Failed));
}

#[test]
fn decisions_move_with_a_run_to_its_next_owner() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, asking_where());
    let incarnation = cluster.state.members[&node(1)].incarnation;
    let lose = crate::run::Lose { node: node(1), incarnation, reason: "dead".into() };
    cluster.ok(Command::Lose(lose));
    assert_eq!(cluster.asked(), []);
    let rehome = crate::run::Rehome { run: ID, home: 0, owner: node(3) };
    cluster.ok(Command::Rehome(rehome));
    assert_eq!(cluster.running(), [(0, 0, 2, 3)]);
    cluster.answer(Some(Decision::Target(Target::Owner)));
    assert_eq!(cluster.running(), [(0, 0, 3, 3)]);
}

#[test]
fn a_cancel_leaves_what_was_reported_before_it() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_complete: true, ..Callbacks::default() };
    cluster.begin(ID, calling(&[&[], &[0]], callbacks));
    cluster.succeed(0);
    cluster.ok(Command::Cancel(Cancel { run: ID, reason: String::new() }));
    cluster.answer(None);
    assert_eq!(cluster.endings(), [Some(Ending::Succeeded), Some(Ending::Cancelled)]);
    assert_eq!(cluster.run().status, Status::Cancelled);
}

#[test]
fn an_answer_that_comes_when_nothing_new_starts_starts_nothing() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_start: true, ..Callbacks::default() };
    let mut two = calling(&[&[], &[]], callbacks);
    two.tasks[0].role = crate::run::Role::OnStart;
    cluster.begin(ID, two);
    assert_eq!(cluster.running(), [(0, 0, 1, 1), (1, 0, 1, 1)]);
    cluster.fail(0);
    cluster.answer(None);
    assert_eq!(cluster.ending(1), Some(Ending::Skipped));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn the_report_of_a_decision_is_accepted_once() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, asking_where());
    cluster.answer(Some(Decision::Target(Target::Owner)));
    assert_eq!(cluster.report(0, 0, 1, 1, Outcome::Succeeded).unwrap_err().kind, Kind::Stale);
}

#[test]
fn a_question_that_is_lost_again_and_again_counts_as_failed() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_complete: true, ..Callbacks::default() };
    cluster.begin(ID, calling(&[&[]], callbacks));
    cluster.succeed(0);
    for _ in 0..4 {
        cluster.up(1, true);
    }
    assert_eq!(cluster.ending(0), Some(Ending::Succeeded), "its work had ended before");
    assert_eq!(cluster.run().status, Status::Failed);
    let note = "`on_task_complete` failed: it was lost 4 times, last: its node was restarted";
    assert_eq!(cluster.notes(0), [note]);
}

#[test]
fn all_instances_go_on_when_their_common_question_is_lost_too_often() {
    let mut cluster = Cluster::new();
    let callbacks = Callbacks { task_start: true, ..Callbacks::default() };
    let mut spread = calling(&[&[]], callbacks);
    spread.tasks[0].target = Target::All;
    cluster.begin(ID, spread);
    cluster.place(0, &[(0, 2), (1, 3)]).unwrap();
    for _ in 0..4 {
        cluster.up(1, true);
    }
    assert_eq!(cluster.running(), [(0, 0, 5, 2), (0, 1, 1, 3)]);
}

#[test]
fn an_instance_without_a_place_keeps_its_ending_when_the_run_is_halted() {
    let mut cluster = Cluster::new();
    let mut two = plan(&[&[], &[]]);
    let names = ["n2", "n3"].map(|name| config::Name::new(name).unwrap());
    two.tasks[1].target = Target::Names(names.to_vec());
    two.parallel = Some(1);
    cluster.begin(ID, two);
    cluster.place(1, &[(0, 2), (1, 3)]).unwrap();
    let incarnation = cluster.state.members[&node(2)].incarnation;
    let lose = crate::run::Lose { node: node(2), incarnation, reason: "dead".into() };
    cluster.ok(Command::Lose(lose));
    let refuse = Refuse { run: ID, task: 1, slot: Some(0), reason: "n2 is down".into() };
    cluster.ok(Command::Refuse(refuse));
    cluster.fail(0);
    let ended = |slot| cluster.run().instance(1, slot).and_then(|it| it.ending());
    assert_eq!((ended(0), ended(1)), (Some(Ending::Refused), Some(Ending::Skipped)));
    assert_eq!(cluster.ending(1), Some(Ending::Refused));
}

#[test]
fn a_task_whose_run_moved_while_it_was_decided_about_is_queued_in_one_place() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, calling(&[&[]], Callbacks { task_start: true, ..Callbacks::default() }));
    assert_eq!(cluster.asked(), [(0, 0, 1, Question::TaskStart)]);
    let rehome = Rehome { run: ID, home: 0, owner: node(2) };
    cluster.ok(Command::Rehome(rehome));
    cluster.report(0, 0, 1, 1, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 2, 2)]);
    assert_eq!(cluster.run().instance(0, 0).unwrap().node, Some(node(2)));
    cluster.up(2, false);
    cluster.ok(Command::Cancel(Cancel { run: ID, reason: "enough".into() }));
    assert_eq!(cluster.run().status, Status::Cancelled);
    assert!(cluster.run().queue.is_empty());
}
