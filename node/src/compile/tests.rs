//! What a file says reaches the plan.

use config::Name;
use state::Hash;
use state::run::{Backoff, Plan, Role, Strategy, Target};

use super::*;

fn workflow(text: &str) -> Workflow {
    let source = dsl::Source { name: "w.sloth".into(), text: text.into() };
    let values = serde_json::json!({});
    let file = dsl::load(&source, &values, &dsl::LoadOptions::default());
    file.unwrap_or_else(|faults| panic!("{faults}")).workflows.remove(0)
}

fn plan(text: &str) -> Plan {
    compile(&workflow(text), Hash::of(b"bundle"), &Choice::default(), 4).unwrap()
}

/// The names of the chosen tasks, or why there are none.
fn chosen(text: &str, choice: Choice) -> Result<Vec<String>, String> {
    let plan = compile(&workflow(text), Hash::of(b"bundle"), &choice, 4);
    let plan = plan.map_err(|error| error.to_string())?;
    Ok(plan.tasks.into_iter().map(|task| task.name).collect())
}

fn one(rest: &str) -> state::run::Task {
    plan(&format!("task('t'):command('true'){rest}")).tasks.remove(0)
}

#[test]
fn every_policy_of_a_task_is_in_its_vertex() {
    let task = one(":timeout('5s'):deadline('1m'):async():ignore_errors():once():consumes({})");
    assert_eq!((task.timeout, task.deadline), (Elapsed(5_000), Some(Elapsed(60_000))));
    assert!(task.background && task.ignore_errors && task.once);
    let plain = one("");
    assert!(!plain.background && !plain.ignore_errors && !plain.once && plain.deadline.is_none());
}

#[test]
fn retries_are_carried_whole() {
    let retry = one(
        ":retry_policy({ max_attempts = 4, backoff = 'exponential', initial_delay = '2s', max_delay = '9s', should_retry = function() end })",
    )
    .retry;
    assert_eq!((retry.count, retry.backoff), (3, Backoff::Exponential));
    assert_eq!((retry.base, retry.most), (Elapsed(2_000), Elapsed(9_000)));
    assert!(retry.jitter && retry.asks);
    let retry = one(":retries(2)").retry;
    assert_eq!((retry.count, retry.backoff), (2, Backoff::Linear));
    assert!(!retry.jitter && !retry.asks);
}

#[test]
fn edges_lead_both_ways_and_handlers_have_their_own() {
    let plan = plan(
        "task('a'):command('true') task('b'):command('true'):depends_on('a')
        task('h'):command('true'):next_if_fail({ 'a', 'b' })",
    );
    assert_eq!(plan.tasks[0].feeds, [1, 2]);
    assert_eq!((&plan.tasks[1].needs, &plan.tasks[1].feeds), (&vec![0], &vec![2]));
    assert_eq!((plan.tasks[2].needs.len(), &plan.tasks[2].rescues), (0, &vec![0, 1]));
}

#[test]
fn a_task_wins_over_the_submitter_who_wins_over_the_workflow() {
    let text = "workflow.define('w', { delegate_to = 'all', tasks = {
        { name = 'a', command = 'true', delegate_to = 'n1' }, { name = 'b', command = 'true' },
        { name = 'c', command = 'true', run_locally = true } } })";
    let targets = |on| {
        let choice = Choice { on, ..Choice::default() };
        let plan = compile(&workflow(text), Hash::of(b"bundle"), &choice, 4).unwrap();
        plan.tasks.into_iter().map(|task| task.target).collect::<Vec<_>>()
    };
    let named = Target::Names(vec![Name::new("n1").unwrap()]);
    assert_eq!(targets(None), [named.clone(), Target::All, Target::Owner]);
    let any = Target::Any { labels: None, strategy: Strategy::LeastLoaded };
    assert_eq!(targets(Some(any.clone())), [named, any, Target::Owner]);
}

#[test]
fn a_function_as_target_is_asked() {
    assert_eq!(one(":delegate_to(function() return 'any' end)").target, Target::Ask);
}

