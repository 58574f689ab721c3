//! Functions that decide about tasks, or are told of them, and those of the workflow's end.

mod support;

use std::time::Duration;

use dsl::model::Target;
use dsl::{Answer, OnFailure, Outcome, Question, Status, Step, TaskResult};
use serde_json::json;
use support::{job, run};

/// A step of the workflow `w`.
async fn step(text: &str, step: Step) -> (Outcome, Vec<String>) {
    let mut asked = job(text, "a");
    (asked.workflow, asked.step) = ("w".into(), step);
    let (outcome, memory) = run(asked).await;
    (outcome, memory.lines())
}

async fn ask(text: &str, question: Question) -> (Outcome, Vec<String>) {
    step(text, Step::Decide(question)).await
}

fn result(name: &str, success: bool) -> TaskResult {
    TaskResult {
        name: name.into(),
        status: if success { "succeeded" } else { "failed" }.into(),
        success,
        message: Some("said so".into()),
        duration: Duration::from_millis(1500),
        attempts: 2,
        agent: None,
        output: json!({ "host": "h1", "code": 7 }),
    }
}

fn workflow(rest: &str, task: &str) -> String {
    format!("workflow('w'){rest}:tasks({{ {{ name = 'a', command = 'true', {task} }} }})")
}

#[tokio::test]
async fn a_function_says_where_a_task_runs() {
    let question = || Question::Target { task: "a".into() };
    let text = workflow(
        "",
        "params = { n = 'node-7' }, delegate_to = function(params) return params.n end",
    );
    let (outcome, _) = ask(&text, question()).await;
    let Some(Answer::Target(Target::Names(names))) = outcome.answer else { panic!("{outcome:?}") };
    assert_eq!(names, [config::Name::new("node-7").unwrap()]);
    let of_workflow = workflow(":delegate_to(function() return 'all' end)", "");
    let (outcome, _) = ask(&of_workflow, question()).await;
    assert_eq!(outcome.answer, Some(Answer::Target(Target::All)));
}

#[tokio::test]
async fn an_answer_that_is_no_place_fails() {
    for (body, message) in [
        ("", "`delegate_to` got nothing, so where to run is unknown"),
        ("return 42", "`delegate_to` got the number 42"),
        ("return {}", "`delegate_to` got an empty table"),
        ("error('lost')", "deploy.sloth:1: lost"),
    ] {
        let text = workflow("", &format!("delegate_to = function() {body} end"));
        let (outcome, _) = ask(&text, Question::Target { task: "a".into() }).await;
        assert_eq!(outcome.status, Status::Failed, "{body}");
        let said = outcome.message.unwrap();
        assert!(said.starts_with(message), "{said}");
    }
}

#[tokio::test]
async fn should_retry_is_asked_with_the_failure() {
    let body =
        "function(err) print(err .. err.task_name .. err.attempts) return err.output.code == 7 end";
    let own = workflow("", &format!("retry_policy = {{ should_retry = {body} }}"));
    let shared =
        workflow(&format!(":config({{ retry_policy = {{ should_retry = {body} }} }})"), "");
    for text in [own, shared] {
        let (outcome, lines) = ask(&text, Question::Retry { failed: result("a", false) }).await;
        assert_eq!(outcome.answer, Some(Answer::Retry(true)), "{outcome:?}");
        assert_eq!(lines, ["out: said soa2"]);
    }
    let never = workflow("", "retry_policy = { should_retry = function() end }");
    let (outcome, _) = ask(&never, Question::Retry { failed: result("a", false) }).await;
    assert_eq!(outcome.answer, Some(Answer::Retry(false)));
}

#[tokio::test]
async fn on_task_failure_chooses_one_of_three() {
    let asked = |body: &str| {
        let text =
            workflow(&format!(":on_task_failure(function(name, err, context) {body} end)"), "");
        async move { ask(&text, Question::TaskFailure { failed: result("a", false) }).await.0 }
    };
    for (body, answer) in [
        ("return 'retry'", OnFailure::Retry),
        ("return 'continue'", OnFailure::Continue),
        ("return 'fail'", OnFailure::Fail),
        ("return", OnFailure::Fail),
        (
            "return name == 'a' and context.attempts == 2 and context.output.host == 'h1' and 'retry'",
            OnFailure::Retry,
        ),
    ] {
        assert_eq!(asked(body).await.answer, Some(Answer::OnFailure(answer)), "{body}");
    }
    let outcome = asked("return 'shrug'").await;
    assert_eq!(
        outcome.message.as_deref(),
        Some("`on_task_failure` answered \"shrug\": it is \"retry\", \"fail\" or \"continue\"")
    );
}

#[tokio::test]
async fn callbacks_of_tasks_are_told_their_names() {
    let text = workflow(
        ":on_task_start(function(name) print('start ' .. name) end)
        :on_task_complete(function(this, name, success, output)
            print(this.name .. ' ' .. name .. tostring(success) .. output.host) end)",
        "",
    );
    let (outcome, lines) = ask(&text, Question::TaskStart { task: "a".into() }).await;
    assert_eq!((outcome.status, lines), (Status::Succeeded, vec!["out: start a".into()]));
    let ended = Question::TaskComplete { ended: result("a", true) };
    let (outcome, lines) = ask(&text, ended).await;
    assert_eq!((outcome.status, lines), (Status::Succeeded, vec!["out: w atrueh1".into()]));
}

#[tokio::test]
async fn a_callback_that_fails_is_a_failed_decision() {
    let text = workflow(":on_task_start(function(name) return false, 'not now' end)", "");
    let (outcome, _) = ask(&text, Question::TaskStart { task: "a".into() }).await;
    assert_eq!((outcome.status, outcome.message.as_deref()), (Status::Failed, Some("not now")));
}

fn end(success: bool) -> Step {
    Step::OnComplete { success, results: vec![result("x", true), result("y-z", success)] }
}

#[tokio::test]
async fn the_end_calls_on_complete_and_then_one_of_two() {
    let text = workflow(
        ":on_complete(function(success, results) print('complete', success, #results) end)
        :on_success(function(results) print('success', results['y-z'].status) end)
        :on_failure(function(err, context)
            print('failure ' .. err, err.task, context.results[2].error, context.workflow) end)",
        "",
    );
    let (outcome, lines) = step(&text, end(true)).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(lines, ["out: complete\ttrue\t2", "out: success\tsucceeded"]);
    let (outcome, lines) = step(&text, end(false)).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(lines, ["out: complete\tfalse\t2", "out: failure said so\ty-z\tsaid so\tw"]);
}

#[tokio::test]
async fn the_first_failing_callback_is_the_outcome_and_the_rest_still_runs() {
    let text = workflow(
        ":on_complete(function() error('one') end):on_failure(function() error('two') end)",
        "",
    );
    let (outcome, _) = step(&text, end(false)).await;
    assert_eq!(outcome.message.as_deref(), Some("deploy.sloth:1: one"));
    assert_eq!(outcome.warnings, ["deploy.sloth:1: two"]);
}
