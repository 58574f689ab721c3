use crate::run::{Approval, Approve, Ending, Plan, Role, Status, Wait};
use crate::testing::{Cluster, ID, plan};
use crate::{Command, Kind};

fn interactive(needs: &[&[u32]], parallel: Option<u32>) -> Plan {
    Plan { interactive: true, parallel, ..plan(needs) }
}

fn approve(cluster: &mut Cluster, task: u32, decision: Approval) {
    cluster.ok(Command::Approve(Approve { run: ID, task, decision }));
}

fn waiting(cluster: &Cluster) -> Vec<u32> {
    let vertices = cluster.run().vertices.iter();
    vertices.filter(|(_, it)| it.wait == Wait::Approval).map(|(task, _)| task).collect()
}

#[test]
fn each_task_waits_for_a_word() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, interactive(&[&[], &[0]], None));
    assert_eq!((waiting(&cluster), cluster.running()), (vec![0], vec![]));
    approve(&mut cluster, 0, Approval::Run);
    assert_eq!((waiting(&cluster), cluster.running()), (vec![], vec![(0, 0, 1, 1)]));
    cluster.succeed(0);
    assert_eq!(waiting(&cluster), [1]);
    approve(&mut cluster, 1, Approval::Run);
    cluster.succeed(1);
    assert_eq!(cluster.run().status, Status::Succeeded);
}

#[test]
fn in_a_list_one_task_is_asked_about_when_its_turn_has_come() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, interactive(&[&[], &[], &[]], Some(1)));
    assert_eq!(waiting(&cluster), [0]);
    approve(&mut cluster, 0, Approval::Run);
    assert_eq!(waiting(&cluster), [] as [u32; 0], "not while one runs");
    cluster.succeed(0);
    assert_eq!(waiting(&cluster), [1]);
    approve(&mut cluster, 1, Approval::Skip);
    assert_eq!(waiting(&cluster), [2]);
}

#[test]
fn a_skipped_task_takes_along_what_needs_it() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, interactive(&[&[], &[0], &[]], None));
    approve(&mut cluster, 0, Approval::Skip);
    assert_eq!(cluster.notes(0), ["skipped: whoever was asked said so"]);
    assert_eq!(cluster.notes(1), ["skipped: it needs `a`, which was skipped"]);
    approve(&mut cluster, 2, Approval::Run);
    cluster.succeed(2);
    assert_eq!(cluster.run().status, Status::Succeeded);
}

#[test]
fn an_abort_lets_what_runs_end_and_fails_the_run() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, interactive(&[&[], &[], &[]], None));
    approve(&mut cluster, 0, Approval::Run);
    approve(&mut cluster, 1, Approval::Abort);
    assert_eq!(waiting(&cluster), [] as [u32; 0]);
    assert_eq!(cluster.running(), [(0, 0, 1, 1)]);
    cluster.succeed(0);
    let skipped = Some(Ending::Skipped);
    assert_eq!(cluster.endings(), [Some(Ending::Succeeded), skipped, skipped]);
    assert_eq!(cluster.run().status, Status::Failed);
    assert_eq!(cluster.run().error.as_deref(), Some("aborted before task `b`"));
}

#[test]
fn after_run_all_nobody_is_asked() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, interactive(&[&[], &[], &[0]], Some(2)));
    assert_eq!(waiting(&cluster), [0, 1]);
    approve(&mut cluster, 1, Approval::RunAll);
    assert_eq!(cluster.running(), [(0, 0, 1, 1), (1, 0, 1, 1)]);
    cluster.succeed(0);
    assert_eq!(cluster.running(), [(1, 0, 1, 1), (2, 0, 1, 1)]);
}

#[test]
fn callbacks_need_no_approval() {
    let mut cluster = Cluster::new();
    let mut hooked = interactive(&[&[], &[0]], None);
    hooked.tasks[0].role = Role::OnStart;
    cluster.begin(ID, hooked);
    assert_eq!(cluster.running(), [(0, 0, 1, 1)]);
}

#[test]
fn a_word_about_a_task_that_waits_for_none_is_stale() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, interactive(&[&[], &[0]], None));
    let word = |task| Command::Approve(Approve { run: ID, task, decision: Approval::Run });
    assert_eq!(cluster.refused(word(1)), Kind::Stale);
    assert_eq!(cluster.refused(word(9)), Kind::Stale);
    approve(&mut cluster, 0, Approval::Run);
    assert_eq!(cluster.refused(word(0)), Kind::Stale);
}

#[test]
fn a_run_that_waits_for_a_word_can_be_cancelled() {
    let mut cluster = Cluster::new();
    cluster.begin(ID, interactive(&[&[], &[0]], None));
    cluster.ok(Command::Cancel(crate::run::Cancel { run: ID, reason: String::new() }));
    assert_eq!(cluster.run().status, Status::Cancelled);
    assert_eq!(cluster.run().asked, 0);
}
