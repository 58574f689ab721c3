use crate::run::{Ending, Outcome, Plan, Status};
use crate::testing::{Cluster, ID, plan};

#[test]
fn a_list_does_not_wait_for_what_runs_in_the_background() {
    let mut cluster = Cluster::new();
    let mut listed = Plan { parallel: Some(1), ..plan(&[&[], &[], &[], &[1]]) };
    listed.tasks[1].background = true;
    cluster.begin(ID, listed);
    assert_eq!(cluster.running(), [(0, 0, 1, 1)], "it, too, starts in its turn");
    cluster.succeed(0);
    assert_eq!(cluster.running(), [(1, 0, 1, 1), (2, 0, 1, 1)]);
    cluster.succeed(2);
    assert_eq!(cluster.running(), [(1, 0, 1, 1)], "what needs it waits for it");
    assert_eq!(cluster.run().status, Status::Running, "and so does the run");
    cluster.succeed(1);
    assert_eq!(cluster.running(), [(3, 0, 1, 1)]);
}

#[test]
fn it_starts_though_as_many_run_as_may() {
    let mut cluster = Cluster::new();
    let mut graph = Plan { parallel: Some(1), ..plan(&[&[], &[0], &[0]]) };
    graph.tasks[2].background = true;
    let owned = Plan { parallel: None, parallel_owner: 1, ..graph.clone() };
    for plan in [Plan { parallel: Some(2), ..graph }, owned] {
        cluster.state.runs = Default::default();
        cluster.begin(ID, plan);
        cluster.succeed(0);
        assert_eq!(cluster.running(), [(1, 0, 1, 1), (2, 0, 1, 1)]);
    }
}

#[test]
fn its_retry_holds_up_nothing() {
    let mut cluster = Cluster::new();
    let mut listed = Plan { parallel: Some(1), ..plan(&[&[], &[], &[]]) };
    (listed.tasks[0].background, listed.tasks[0].retry.count) = (true, 1);
    cluster.begin(ID, listed);
    cluster.fail(0);
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    cluster.tick(1_000);
    assert_eq!(cluster.running(), [(0, 0, 2, 1), (1, 0, 1, 1)]);
    cluster.report(0, 0, 2, 1, Outcome::Failed).unwrap();
    cluster.succeed(1);
    assert_eq!(cluster.ending(2), Some(Ending::Skipped));
    assert_eq!(cluster.run().status, Status::Failed);
}
