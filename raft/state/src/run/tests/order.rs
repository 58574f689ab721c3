use crate::run::{Outcome, Plan, Role, Status, Target};
use crate::testing::{Cluster, ID, OTHER, node, plan};

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
fn a_task_that_skips_itself_lets_its_dependents_run() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0]]));
    cluster.report(0, 0, 1, 1, Outcome::Skipped).unwrap();
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    cluster.succeed(1);
    assert_eq!(cluster.run().status, Status::Succeeded);
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
fn a_run_without_deadlines_needs_no_stopwatch() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[]]));
    assert_eq!(cluster.state.next_deadline(), None);
}
