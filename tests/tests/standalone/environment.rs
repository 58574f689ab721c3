use tests::{Home, Run};

fn run(home: &Home, text: &str, more: &[&str], env: &[(&str, &str)]) -> String {
    let path = home.write("w.sloth", text).display().to_string();
    let mut sloth = home.sloth(["run", &path]);
    for argument in more {
        sloth = sloth.arg(argument);
    }
    for (name, value) in env {
        sloth = sloth.env(name, value);
    }
    sloth.ok().stdout
}

#[test]
fn tasks_see_the_environment_of_the_caller_but_nothing_of_sloth() {
    let home = Home::new();
    let text = r#"
local shell = task("shell"):env({ OWN = "set" }):command("env"):build()
local lua = task("lua"):command(function()
  print("lua sees " .. tostring(os.getenv("SLOTH_CLUSTER_SECRET")) .. " and " .. os.getenv("CITY"))
  print(exec.run("env").stdout)
  return true
end):build()
workflow.define("w"):tasks({ shell, lua }):build()
"#;
    let out = run(
        &home,
        text,
        &[],
        &[
            ("CITY", "Bergen"),
            ("SLOTH_CLUSTER_SECRET", "canary-7f3a9c1e5b8d2f4a6c0e9b7d1f3a5c8e"),
            ("SLOTH_LOG", "error"),
        ],
    );
    assert!(out.contains("CITY=Bergen") && out.contains("OWN=set"), "{out}");
    assert!(out.contains("lua sees nil and Bergen"), "{out}");
    for own in ["canary", "SLOTH_LOG", "SLOTH_DATA_DIR", "SLOTH_CLUSTER"] {
        assert!(!out.contains(own), "{own} in {out}");
    }
    assert!(out.contains("SLOTH_TASK=shell"), "{out}");
}

#[test]
fn a_task_runs_where_the_caller_stood_and_reads_nothing() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("pwd; cat; echo end of input; echo made > made"):build()
workflow.define("w"):tasks({ a }):build()
"#;
    let out = run(&home, text, &[], &[]);
    assert!(out.contains(&home.work().display().to_string()), "{out}");
    assert!(out.contains("end of input"), "{out}");
    assert_eq!(home.read("made"), "made\n");
}

#[test]
fn values_come_from_files_and_from_the_command_line_later_ones_win() {
    let home = Home::new();
    let text = r#"
values({ size = 1, name = "none", deep = { a = 1, b = 2 }, list = { 1 } })
local a = task("a"):command(function()
  return true, "seen", values
end):build()
workflow.define("w"):tasks({ a }):build()
"#;
    home.write("a.yaml", "size: 2\ndeep:\n  b: 3\n");
    home.write("b.json", r#"{"size": 3, "list": [4, 5]}"#);
    home.write("c.toml", "name = \"toml\"\n");
    let more =
        ["-v", "a.yaml", "-v", "b.json", "-v", "c.toml", "--var", "size:=4", "--var", "deep.c=x"];
    run(&home, text, &more, &[]);
    let shown = Run(home.sloth(["run", "show"]).json());
    let expected = serde_json::json!({
        "size": 4, "name": "toml", "deep": { "a": 1, "b": 3, "c": "x" }, "list": [4, 5],
    });
    assert_eq!(*shown.output("a"), expected);
}

#[test]
fn a_workflow_comes_from_standard_input_or_is_found_alone() {
    let home = Home::new();
    let text = "local a = task('a'):command('echo from here'):build()\n\
                workflow.define('w'):tasks({ a }):build()";
    home.sloth(["run", "-"]).input(text).ok().prints("from here");
    home.write("only.sloth", text);
    home.sloth(["run"]).ok().prints("from here");
    home.write("second.sloth", text);
    home.sloth(["run"]).exits(2);
}

#[test]
fn a_saved_workflow_runs_by_its_name() {
    let home = Home::new();
    let text = "values({ word = 'none' })\n\
                local a = task('a'):command('echo ' .. values.word):build()\n\
                workflow.define('w'):tasks({ a }):build()";
    let path = home.write("w.sloth", text).display().to_string();
    home.sloth(["workflow", "save", "greeting", "--file", &path]).ok();
    home.sloth(["workflow", "list"]).ok().prints("greeting");
    home.sloth(["run", "--saved", "greeting", "--var", "word=saved"]).ok().prints("saved");
    home.sloth(["workflow", "delete", "greeting", "--yes"]).ok();
    home.sloth(["run", "--saved", "greeting"]).exits(3);
}

#[test]
fn one_task_runs_with_what_it_depends_on() {
    let home = Home::new();
    let text = r#"
local a = task("a"):command("echo did a"):build()
local b = task("b"):depends_on(a):command("echo did b"):build()
local c = task("c"):depends_on(b):command("echo did c"):build()
workflow.define("w"):tasks({ a, b, c }):build()
"#;
    let out = run(&home, text, &["-t", "b"], &[]);
    assert!(out.contains("did a") && out.contains("did b") && !out.contains("did c"), "{out}");
}
