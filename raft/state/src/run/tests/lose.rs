use crate::run::{Ending, Lose, Outcome, Rehome, Status, Target};
use crate::testing::{Cluster, ID, node, plan};
use crate::{Command, Kind};

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
fn what_waits_for_a_slot_of_a_lost_node_looks_for_another_place() {
    let mut cluster = Cluster::new();
    let mut any = plan(&[&[], &[], &[]]);
    let anywhere = Target::Any { labels: None, strategy: Default::default() };
    any.tasks.iter_mut().for_each(|task| task.target = anywhere.clone());
    cluster.begin(ID, any);
    for task in 0..3 {
        cluster.place(task, &[(0, 2)]).unwrap();
    }
    assert_eq!(cluster.running(), [(0, 0, 1, 2), (1, 0, 1, 2)]);
    let incarnation = cluster.state.members[&node(2)].incarnation;
    cluster.ok(Command::Lose(Lose { node: node(2), incarnation, reason: "dead".into() }));
    assert_eq!(cluster.state.runs.unplaced.len(), 3);
    cluster.place(2, &[(0, 3)]).unwrap();
    assert_eq!(cluster.running(), [(2, 0, 1, 3)]);
}

#[test]
fn a_delegated_retry_does_not_wait_for_the_owner_on_whose_node_it_was() {
    let mut cluster = Cluster::new();
    let mut any = plan(&[&[]]);
    any.tasks[0].target = Target::Any { labels: None, strategy: Default::default() };
    any.tasks[0].retry.count = 1;
    cluster.begin(ID, any);
    cluster.place(0, &[(0, 1)]).unwrap();
    cluster.fail(0);
    let incarnation = cluster.state.members[&node(1)].incarnation;
    cluster.ok(Command::Lose(Lose { node: node(1), incarnation, reason: "dead".into() }));
    cluster.tick(1_000);
    cluster.place(0, &[(0, 3)]).unwrap();
    assert_eq!(cluster.running(), [(0, 0, 2, 3)]);
}
