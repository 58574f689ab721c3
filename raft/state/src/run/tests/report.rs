use crate::run::{Ending, Outcome};
use crate::testing::{Cluster, ID, plan, report};
use crate::{Command, Kind};

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
