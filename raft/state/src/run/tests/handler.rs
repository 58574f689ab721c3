use crate::Command;
use crate::run::{Ending, Outcome, Plan, Refuse, Status, Target};
use crate::testing::{Cluster, ID, handles, plan};

const SKIPPED: Option<Ending> = Some(Ending::Skipped);

/// `a`, then `b`; `c` handles `a`, and `d` needs `c`.
fn guarded() -> Plan {
    let mut guarded = plan(&[&[], &[0], &[], &[2]]);
    handles(&mut guarded, 2, &[0]);
    guarded
}

#[test]
fn a_handler_runs_after_a_failure_has_halted_the_run() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, guarded());
    assert_eq!(cluster.running(), [(0, 0, 1, 1)]);
    cluster.fail(0);
    assert_eq!(cluster.running(), [(2, 0, 1, 1)]);
    assert_eq!(cluster.ending(1), SKIPPED);
    cluster.succeed(2);
    assert_eq!(cluster.running(), [(3, 0, 1, 1)], "what needs a handler goes on with it");
    cluster.succeed(3);
    assert_eq!(cluster.run().status, Status::Failed, "a handler does not turn the run green");
    assert_eq!(cluster.run().error.as_deref(), Some("task `a`: Failed"));
}

#[test]
fn a_handler_is_skipped_with_what_needs_it_when_nothing_has_failed() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, guarded());
    cluster.succeed(0);
    assert_eq!((cluster.ending(2), cluster.ending(3)), (SKIPPED, SKIPPED));
    assert_eq!(cluster.notes(2), ["skipped: nothing it handles has failed"]);
    assert_eq!(cluster.notes(3), ["skipped: it needs `c`, which was skipped"]);
    cluster.succeed(1);
    assert_eq!(cluster.run().status, Status::Succeeded);
}

#[test]
fn a_handler_waits_for_all_it_handles() {
    let mut cluster = Cluster::new();
    let mut two = plan(&[&[], &[], &[]]);
    handles(&mut two, 2, &[0, 1]);
    cluster.begin(ID, two);
    cluster.fail(0);
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    cluster.succeed(1);
    assert_eq!(cluster.running(), [(2, 0, 1, 1)]);
}

#[test]
fn a_handler_gets_what_the_failed_task_returned() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, guarded());
    cluster.fail(0);
    let attempt = *cluster.state.runs.assignments.values().next().unwrap().keys().next().unwrap();
    let view = cluster.state.answer(&crate::Query::Work { attempt });
    let crate::View::Work(Some(work)) = view else { panic!("{view:?}") };
    let names: Vec<_> = work.dependencies.iter().map(|it| it.task.as_str()).collect();
    assert_eq!(names, ["a"]);
}

#[test]
fn a_handler_whose_own_dependency_failed_is_skipped() {
    let mut cluster = Cluster::new();
    let mut both = plan(&[&[], &[], &[1]]);
    handles(&mut both, 2, &[0]);
    both.continue_on_error = true;
    cluster.begin(ID, both);
    cluster.fail(1);
    assert_eq!(cluster.ending(2), SKIPPED);
    assert_eq!(cluster.notes(2), ["skipped: it needs `b`, which did not succeed"]);
}

#[test]
fn a_failed_handler_is_handled_too() {
    let mut cluster = Cluster::new();
    let mut chain = plan(&[&[], &[], &[]]);
    handles(&mut chain, 1, &[0]);
    handles(&mut chain, 2, &[1]);
    cluster.begin(ID, chain);
    cluster.fail(0);
    cluster.fail(1);
    assert_eq!(cluster.running(), [(2, 0, 1, 1)]);
    cluster.succeed(2);
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn a_task_without_a_place_is_handled() {
    let mut cluster = Cluster::new();
    let mut lonely = guarded();
    lonely.tasks[0].target = Target::Labels("gpu".into());
    cluster.begin(ID, lonely);
    cluster.ok(Command::Refuse(Refuse { run: ID, task: 0, slot: None, reason: "no gpu".into() }));
    assert_eq!(cluster.running(), [(2, 0, 1, 1)]);
}

#[test]
fn a_handler_may_be_delegated_and_retried_after_the_halt() {
    let mut cluster = Cluster::new();
    let mut away = guarded();
    away.tasks[2].target = Target::All;
    away.tasks[2].retry.count = 1;
    cluster.begin(ID, away);
    cluster.fail(0);
    cluster.place(2, &[(0, 2)]).unwrap();
    cluster.report(2, 0, 1, 2, Outcome::Failed).unwrap();
    cluster.tick(1_000);
    assert_eq!(cluster.running(), [(2, 0, 2, 2)]);
    cluster.up(2, true);
    cluster.place(2, &[(0, 3)]).unwrap();
    assert_eq!(cluster.running(), [(2, 0, 3, 3)], "also when its node was lost");
}

#[test]
fn a_cancelled_run_has_no_handlers() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, guarded());
    cluster.ok(Command::Cancel(crate::run::Cancel { run: ID, reason: String::new() }));
    cluster.report(0, 0, 1, 1, Outcome::Failed).unwrap();
    assert_eq!(cluster.run().status, Status::Cancelled);
    assert_eq!(cluster.ending(2), Some(Ending::Cancelled));
}

#[test]
fn what_ran_on_some_of_its_nodes_only_has_not_passed() {
    let mut cluster = Cluster::new();
    let mut wide = plan(&[&[], &[], &[1]]);
    wide.tasks[1].target = Target::All;
    handles(&mut wide, 2, &[0]);
    cluster.begin(ID, wide.clone());
    cluster.begin(crate::testing::OTHER, plan(&[&[]]));
    cluster.place(1, &[(0, 1), (1, 2)]).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 1, 1), (0, 0, 1, 1), (1, 1, 1, 2)], "node 1 is full");
    cluster.fail(0);
    cluster.report(1, 1, 1, 2, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.ending(1), Some(Ending::Succeeded));
    assert_eq!(cluster.ending(2), SKIPPED, "one of its instances never started");
}
