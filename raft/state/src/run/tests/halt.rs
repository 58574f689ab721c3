use crate::run::{
    Abandon, Cancel, Ending, Lose, Outcome, Plan, Resume, Role, Status, Stop, Target, Wait,
};
use crate::testing::{Cluster, ID, node, plan};
use crate::{Command, Elapsed, Kind};

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
fn on_complete_runs_after_the_timeout_of_its_workflow() {
    let mut cluster = Cluster::new();
    let mut hooked = Plan { timeout: Some(Elapsed(500)), ..plan(&[&[], &[0], &[]]) };
    hooked.tasks[2].role = crate::run::Role::OnComplete;
    cluster.begin(ID, hooked);
    cluster.tick(500);
    cluster.report(0, 0, 1, 1, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.running(), [(2, 0, 1, 1)]);
    cluster.succeed(2);
    let cancelled = Some(Ending::Cancelled);
    assert_eq!(cluster.endings(), [cancelled, cancelled, Some(Ending::Succeeded)]);
    assert_eq!(cluster.run().status, Status::TimedOut);
}

#[test]
fn a_cancel_after_the_timeout_starts_nothing_either() {
    let mut cluster = Cluster::new();
    let mut hooked = Plan { timeout: Some(Elapsed(500)), ..plan(&[&[], &[]]) };
    hooked.tasks[1].role = crate::run::Role::OnComplete;
    cluster.begin(ID, hooked);
    cluster.tick(500);
    cluster.ok(Command::Cancel(Cancel { run: ID, reason: String::new() }));
    cluster.report(0, 0, 1, 1, Outcome::Cancelled).unwrap();
    assert_eq!(cluster.running(), []);
    assert_eq!(cluster.run().status, Status::Cancelled);
}
