//! The life of a task: whether it runs, what surrounds its command, what follows, and check mode.

mod support;

use std::time::{Duration, Instant};

use dsl::{Outcome, Status, Step};
use serde_json::json;
use support::{Memory, job, run};

async fn task(text: &str) -> (Outcome, std::sync::Arc<Memory>) {
    run(job(text, "a")).await
}

#[tokio::test]
async fn everything_happens_in_its_order() {
    let (outcome, memory) = task(
        "local function say(word) return function() print(word) return true end end
        task('a'):abort_if(function() print('abort?') return false end):run_if(say('run?'))
            :unless(function() print('unless?') end):pre_hook(say('pre')):command(say('command'))
            :post_hook(say('post')):on_success(say('success')):on_failure(say('failure'))
            :on_timeout(say('timeout')):on_complete(say('complete'))",
    )
    .await;
    assert_eq!(outcome.status, Status::Succeeded, "{outcome:?}");
    let order = ["abort?", "run?", "unless?", "pre", "command", "post", "success", "complete"];
    assert_eq!(memory.lines(), order.map(|word| format!("out: {word}")));
}

#[tokio::test]
async fn abort_if_ends_everything_before_anything_of_the_task() {
    for condition in ["'true'", "function() return true end"] {
        let text = format!(
            "task('a'):abort_if({condition}):run_if('exit 1'):command(function() print('ran') end)
            :on_failure(function() print('hook') end)"
        );
        let (outcome, memory) = task(&text).await;
        assert_eq!(outcome.status, Status::Aborted, "{condition}");
        assert_eq!(outcome.message.as_deref(), Some("`abort_if` of task `a` holds"));
        assert!(memory.lines().is_empty());
    }
    for condition in ["'exit 1'", "function() return false end", "function() end"] {
        let text = format!("task('a'):abort_if({condition}):command('true')");
        assert_eq!(task(&text).await.0.status, Status::Succeeded, "{condition}");
    }
}

#[tokio::test]
async fn a_task_is_skipped_for_three_reasons() {
    let cases = [
        (":run_if('exit 1')", "run_if said no"),
        (":when(function() return false end)", "run_if said no"),
        (":condition('exit 3')", "run_if said no"),
        (":unless('true')", "unless said so"),
        (":unless(function() return true end)", "unless said so"),
        (":enabled(false)", "it is not enabled"),
    ];
    for (rest, why) in cases {
        let (outcome, _) = task(&format!("task('a'):command('true'){rest}")).await;
        assert_eq!((outcome.status, outcome.message.as_deref()), (Status::Skipped, Some(why)));
    }
    for rest in [":unless('exit 1')", ":enabled(true)", ":enabled()", ":run_if('true')"] {
        let (outcome, _) = task(&format!("task('a'):command('true'){rest}")).await;
        assert_eq!(outcome.status, Status::Succeeded, "{rest}");
    }
}

#[tokio::test]
async fn an_error_in_a_condition_fails_the_task() {
    let (outcome, _) = task("task('a'):run_if(function() error('what') end):command('true')").await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.message.as_deref(), Some("deploy.sloth:1: what"));
}

#[tokio::test]
async fn conditions_are_asked_in_the_first_attempt_only() {
    let text = "task('a'):abort_if('true'):enabled(false):command('true')";
    let mut later = job(text, "a");
    let Step::Task(attempt) = &mut later.step else { unreachable!() };
    attempt.first = false;
    assert_eq!(run(later).await.0.status, Status::Succeeded);
}

#[tokio::test]
async fn hooks_around_the_command_may_fail_the_attempt() {
    let cases = [
        ("pre_hook", "return false, 'closed'", "pre_hook: closed"),
        ("pre_exec", "return false", "pre_hook said no"),
        ("pre_hook", "error('broken')", "pre_hook: deploy.sloth:1: broken"),
        ("post_hook", "return false, 'not healthy'", "post_hook: not healthy"),
        ("post_exec", "return exec.run('exit 1')", "post_hook: `exit 1` ended with exit code 1"),
    ];
    for (hook, body, message) in cases {
        let text = format!("task('a'):command('echo hi'):{hook}(function() {body} end)");
        let (outcome, _) = task(&text).await;
        assert_eq!(outcome.status, Status::Failed, "{hook}");
        assert_eq!(outcome.message.as_deref(), Some(message));
    }
}

#[tokio::test]
async fn a_pre_hook_that_says_no_keeps_the_command_from_running() {
    let text =
        "task('a'):pre_hook(function() return false end):command(function() print('ran') end)
        :post_hook(function() print('post') end):on_complete(function() print('after') end)";
    assert_eq!(task(text).await.1.lines(), ["out: after"]);
}

#[tokio::test]
async fn a_post_hook_sees_the_output_and_comes_only_after_success() {
    let text = "task('a'):command('echo one'):post_hook(function(this, params, output)
        print(this.name .. ' ' .. output.stdout:gsub('\\n', '')) end)";
    assert!(task(text).await.1.lines().contains(&"out: a one".into()));
    let text = "task('a'):command('exit 1'):post_hook(function() print('post') end)";
    assert!(task(text).await.1.lines().is_empty());
    let text = "task('a'):command('echo kept'):post_hook(function() return false end)";
    assert_eq!(task(text).await.0.output["stdout"], "kept\n");
}

