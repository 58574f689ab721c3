use crate::Elapsed;
use crate::run::{Ending, Outcome, Plan, Status, Stop};
use crate::testing::{Cluster, ID, plan};

/// One task that has two seconds for up to ten attempts.
fn hurried() -> Plan {
    let mut plan = plan(&[&[]]);
    plan.tasks[0].deadline = Some(Elapsed(2_000));
    (plan.tasks[0].retry.count, plan.tasks[0].retry.backoff) = (9, crate::run::Backoff::Fixed);
    plan
}

#[test]
fn an_attempt_is_stopped_at_the_deadline_of_its_task() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, hurried());
    cluster.tick(1_999);
    let stop = |cluster: &Cluster| {
        cluster.state.runs.assignments.values().next().unwrap().values().next().unwrap().stop
    };
    assert_eq!(stop(&cluster), None);
    cluster.tick(1);
    assert_eq!(stop(&cluster), Some(Stop::TimedOut));
    cluster.report(0, 0, 1, 1, Outcome::Cancelled).unwrap();
    assert_eq!(cluster.ending(0), Some(Ending::TimedOut), "no retry is left, for want of time");
    assert_eq!(cluster.run().error.as_deref(), Some("task `a`: its deadline of 2 s was over"));
    assert_eq!(cluster.state.next_deadline(), None);
}

#[test]
fn a_back_off_ends_at_the_deadline_too() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, hurried());
    cluster.fail(0);
    cluster.tick(1_000);
    cluster.tick(500);
    cluster.report(0, 0, 2, 1, Outcome::Failed).unwrap();
    cluster.tick(500);
    assert_eq!(cluster.ending(0), Some(Ending::TimedOut));
    assert_eq!(cluster.notes(0), ["its deadline of 2 s was over before its next try"]);
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn a_deadline_begins_with_the_first_start_and_ends_with_the_task() {
    let mut cluster = Cluster::new();
    let mut second = plan(&[&[], &[0]]);
    second.tasks[1].deadline = Some(Elapsed(2_000));
    cluster.begin(ID, second);
    cluster.tick(5_000);
    cluster.succeed(0);
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    cluster.succeed(1);
    assert_eq!(cluster.run().status, Status::Succeeded);
    assert_eq!(cluster.state.next_deadline(), None);
}
