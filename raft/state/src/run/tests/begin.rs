use crate::run::{Begin, Outcome, Output, PLAN_VERSION, Role};
use crate::testing::{Cluster, ID, node, plan, report};
use crate::{Command, Hash, Kind, codec};

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
