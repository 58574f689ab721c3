//! Files that want to take the process with them end within their limits, and the process goes on.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dsl::{LoadOptions, Status};
use serde_json::json;
use support::{command, faults, job, load, run, source};

/// Far above any limit used here, far below "never".
const SOON: Duration = Duration::from_secs(15);

/// Loads with a short budget; the rendered diagnostics.
fn limited(text: &str) -> String {
    let options = LoadOptions { instructions: 3_000_000, ..LoadOptions::default() };
    let start = Instant::now();
    let faults = dsl::load(&source(text), &json!({}), &options).unwrap_err().to_string();
    assert!(start.elapsed() < SOON, "{text}: {:?}", start.elapsed());
    assert!(load("task('a'):command('true')").is_ok());
    faults
}

/// Runs a command with a short deadline on a current-thread runtime.
async fn ended(body: &str) -> dsl::Outcome {
    let text = format!("task('a'):command(function() {body} end)");
    let mut job = job(&text, "a");
    job.deadline = Instant::now() + Duration::from_millis(300);
    let start = Instant::now();
    let (outcome, _) = run(job).await;
    assert!(start.elapsed() < SOON, "{body}: {:?}", start.elapsed());
    outcome
}

const ENDLESS: [&str; 16] = [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "while true do xpcall(function() while true do end end, function() while true do end end) end",
    "xpcall(function() while true do end end, function() while true do end end) while true do end",
    "coroutine.wrap(function() while true do end end)()",
    "while true do pcall(coroutine.wrap(function() while true do pcall(function() while true do end end) end end)) end",
    "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    "local function f() return pcall(f) end while true do f() end",
    "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
    "local x <close> = setmetatable({}, { __close = function() local y <close> = setmetatable({}, { __close = function() while true do end end }) while true do end end }) while true do end",
    "for x in function() while true do end end, 1, 1, setmetatable({}, { __close = function() while true do end end }) do end",
    "setmetatable({}, { __index = function(t, k) while true do end end }).x()",
    "table.sort({ 3, 2, 1 }, function() while true do end end)",
    "('x'):rep(100):gsub('x', function() while true do end end)",
    "goto top ::top:: for i = 1, math.huge do pcall(error) end goto top2 ::top2:: while true do end",
    "error(setmetatable({}, { __tostring = function() while true do end end }))",
];

#[test]
fn endless_loads_end() {
    for text in ENDLESS.iter().take(ENDLESS.len() - 1) {
        let faults = limited(text);
        assert!(faults.contains("error[limit]"), "{text}: {faults}");
    }
}

#[tokio::test]
async fn endless_tasks_time_out() {
    for body in ENDLESS.iter().take(ENDLESS.len() - 1) {
        assert_eq!(ended(body).await.status, Status::TimedOut, "{body}");
    }
}

#[tokio::test]
async fn an_error_with_an_endless_text_ends() {
    let body = ENDLESS[ENDLESS.len() - 1];
    assert!(matches!(ended(body).await.status, Status::Failed | Status::TimedOut));
    limited(body);
}

#[tokio::test]
async fn an_endless_task_is_cancelled() {
    let job = job(
        "task('a'):command(function() while true do pcall(function() while true do end end) end end)",
        "a",
    );
    let cancel = job.cancel.clone();
    let (ended, ()) = tokio::join!(run(job), async { cancel.cancel() });
    assert_eq!(ended.0.status, Status::Cancelled);
}

