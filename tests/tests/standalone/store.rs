//! Keys and locks from the command line.

use serde_json::json;
use tests::{Home, SHORT, wait_until};

#[test]
fn numbers_are_counted_by_many_at_once() {
    let home = Home::new();
    home.sloth(["state", "set", "old", "7", "--ttl", "1h"]).ok();
    assert_eq!(home.sloth(["state", "incr", "old", "-9"]).ok().stdout, "-2\n");
    let kept = home.sloth(["state", "get", "old"]).json();
    assert_eq!(kept["value"], -2);
    assert!(kept["expires_in_ms"].as_u64().is_some(), "its time has not changed: {kept}");
    let counting: Vec<_> =
        (0..4).map(|_| home.sloth(["state", "incr", "builds"]).start()).collect();
    counting.into_iter().for_each(|one| drop(one.finish().exits(0)));
    assert_eq!(home.sloth(["state", "get", "builds"]).ok().stdout, "4\n");
    home.sloth(["state", "set", "text", "abc"]).ok();
    home.sloth(["state", "incr", "text"]).exits(2).says("no whole number");
}

#[test]
fn namespaces_are_counted_and_cleared() {
    let home = Home::new();
    for (key, namespace) in [("a/1", "team"), ("a/2", "team"), ("b", "team"), ("k", "default")] {
        home.sloth(["state", "set", key, "v", "-n", namespace]).ok();
    }
    let stats = home.sloth(["state", "stats"]).json();
    let counted: Vec<_> = stats["items"].as_array().unwrap().iter().map(|it| &it["keys"]).collect();
    assert_eq!(counted, [&json!(1), &json!(3)]);
    assert_eq!(home.sloth(["state", "namespaces", "-o", "name"]).ok().stdout, "default\nteam\n");
    home.sloth(["state", "delete", "a/", "--prefix", "-n", "team"]).exits(2).says("--yes");
    home.sloth(["state", "delete", "a/", "--prefix", "-n", "team", "-y"])
        .ok()
        .says("deleted 2 keys");
    home.sloth(["state", "clear", "-n", "team", "--yes"]).ok().says("deleted 1 key");
    home.sloth(["state", "show", "k"]).ok().prints("namespace  default").prints("version    1");
    assert_eq!(home.sloth(["state", "stats", "-o", "name"]).ok().stdout, "default\n");
}

#[test]
fn a_watcher_sees_each_newest_value_and_what_goes() {
    let home = Home::new();
    home.sloth(["state", "set", "a/old", "1"]).ok();
    let mut watch = home.sloth(["state", "watch", "a/", "-o", "jsonl"]).start();
    let mut all = home.sloth(["state", "watch", "--current", "-o", "jsonl"]).start();
    all.writes("a/old");
    // Until it looks, there is nothing that it could miss.
    wait_until("the watcher looks", SHORT, || {
        home.sloth(["state", "set", "a/begun", "1"]).ok();
        if watch.stdout().contains("a/begun") { Ok(()) } else { Err(watch.standing()) }
    });
    home.sloth(["state", "set", "a/new", "first"]).ok();
    watch.writes(r#""value":"first""#);
    home.sloth(["state", "set", "b", "other"]).ok();
    home.sloth(["state", "delete", "a/new"]).ok();
    watch.writes(r#"{"change":"deleted","key":"a/new","version":1}"#);
    all.writes(r#""value":"other""#);
    for mut one in [watch, all] {
        one.interrupt();
        assert_eq!(one.wait(), 130, "{}", one.standing());
        assert!(!one.stdout().contains("a/old\",\"version\":2"), "{}", one.standing());
    }
}

#[test]
fn what_was_there_before_is_not_news() {
    let home = Home::new();
    home.sloth(["state", "set", "old", "1"]).ok();
    let mut watch = home.sloth(["state", "watch"]).start();
    wait_until("the watcher looks", SHORT, || {
        home.sloth(["state", "set", "new", "1"]).ok();
        if watch.stdout().contains("  new  version") { Ok(()) } else { Err(watch.standing()) }
    });
    watch.interrupt();
    watch.wait();
    assert!(!watch.stdout().contains("old"), "{}", watch.standing());
}

#[test]
fn locks_are_taken_listed_and_given_back() {
    let home = Home::new();
    let token = home.sloth(["state", "lock", "deploy", "--ttl", "1h"]).ok().stdout;
    home.sloth(["state", "locks"]).ok().prints("deploy");
    home.sloth(["state", "lock", "deploy", "--", "true"])
        .exits(4)
        .says("sloth state lock deploy --wait 5m");
    home.sloth(["state", "unlock", "deploy", "--token", "999999"]).exits(4);
    home.sloth(["state", "unlock", "deploy", "--token", token.trim()]).ok();
    home.sloth(["state", "lock", "deploy", "--", "true"]).ok();
}
