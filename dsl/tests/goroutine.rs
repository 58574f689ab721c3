//! Routines inside an attempt: how they fail it, how they stand still, and that none of them outlives it.

mod support;

use std::time::{Duration, Instant};

use dsl::Status;
use support::{command, job, run};

fn task(body: &str) -> String {
    format!("task('a'):command(function()\n{body}\nend)")
}

async fn failure(body: &str) -> String {
    let (outcome, _) = run(job(&task(body), "a")).await;
    assert_eq!(outcome.status, Status::Failed);
    outcome.message.unwrap_or_default()
}

#[tokio::test]
async fn an_error_in_a_routine_fails_the_task_and_names_its_line() {
    let text = task("goroutine.spawn(function()\nerror('broken')\nend)\ngoroutine.sleep(60000)");
    let (outcome, _) = run(job(&text, "a")).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.message.as_deref(), Some("deploy.sloth:3: broken"));
    assert_eq!(outcome.diagnostic.unwrap().line, 3);
}

#[tokio::test]
async fn a_stage_that_fails_fails_the_task() {
    let message = failure(
        "local input = goroutine.channel(1)\n\
         input:send(1)\n\
         goroutine.pipeline(input, { function() error('stage') end }):receive()",
    )
    .await;
    assert_eq!(message, "deploy.sloth:4: stage");
}

#[tokio::test]
async fn a_deadlock_is_reported_at_once_with_what_everybody_waits_for() {
    let started = Instant::now();
    let message = failure(
        "local ch, group, m = goroutine.channel(), goroutine.wait_group(), goroutine.mutex()\n\
         group:add(2)\n\
         m:lock()\n\
         goroutine.spawn(function()\n\
         ch:send(1)\n\
         end)\n\
         goroutine.spawn(function() m:lock() end)\n\
         group:wait()",
    )
    .await;
    assert!(started.elapsed() < Duration::from_secs(10));
    insta::assert_snapshot!(message, @r"
    deploy.sloth:9: deadlock: all 3 routines wait, and nothing can wake one
      the command waits at deploy.sloth:9 for the wait group made at deploy.sloth:2, of which 2 are not done
      the routine started at deploy.sloth:5 waits at deploy.sloth:6 to send to the channel made at deploy.sloth:2 (unbuffered)
      the routine started at deploy.sloth:8 waits at deploy.sloth:8 to lock the mutex made at deploy.sloth:2
    ");
}

#[tokio::test]
async fn every_kind_of_wait_has_its_words() {
    for (body, words) in [
        (
            "goroutine.channel():receive()",
            "to receive from the channel made at deploy.sloth:2 (unbuffered)",
        ),
        (
            "local c = goroutine.channel(1) c:send(1) c:send(2)",
            "to send to the channel made at deploy.sloth:2 (capacity 1)",
        ),
        (
            "goroutine.select({ { goroutine.channel(), receive = true } })",
            "to select from the channel made at deploy.sloth:2 (unbuffered)",
        ),
        ("goroutine.select({})", "to select from no channel at all"),
        (
            "local m = goroutine.mutex() m:lock() m:lock()",
            "to lock the mutex made at deploy.sloth:2",
        ),
        (
            "local m = goroutine.rwmutex() m:lock() m:rlock()",
            "to lock for reading the rwmutex made at deploy.sloth:2",
        ),
        (
            "local s = goroutine.semaphore(1) s:acquire() s:acquire()",
            "to acquire the semaphore made at",
        ),
        (
            "local c = goroutine.cond() c:lock() c:wait()",
            "for a signal of the cond made at deploy.sloth:2",
        ),
        (
            "local o = goroutine.once() o:call(function() o:call(print) end)",
            "for the first call of the once made at deploy.sloth:2 to end",
        ),
        (
            "goroutine.await(goroutine.async(function() goroutine.channel():receive() end))",
            "for the routine started at deploy.sloth:2 to end",
        ),
        (
            "goroutine.pool_create('p') goroutine.pool_submit('p', function() goroutine.channel():receive() end)\n\
             goroutine.pool_wait('p')",
            "for the jobs of pool `p`",
        ),
        (
            "goroutine.fan_in(goroutine.fan_out(goroutine.channel(), 2)):receive()",
            "the routine started at deploy.sloth:2 waits at deploy.sloth:2 to receive from the channel",
        ),
    ] {
        let message = failure(body).await;
        assert!(message.contains("deadlock: ") && message.contains(words), "{body}\n{message}");
    }
}

/// The two faulty programs among the original's examples.
#[tokio::test]
async fn a_send_without_receiver_is_a_deadlock() {
    let message = failure(
        "local first, second = goroutine.channel(), goroutine.channel()\n\
         first:send('hello')\n\
         goroutine.select({ { first, receive = true }, { second, receive = true } })",
    )
    .await;
    assert!(message.starts_with("deploy.sloth:3: deadlock: "), "{message}");
}

#[tokio::test]
async fn a_rate_limiter_that_takes_what_it_should_refill_ends_at_the_deadline() {
    let text = task(
        "local tokens = goroutine.semaphore(3)\n\
         goroutine.spawn(function()\n\
         while true do\n\
         goroutine.sleep(20)\n\
         if tokens:available() < 3 then tokens:try_acquire() end\n\
         end\n\
         end)\n\
         for _ = 1, 10 do tokens:acquire() end",
    );
    let mut job = job(&text, "a");
    job.deadline = Instant::now() + Duration::from_millis(400);
    assert_eq!(run(job).await.0.status, Status::TimedOut);
}

#[tokio::test]
async fn a_routine_that_never_rests_ends_at_the_deadline() {
    let mut job =
        job(&task("goroutine.spawn(function() while true do end end)\ngoroutine.sleep(1)"), "a");
    job.deadline = Instant::now() + Duration::from_millis(200);
    assert_eq!(run(job).await.0.status, Status::TimedOut);
}

#[tokio::test]
async fn routines_that_wait_are_cancelled_with_the_attempt() {
    let job = job(
        &task("goroutine.spawn(function() exec.run('sleep 60') end)\ngoroutine.sleep(60000)"),
        "a",
    );
    let cancel = job.cancel.clone();
    let running = tokio::spawn(run(job));
    tokio::time::sleep(Duration::from_millis(100)).await;
    cancel.cancel();
    assert_eq!(running.await.unwrap().0.status, Status::Cancelled);
}

#[tokio::test]
async fn what_still_runs_when_the_command_returns_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("marker");
    let body = format!(
        "goroutine.spawn(function() exec.run('sleep 0.3; touch {}') end)\n\
         goroutine.spawn(function() goroutine.channel():receive() end)\n\
         goroutine.sleep(50)\nreturn true, 'back'",
        marker.display()
    );
    let (outcome, _) = command(&body).await;
    assert_eq!(outcome.message.as_deref(), Some("back"));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!marker.exists());
}

