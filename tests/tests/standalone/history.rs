use std::collections::BTreeSet;
use std::fs;

use tests::Home;

const HELLO: &str = "local a = task('a'):command('echo hello'):build()\n\
                     workflow.define('w'):tasks({ a }):build()";

#[test]
fn finished_runs_beyond_the_bound_go_with_their_files() {
    let home = Home::new();
    home.configure("[run]\nkeep = 3\n");
    let path = home.write("w.sloth", HELLO).display().to_string();
    let ids: Vec<String> = (0..6)
        .map(|_| {
            home.sloth(["run", "-o", "json", &path]).ok().json()["id"].as_str().unwrap().into()
        })
        .collect();
    let list = home.sloth(["run", "list"]).json();
    let kept: Vec<_> = list["items"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
    assert_eq!(kept, [&ids[5], &ids[4], &ids[3]]);
    home.sloth(["run", "show", &ids[0]]).exits(3);
    home.sloth(["run", "logs", &ids[5]]).ok().prints("hello");
    let logs = fs::read_dir(home.data().join("logs")).unwrap();
    let logs: BTreeSet<String> =
        logs.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(logs, ids[3..].iter().cloned().collect());
}

#[test]
fn state_and_runs_outlive_the_process() {
    let home = Home::new();
    let path = home.write("w.sloth", HELLO).display().to_string();
    home.sloth(["state", "set", "k", "v", "-n", "mine"]).ok();
    home.sloth(["run", &path]).ok();
    assert_eq!(home.sloth(["state", "get", "k", "-n", "mine"]).ok().stdout, "v\n");
    let kinds = home.sloth(["events", "list"]).json();
    let kinds = kinds["items"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|event| event["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"workflow.completed"), "{kinds:?}");
}

#[test]
fn what_nobody_asked_about_is_made_nowhere() {
    let home = Home::new();
    for arguments in [&["version"][..], &["completion", "bash"], &["check", "w.sloth"]] {
        home.write("w.sloth", HELLO);
        home.sloth(arguments).ok();
    }
    assert!(!home.data().exists());
    let entries = fs::read_dir(home.root()).unwrap();
    let names: BTreeSet<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
}
