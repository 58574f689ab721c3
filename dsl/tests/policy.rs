//! What a policy denies, no function does: in tasks and while the file is loaded.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;

use dsl::policy::{Layer, Policy};
use dsl::registry;
use dsl::registry::function::{Capability, Effect};
use dsl::{Live, LoadOptions, Outcome, Status};
use serde_json::json;
use support::{Memory, source};

fn policy(allow: &[&str], deny: &[&str]) -> Policy {
    Policy::default().and(&Layer::new(allow, deny).unwrap())
}

/// Runs a command under a policy.
async fn command(body: &str, policy: Policy) -> (Outcome, Arc<Memory>) {
    let text = format!("task('a'):command(function(this, params, deps)\n{body}\nend)");
    let mut job = support::job(&text, "a");
    job.load.policy = policy;
    support::run(job).await
}

/// Generated over the registry: the example of each function that touches something runs where that is denied.
#[tokio::test]
async fn every_function_is_refused_when_its_capability_is_denied() {
    let mut asked = 0;
    for module in registry::modules() {
        for function in module.functions {
            let capability = function.capability;
            let free = matches!(capability, Capability::Nothing | Capability::Log);
            if free || function.effect() == Effect::Computes {
                continue;
            }
            let name = format!("{}.{}", module.name, function.name);
            let (outcome, memory) =
                command(function.example, policy(&[], &[capability.word()])).await;
            let expected = format!("permission denied: {}", capability.word());
            let message = outcome.message.clone().unwrap_or_default();
            assert!(message.contains(&expected), "{name}: {outcome:?}");
            assert!(memory.untouched(), "{name}");
            let (outcome, _) = command(function.example, policy(&["agent"], &[])).await;
            let message = outcome.message.unwrap_or_default();
            assert!(message.contains("permission denied: "), "{name}: {message}");
            asked += 1;
        }
    }
    assert!(asked > 30, "{asked}");
}

#[tokio::test]
async fn a_denial_names_what_was_denied() {
    let cases = [
        ("exec.run('git status')", "exec=make", "exec(git)"),
        ("exec.run('git status | cat')", "exec=git", "exec(bash)"),
        ("exec.run({ 'git', 'status' })", "exec=make", "exec(git)"),
        ("exec.run('git status', { shell = 'zsh' })", "exec=git", "exec(zsh)"),
        ("exec.run('git', { unless = 'test -e x' })", "exec=git", "exec(bash)"),
        ("fs.read('/etc/hostname')", "fs.read=/srv", "fs.read(/etc/hostname)"),
        ("fs.read('../etc/hostname')", "fs.read=.", "fs.read(/etc/hostname)"),
        ("fs.copy('/etc/hostname', 'x')", "fs.write", "fs.read(/etc/hostname)"),
        ("fs.write('/etc/x', '')", "fs.write=.", "fs.write(/etc/x)"),
        ("fs.glob('/etc/*')", "fs.read=.", "fs.read(/etc)"),
        ("state.get('a/b')", "state=b/*", "state(a/b)"),
        ("state.ns('team').get('k')", "state=k", "state(team/k)"),
        ("event.dispatch('deploy.done')", "event=build.*", "event(deploy.done)"),
    ];
    for (body, allow, denied) in cases {
        let (outcome, _) = command(body, policy(&[allow], &[])).await;
        let message = outcome.message.unwrap_or_default();
        assert_eq!(message, format!("deploy.sloth:2: permission denied: {denied}"), "{body}");
    }
}

#[tokio::test]
async fn what_is_allowed_works() {
    let body = "assert(exec.run('true').success) assert(not pcall(exec.run, 'sh -c true'))
        local folder = exec.run('mktemp -d').stdout:gsub('%s+$', '')
        return true, log.info('x')";
    let (outcome, _) = command(body, policy(&["exec=true,mktemp"], &[])).await;
    assert_eq!(outcome.status, Status::Succeeded, "{outcome:?}");
}

#[tokio::test]
async fn links_do_not_lead_out() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc", folder.path().join("door")).unwrap();
    let mut job = support::job(
        "task('a'):command(function() local text = fs.read('door/hostname') end)",
        "a",
    );
    job.workdir = folder.path().to_path_buf();
    job.load.policy = policy(&["fs.read=."], &[]);
    let (outcome, _) = support::run(job).await;
    assert_eq!(
        outcome.message.as_deref(),
        Some("deploy.sloth:1: permission denied: fs.read(/etc/hostname)")
    );
}

#[tokio::test]
async fn the_policy_holds_while_the_file_is_loaded() {
    let live = Live { host: Arc::new(Memory::default()), folder: PathBuf::from("/tmp") };
    let options = LoadOptions { policy: policy(&[], &["exec"]), ..LoadOptions::default() };
    let text = "local v = exec.run('git describe')";
    let faults = dsl::observe(&source(text), &json!({}), &options, live).await.unwrap_err();
    insta::assert_snapshot!(faults, @r#"
    deploy.sloth:1:1: error[denied]: permission denied: exec(git)
     1 | local v = exec.run('git describe')
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}
