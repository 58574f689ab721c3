use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use tests::Home;

/// An example, what follows its name on the command line, how it exits, and what it says.
struct Case(&'static str, &'static [&'static str], i32, &'static str);

const CASES: [Case; 21] = [
    Case("artifacts", &[], 0, "version 1.4.0 is fine"),
    Case("backup", &["--var", "to=kept"], 0, "saved to kept/"),
    Case("ci-pipeline", &[], 0, "1 passed"),
    Case("conditions", &[], 0, "done"),
    Case("converge", &["--var", "folder=etc"], 0, "etc/server.conf"),
    Case("decisions", &[], 1, "uploaded at attempt 3"),
    Case("dependencies", &[], 0, "label 1.4.0+3f2a9c1"),
    Case("fan-out", &["--var", "folder=EXAMPLES", "--var", "pattern=h*.sloth"], 0, "in 3 files"),
    Case("health-check", &[], 0, "serving 2.1"),
    Case("health-check", &["--var", "version=broken"], 1, "serving 2.0"),
    Case("hello", &[], 0, "Hello, world"),
    Case("hooks", &[], 0, "all went well"),
    Case("parallel", &[], 0, "all four are here"),
    Case("release", &[], 0, "ready, not published"),
    Case("release", &["--var", "approved:=true"], 0, "announced 1.4.0"),
    Case("reports", &[], 0, "north 25, south 26"),
    Case("retries", &[], 0, "up after 2 attempts"),
    Case("routines", &[], 0, "9 hosts answered"),
    Case("sandbox", &[], 0, "permission denied: exec(true)"),
    Case("state", &[], 0, "build 1"),
    Case("values", &[], 0, "shop in us: 2 replicas"),
];
/// The one that needs a cluster.
const FOR_CLUSTERS: &str = "deploy-by-tag";

fn path(name: &str) -> String {
    examples().join(format!("{name}.sloth")).display().to_string()
}

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
    let run = CASES.iter().map(|case| case.0).chain([FOR_CLUSTERS]);
    assert_eq!(names, run.map(str::to_owned).collect());
}

#[test]
fn every_example_does_what_it_says() {
    for Case(name, arguments, code, said) in CASES {
        let file = path(name);
        let folder = examples().display().to_string();
        let arguments = arguments.iter().map(|argument| argument.replace("EXAMPLES", &folder));
        let words = ["run".to_owned(), file].into_iter().chain(arguments);
        let finished = Home::new().sloth(words).run();
        assert_eq!(finished.code, code, "{name}: {finished}");
        let all = format!("{}{}", finished.stdout, finished.stderr);
        assert!(all.contains(said), "{name} does not say {said:?}: {finished}");
    }
}

#[test]
fn the_example_that_converges_changes_nothing_the_second_time() {
    let home = Home::new();
    let again = || home.sloth(["run", &path("converge"), "--var", "folder=etc"]).ok();
    again().says("3 tasks, 3 changed, 0 failed");
    again().says("3 tasks, 0 changed, 0 failed");
}

#[test]
fn every_example_passes_the_check() {
    for name in CASES.iter().map(|case| case.0).chain([FOR_CLUSTERS]) {
        Home::new().sloth(["check", &path(name)]).ok();
    }
}

#[test]
fn the_example_for_clusters_is_refused_with_the_reason_where_nobody_matches() {
    let home = Home::new();
    let refused = home.sloth(["run", &path(FOR_CLUSTERS)]).run();
    assert!(matches!(refused.code, 2 | 3), "{refused}");
    assert!(refused.stderr.contains("web"), "{refused}");
    assert_eq!(home.sloth(["run", "list"]).json()["items"].as_array().unwrap().len(), 0);
}
