//! The life of a run, step by step.

use super::{
    Abandon, Begin, Cancel, Ending, Lose, Outcome, Output, PLAN_VERSION, Plan, Refuse, Rehome,
    Resume, Role, Status, Stop, Target, Wait,
};
use crate::testing::{Cluster, ID, OTHER, node, plan, report};
use crate::{Command, Elapsed, Hash, Kind, codec};

#[test]
fn a_report_starts_what_needed_it_in_the_same_step() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0], &[1]]));
    assert_eq!(cluster.running(), [(0, 0, 1, 1)]);
    cluster.succeed(0);
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    cluster.succeed(1);
    cluster.succeed(2);
    assert_eq!(cluster.run().status, Status::Succeeded);
    assert_eq!(cluster.running(), []);
    assert!(cluster.state.runs.active.is_empty());
}

#[test]
fn a_task_waits_for_all_it_needs() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[], &[0, 1]]));
    cluster.succeed(0);
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    cluster.succeed(1);
    assert_eq!(cluster.running(), [(2, 0, 1, 1)]);
}

#[test]
fn only_one_report_of_an_attempt_is_accepted() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0]]));
    cluster.succeed(0);
    assert_eq!(cluster.report(0, 0, 1, 1, Outcome::Failed).unwrap_err().kind, Kind::Stale);
    assert_eq!(cluster.ending(0), Some(Ending::Succeeded));
}

#[test]
fn a_report_from_another_node_or_life_is_refused() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[]]));
    assert_eq!(cluster.report(0, 0, 1, 2, Outcome::Succeeded).unwrap_err().kind, Kind::Stale);
    let old = report(0, 0, 1, 1, 77, Outcome::Succeeded);
    assert_eq!(cluster.refused(Command::Report(old)), Kind::Stale);
    assert_eq!(cluster.running(), [(0, 0, 1, 1)]);
}

#[test]
fn a_list_runs_in_its_order_one_at_a_time() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, Plan { parallel: Some(1), ..plan(&[&[], &[], &[]]) });
    for task in 0..3 {
        assert_eq!(cluster.running(), [(task, 0, 1, 1)]);
        cluster.succeed(task);
    }
    assert_eq!(cluster.run().status, Status::Succeeded);
}

#[test]
fn a_failure_skips_dependents_and_starts_nothing_new() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, Plan { parallel: Some(1), ..plan(&[&[], &[0], &[1], &[]]) });
    cluster.fail(0);
    let endings: Vec<_> = (0..4).map(|task| cluster.ending(task)).collect();
    let skipped = Some(Ending::Skipped);
    assert_eq!(endings, [Some(Ending::Failed), skipped, skipped, skipped]);
    assert_eq!(cluster.run().status, Status::Failed);
    assert_eq!(cluster.run().error.as_deref(), Some("task `a`: Failed"));
}

#[test]
fn what_runs_beside_a_failure_ends_by_itself() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[], &[1]]));
    cluster.fail(0);
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    assert_eq!(cluster.run().status, Status::Running);
    cluster.succeed(1);
    assert_eq!(cluster.ending(2), Some(Ending::Skipped));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn continue_on_error_goes_on_with_what_does_not_need_the_failure() {
    let mut cluster = Cluster::new();
    cluster
        .begin(ID, Plan { continue_on_error: true, parallel: Some(1), ..plan(&[&[], &[0], &[]]) });
    cluster.fail(0);
    assert_eq!(cluster.ending(1), Some(Ending::Skipped));
    assert_eq!(cluster.running(), [(2, 0, 1, 1)]);
    cluster.succeed(2);
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn a_task_that_skips_itself_lets_its_dependents_run() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0]]));
    cluster.report(0, 0, 1, 1, Outcome::Skipped).unwrap();
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    cluster.succeed(1);
    assert_eq!(cluster.run().status, Status::Succeeded);
}

#[test]
fn a_retry_waits_for_its_back_off_and_the_last_attempt_is_told() {
    let mut cluster = Cluster::new();
    let mut retried = plan(&[&[]]);
    retried.tasks[0].retry.count = 1;
    cluster.begin(ID, retried);
    let last = |cluster: &Cluster| {
        cluster.state.runs.assignments[&node(1)].values().next().map(|it| it.last)
    };
    assert_eq!(last(&cluster), Some(false));
    cluster.fail(0);
    assert_eq!(cluster.running(), []);
    cluster.tick(999);
    assert_eq!(cluster.running(), []);
    cluster.tick(1);
    assert_eq!(cluster.running(), [(0, 0, 2, 1)]);
    assert_eq!(last(&cluster), Some(true));
    cluster.report(0, 0, 2, 1, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.run().status, Status::Succeeded);
    assert_eq!(cluster.state.next_deadline(), None);
}