#[tokio::test]
async fn an_error_that_nobody_awaits_is_told() {
    let body = "goroutine.async(function() error('unseen') end) goroutine.sleep(1) return true";
    let (outcome, memory) = command(body).await;
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(
        memory.lines(),
        [
            "warn: the routine started at deploy.sloth:1 failed, and nobody awaited it: deploy.sloth:1: unseen"
        ]
    );
}

#[tokio::test]
async fn too_many_routines_are_refused() {
    let message =
        failure("for _ = 1, 10001 do goroutine.spawn(function() goroutine.sleep(1000) end) end")
            .await;
    assert!(message.contains("more than 10000 routines at once"), "{message}");
}

#[tokio::test]
async fn each_function_of_a_task_has_routines_of_its_own() {
    let text = "task('a'):command(function() goroutine.spawn(function() goroutine.channel():receive() end) return true end)\n\
                :on_success(function() goroutine.sleep(1) log.info('hook') end)";
    let (outcome, memory) = run(job(text, "a")).await;
    assert_eq!((outcome.status, outcome.warnings.len()), (Status::Succeeded, 0));
    assert_eq!(memory.lines(), ["info: hook"]);
}

#[tokio::test]
async fn objects_can_be_made_while_a_file_is_loaded() {
    let text = "local m, ch = goroutine.mutex(), goroutine.channel(1)\n\
                task('a'):command(function() m:lock() ch:send(1) m:unlock() return true, ch:receive() end)";
    let (outcome, _) = run(job(text, "a")).await;
    assert_eq!((outcome.status, outcome.message.as_deref()), (Status::Succeeded, Some("1")));
    let faults = support::faults("goroutine.spawn(print)");
    assert!(faults.contains("cannot be used while the file is loaded"), "{faults}");
}

#[tokio::test]
async fn a_wait_gives_way_to_other_tasks_of_the_process() {
    let text = task(
        "local a, b = goroutine.channel(), goroutine.channel()\n\
         goroutine.spawn(function() while true do b:send((a:receive())) end end)\n\
         while true do a:send(1) b:receive() end",
    );
    let mut job = job(&text, "a");
    job.deadline = Instant::now() + Duration::from_millis(300);
    let other = tokio::spawn(async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Instant::now()
    });
    assert_eq!(run(job).await.0.status, Status::TimedOut);
    assert!(other.await.unwrap() < Instant::now());
}
