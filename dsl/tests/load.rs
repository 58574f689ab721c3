//! What a file may say, and the plain data it becomes.

mod support;

use std::time::Duration;

use dsl::model::{Backoff, Command, Condition, Order, Strategy, Target};
use dsl::{LoadOptions, Workflow};
use serde_json::json;
use support::{faults, load, source};

fn only(text: &str) -> Workflow {
    let mut file = load(text).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(file.workflows.len(), 1);
    file.workflows.remove(0)
}

fn names(workflow: &Workflow) -> Vec<&str> {
    workflow.tasks.iter().map(|task| task.name.as_str()).collect()
}

#[test]
fn all_spellings_of_a_task_mean_the_same() {
    let spellings = [
        "task('a'):description('d'):command('echo hi'):timeout('5s'):build()",
        "task('a'):description('d'):command('echo hi'):timeout(5)",
        "task({ name = 'a', description = 'd', command = 'echo hi', timeout = '5s' })",
        "task{ name = 'a', description = 'd', command = 'echo hi', timeout = 5 }",
        "task('a', { description = 'd', command = 'echo hi', timeout = '5s' })",
        "task 'a' { description = 'd', command = 'echo hi', timeout = '5s' }",
    ];
    let first = only(spellings[0]);
    assert_eq!(first.name, "deploy");
    for spelling in spellings {
        assert_eq!(only(spelling), first, "{spelling}");
    }
}

#[test]
fn all_spellings_of_a_workflow_mean_the_same() {
    let spellings = [
        "workflow.define('w'):version('1'):tasks({ task('a'):command('true') }):build()",
        "workflow.define('w', { version = '1', tasks = { task('a'):command('true') } })",
        "workflow('w'):version('1'):tasks({ task('a'):command('true') })",
        "workflow({ name = 'w', version = '1', tasks = { { name = 'a', command = 'true' } } })",
        "workflow.define('w', { version = '1', tasks = { a = { command = 'true' } } })",
    ];
    let first = only(spellings[0]);
    assert_eq!(first.name, "w");
    for spelling in spellings {
        assert_eq!(only(spelling), first, "{spelling}");
    }
}

#[test]
fn everything_a_task_can_say_arrives() {
    let workflow = only(
        "task('b'):command('true')
        task('a')
            :command(function() end)
            :depends_on({ 'b' })
            :delegate_to({ 'n2', 'n1' })
            :timeout('1m30s')
            :retries(3, 'exponential')
            :workdir('/srv')
            :env({ PORT = 80, DEBUG = true, NAME = 'x' })
            :run_if('test -e /x')
            :artifacts({ 'dist/**' })
            :consumes('b')
            :on_success(function() end)
            :on_failure(function() end)
            :on_complete(function() end)",
    );
    let task = workflow.task("a").unwrap();
    assert_eq!(task.command, Command::Function);
    assert_eq!(task.depends_on, ["b"]);
    assert_eq!(serde_json::to_value(&task.target).unwrap(), json!({ "names": ["n1", "n2"] }));
    assert_eq!(task.timeout, Duration::from_secs(90));
    assert_eq!((task.retry.count, task.retry.backoff), (3, Backoff::Exponential));
    assert_eq!(task.workdir.as_deref(), Some(std::path::Path::new("/srv")));
    assert_eq!(task.env.values().collect::<Vec<_>>(), ["true", "x", "80"]);
    assert_eq!(task.run_if, Some(Condition::Line("test -e /x".into())));
    assert_eq!(task.artifacts, ["dist/**"]);
    assert!(task.on_success && task.on_failure && task.on_complete);
    assert_eq!(task.line, 2);
}

