use crate::run::{Ending, Outcome, Refuse, Status, Target};
use crate::testing::{Cluster, ID, plan};
use crate::{Command, Kind};

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
fn a_place_that_its_target_does_not_ask_for_is_stale() {
    let mut cluster = Cluster::new();
    let mut spread = plan(&[&[], &[], &[], &[]]);
    let names = ["n2", "n3"].map(|name| config::Name::new(name).unwrap());
    spread.tasks[0].target = Target::Labels("web".into());
    spread.tasks[1].target = Target::Names(names.to_vec());
    spread.tasks[2].target = Target::Any { labels: None, strategy: Default::default() };
    cluster.begin(ID, spread);
    let refused = |cluster: &mut Cluster, task, places: &[(u32, u8)]| {
        assert_eq!(cluster.place(task, places).unwrap_err().kind, Kind::Stale, "{places:?}");
    };
    refused(&mut cluster, 0, &[(0, 2), (1, 1)]);
    refused(&mut cluster, 1, &[(0, 3), (1, 2)]);
    refused(&mut cluster, 1, &[(0, 2)]);
    refused(&mut cluster, 2, &[(0, 1), (1, 2)]);
    refused(&mut cluster, 3, &[(0, 1)]);
    cluster.place(0, &[(0, 2)]).unwrap();
    cluster.place(1, &[(0, 2), (1, 3)]).unwrap();
    cluster.place(2, &[(0, 1)]).unwrap();
}
