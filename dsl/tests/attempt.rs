//! One attempt: what is called, in which order, with what, and what its answer means.

mod support;

use std::time::{Duration, Instant};

use dsl::{Status, Step};
use serde_json::json;
use support::{command, job, run};

#[tokio::test]
async fn a_shell_line_gives_its_output_and_its_last_line() {
    let (outcome, memory) = run(job("task('a'):command('echo one; echo two')", "a")).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(outcome.message.as_deref(), Some("two"));
    assert_eq!(outcome.output["stdout"], "one\ntwo\n");
    assert_eq!(memory.lines(), ["out: one", "out: two"]);
}

#[tokio::test]
async fn a_failing_shell_line_says_why() {
    let (outcome, _) = run(job("task('a'):command('echo broken >&2; exit 3')", "a")).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.message.as_deref(), Some("broken"));
    assert_eq!(outcome.output["exit_code"], 3);
}

#[tokio::test]
async fn returns_mean_what_people_expect() {
    let cases = [
        ("return true", Status::Succeeded, None, json!(null)),
        ("return true, 'done', { n = 1 }", Status::Succeeded, Some("done"), json!({ "n": 1 })),
        ("return false, 'bad', { n = 1 }", Status::Failed, Some("bad"), json!({ "n": 1 })),
        ("", Status::Succeeded, None, json!(null)),
        ("return nil", Status::Succeeded, None, json!(null)),
        ("return 'hello'", Status::Succeeded, Some("hello"), json!(null)),
        (
            "return { failed = true, error = 'no' }",
            Status::Failed,
            Some("no"),
            json!({ "failed": true, "error": "no" }),
        ),
        ("return { success = false }", Status::Failed, None, json!({ "success": false })),
        (
            "return { list = { 1, 2.5, 'x' } }",
            Status::Succeeded,
            None,
            json!({ "list": [1, 2.5, "x"] }),
        ),
        (
            "return 42",
            Status::Failed,
            Some(
                "expected true or false, a message or a table from the function, found the type integer",
            ),
            json!(null),
        ),
    ];
    for (body, status, message, output) in cases {
        let (outcome, _) = command(body).await;
        assert_eq!(outcome.status, status, "{body}");
        assert_eq!(outcome.message.as_deref(), message, "{body}");
        assert_eq!(outcome.output, output, "{body}");
    }
}

#[tokio::test]
async fn an_output_may_say_that_nothing_changed() {
    let (outcome, _) = command("return true, 'same', { changed = false }").await;
    assert!(!outcome.changed);
    let (outcome, _) = command("return true").await;
    assert!(outcome.changed);
}

#[tokio::test]
async fn an_error_names_file_line_and_calls() {
    let text = "local function inner()\n  error('boom')\nend\ntask('a'):command(function()\n  inner()\nend)";
    let (outcome, _) = run(job(text, "a")).await;
    assert_eq!(outcome.message.as_deref(), Some("deploy.sloth:2: boom"));
    insta::assert_snapshot!(outcome.diagnostic.unwrap(), @r#"
    deploy.sloth:2:3: error[runtime]: boom
     2 |   error('boom')
       |   ^^^^^^^^^^^^^
      at deploy.sloth:2 in upvalue 'inner'
      at deploy.sloth:5 in function <deploy.sloth:4>
    "#);
}

#[tokio::test]
async fn an_error_table_gives_its_message() {
    let (outcome, _) = command("error({ message = 'full' })").await;
    assert_eq!(outcome.message.as_deref(), Some("deploy.sloth:1: full"));
}

#[tokio::test]
async fn parameters_are_bound_by_name() {
    let text = "task{ name = 'a', params = { n = 7 }, command = function(params, deps)
        return true, params.task_name .. params.group_name .. params.n .. tostring(params.agent_name)
    end }";
    let (outcome, _) = run(job(text, "a")).await;
    assert_eq!(outcome.message.as_deref(), Some("adeploy7nil"));
}

#[tokio::test]
async fn this_answers_with_dot_and_colon() {
    let body = "return true, this.name .. this.name() .. this:name() .. ' ' .. this.agent .. this.agent.get()
        .. ' ' .. this.workdir.get() .. this.workdir:get() .. ' ' .. this.workdir .. ' '
        .. tostring(this.name == 'a') .. this.attempt .. this.run_id .. tostring(this.workdir.exists())";
    let (outcome, _) = command(body).await;
    assert_eq!(outcome.message.as_deref(), Some("aaa locallocal /tmp/tmp /tmp true101RUNtrue"));
}

#[tokio::test]
async fn the_working_directory_is_made_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job(
        "task('a'):command(function(this) return this.workdir.ensure() and this.workdir.exists()
            and this.workdir:recreate() and this.workdir.cleanup() and not this.workdir.exists() end)",
        "a",
    );
    job.workdir = folder.path().join("work");
    let (outcome, _) = run(job).await;
    assert_eq!(outcome.status, Status::Succeeded, "{outcome:?}");
}

