use crate::run::{Ending, Outcome, Plan, Role, Status};
use crate::testing::{Cluster, ID, handles, node, plan};

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
fn an_ignored_failure_is_reported_and_its_dependents_run() {
    let mut cluster = Cluster::new();
    let mut lenient = plan(&[&[], &[0], &[]]);
    lenient.tasks[0].ignore_errors = true;
    cluster.begin(ID, lenient);
    cluster.fail(0);
    assert_eq!(cluster.ending(0), Some(Ending::Failed));
    cluster.succeed(1);
    cluster.succeed(2);
    assert_eq!((cluster.run().status, &cluster.run().error), (Status::Succeeded, &None));
}

#[test]
fn an_abort_starts_nothing_new_whatever_the_plan_says() {
    let mut cluster = Cluster::new();
    let mut guarded = Plan { continue_on_error: true, ..plan(&[&[], &[], &[0], &[], &[1], &[]]) };
    handles(&mut guarded, 3, &[0]);
    guarded.tasks[5].role = Role::OnComplete;
    cluster.begin(ID, guarded);
    cluster.report(0, 0, 1, 1, Outcome::Aborted).unwrap();
    assert_eq!(cluster.running(), [(1, 0, 1, 1)], "what runs ends by itself");
    cluster.succeed(1);
    assert_eq!(cluster.running(), [(5, 0, 1, 1)], "`on_complete` runs always");
    cluster.succeed(5);
    let (failed, skipped) = (Some(Ending::Failed), Some(Ending::Skipped));
    assert_eq!(
        cluster.endings()[..5],
        [failed, Some(Ending::Succeeded), skipped, skipped, skipped]
    );
    assert_eq!(cluster.run().error.as_deref(), Some("task `a`: Aborted"));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn what_had_started_when_the_run_failed_has_its_retries_still() {
    let mut cluster = Cluster::new();
    let mut two = plan(&[&[], &[], &[1]]);
    two.tasks[1].retry.count = 1;
    cluster.begin(ID, two);
    cluster.fail(0);
    cluster.fail(1);
    cluster.tick(1_000);
    cluster.report(1, 0, 2, 1, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.ending(1), Some(Ending::Succeeded));
    assert_eq!(cluster.ending(2), Some(Ending::Skipped));
    assert_eq!(cluster.run().status, Status::Failed);
}

#[test]
fn jitter_differs_by_attempt_and_stays_near_the_wait() {
    let retry = crate::run::Retry { jitter: true, ..plan(&[&[]]).tasks[0].retry.clone() };
    let waits: std::collections::BTreeSet<u64> = (1..50)
        .map(|attempt| {
            let instance = crate::InstanceKey { run: ID, task: 0, slot: 0 };
            retry.wait(4, crate::AttemptKey { instance, attempt }).0
        })
        .collect();
    assert!(waits.len() > 30);
    assert!(waits.iter().all(|wait| (3_000..=5_000).contains(wait)), "{waits:?}");
}
