use crate::run::{Ending, Outcome, Status, Target};
use crate::testing::{Cluster, ID, plan};

#[test]
fn what_starts_at_most_once_is_not_tried_again() {
    let mut cluster = Cluster::new();
    let mut once = plan(&[&[]]);
    (once.tasks[0].once, once.tasks[0].retry.count) = (true, 3);
    cluster.begin(ID, once);
    assert!(cluster.state.runs.assignments.values().next().unwrap().values().next().unwrap().last);
    cluster.fail(0);
    assert_eq!(cluster.ending(0), Some(Ending::Failed));
}

#[test]
fn what_starts_at_most_once_ends_as_lost_with_its_node() {
    for target in [Target::Owner, Target::All] {
        let mut cluster = Cluster::new();
        let mut once = plan(&[&[]]);
        (once.tasks[0].once, once.tasks[0].target) = (true, target.clone());
        cluster.begin(ID, once);
        if target == Target::All {
            cluster.place(0, &[(0, 2)]).unwrap();
        }
        let (.., on) = cluster.running()[0];
        cluster.up(on, true);
        assert_eq!(cluster.ending(0), Some(Ending::Lost));
        assert_eq!(cluster.run().status, Status::Failed);
        let error = "task `a`: lost, and it starts at most once: its node was restarted";
        assert_eq!(cluster.run().error.as_deref(), Some(error));
    }
}

#[test]
fn a_question_about_it_may_be_lost() {
    let mut cluster = Cluster::new();
    let mut once = plan(&[&[]]);
    once.tasks[0].once = true;
    once.callbacks.task_start = true;
    cluster.begin(ID, once);
    cluster.up(1, true);
    cluster.answer(None);
    cluster.report(0, 0, 3, 1, Outcome::Succeeded).unwrap();
    assert_eq!(cluster.run().status, Status::Succeeded);
}