#[test]
fn a_run_without_deadlines_needs_no_stopwatch() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[]]));
    assert_eq!(cluster.state.next_deadline(), None);
}

#[test]
fn slots_of_a_node_are_shared_by_runs() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[], &[]]));
    cluster.begin(OTHER, plan(&[&[]]));
    assert_eq!(cluster.running(), [(0, 0, 1, 1), (1, 0, 1, 1)]);
    cluster.succeed(0);
    cluster.succeed(1);
    let mine = cluster.state.runs.assignments[&node(1)].keys().map(|key| key.instance.run);
    assert_eq!(mine.collect::<Vec<_>>(), [ID, OTHER]);
}

#[test]
fn on_start_comes_first_and_on_complete_last_even_after_a_failure() {
    let mut cluster = Cluster::new();
    let mut hooked = plan(&[&[], &[0], &[]]);
    hooked.tasks[0].role = Role::OnStart;
    hooked.tasks[2].role = Role::OnComplete;
    cluster.begin(ID, hooked);
    assert_eq!(cluster.running(), [(0, 0, 1, 1)]);
    cluster.succeed(0);
    cluster.fail(1);
    assert_eq!(cluster.running(), [(2, 0, 1, 1)]);
    assert_eq!(cluster.run().status, Status::Running);
    cluster.succeed(2);
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn a_failed_on_start_stops_the_run() {
    let mut cluster = Cluster::new();
    let mut hooked = plan(&[&[], &[0]]);
    hooked.tasks[0].role = Role::OnStart;
    cluster.begin(ID, hooked);
    cluster.fail(0);
    assert_eq!(cluster.ending(1), Some(Ending::Skipped));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn a_cancelled_run_starts_nothing_and_ends_with_its_last_report() {
    let mut cluster = Cluster::new();
    let mut hooked = plan(&[&[], &[0], &[]]);
    hooked.tasks[2].role = Role::OnComplete;
    cluster.begin(ID, hooked);
    cluster.ok(Command::Cancel(Cancel { run: ID, reason: "wrong host".into() }));
    let assigned = cluster.state.runs.assignments[&node(1)].values().next().unwrap();
    assert_eq!(assigned.stop, Some(Stop::Cancelled));
    assert_eq!(cluster.ending(1), Some(Ending::Cancelled));
    // The cancel was first: a success that comes later does not undo it.
    cluster.report(0, 0, 1, 1, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.run().status, Status::Cancelled);
    assert_eq!(cluster.run().error.as_deref(), Some("cancelled: wrong host"));
    let again = Command::Cancel(Cancel { run: ID, reason: String::new() });
    assert_eq!(cluster.refused(again), Kind::Conflict);
}

#[test]
fn the_timeout_of_a_workflow_stops_it() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, Plan { timeout: Some(Elapsed(500)), ..plan(&[&[], &[0]]) });
    cluster.tick(500);
    let assigned = cluster.state.runs.assignments[&node(1)].values().next().unwrap();
    assert_eq!(assigned.stop, Some(Stop::TimedOut));
    cluster.report(0, 0, 1, 1, Outcome::Cancelled).unwrap();
    assert_eq!(cluster.run().status, Status::TimedOut);
}

