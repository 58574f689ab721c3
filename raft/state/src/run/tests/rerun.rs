use crate::run::{
    Artifact, Begin, Ending, Outcome, Output, PLAN_VERSION, Plan, Report, Rerun, Status,
};
use crate::testing::{Cluster, ID, OTHER, node, plan, report};
use crate::{Command, Hash, Kind, RunId, codec};

fn rerun(cluster: &mut Cluster, run: RunId, mut plan: Plan, tasks: &[u32]) -> crate::Reply {
    plan.bundle = cluster.upload(b"bundle");
    let plan = cluster.upload(&codec::encode(PLAN_VERSION, &plan));
    let rerun = Some(Rerun { run: ID, tasks: tasks.to_vec() });
    cluster.send(Command::Begin(Begin { run, owner: node(1), plan, workdir: None, rerun }))
}

/// A run whose first task passed and left something, and whose second failed.
fn half_done() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[], &[0], &[1]]));
    let first = report(0, 0, 1, 1, 1, Outcome::Succeeded);
    let artifact = Artifact { path: "a".into(), hash: Hash::of(b"a"), size: 1, mode: 0o644 };
    let output = Output::Inline("7".into());
    cluster.ok(Command::Report(Report { output, artifacts: vec![artifact], ..first }));
    cluster.report(1, 0, 1, 1, Outcome::Failed).unwrap();
    cluster
}

#[test]
fn what_passed_is_taken_from_the_older_run() {
    let mut cluster = half_done();
    rerun(&mut cluster, OTHER, plan(&[&[], &[0], &[1]]), &[0]).unwrap();
    assert_eq!(cluster.running(), [(1, 0, 1, 1)]);
    let run = cluster.state.runs.get(OTHER).unwrap();
    let first = run.instance(0, 0).unwrap();
    assert_eq!(
        (first.ending(), &first.output),
        (Some(Ending::Succeeded), &Output::Inline("7".into()))
    );
    assert_eq!((run.rerun, first.artifacts.len(), run.open), (Some(ID), 1, 2));
    cluster.ok(Command::Prune(crate::run::Prune { runs: vec![ID] }));
    assert_eq!(
        cluster.state.runs.held(node(1)),
        [Hash::of(b"a")],
        "its blobs outlive the older run"
    );
}

#[test]
fn a_run_of_which_everything_passed_ends_at_once() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, plan(&[&[]]));
    cluster.succeed(0);
    rerun(&mut cluster, OTHER, plan(&[&[]]), &[0]).unwrap();
    assert_eq!(cluster.state.runs.get(OTHER).unwrap().status, Status::Succeeded);
}

#[test]
fn only_what_passed_in_a_run_of_the_same_shape_is_taken() {
    let mut cluster = half_done();
    let same = plan(&[&[], &[0], &[1]]);
    assert_eq!(rerun(&mut cluster, OTHER, same.clone(), &[1]).unwrap_err().kind, Kind::Invalid);
    let other = plan(&[&[], &[0], &[0]]);
    assert_eq!(rerun(&mut cluster, OTHER, other, &[0]).unwrap_err().kind, Kind::Conflict);
    cluster.ok(Command::Prune(crate::run::Prune { runs: vec![ID] }));
    assert_eq!(rerun(&mut cluster, OTHER, same.clone(), &[0]).unwrap_err().kind, Kind::NotFound);
    cluster.begin(ID, same.clone());
    assert_eq!(rerun(&mut cluster, OTHER, same, &[0]).unwrap_err().kind, Kind::Conflict);
    assert!(cluster.state.runs.get(OTHER).is_none());
}
