use crate::lease::Acquire;
use crate::run::{Begin, PLAN_VERSION, Plan};
use crate::testing::{Cluster, ID, OTHER, node, plan};
use crate::{Command, Kind, codec};

fn locked() -> Plan {
    Plan { lock: Some("deploy".into()), ..plan(&[&[]]) }
}

#[test]
fn a_run_holds_its_lock_from_its_beginning_to_its_end() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, locked());
    let held = cluster.state.leases.get("deploy", cluster.state.clock).unwrap();
    assert_eq!((held.holder.run, held.expires), (Some(ID), None));
    let mut other = locked();
    other.bundle = cluster.upload(b"bundle");
    let plan = cluster.upload(&codec::encode(PLAN_VERSION, &other));
    let begin = Begin { run: OTHER, owner: node(1), plan, workdir: None, rerun: None };
    let refusal = cluster.send(Command::Begin(begin.clone())).unwrap_err();
    assert_eq!(refusal.kind, Kind::Locked);
    assert!(refusal.message.contains(&ID.to_string()), "{refusal}");
    assert!(cluster.state.runs.get(OTHER).is_none());
    cluster.succeed(0);
    cluster.ok(Command::Begin(begin));
    assert_eq!(
        cluster.state.leases.get("deploy", cluster.state.clock).unwrap().holder.run,
        Some(OTHER)
    );
}

#[test]
fn a_lock_that_somebody_else_holds_keeps_a_run_from_beginning() {
    let mut cluster = Cluster::new();
    let ttl = Some(crate::Elapsed(5_000));
    let name = "deploy".to_string();
    cluster.ok(Command::Acquire(Acquire { name, label: "me".into(), run: None, ttl }));
    let bundle = cluster.upload(b"bundle");
    let plan = cluster.upload(&codec::encode(PLAN_VERSION, &Plan { bundle, ..locked() }));
    let begin = Begin { run: ID, owner: node(1), plan, workdir: None, rerun: None };
    let refusal = cluster.send(Command::Begin(begin.clone())).unwrap_err();
    assert_eq!(refusal.kind, Kind::Locked);
    assert!(refusal.message.contains("held by me"), "{refusal}");
    cluster.tick(5_000);
    cluster.ok(Command::Begin(begin));
}
