//! What a file observes where it is accepted is recorded, and answered the same wherever it is loaded again.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dsl::{Journal, Live, LoadOptions, Observed};
use serde_json::json;
use support::{Memory, source};

/// Loads a file where it is accepted.
async fn observe(text: &str) -> (Result<Observed, String>, Arc<Memory>) {
    let variables = [("HOME".to_string(), "/home/x".to_string())].into();
    let memory = Arc::new(Memory { variables, ..Memory::default() });
    let live = Live { host: memory.clone(), folder: PathBuf::from("/tmp") };
    let options = LoadOptions { time: Duration::from_secs(5), ..LoadOptions::default() };
    let observed = dsl::observe(&source(text), &json!({}), &options, live).await;
    (observed.map_err(|faults| faults.to_string()), memory)
}

/// Loads a file again by what another load recorded.
fn replay(text: &str, journal: &Journal) -> Result<dsl::File, String> {
    let journal = Some(Arc::new(journal.clone()));
    let options = LoadOptions { journal, ..LoadOptions::default() };
    dsl::load(&source(text), &json!({}), &options).map_err(|faults| faults.to_string())
}

/// What the file describes its task as, where it is accepted and in ten more loads.
async fn described(expression: &str) -> String {
    let text = format!("task('a'):command('true'):description(tostring({expression}))");
    let (observed, _) = observe(&text).await;
    let observed = observed.unwrap();
    for _ in 0..10 {
        assert_eq!(replay(&text, &observed.journal).unwrap(), observed.file);
    }
    observed.file.workflows[0].tasks[0].description.clone()
}

#[tokio::test]
async fn what_was_observed_is_the_same_in_every_load() {
    assert_eq!(described("os.time()").await, "1000000000");
    assert_eq!(described("os.getenv('HOME')").await, "/home/x");
    assert_eq!(described("os.getenv('NONE')").await, "nil");
    assert_eq!(described("os.date('!%Y')").await, "2001");
    assert_eq!(described("os.date('!*t').month").await, "9");
    described("os.clock()").await;
    let drawn =
        described("table.concat({ math.random(1000), math.random(1000), math.random() }, ' ')")
            .await;
    assert_ne!(
        drawn,
        described("table.concat({ math.random(1000), math.random(1000), math.random() }, ' ')")
            .await
    );
    assert_eq!(
        described("select(2, pcall(os.date, '%!'))").await,
        "deploy.sloth:1: bad argument #1 to 'date' (invalid conversion in \"%!\")"
    );
}

#[tokio::test]
async fn a_seed_of_the_files_own_is_kept_and_nothing_is_recorded() {
    let text =
        "math.randomseed(7) task('a'):command('true'):description(tostring(math.random(1000)))";
    let (first, _) = observe(text).await;
    let first = first.unwrap();
    assert!(first.journal.is_empty());
    assert_eq!(replay(text, &first.journal).unwrap(), first.file);
}

#[tokio::test]
async fn tasks_do_not_draw_what_the_load_drew() {
    let text = "local first = math.random(1 << 40)
        task('a'):command(function() return true, tostring(math.random(1 << 40)) end)";
    let (observed, _) = observe(text).await;
    let journal = Some(Arc::new(observed.unwrap().journal));
    let mut drawn = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let mut job = support::job(text, "a");
        job.load.journal = journal.clone();
        drawn.insert(support::run(job).await.0.message.unwrap());
    }
    assert_eq!(drawn.len(), 5);
}

#[tokio::test]
async fn a_load_that_asks_something_else_is_refused_where_it_asks() {
    let (observed, _) = observe("local t = os.time()\ntask('a'):command('true')").await;
    let journal = observed.unwrap().journal;
    let refused = |text: &str| replay(text, &journal).unwrap_err();
    insta::assert_snapshot!(refused("local t = os.time(os.date('*t'))\ntask('a'):command('true')"), @r#"
    deploy.sloth:1:22: error[differs]: evaluates differently: it asks os.date("*t") where os.time() was asked before
     1 | local t = os.time(os.date('*t'))
       |                      ^^^^
    "#);
    insta::assert_snapshot!(refused("task('a'):command('true')"), @r#"
    deploy.sloth:1:1: error[differs]: evaluates differently: it does not ask os.time(), which was asked before
     1 | task('a'):command('true')
       | ^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(refused("pcall(os.getenv, 'X')\ntask('a'):command('true')"), @r#"
    deploy.sloth:1:1: error[differs]: evaluates differently: it asks os.getenv("X") where os.time() was asked before
     1 | pcall(os.getenv, 'X')
       | ^^^^^^^^^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(refused("os.time()\ntask('a'):command('true')\nos.time()"), @r#"
    deploy.sloth:3:4: error[differs]: evaluates differently: it asks os.time(), which was not asked before
     3 | os.time()
       |    ^^^^
    "#);
}

#[tokio::test]
async fn what_a_load_prints_is_shown_once() {
    let text = "print('hello', 1)\nlog.info('there')\ntask('a'):command('true')";
    let (observed, memory) = observe(text).await;
    assert_eq!(memory.lines(), ["out: hello\t1", "info: there"]);
    let mut job = support::job(text, "a");
    job.load.journal = Some(Arc::new(observed.unwrap().journal));
    assert!(support::run(job).await.1.lines().is_empty());
}

#[tokio::test]
async fn commands_and_files_are_looked_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("version");
    std::fs::write(&path, "1.4\n").unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(described(&format!("fs.read('{path}'):gsub('\\n', '')")).await, "1.4");
    assert_eq!(described("fs.exists('/none')").await, "false");
    assert_eq!(
        described("select(2, fs.ls('/none')):match('^cannot list /none')").await,
        "cannot list /none"
    );
    let text = "local r, err, failed = exec.run('echo out; exit 3')
        local ok = exec.sh('true')
        task('a'):command('true'):description(r.stdout .. r.exit_code .. tostring(failed) .. r:gsub('o', '0') .. err .. tostring(ok))";
    let (observed, memory) = observe(text).await;
    let observed = observed.unwrap();
    assert_eq!(
        observed.file.workflows[0].tasks[0].description,
        "out\n3true0ut\n`echo out; exit 3` ended with exit code 3true"
    );
    assert_eq!(memory.spawned.lock().unwrap().len(), 2);
    for _ in 0..3 {
        assert_eq!(replay(text, &observed.journal).unwrap(), observed.file);
    }
}

#[tokio::test]
async fn a_load_that_waits_too_long_ends() {
    let start = Instant::now();
    let (observed, _) = observe("exec.run('sleep 60') task('a'):command('true')").await;
    let faults = observed.unwrap_err();
    assert!(faults.contains("error[limit]: loading takes longer than 5s"), "{faults}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn what_changes_the_world_is_refused() {
    for (call, name) in [
        ("fs.write('/tmp/x', 'y')", "fs.write"),
        ("state.set('k', 1)", "state.set"),
        ("state.get('k')", "state.get"),
        ("event.dispatch('x')", "event.dispatch"),
    ] {
        let (observed, memory) = observe(call).await;
        let faults = observed.unwrap_err();
        let expected = format!(
            "error[world]: `{name}` cannot be used while the file is loaded; move it into a task"
        );
        assert!(faults.contains(&expected), "{faults}");
        assert!(memory.events.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_load_that_observes_without_end_is_refused() {
    let (observed, _) = observe("for i = 1, 1e5 do os.getenv('X' .. i) end").await;
    assert!(observed.unwrap_err().contains("observes the world more than 10000 times"));
}
