//! What is killed, stopped or stays away, and what becomes of the runs.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

mod executor;
mod frozen;
mod guard;
mod leader;
mod owner;
mod voter;

use tests::{Cluster, Effects, LONG, Run, wait_until};

/// One task that leaves traces; more goes into its builder.
fn workflow(effects: &Effects, tag: &str, beats: u32, more: &str) -> String {
    format!(
        "local t = {}\nworkflow.define('w'):tasks({{ t }}):build()",
        task(effects, tag, beats, more)
    )
}

fn task(effects: &Effects, tag: &str, beats: u32, more: &str) -> String {
    let command = effects.command(tag, beats);
    format!("task('{tag}'){more}:command([[{command}]]):build()")
}

/// Waits until so many attempts of a tag have begun.
fn begins(effects: &Effects, tag: &str, count: usize) {
    wait_until(&format!("attempt {count} of {tag} begins"), LONG, || {
        match effects.begun(tag) >= count {
            true => Ok(()),
            false => Err(format!("{:#?}", effects.spans(tag))),
        }
    });
}

/// The task was done once, however many attempts that took, and reported once.
fn done_once(cluster: &Cluster, asked: &str, run: &Run, effects: &Effects, tag: &str) {
    effects.assert_apart(tag);
    assert_eq!(effects.ended(tag), 1, "{:#?}", effects.spans(tag));
    let reports = cluster
        .node(asked)
        .why(run.id())
        .into_iter()
        .filter(|event| event["kind"] == "task.completed" && event["task"] == tag);
    assert_eq!(reports.count(), 1, "{run}");
}