#[tokio::test]
async fn a_cancel_ends_an_endless_hook() {
    let text = "task('a'):command('true'):on_success(function() print('in') while true do pcall(print) end end)";
    let job = job(text, "a");
    let cancel = job.cancel.clone();
    let memory = Arc::new(support::Memory::default());
    let watch = async {
        while memory.lines().is_empty() {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(dsl::run(job, memory.clone()), watch);
    assert_eq!(ended.status, Status::Cancelled);
}

#[test]
fn finalizers_are_refused() {
    assert!(
        faults("setmetatable({}, { __gc = function() while true do end end })")
            .contains("__gc is not available")
    );
}

#[tokio::test]
async fn memory_is_limited() {
    for body in [
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) end",
        "local s = 'x' while true do s = s .. s end",
        "return true, '', { ('x'):rep(1e9) }",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "return true, table.concat({ ('x'):rep(1e6) }, '', 1, 1e9)",
    ] {
        let (outcome, _) = command(body).await;
        assert_eq!(outcome.status, Status::Failed, "{body}");
    }
    let (outcome, _) = command("return true").await;
    assert_eq!(outcome.status, Status::Succeeded);
}

#[test]
fn memory_of_a_load_is_limited() {
    let options = LoadOptions { memory: 16 << 20, ..LoadOptions::default() };
    let text = "local t = {} while true do t[#t + 1] = { #t } end";
    let faults = dsl::load(&source(text), &json!({}), &options).unwrap_err().to_string();
    assert!(faults.contains("not enough memory"), "{faults}");
}

#[tokio::test]
async fn bombs_of_patterns_and_repetition_end() {
    for body in [
        "return (('a'):rep(30) .. 'b'):match(('a*'):rep(12) .. 'c')",
        "return (('a'):rep(30) .. 'b'):find(('a*'):rep(12) .. 'c')",
        "for x in (('a'):rep(30) .. 'b'):gmatch(('a*'):rep(12) .. 'c') do end",
        "return (('a'):rep(30) .. 'b'):gsub(('a*'):rep(12) .. 'c', '')",
        "return (''):rep(1e18)",
        "return ('x'):rep(1e18)",
        "return table.concat(setmetatable({}, { __len = function() return 1e18 end }))",
        "return table.unpack({}, 1, 1e9)",
    ] {
        let start = Instant::now();
        let outcome = ended(body).await;
        assert!(start.elapsed() < Duration::from_secs(5), "{body}");
        assert_ne!(outcome.status, Status::Cancelled, "{body}");
    }
}

#[tokio::test]
async fn deep_recursion_is_an_error() {
    for body in [
        "local function f(n) return 1 + f(n + 1) end f(1)",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end return t[1]",
        "local function f() return coroutine.wrap(f)() end f()",
        "local function f() return 1 + pcall(f) end error(f())",
        "local s = ('('):rep(10000) error(load('return ' .. s))",
        "local t = {} for i = 1, 100 do t = { t } end return t",
    ] {
        let (outcome, _) = command(body).await;
        assert_eq!(outcome.status, Status::Failed, "{body}: {outcome:?}");
    }
}

#[tokio::test]
async fn tables_that_contain_themselves_are_refused() {
    let (outcome, _) = command("local t = { a = {} } t.a.b = t return t").await;
    assert_eq!(outcome.message.as_deref(), Some("output.a.b contains itself"));
    assert!(
        faults("local t = {} t.t = t task('a'):command('true'):env(t)").contains("contains itself")
    );
}

#[tokio::test]
async fn huge_outputs_are_refused() {
    let (outcome, _) = command("local t = {} for i = 1, 100000 do t[i] = i end return t").await;
    assert_eq!(outcome.message.as_deref(), Some("output holds more than 50000 values"));
    let (outcome, _) = command("return { ('x'):rep(2 * 1024 * 1024) }").await;
    assert_eq!(outcome.message.as_deref(), Some("output holds more than 1048576 bytes"));
    let (outcome, _) = command("local t = {} for i = 1, 30 do t = { t, t } end return t").await;
    assert_eq!(outcome.status, Status::Failed);
}

#[test]
fn binary_chunks_are_refused() {
    assert!(faults("\u{1b}Lua\u{54}\u{0}").contains("error[syntax]"));
    assert!(faults("error((select(2, load('\\27Lua'))))").contains("binary chunk"));
    assert!(faults("string.dump(print)").contains("error["));
}

#[test]
fn huge_scripts_are_refused() {
    assert!(faults(&"x".repeat(10 << 20)).contains("error[limit]: the file has 10485760 bytes"));
    assert!(limited(&format!("load(('x'):rep(2000000))() task('{}')", "y")).contains("error["));
}

#[test]
fn too_many_declarations_are_refused() {
    let options = LoadOptions {
        instructions: 1_000_000_000,
        time: Duration::from_secs(120),
        ..LoadOptions::default()
    };
    let faults =
        dsl::load(&source("for i = 1, 1e9 do task('t') end"), &json!({}), &options).unwrap_err();
    assert!(faults.to_string().contains("declares more than 100000 tasks"), "{faults}");
}

#[test]
fn nothing_dangerous_is_in_reach() {
    for text in [
        "io.open('/etc/passwd')",
        "os.execute('id')",
        "os.exit(1)",
        "debug.getinfo(1)",
        "package.loadlib('x')",
        "dofile('x')",
        "collectgarbage()",
        "warn('x')",
        "require('io').open('x')",
    ] {
        let faults = faults(text);
        assert!(faults.contains("error["), "{text}: {faults}");
    }
    assert!(faults("getmetatable('').__index = {}").contains("error["));
    assert!(faults("getmetatable(_G).x = 1").contains("error["));
}