#[tokio::test]
async fn dependencies_arrive_as_tables() {
    let mut job = job(
        "task('a'):command(function(this, params, deps) return true, deps.b.list[2] .. tostring(deps.c) end)",
        "a",
    );
    let Step::Task(attempt) = &mut job.step else { unreachable!() };
    attempt.dependencies.insert("b".into(), json!({ "list": [1, 2] }));
    let (outcome, _) = run(job).await;
    assert_eq!(outcome.message.as_deref(), Some("2nil"));
}

#[tokio::test]
async fn steps_come_in_their_order() {
    let text = "task('a'):run_if(function() print('if') return true end)
        :consumes('b'):artifacts('*.txt'):depends_on('b')
        :command(function() print('command') return true, '', { n = 1 } end)
        :on_success(function(this, params, output) print('success', output.n) end)
        :on_failure(function() print('failure') end)
        :on_complete(function() print('complete') end)
        task('b'):command('true')";
    let (outcome, memory) = run(job(text, "a")).await;
    assert_eq!(outcome.status, Status::Succeeded, "{outcome:?}");
    assert_eq!(memory.lines(), ["out: if", "out: command", "out: success\t1", "out: complete"]);
    assert_eq!(*memory.consumed.lock().unwrap(), ["b"]);
    assert_eq!(*memory.produced.lock().unwrap(), ["*.txt"]);
}

#[tokio::test]
async fn failure_hooks_run_in_the_last_attempt_only() {
    let text = "task('a'):command(function() return false, 'bad' end)
        :on_failure(function(this, params, err) print('' .. err, err.task_name, err.attempts) end)
        :on_complete(function() print('complete') end)";
    let mut first = job(text, "a");
    let Step::Task(attempt) = &mut first.step else { unreachable!() };
    attempt.last = false;
    let (outcome, memory) = run(first).await;
    assert_eq!((outcome.status, memory.lines().len()), (Status::Failed, 0));
    let (_, memory) = run(job(text, "a")).await;
    assert_eq!(memory.lines(), ["out: bad\ta\t1", "out: complete"]);
}

#[tokio::test]
async fn a_failing_hook_is_a_warning() {
    let text = "task('a'):command('true'):on_success(function() error('oops') end)";
    let (outcome, memory) = run(job(text, "a")).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(outcome.warnings, ["on_success failed: deploy.sloth:1: oops"]);
    assert_eq!(memory.lines(), ["warn: on_success failed: deploy.sloth:1: oops"]);
}

#[tokio::test]
async fn run_if_skips_once_and_without_hooks() {
    for condition in ["'exit 1'", "function() return false end", "function() end"] {
        let text = format!(
            "task('a'):run_if({condition}):command('true'):on_complete(function() print('x') end)"
        );
        let (outcome, memory) = run(job(&text, "a")).await;
        assert_eq!(outcome.status, Status::Skipped, "{condition}");
        assert!(memory.lines().is_empty());
    }
    let mut later = job("task('a'):run_if('exit 1'):command('true')", "a");
    let Step::Task(attempt) = &mut later.step else { unreachable!() };
    attempt.first = false;
    assert_eq!(run(later).await.0.status, Status::Succeeded);
}

#[tokio::test]
async fn missing_artifacts_fail_the_task() {
    let text = "task('missing'):command('true') task('a'):depends_on('missing'):consumes('missing'):command('true')";
    let (outcome, _) = run(job(text, "a")).await;
    assert_eq!(
        outcome.message.as_deref(),
        Some("cannot get the artifacts of missing: no holder of missing")
    );
}

#[tokio::test]
async fn a_deadline_ends_processes_and_still_runs_the_failure_hook() {
    let text = "task('a'):command('sleep 60'):on_failure(function(this, params, err) print(err.message) end)";
    let mut job = job(text, "a");
    job.deadline = Instant::now() + Duration::from_millis(100);
    let start = Instant::now();
    let (outcome, memory) = run(job).await;
    assert_eq!(outcome.status, Status::TimedOut);
    assert_eq!(memory.lines(), ["out: time limit reached"]);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_cancel_ends_what_waits_and_runs_no_hook() {
    let text = "task('a'):command(function() pcall(exec.run, 'sleep 60') while true do pcall(exec.run, 'sleep 60') end end)
        :on_failure(function() print('x') end)";
    let job = job(text, "a");
    let cancel = job.cancel.clone();
    let (ended, ()) = tokio::join!(run(job), async { cancel.cancel() });
    assert_eq!(ended.0.status, Status::Cancelled);
    assert!(ended.1.lines().is_empty());
}

#[tokio::test]
async fn the_clock_and_the_environment_come_from_the_host() {
    let (outcome, _) = command(
        "return true, os.time() .. os.date('!%Y-%m-%d %H:%M:%S') .. tostring(os.getenv('X'))",
    )
    .await;
    assert_eq!(outcome.message.as_deref(), Some("10000000002001-09-09 01:46:40nil"));
    let (outcome, _) = command("return true, os.date('!%Y', 0) .. os.date('!*t').year .. type(os.clock()) .. type(os.date())").await;
    assert_eq!(outcome.message.as_deref(), Some("19702001numberstring"));
    let (outcome, _) = command("os.date('%!')").await;
    assert!(outcome.message.unwrap().contains("invalid conversion"));
}

#[tokio::test]
async fn coroutines_may_wait_for_the_world() {
    let body = "local co = coroutine.wrap(function(n)
            local r = exec.run('echo inner')
            local m = coroutine.yield(r.stdout .. n)
            return 'end' .. m
        end)
        local first = co(1)
        local second = co(2)
        local ok, err = coroutine.resume(coroutine.create(function() error({ code = 7 }) end))
        return true, first .. second .. tostring(ok) .. err.code";
    let (outcome, _) = command(body).await;
    assert_eq!(outcome.message.as_deref(), Some("inner\n1end2false7"));
}

