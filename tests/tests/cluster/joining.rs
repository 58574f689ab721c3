use std::time::Duration;

use tests::{Cluster, Finished, Node, SHORT, Setup, wait_until};

/// A cluster of one, without a secret.
fn founder() -> Node {
    let mut node = Setup::new("n1").start();
    node.comes_up();
    node
}

fn token(node: &Node, more: &[&str]) -> String {
    let arguments = ["cluster", "token"].iter().chain(more);
    node.sloth(arguments).ok().stdout.trim().to_owned()
}

fn has(node: &Node, count: usize) {
    wait_until("all are alive", SHORT, || {
        let list = node.list()?;
        let alive = list.iter().filter(|one| one["state"] == "alive").count();
        if alive == count { Ok(()) } else { Err(format!("{list:#?}")) }
    });
}

/// It ends, refused, and got nothing.
fn refused(mut node: Node) -> Finished {
    let ended = node.ends();
    assert!(matches!(ended.code, 2 | 4 | 5), "{ended}");
    node.home().sloth(["state", "get", "k"]).exits(3);
    ended
}

#[test]
fn tokens_let_in_by_argument_by_file_by_input_and_by_environment() {
    let first = founder();
    first.sloth(["state", "set", "k", "v"]).ok();
    let mut second = Setup::new("n2").arg("--join").arg(token(&first, &[])).start();
    second.comes_up();
    let many =
        token(&first, &["--ttl", "24h", "--uses", "5", "--label", "zone=b", "--label", "edge"]);
    let third = Setup::new("n3");
    let file = third.write("token", &many);
    let mut third = third.arg("--join").arg(file).start();
    third.comes_up();
    let mut fourth = Setup::new("n4").env("SLOTH_JOIN", &many).start();
    fourth.comes_up();
    let mut fifth = Setup::new("n5").arg("--join").arg("-").input(&many).start();
    fifth.comes_up();
    has(&first, 5);
    for node in [&second, &third, &fourth, &fifth] {
        assert_eq!(node.sloth(["state", "get", "k"]).ok().stdout, "v\n");
    }
    let list = first.list().unwrap();
    let labelled: Vec<_> = list.iter().filter(|node| node["labels"]["zone"] == "b").collect();
    assert_eq!(labelled.len(), 3, "{list:#?}");
    let tokens = first.sloth(["cluster", "token", "list"]).json().to_string();
    assert!(tokens.contains("\"uses_left\":2"), "{tokens}");
    assert!(!tokens.contains(&many), "a token was listed with its secret");
}

#[test]
fn a_token_that_was_used_expired_or_revoked_lets_nobody_in() {
    let first = founder();
    first.sloth(["state", "set", "k", "v"]).ok();
    let once = token(&first, &[]);
    let mut second = Setup::new("n2").env("SLOTH_JOIN", &once).start();
    second.comes_up();
    refused(Setup::new("n3").env("SLOTH_JOIN", &once).start());
    let short = token(&first, &["--ttl", "1s"]);
    wait_until("the token has expired", SHORT, || {
        let tokens = first.sloth(["cluster", "token", "list"]).try_json()?;
        let left = tokens.as_array().or_else(|| tokens["items"].as_array()).map_or(0, Vec::len);
        if left == 0 { Ok(()) } else { Err(tokens.to_string()) }
    });
    refused(Setup::new("n4").env("SLOTH_JOIN", &short).start());
    let revoked = token(&first, &["--uses", "3"]);
    let tokens = first.sloth(["cluster", "token", "list"]).json();
    let id = tokens["items"].as_array().or_else(|| tokens.as_array()).unwrap()[0]["id"].clone();
    first.sloth(["cluster", "token", "revoke", id.as_str().unwrap()]).ok();
    refused(Setup::new("n5").env("SLOTH_JOIN", &revoked).start());
    has(&first, 2);
}

#[test]
fn a_token_that_lasts_may_not_stand_on_a_command_line() {
    let first = founder();
    let many = token(&first, &["--ttl", "24h"]);
    let mut second = Setup::new("n2").arg("--join").arg(&many).start();
    second.ends().exits(5).says("command line");
    let mut third = Setup::new("n3").arg("--join").arg("nonsense").start();
    third.ends().exits(2);
    let mut fourth = Setup::new("n4").env("SLOTH_JOIN", &many[..many.len() - 4]).start();
    assert_ne!(fourth.ends().code, 0);
}

#[test]
fn another_secret_gets_nothing() {
    let cluster = Cluster::start(2);
    let other = "9d41e6b0c7f2583a1be4d09f6c8a7352";
    let stranger = Setup::new("n3").secret(other).seed(cluster.nodes[0].address());
    let mut stranger = stranger.seed(cluster.nodes[1].address()).start();
    stranger.comes_up();
    cluster.nodes[0].sloth(["state", "set", "k", "v"]).ok();
    stranger.sloth(["state", "get", "k"]).exits(3);
    assert_ne!(stranger.status().unwrap()["id"], cluster.status().unwrap()["id"]);
    assert_eq!(stranger.list().unwrap().len(), 1);
    assert_eq!(cluster.nodes[0].list().unwrap().len(), 2);
}

#[test]
fn a_name_of_the_host_that_is_taken_gets_a_suffix_and_a_wished_one_is_a_conflict() {
    let first = founder();
    let many = token(&first, &["--uses", "9"]);
    let mut nameless: Vec<Node> = Vec::new();
    for _ in 0..2 {
        let mut node = Setup::nameless().env("SLOTH_JOIN", &many).start();
        node.comes_up();
        nameless.push(node);
    }
    let list = first.list().unwrap();
    let names: Vec<_> = list.iter().map(|node| node["name"].as_str().unwrap()).collect();
    let host = names.iter().filter(|name| **name != "n1").min_by_key(|name| name.len()).unwrap();
    assert!(names.contains(&format!("{host}-2").as_str()), "{names:?}");
    let mut second = Setup::new("n1").env("SLOTH_JOIN", &many).start();
    second.ends().exits(4).says("n1");
    has(&first, 3);
}

#[test]
fn whoever_finds_nobody_with_its_token_goes_on_looking() {
    let mut first = founder();
    let many = token(&first, &["--uses", "2"]);
    first.terminate().ends().exits(0);
    let mut second = Setup::new("n2").env("SLOTH_JOIN", &many).start();
    assert!(second.status().is_err());
    first.again();
    first.comes_up();
    wait_until("it is let in", Duration::from_secs(60), || second.status().map(drop));
    second.comes_up();
    has(&first, 2);
}