#[tokio::test]
async fn hooks_are_bound_by_the_name_of_their_first_parameter() {
    let text = "task{ name = 'a', params = { n = 7 }, command = 'echo x',
        on_success = function(params, output) print(params.n .. output.stdout) end }";
    assert!(task(text).await.1.lines().contains(&"out: 7x".into()));
    let text = "task{ name = 'a', command = 'echo no >&2; exit 2',
        on_fail = function(params, err) print(params.task_name .. err .. err.output.exit_code) end }";
    assert_eq!(task(text).await.1.lines(), ["out: ano2"]);
}

#[tokio::test]
async fn a_timeout_has_its_hook_before_that_of_the_failure() {
    let text = "task('a'):command('sleep 60'):on_timeout(function(this) print('timeout ' .. this.name) end)
        :on_failure(function(this, params, err) print(err.message) end):on_complete(function() print('end') end)";
    let mut late = job(text, "a");
    late.deadline = Instant::now() + Duration::from_millis(50);
    let (outcome, memory) = run(late).await;
    assert_eq!(outcome.status, Status::TimedOut);
    assert_eq!(memory.lines(), ["out: timeout a", "out: time limit reached", "out: end"]);
    let plain = "task('a'):command('exit 1'):on_timeout(function() print('timeout') end)";
    assert!(task(plain).await.1.lines().is_empty());
}

#[tokio::test]
async fn check_mode_shows_commands_and_asks_no_line() {
    let text = "task('a'):run_if('touch /never'):abort_if('true'):command('make all')
        :artifacts('x'):on_success(function(this, params, output) print(tostring(output.check)) end)";
    let mut check = job(text, "a");
    check.check = true;
    let (outcome, memory) = run(check).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(outcome.message.as_deref(), Some("would run `make all`"));
    assert_eq!(outcome.output, json!({ "check": true, "skipped": true, "changed": true }));
    assert_eq!(
        outcome.warnings,
        [
            "abort_if was not asked, since it is a command: `true`",
            "run_if was not asked, since it is a command: `touch /never`"
        ]
    );
    assert_eq!(memory.lines(), ["out: true"]);
    assert!(memory.produced.lock().unwrap().is_empty());
}

#[tokio::test]
async fn check_mode_runs_functions_whose_calls_only_tell() {
    let text = "task('a'):command(function(this)
        local r = exec.run('touch /never')
        return this.workdir.cleanup(), 'skipped: ' .. tostring(r.skipped) end)";
    let folder = tempfile::tempdir().unwrap();
    let mut check = job(text, "a");
    (check.check, check.workdir) = (true, folder.path().to_path_buf());
    let (outcome, _) = run(check).await;
    assert_eq!(outcome.message.as_deref(), Some("skipped: true"), "{outcome:?}");
    assert!(folder.path().is_dir());
}

#[tokio::test]
async fn a_user_who_is_not_there_fails_the_task() {
    for command in ["'true'", "function() end"] {
        let text = format!("task('a'):user('nobody-here'):command({command})");
        assert_eq!(task(&text).await.0.message.as_deref(), Some("no such user"));
    }
}

#[tokio::test]
async fn a_task_runs_below_the_folder_of_its_workflow() {
    let text = "workflow.define('deploy', { workdir = 'w', tasks = {
        { name = 'a', command = 'true', workdir = 'sub' }, { name = 'b', command = function(this) return true, this.workdir.get() end } } })";
    let below = job(text, "a");
    let folder = below.workdir.join("w");
    let (_, memory) = run(below).await;
    assert_eq!(memory.entered.lock().unwrap().clone().unwrap().0, folder.join("sub"));
    let (outcome, _) = run(job(text, "b")).await;
    assert_eq!(outcome.message.as_deref(), folder.to_str());
}

#[tokio::test]
async fn texts_may_name_values() {
    let text = "values({ name = 'x', user = 'root', list = { 'one' } })
        task('a'):command('echo ${values.name} ${HOME:+set} ${values.list.1}'):workdir('${values.name}/y'):env({ HOME = '/' })";
    let named = job(text, "a");
    let folder = named.workdir.join("x/y");
    let (outcome, memory) = run(named).await;
    assert_eq!(outcome.message.as_deref(), Some("x set one"));
    assert_eq!(memory.entered.lock().unwrap().clone().unwrap().0, folder);
}

#[tokio::test]
async fn a_sandbox_binds_shell_lines_and_functions_alike() {
    for command in ["'make all'", "function() return exec.run('make all') end"] {
        for rules in ["deny = { 'exec=make' }", "allow = { 'exec=git' }", "allow = {}"] {
            let text = format!("task('a'):command({command}):sandbox({{ {rules} }})");
            let (outcome, _) = task(&text).await;
            let message = outcome.message.unwrap_or_default();
            assert_eq!(outcome.status, Status::Failed, "{rules}");
            assert!(message.contains("permission denied: exec(make)"), "{message}");
        }
    }
    for rules in ["allow = { 'exec' }", "deny = { 'net', 'exec=make' }"] {
        for command in ["'echo hi'", "function() return exec.run('echo hi') end"] {
            let text = format!("task('a'):command({command}):sandbox({{ {rules} }})");
            assert_eq!(task(&text).await.0.status, Status::Succeeded, "{rules}");
        }
    }
    let asked =
        "task('a'):run_if('make ready'):command('true'):sandbox({ deny = { 'exec=make' } })";
    assert_eq!(task(asked).await.0.status, Status::Failed);
}