#[test]
fn callbacks_become_vertices_or_questions() {
    let with = |name: &str| {
        plan(&format!(
            "workflow('w'):{name}(function() end):tasks({{ task('a'):command('true') }})"
        ))
    };
    let roles = |plan: &Plan| plan.tasks.iter().map(|task| task.role).collect::<Vec<_>>();
    let start = with("on_start");
    assert_eq!(roles(&start), [Role::OnStart, Role::Task]);
    assert_eq!(start.tasks[1].needs, [0]);
    for name in ["on_complete", "on_success", "on_failure"] {
        assert_eq!(roles(&with(name)), [Role::Task, Role::OnComplete], "{name}");
    }
    let callbacks = |name: &str| with(name).callbacks;
    assert!(callbacks("on_task_start").task_start);
    assert!(callbacks("on_task_complete").task_complete);
    assert!(callbacks("on_task_failure").task_failure);
}

#[test]
fn settings_bind_the_plan() {
    let with = |config: &str| {
        plan(&format!(
            "workflow('w'):config({{ {config} }}):tasks({{ task('a'):command('true'), task('b'):command('true') }})"
        ))
    };
    assert_eq!(with("").parallel, Some(1));
    assert_eq!(with("parallel = true").parallel, Some(4));
    assert_eq!(with("max_parallel_tasks = 2").parallel, Some(2));
    assert_eq!(with("timeout = 3").timeout, Some(Elapsed(3_000)));
    assert!(with("on_error = 'continue'").continue_on_error);
    assert_eq!(with("require_lock = true").lock.as_deref(), Some("workflow/w"));
}

const GRAPH: &str =
    "task('a'):command('true'):tags('slow') task('b'):command('true'):depends_on('a')
    task('c'):command('true'):depends_on('b'):tags({ 'fast', 'slow' }) task('d'):command('true')
    task('h'):command('true'):next_if_fail('b')";

#[test]
fn named_tasks_bring_what_they_need() {
    let tasks = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    let named = |names: &[&str]| Choice { tasks: tasks(names), ..Choice::default() };
    assert_eq!(chosen(GRAPH, named(&["b"])).unwrap(), ["a", "b"]);
    assert_eq!(chosen(GRAPH, named(&["h"])).unwrap(), ["a", "b", "h"]);
    assert_eq!(chosen(GRAPH, Choice { alone: true, ..named(&["c"]) }).unwrap(), ["c"]);
    let wrong = chosen(GRAPH, named(&["bb"])).unwrap_err();
    assert_eq!(wrong, "workflow `w` has no task `bb`: did you mean `b`?");
}

#[test]
fn tags_from_and_skip_choose_parts() {
    let tags = |tag: &str| Choice { tags: vec![tag.into()], ..Choice::default() };
    assert_eq!(chosen(GRAPH, tags("fast")).unwrap(), ["a", "b", "c"]);
    assert_eq!(
        chosen(GRAPH, tags("none")).unwrap_err(),
        "no task of workflow `w` carries the tag `none`: there are fast, slow"
    );
    let from = Choice { from: Some("b".into()), ..Choice::default() };
    assert_eq!(chosen(GRAPH, from.clone()).unwrap(), ["b", "c", "h"]);
    let skip = Choice { skip: vec!["b".into()], ..Choice::default() };
    // The handler of what is skipped has nothing to wait for.
    assert_eq!(chosen(GRAPH, skip).unwrap(), ["a", "c", "d"]);
    let list = "task('x'):command('true') task('y'):command('true') task('z'):command('true')";
    let from = Choice { from: Some("y".into()), ..Choice::default() };
    assert_eq!(chosen(list, from.clone()).unwrap(), ["y", "z"]);
    let nothing = Choice { skip: ["x", "y", "z"].map(String::from).into(), ..Choice::default() };
    assert_eq!(chosen(list, nothing).unwrap_err(), "nothing of workflow `w` is left to run");
}

#[test]
fn what_was_not_chosen_blocks_nothing() {
    let choice = Choice { tasks: vec!["c".into()], alone: true, ..Choice::default() };
    let plan = compile(&workflow(GRAPH), Hash::of(b"bundle"), &choice, 4).unwrap();
    assert!(plan.tasks[0].needs.is_empty());
}