#[test]
fn targets_have_their_spellings() {
    let target = |text: &str| {
        only(&format!("task('a'):command('true'):delegate_to({text})"))
            .tasks
            .remove(0)
            .target
            .unwrap()
    };
    assert_eq!(target("'local'"), Target::Local);
    assert_eq!(target("'all'"), Target::All);
    let any = |strategy| Target::Any { labels: None, strategy };
    assert_eq!(target("'any'"), any(Strategy::LeastLoaded));
    assert_eq!(target("{ any = true, strategy = 'spread' }"), any(Strategy::Spread));
    let Target::Any { labels: Some(labels), strategy: Strategy::RoundRobin } =
        target("{ any = 'role=web', strategy = 'round_robin' }")
    else {
        panic!("a label expression with a strategy")
    };
    assert_eq!(labels.to_string(), "role=web");
    let text = |target: Target| serde_json::to_value(target).unwrap();
    assert_eq!(
        text(target("'any:role=web'")),
        json!({ "any": { "labels": "role=web", "strategy": "least_loaded" } })
    );
    assert_eq!(
        text(target("{ tags = { 'web', 'zone in (a,b)', '!old' } }")),
        json!({ "labels": "web,zone in (a,b),!old" })
    );
    assert_eq!(text(target("{ tags = 'web' }")), json!({ "labels": "web" }));
    assert_eq!(text(target("'node-1'")), json!({ "names": ["node-1"] }));
}

#[test]
fn a_workflow_lends_its_target_and_workdir() {
    let workflow = only(
        "workflow.define('w', { delegate_to = 'all', workdir = '/srv', tasks = {
            { name = 'a', command = 'true' }, { name = 'b', command = 'true', delegate_to = 'local', workdir = '/b' } } })",
    );
    assert_eq!(workflow.target, Some(Target::All));
    assert_eq!(
        (&workflow.tasks[0].target, &workflow.tasks[1].target),
        (&None, &Some(Target::Local))
    );
    let path = |text: &str| Some(std::path::PathBuf::from(text));
    assert_eq!(workflow.settings.workdir.path, path("/srv"));
    assert_eq!((&workflow.tasks[0].workdir, &workflow.tasks[1].workdir), (&None, &path("/b")));
}

#[test]
fn a_task_as_command_is_inherited() {
    let workflow = only(
        "local base = task('base'):command('echo base'):timeout('9s'):description('d')
        workflow.define('w', { tasks = { { name = 'a', command = base, description = 'own' } } })",
    );
    let task = &workflow.tasks[0];
    assert_eq!(task.command, Command::Line("echo base".into()));
    assert_eq!((task.timeout, task.description.as_str()), (Duration::from_secs(9), "own"));
}

#[test]
fn keyed_tasks_come_in_the_order_of_their_lines() {
    let workflow = only(
        "workflow.define('w', { tasks = {
            zeta = { command = function() end },
            alpha = { command = 'true' },
            mid = { command = function() end },
        } })",
    );
    assert_eq!(names(&workflow), ["zeta", "alpha", "mid"]);
}

#[test]
fn a_built_task_may_belong_to_several_workflows() {
    let file = load(
        "local a = task('a'):command('true'):build()
        workflow.define('one', { tasks = { a } })
        workflow.define('two', { tasks = { a } })",
    )
    .unwrap();
    assert_eq!(file.workflows.len(), 2);
    assert!(file.warnings.is_empty());
}

#[test]
fn a_returned_list_is_the_implicit_workflow() {
    let workflow = only(
        "local a = task('a'):command('true') local b = task('b'):command('true') return { b }",
    );
    assert_eq!(names(&workflow), ["b"]);
}

#[test]
fn a_task_outside_of_all_workflows_is_told() {
    let file =
        load("task('lost'):command('true') workflow('w'):tasks({ task('a'):command('true') })")
            .unwrap();
    assert_eq!(
        file.warnings,
        ["deploy.sloth:1: task `lost` belongs to no workflow and never runs"]
    );
}

