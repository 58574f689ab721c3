use std::time::{Duration, Instant};

use tests::{Cluster, Home, Started};

/// Short ones, as from a program that prints what it does.
const LINES: usize = 200_000;
/// Of a build for development on a busy machine of two processors.
const SPAN: Duration = Duration::from_secs(120);

fn workflow(target: &str) -> String {
    format!(
        "local t = task('flood'){target}:command('seq {LINES}'):build()\n\
         workflow.define('w'):tasks({{ t }}):build()"
    )
}

/// Every line, once and in order; then a word on what the output table has not.
fn has_all(text: &str) {
    let mut lines = text.lines();
    for (number, line) in (1..=LINES).zip(&mut lines) {
        assert_eq!(line, number.to_string());
    }
    let next = lines.next();
    assert_eq!(next, Some("only the first 64 KiB of each stream are in the output table"));
}

fn ends(started: Started, since: Instant) {
    let ended = started.finish();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    has_all(&ended.stdout);
    assert!(since.elapsed() < SPAN, "took {:?}", since.elapsed());
}

#[test]
fn a_flood_of_short_lines_is_shown_whole_and_in_time() {
    let home = Home::new();
    let path = home.write("w.sloth", workflow("")).display().to_string();
    let since = Instant::now();
    ends(home.sloth(["run", &path]).deadline(SPAN).start(), since);
}

#[test]
fn a_flood_on_another_node_is_followed_whole_from_two_places() {
    let cluster = Cluster::start(3);
    let path = cluster.nodes[0].home().write("w.sloth", workflow(":delegate_to('n2')"));
    let since = Instant::now();
    let run = cluster.nodes[0].sloth(["run", &path.display().to_string()]);
    let mut run = run.deadline(SPAN).start();
    run.writes("run ");
    let follower = cluster.nodes[2].sloth(["run", "follow"]).deadline(SPAN).start();
    ends(follower, since);
    ends(run, since);
}