#[test]
fn a_delegated_task_runs_where_the_planner_says_and_folds_its_instances() {
    let mut cluster = Cluster::new();
    let mut spread = plan(&[&[], &[0]]);
    spread.tasks[0].target = Target::All;
    cluster.begin(ID, spread);
    assert_eq!(cluster.running(), []);
    cluster.place(0, &[(0, 2), (1, 3)]).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 1, 2), (0, 1, 1, 3)]);
    assert_eq!(cluster.place(0, &[(0, 1)]).unwrap_err().kind, Kind::Stale);
    cluster.report(0, 0, 1, 2, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.ending(0), None);
    cluster.report(0, 1, 1, 3, Outcome::Failed).unwrap();
    assert_eq!(cluster.ending(0), Some(Ending::Failed));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn one_task_at_a_time_in_listed_order_may_still_run_on_many_nodes() {
    let mut cluster = Cluster::new();
    let mut spread = plan(&[&[], &[]]);
    spread.tasks[0].target = Target::All;
    spread.tasks[0].retry.count = 1;
    cluster.begin(ID, Plan { parallel: Some(1), ..spread });
    assert_eq!(
        cluster.running(),
        [],
        "the first task waits for its places, the second for the first"
    );
    cluster.place(0, &[(0, 2), (1, 3)]).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 1, 2), (0, 1, 1, 3)]);
    cluster.report(0, 0, 1, 2, Outcome::Succeeded).unwrap();
    cluster.report(0, 1, 1, 3, Outcome::Failed).unwrap();
    assert_eq!(cluster.running(), [], "a back-off is no reason to overtake");
    cluster.tick(1_000);
    cluster.report(0, 1, 2, 3, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    cluster.succeed(1);
    assert_eq!(cluster.run().status, Status::Succeeded);
}

#[test]
fn a_task_without_a_place_can_be_refused() {
    let mut cluster = Cluster::new();
    let mut lonely = plan(&[&[], &[0]]);
    lonely.tasks[0].target = Target::Labels("gpu".into());
    cluster.begin(ID, lonely);
    cluster.ok(Command::Refuse(Refuse { run: ID, task: 0, slot: None, reason: "no gpu".into() }));
    assert_eq!(cluster.ending(0), Some(Ending::Refused));
    assert_eq!(cluster.run().status, Status::Failed);
    assert!(cluster.state.runs.unplaced.is_empty());
}

#[test]
fn a_lost_node_loses_its_attempts_and_they_are_placed_anew() {
    let mut cluster = Cluster::new();
    let mut any = plan(&[&[]]);
    any.tasks[0].target = Target::Any { labels: None, strategy: Default::default() };
    cluster.begin(ID, any);
    cluster.place(0, &[(0, 2)]).unwrap();
    let incarnation = cluster.state.members[&node(2)].incarnation;
    let lose = Lose { node: node(2), incarnation, reason: "cut off".into() };
    cluster.ok(Command::Lose(lose.clone()));
    assert_eq!(cluster.refused(Command::Lose(lose)), Kind::Stale);
    assert_eq!(cluster.running(), []);
    assert_eq!(cluster.report(0, 0, 1, 2, Outcome::Succeeded).unwrap_err().kind, Kind::Stale);
    assert_eq!(cluster.place(0, &[(0, 2)]).unwrap_err().kind, Kind::Stale);
    cluster.place(0, &[(0, 3)]).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 2, 3)]);
    cluster.report(0, 0, 2, 3, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.run().status, Status::Succeeded);
    let endings: Vec<_> =
        cluster.run().instance(0, 0).unwrap().attempts.iter().map(|it| it.ending).collect();
    assert_eq!(endings, [Some(Ending::Lost), Some(Ending::Succeeded)]);
}

#[test]
fn the_fourth_loss_ends_the_instance() {
    let mut cluster = Cluster::new();
    let mut any = plan(&[&[]]);
    any.tasks[0].target = Target::Any { labels: None, strategy: Default::default() };
    cluster.begin(ID, any);
    for _ in 0..4 {
        cluster.place(0, &[(0, 2)]).unwrap();
        cluster.up(2, true);
    }
    assert_eq!(cluster.ending(0), Some(Ending::Lost));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn an_owner_that_restarts_goes_on_where_it_was() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0]]));
    cluster.succeed(0);
    cluster.up(1, true);
    assert_eq!(cluster.running(), [(1, 0, 2, 1)]);
    cluster.report(1, 0, 2, 1, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.run().status, Status::Succeeded);
}

#[test]
fn an_owner_that_stopped_its_task_itself_gets_it_again() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0]]));
    cluster.report(0, 0, 1, 1, Outcome::Lost).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 2, 1)]);
    let drain = crate::member::Drain { node: node(1) };
    cluster.ok(Command::Drain(drain));
    cluster.report(0, 0, 2, 1, Outcome::Lost).unwrap();
    assert_eq!(cluster.running(), [], "a node that is about to end starts nothing");
    cluster.up(1, true);
    assert_eq!(cluster.running(), [(0, 0, 3, 1)]);
}