#[test]
fn a_list_becomes_a_graph_by_a_dependency_or_by_parallel_tasks() {
    let tasks = "{ name = 'a', command = 'true' }, { name = 'b', command = 'true' }";
    let order = |rest: &str| {
        only(&format!("workflow.define('w', {{ tasks = {{ {tasks} }}, {rest} }})")).order
    };
    assert_eq!(order(""), Order::List);
    assert_eq!(order("config = { max_parallel_tasks = 1 }"), Order::List);
    assert_eq!(order("config = { max_parallel_tasks = 2 }"), Order::Graph);
    assert_eq!(
        only("task('a'):command('true') task('b'):command('true'):depends_on('a')").order,
        Order::Graph
    );
}

#[test]
fn settings_of_a_workflow_arrive() {
    let workflow = only(
        "workflow.define('w'):description('d'):metadata({ team = 'x', tags = { 'a' } })
        :config({ timeout = '2h', max_parallel_tasks = 4, continue_on_error = true })
        :on_start(function() end):on_complete(function() end)
        :tasks({ task('a'):command('true') })",
    );
    assert_eq!(workflow.settings.timeout, Some(Duration::from_secs(7200)));
    assert_eq!(workflow.settings.max_parallel_tasks, Some(4));
    assert!(workflow.settings.continue_on_error && workflow.on_start && workflow.on_complete);
    assert_eq!(workflow.metadata["tags"], json!(["a"]));
}

#[test]
fn values_are_the_callers_over_the_files_defaults() {
    let text = "values({ name = 'default', port = 80, deep = { a = 1, b = 2 } })
        task(values.name .. values.port .. values.deep.a .. values.deep.b .. tostring(Values.none)):command('true')";
    let given = json!({ "name": "x", "deep": { "b": 3 }, "none": null });
    let file = dsl::load(&source(text), &given, &LoadOptions::default()).unwrap();
    assert_eq!(names(&file.workflows[0]), ["x8013nil"]);
}

#[test]
fn a_first_line_for_the_shell_is_skipped_and_counted() {
    let workflow = only("#!/usr/bin/env sloth\ntask('a'):command('true')");
    assert_eq!(workflow.tasks[0].line, 2);
}

#[test]
fn the_model_survives_json() {
    let file =
        load("task('a'):command('true'):delegate_to('any:gpu'):retries(2, 'fixed')").unwrap();
    let text = serde_json::to_string(&file).unwrap();
    assert_eq!(serde_json::from_str::<dsl::File>(&text).unwrap(), file);
}

#[test]
fn keys_come_in_the_same_order_in_every_load() {
    let text = "local t = {} for i = 1, 40 do t['key' .. i * 7919 % 97] = i end
        t[3], t[1], t[true] = 'c', 'a', 'yes'
        local seen = {}
        for k in pairs(t) do seen[#seen + 1] = tostring(k) end
        local k = next(t) local again = {}
        while k ~= nil do again[#again + 1] = tostring(k) k = next(t, k) end
        assert(table.concat(seen) == table.concat(again))
        task('a'):command('true'):description(table.concat(seen, ' '))";
    let first = only(text);
    assert!(first.tasks[0].description.starts_with("1 3 key"));
    for _ in 0..20 {
        assert_eq!(only(text), first);
    }
}

#[test]
fn keys_without_a_fixed_place_are_refused_while_loading() {
    assert!(
        faults("for k in pairs({ [{}] = 1 }) do end")
            .contains("has no fixed place while the file is loaded")
    );
}

#[test]
fn keys_may_be_removed_while_they_are_visited() {
    only(
        "local t = { a = 1, b = 2, c = 3 } local n = 0
        for k in pairs(t) do n = n + 1 t.b = nil t[k] = nil end
        assert(n == 2 and next(t) == nil) task('a'):command('true')",
    );
}

#[test]
fn many_tasks_load_in_reasonable_time() {
    let text = "local list = {}
        for i = 1, 5000 do list[i] = { name = 't' .. i, command = 'true', depends_on = i > 1 and 't' .. i - 1 or nil } end
        workflow.define('w', { tasks = list })";
    let start = std::time::Instant::now();
    assert_eq!(only(text).tasks.len(), 5000);
    assert!(start.elapsed() < Duration::from_secs(10));
}
