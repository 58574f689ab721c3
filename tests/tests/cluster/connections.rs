//! Commands that stay, and the node they talk to dies.

use std::time::{Duration, Instant};

use serde_json::Value;
use tests::{Cluster, Effects, LONG, Node, SHORT, Started, wait_until};

/// Makes something happen: a lock is granted.
fn happens(by: &Node, name: &str) {
    by.sloth(["state", "lock", name, "--ttl", "10m"]).ok();
}

/// The locks whose grants somebody has seen, and no event twice or left out.
fn seen(watcher: &Started) -> Vec<String> {
    let text = watcher.stdout();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let events: Vec<Value> =
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for pair in events.windows(2) {
        let [one, next] = [&pair[0], &pair[1]].map(|event| event["sequence"].as_u64().unwrap());
        assert_eq!(one + 1, next, "{text}");
    }
    let locks = events.iter().filter(|event| event["kind"] == "lease.granted");
    locks.map(|event| event["data"]["lease"].as_str().unwrap().to_owned()).collect()
}

fn sees(watcher: &Started, lock: &str) {
    wait_until(&format!("the watcher sees {lock}"), LONG, || {
        let seen = seen(watcher);
        if seen.iter().any(|name| name == lock) { Ok(()) } else { Err(watcher.standing()) }
    });
}

/// Watches, and is sure to have begun.
fn watch(cluster: &Cluster, others: &[&Node], timeout: &str) -> Started {
    let arguments = ["events", "watch", "-o", "jsonl", "--timeout", timeout];
    let watcher = cluster.nodes[0].sloth_or(others, arguments).start();
    let mut number = 0;
    wait_until("the watcher has begun", LONG, || {
        number += 1;
        happens(&cluster.nodes[1], &format!("begin-{number}"));
        if seen(&watcher).is_empty() { Err(watcher.standing()) } else { Ok(()) }
    });
    watcher
}

#[test]
fn a_watcher_goes_on_at_another_node_and_misses_nothing() {
    let mut cluster = Cluster::start(3);
    let watcher = watch(&cluster, &[&cluster.nodes[1]], "30s");
    cluster.nodes[0].kill();
    happens(&cluster.nodes[1], "while-it-is-dead");
    sees(&watcher, "while-it-is-dead");
    cluster.nodes[0].again();
    cluster.settles();
    cluster.nodes[1].kill();
    happens(&cluster.nodes[2], "and-back");
    sees(&watcher, "and-back");
}

#[test]
fn a_watcher_without_a_node_ends_in_time_and_says_where_to_go_on() {
    let mut cluster = Cluster::start(3);
    let watcher = watch(&cluster, &[], "2s");
    cluster.nodes[0].kill();
    let killed = Instant::now();
    let last = seen(&watcher).len();
    let ended = watcher.finish().exits(6).says("sloth events watch --from");
    assert!(killed.elapsed() < Duration::from_secs(10), "took {:?}", killed.elapsed());
    assert!(ended.stdout.lines().count() >= last);
    let from = ended.stderr.split("--from ").nth(1).unwrap();
    let from = from.split_whitespace().next().unwrap();
    let newest: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(from, newest["sequence"].to_string());
}

#[test]
fn a_watcher_does_not_go_on_at_a_node_of_another_cluster() {
    let mut cluster = Cluster::start(1);
    let mut stranger = tests::Setup::new("stranger").start();
    stranger.comes_up();
    let arguments = ["events", "watch", "-o", "jsonl", "--timeout", "2s", "--from", "0"];
    let watcher = cluster.nodes[0].sloth_or(&[&stranger], arguments).start();
    happens(&cluster.nodes[0], "ours");
    sees(&watcher, "ours");
    happens(&stranger, "theirs");
    cluster.nodes[0].kill();
    let ended = watcher.finish().exits(6);
    assert!(!ended.stdout.contains("theirs"), "{ended}");
}

/// Who holds a lock, as a node says: its token.
fn token(node: &Node, lock: &str) -> Result<Option<u64>, String> {
    let locks = node.sloth(["state", "locks"]).try_json()?;
    let items = locks["items"].as_array().ok_or_else(|| locks.to_string())?;
    let lock = items.iter().find(|item| item["name"] == lock);
    Ok(lock.and_then(|lock| lock["token"].as_u64()))
}

#[test]
fn a_lock_is_kept_through_another_node_and_released_there() {
    let mut cluster = Cluster::start(3);
    let ttl = Duration::from_secs(9);
    let arguments = ["state", "lock", "one", "--ttl", "9s", "--", "sh", "-c"];
    let command = "echo begun; while [ ! -e go ]; do sleep 0.05; done; echo $SLOTH_LOCK_TOKEN";
    let arguments = arguments.into_iter().chain([command]);
    let mut holder = cluster.nodes[0].sloth_or(&[&cluster.nodes[1]], arguments).start();
    holder.writes("begun");
    let held = token(&cluster.nodes[1], "one").unwrap().unwrap();
    cluster.nodes[0].kill();
    let killed = Instant::now();
    // So long that it would be somebody else's by now, had nobody renewed it.
    while killed.elapsed() < ttl * 3 / 2 {
        let now = wait_until("locks are listed", SHORT, || token(&cluster.nodes[2], "one"));
        assert_eq!(now, Some(held), "{}", holder.standing());
    }
    cluster.nodes[0].home().write("go", "");
    let ended = holder.finish().exits(0);
    assert_eq!(ended.stdout, format!("begun\n{held}\n"));
    assert_eq!(token(&cluster.nodes[1], "one").unwrap(), None);
}

/// Without another node to ask the command is stopped before the lock can be somebody else's, though it ignores
/// being asked to end.
fn is_stopped_in_time(strike: impl FnOnce(&mut Node)) {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let command = format!("trap '' TERM; {}", effects.command("work", 10_000));
    let arguments = ["state", "lock", "one", "--ttl", "4s", "--", "sh", "-c", &command];
    let holder = cluster.nodes[0].sloth(arguments).start();
    wait_until("the work begins", SHORT, || match effects.begun("work") {
        0 => Err(holder.standing()),
        _ => Ok(()),
    });
    let before = token(&cluster.nodes[1], "one").unwrap().unwrap();
    strike(&mut cluster.nodes[0]);
    let arguments = ["state", "lock", "one", "--wait", "1m", "--", "sh", "-c"];
    let next = "date +%s%N; echo $SLOTH_LOCK_TOKEN";
    let next = cluster.nodes[1].sloth(arguments.into_iter().chain([next])).ok();
    let (granted, token) = next.stdout.trim().split_once('\n').unwrap();
    let granted: u128 = granted.parse().unwrap();
    let last = effects.spans("work")[0].last;
    assert!(last < granted, "the work went on until {last}, granted at {granted}");
    assert!(token.parse::<u64>().unwrap() > before);
    holder.finish().exits(6).says("lost lock `one`, so the command was stopped");
    assert_eq!((effects.begun("work"), effects.ended("work")), (1, 0));
}

#[test]
fn a_command_under_a_lock_is_stopped_in_time_when_its_node_dies() {
    is_stopped_in_time(Node::kill);
}

#[test]
fn a_command_under_a_lock_is_stopped_in_time_when_its_node_does_not_answer() {
    is_stopped_in_time(Node::freeze);
}