#[test]
fn nobody_resumes_a_run_unasked() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0]]));
    cluster.succeed(0);
    cluster.up(1, false);
    assert_eq!(cluster.running(), []);
    assert_eq!(
        cluster.run().instance(1, 0).map(|it| it.phase.clone()),
        Some(crate::run::Phase::Waiting { reason: Wait::Resume, since: cluster.state.clock })
    );
    cluster.ok(Command::Resume(Resume { run: ID }));
    assert_eq!(cluster.running(), [(1, 0, 2, 1)]);
}

#[test]
fn a_suspended_run_can_be_cancelled() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0]]));
    cluster.up(1, false);
    cluster.ok(Command::Cancel(Cancel { run: ID, reason: String::new() }));
    assert_eq!(cluster.run().status, Status::Cancelled);
}

#[test]
fn a_run_moves_only_before_its_owner_has_started_anything() {
    let mut cluster = Cluster::new();
    let mut delegated = plan(&[&[], &[0]]);
    delegated.tasks[0].target = Target::All;
    cluster.begin(ID, delegated);
    cluster.place(0, &[(0, 2)]).unwrap();
    let rehome = Rehome { run: ID, home: 0, owner: node(3) };
    cluster.ok(Command::Rehome(rehome.clone()));
    assert_eq!(cluster.refused(Command::Rehome(rehome)), Kind::Stale);
    cluster.report(0, 0, 1, 2, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.running(), [(1, 0, 1, 3)]);
    let late = Rehome { run: ID, home: 1, owner: node(2) };
    assert_eq!(cluster.refused(Command::Rehome(late)), Kind::Stale);
}

#[test]
fn a_pinned_run_is_abandoned_with_its_owner() {
    let mut cluster = Cluster::new();
    let mut mixed = plan(&[&[], &[]]);
    mixed.tasks[1].target = Target::All;
    cluster.begin(ID, mixed);
    cluster.place(1, &[(0, 2)]).unwrap();
    let incarnation = cluster.state.members[&node(1)].incarnation;
    let lose = Lose { node: node(1), incarnation, reason: "dead".into() };
    cluster.ok(Command::Lose(lose));
    cluster.ok(Command::Abandon(Abandon { run: ID, home: 0 }));
    assert_eq!(cluster.run().status, Status::Running);
    cluster.report(1, 0, 1, 2, Outcome::Cancelled).unwrap();
    assert_eq!(cluster.run().status, Status::Failed);
    assert_eq!(cluster.run().error.as_deref(), Some("owner lost"));
}

#[test]
fn a_run_is_begun_once() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[]]));
    cluster.begin(ID, plan(&[&[]]));
    assert_eq!(cluster.running(), [(0, 0, 1, 1)]);
    let other = cluster.upload(&codec::encode(PLAN_VERSION, &plan(&[&[], &[]])));
    let again = Begin { run: ID, owner: node(1), plan: other, workdir: None, rerun: None };
    assert_eq!(cluster.refused(Command::Begin(again)), Kind::Conflict);
}

#[test]
fn a_plan_that_does_not_fit_together_is_refused() {
    let mut cluster = Cluster::new();
    cluster.upload(b"bundle");
    let mut one_sided = plan(&[&[], &[0]]);
    one_sided.tasks[0].feeds.clear();
    let mut cyclic = plan(&[&[1], &[0]]);
    cyclic.tasks[0].role = Role::Task;
    let mut far = plan(&[&[]]);
    far.tasks[0].needs.push(9);
    for wrong in [one_sided, cyclic, far, plan(&[])] {
        let hash = cluster.upload(&codec::encode(PLAN_VERSION, &wrong));
        let begin = Begin { run: ID, owner: node(1), plan: hash, workdir: None, rerun: None };
        assert_eq!(cluster.refused(Command::Begin(begin)), Kind::Invalid);
    }
}

#[test]
fn a_forgotten_run_leaves_nothing_behind() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[]]));
    let mut with_blob = report(0, 0, 1, 1, 1, Outcome::Succeeded);
    with_blob.output = Output::Blob { hash: Hash::of(b"big"), size: 3 };
    cluster.ok(Command::Report(with_blob));
    assert_eq!(cluster.state.runs.held(node(1)), [Hash::of(b"big")]);
    cluster.ok(Command::Prune(crate::run::Prune { runs: vec![ID] }));
    assert!(cluster.state.runs.get(ID).is_none());
    assert!(cluster.state.runs.blobs.is_empty());
}
