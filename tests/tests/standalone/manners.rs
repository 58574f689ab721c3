//! What the command line says to somebody who does not know it yet.

use tests::Home;

const CI: &str = r#"
local build = task("build"):description("Compiles everything"):command("echo built"):build()
local test = task("test"):depends_on(build):command("echo tested"):build()
workflow.define("ci"):description("Builds and tests"):tasks({ build, test }):build()
"#;

#[test]
fn alone_it_lists_the_tasks_of_the_folder_and_says_how_to_run_them() {
    let home = Home::new();
    home.write("ci.sloth", CI);
    let listed = home.sloth::<&str>([]).ok().says("sloth run -t test");
    let expected =
        "ci  Builds and tests  (ci.sloth)\n  build  Compiles everything\n  test   $ echo tested\n";
    assert_eq!(listed.stdout, expected);
    assert_eq!(home.sloth(["-o", "name"]).ok().stdout, "build\ntest\n");
    let json = home.sloth::<&str>([]).json();
    assert_eq!(json["items"][1]["depends_on"][0], "build");
}

#[test]
fn alone_without_a_workflow_it_says_what_it_is_for() {
    Home::new().sloth::<&str>([]).exits(2).prints("sloth run deploy.sloth");
}

#[test]
fn a_wrong_verb_is_answered_with_the_right_one() {
    let home = Home::new();
    home.write("ci.sloth", CI);
    home.sloth(["playbook", "site.yml"]).exits(2).says("Ansible").says("sloth run FILE.sloth");
    home.sloth(["ping"]).exits(2).says("sloth node list");
    home.sloth(["build"]).exits(2).says("`build` is a task here: sloth run -t build");
    home.sloth(["ci.sloth"]).exits(2).says("sloth run ci.sloth");
    home.sloth(["chekc"]).exits(2).says("did you mean `sloth check`?");
    home.sloth(["run", "ci"]).exits(2).says("did you mean `sloth run ci.sloth`?");
    home.sloth(["run", "test"]).exits(2).says("sloth run -t test");
    let refused = home.sloth(["fnord", "-o", "json"]).exits(2);
    let error: serde_json::Value = serde_json::from_str(&refused.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "usage");
}

#[test]
fn results_take_the_form_that_is_asked_for() {
    let home = Home::new();
    home.sloth(["state", "set", "colour", "red"]).ok();
    home.sloth(["state", "set", "size", "7", "--json"]).ok();
    let list = |flags: &[&str]| {
        let arguments = ["state", "list"].iter().chain(flags).copied();
        home.sloth(arguments).ok().stdout
    };
    assert_eq!(list(&["-o", "name"]), "colour\nsize\n");
    assert_eq!(list(&["--columns", "size,key", "--no-headers"]), "5  colour\n1  size\n");
    let yaml = list(&["-o", "yaml"]);
    assert!(yaml.starts_with("items:\n") && yaml.contains("value: red"), "{yaml}");
    home.sloth(["state", "list", "--columns", "sise"]).exits(2).says("did you mean `size`?");
    let refused = home.sloth(["state", "get", "none", "--json-errors"]).exits(3);
    assert!(refused.stderr.starts_with('{'), "{refused}");
}

#[test]
fn names_of_commands_that_people_bring_along_work() {
    let home = Home::new();
    let path = home.write("ci.sloth", CI).display().to_string();
    home.sloth(["run", "-f", &path, "-t", "test"]).ok();
    home.sloth(["ps"]).ok().prints("succeeded");
    home.sloth(["history", "list"]).ok().prints("succeeded");
    home.sloth(["logs", "latest", "build"]).ok().prints("built");
    home.sloth(["agent", "list"]).ok().prints("NAME");
}

#[test]
fn every_template_runs_as_it_is() {
    let home = Home::new();
    let templates = home.sloth(["new", "--list", "-o", "name"]).ok().stdout;
    for template in templates.lines() {
        let name = format!("my-{template}");
        let file = home.sloth(["new", &name, "-t", template]).ok().stdout;
        assert_eq!(file.trim(), format!("{name}.sloth"));
        home.sloth(["fmt", "--check", file.trim()]).ok();
        home.sloth(["run", file.trim()]).ok().says(" 0 failed");
    }
    home.sloth(["new", "my-basic"]).exits(4).says("is there already");
    home.sloth(["new", "x", "-t", "bsic"]).exits(3).says("did you mean `basic`?");
    let again = home.sloth(["run", "my-infrastructure.sloth"]).ok();
    again.says("3 tasks, 0 changed, 0 failed");
}

#[test]
fn files_are_laid_out_and_the_check_of_that_has_a_code_of_its_own() {
    let home = Home::new();
    home.write(
        "a.sloth",
        "local a=task('a'):command('true') -- why\nworkflow.define('w'):tasks{a}\n",
    );
    let text = home.read("a.sloth");
    assert_eq!(home.sloth(["fmt", "--check"]).exits(10).stdout, "a.sloth\n");
    home.sloth(["fmt", "--diff"]).ok().prints("+workflow.define(\"w\"):tasks({ a })");
    assert_eq!(home.read("a.sloth"), text);
    home.sloth(["fmt"]).ok().says("1 file changed");
    home.sloth(["fmt", "--check"]).ok();
    home.sloth(["run"]).ok();
    let laid = home.sloth(["fmt", "-"]).input(&text).ok().stdout;
    assert_eq!(laid, home.read("a.sloth"));
}

#[test]
fn graphs_are_drawn_of_files_and_of_runs() {
    let home = Home::new();
    home.write("ci.sloth", CI);
    assert_eq!(home.sloth(["graph"]).ok().stdout, "build\n└─ test\n");
    home.sloth(["graph", "-s", "svg"]).ok().prints("<svg ");
    home.sloth(["graph", "ci.sloth", "--format", "dot"]).ok().prints("t0 -> t1");
    home.sloth(["run"]).ok();
    assert_eq!(
        home.sloth(["run", "show", "--graph", "tree"]).ok().stdout,
        "build  succeeded\n└─ test  succeeded\n"
    );
}

#[test]
fn what_a_file_may_use_is_explained() {
    let home = Home::new();
    home.sloth(["modules"]).ok().prints("fs ");
    home.sloth(["modules", "list", "--module", "fs"]).ok().prints("fs.copy");
    home.sloth(["help", "fs.copy"]).ok().prints("fs.copy(");
    home.sloth(["help", "task:retries"]).ok().prints("Example");
    home.sloth(["help", "workflows"]).ok().prints("workflow.define");
    home.sloth(["help", "run", "show"]).ok().prints("--why");
    home.sloth(["help", "fs.cpoy"]).exits(3).says("did you mean `sloth help fs.copy`?");
    home.sloth(["modules", "stubs"]).ok().prints("---@");
}
