use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use tests::Home;

/// What each example says. The one that is missing needs a cluster.
const SAID: [(&str, &str); 9] = [
    ("artifacts", "version 1.4.0 is fine"),
    ("conditions", "done"),
    ("dependencies", "label 1.4.0+3f2a9c1"),
    ("hello", "Hello, world"),
    ("hooks", "all went well"),
    ("parallel", "all four are here"),
    ("retries", "up after 2 attempts"),
    ("state", "build 1"),
    ("values", "shop in us: 2 replicas"),
];
const FOR_CLUSTERS: &str = "deploy-by-tag";

fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cli/examples").canonicalize().unwrap()
}

#[test]
fn the_command_of_the_readme_says_hello() {
    let root = examples().join("../..").canonicalize().unwrap();
    let run = Home::new().sloth(["run", "cli/examples/hello.sloth"]).within(root);
    run.ok().prints("Hello, world").says("standalone").says("1 task, 1 changed, 0 failed");
}

#[test]
fn every_example_is_run_by_a_test() {
    let files = fs::read_dir(examples()).unwrap();
    let names: BTreeSet<String> = files
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let run = SAID.iter().map(|(name, _)| *name).chain([FOR_CLUSTERS]);
    assert_eq!(names, run.map(str::to_owned).collect());
}

#[test]
fn every_example_does_what_it_says() {
    for (name, said) in SAID {
        let path = examples().join(format!("{name}.sloth"));
        let finished = Home::new().sloth(["run", &path.display().to_string()]).ok();
        let all = format!("{}{}", finished.stdout, finished.stderr);
        assert!(all.contains(said), "{name} does not say {said:?}: {finished}");
    }
}

#[test]
fn every_example_passes_the_check() {
    for (name, _) in SAID.iter().chain([&(FOR_CLUSTERS, "")]) {
        let path = examples().join(format!("{name}.sloth"));
        Home::new().sloth(["check", &path.display().to_string()]).ok();
    }
}

#[test]
fn the_example_for_clusters_is_refused_with_the_reason_where_nobody_matches() {
    let path = examples().join(format!("{FOR_CLUSTERS}.sloth"));
    let home = Home::new();
    let refused = home.sloth(["run", &path.display().to_string()]).run();
    assert!(matches!(refused.code, 2 | 3), "{refused}");
    assert!(refused.stderr.contains("web"), "{refused}");
    assert_eq!(home.sloth(["run", "list"]).json()["items"].as_array().unwrap().len(), 0);
}