#[tokio::test]
async fn a_busy_coroutine_gives_way_and_is_not_mistaken_for_a_yield() {
    let body = "local co = coroutine.wrap(function() local n = 0 for i = 1, 300000 do n = n + 1 end coroutine.yield(n) return 'last' end)
        return true, co() .. co()";
    let text = format!("task('a'):command(function() {body} end)");
    let turns = std::cell::Cell::new(0u32);
    let work = run(job(&text, "a"));
    let other = async {
        loop {
            turns.set(turns.get() + 1);
            tokio::task::yield_now().await;
        }
    };
    let outcome = tokio::select! { ended = work => ended.0, () = other => unreachable!() };
    assert_eq!(outcome.message.as_deref(), Some("300000last"));
    assert!(turns.get() > 5);
}

#[tokio::test]
async fn errors_of_modules_reach_pcall_as_text() {
    let (outcome, _) = command(
        "local ok, err = pcall(function() return docker.run end) return true, type(err) .. err",
    )
    .await;
    assert_eq!(
        outcome.message.as_deref(),
        Some("stringdeploy.sloth:1: module `docker` is not there yet")
    );
}

#[tokio::test]
async fn what_cannot_leave_a_task_is_dropped_with_a_warning() {
    let (outcome, _) = command("return true, '', { f = print, n = 1, inf = 1/0 }").await;
    assert_eq!(outcome.output, json!({ "n": 1 }));
    assert_eq!(outcome.warnings.len(), 2);
    assert!(outcome.warnings[0].starts_with("output.f: a function cannot leave"));
}

#[tokio::test]
async fn workflow_callbacks_get_results_by_place_and_name() {
    let text = "local t = task('a'):command('true')
        workflow.define('w'):tasks({ t }):on_start(function() return false, 'closed' end)
        :on_complete(function(success, results)
            for i, r in ipairs(results) do print(i, r.name, r.status, r.host) end
            return true, tostring(success) .. results['x-y'].host .. results['x-y'].duration
        end)";
    let mut start = job(text, "a");
    start.workflow = "w".into();
    start.step = Step::OnStart;
    let (outcome, _) = run(start).await;
    assert_eq!((outcome.status, outcome.message.as_deref()), (Status::Failed, Some("closed")));
    let mut end = job(text, "a");
    end.workflow = "w".into();
    end.step = Step::OnComplete {
        success: true,
        results: vec![dsl::TaskResult {
            name: "x-y".into(),
            status: "succeeded".into(),
            success: true,
            message: None,
            duration: Duration::from_millis(1500),
            attempts: 1,
            agent: None,
            output: json!({ "host": "h1" }),
        }],
    };
    let (outcome, memory) = run(end).await;
    assert_eq!(outcome.message.as_deref(), Some("trueh11.5"));
    assert_eq!(memory.lines(), ["out: 1\tx-y\tsucceeded\th1"]);
}

#[tokio::test]
async fn a_task_cannot_declare_more_tasks() {
    let (outcome, _) = command("task('b')").await;
    assert!(outcome.message.unwrap().contains("declared while the file is loaded"));
}

#[tokio::test]
async fn an_unknown_workflow_or_task_is_a_failure() {
    let (outcome, _) = run(job("task('a'):command('true')", "b")).await;
    assert_eq!(outcome.message.as_deref(), Some("workflow `deploy` has no task `b`"));
}

#[tokio::test]
async fn a_task_runs_in_its_workdir_with_its_environment() {
    let file = "task('a'):workdir('sub'):env({ K = 'v' }):command('true')";
    let job = job(file, "a");
    let folder = job.workdir.clone();
    let (outcome, memory) = run(job).await;
    assert_eq!(outcome.status, Status::Succeeded);
    let entered = memory.entered.lock().unwrap().clone();
    let environment = [("K".to_string(), "v".to_string())].into();
    assert_eq!(entered, Some((folder.join("sub"), environment)));
}

#[tokio::test]
async fn a_task_without_functions_does_the_same_without_lua() {
    let file = "task('a'):run_if('test -n x'):env({ K = 'v' }):command('echo one; exit 3')";
    let mut job = job(file, "a");
    let (in_lua, _) = run(job.clone()).await;
    job.file =
        Some(dsl::load(&job.source, &job.values, &dsl::LoadOptions::default()).unwrap().into());
    job.source.text = "this is not Lua at all".into();
    let (plain, memory) = run(job).await;
    assert_eq!(plain, in_lua);
    assert!(memory.lines().contains(&"out: one".to_string()));
}
