//! `import` and `require` of the project's own files, where the file is accepted and wherever it is loaded again.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::Path;
use std::sync::Arc;

use dsl::{Imports, Live, LoadOptions, Observed, Status};
use serde_json::json;
use support::{Memory, source};
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

async fn observe(folder: &Path, text: &str) -> Result<Observed, String> {
    let options =
        LoadOptions { imports: Imports::Folder(folder.to_path_buf()), ..LoadOptions::default() };
    let live = Live { host: Arc::new(Memory::default()), folder: folder.to_path_buf() };
    let observed = dsl::observe(&source(text), &json!({}), &options, live).await;
    observed.map_err(|faults| faults.to_string())
}

fn given(observed: &Observed) -> LoadOptions {
    LoadOptions {
        imports: Imports::Given(Arc::new(observed.imports.clone())),
        journal: Some(Arc::new(observed.journal.clone())),
        ..LoadOptions::default()
    }
}

#[tokio::test]
async fn an_import_runs_once_and_is_relative_to_its_importer() {
    let folder = folder(&[
        ("lib/a.lua", "count = (count or 0) + 1 return { name = import('b.lua').name .. 'a' }"),
        ("lib/b.lua", "return { name = 'b' }"),
        ("modules/tools.lua", "return { name = require('sub.deep').name }"),
        ("modules/sub/deep.lua", "return { name = 'deep' }"),
        ("beside.lua", "beside = os.time()"),
    ]);
    let text = "assert(import('lib/a.lua') == import('./lib/a'))
        assert(require('tools').name == 'deep' and require('beside') == true and require('exec') == exec)
        assert(count == 1)
        task('a'):command('true'):description(import('lib/a.lua').name .. beside)";
    let observed = observe(folder.path(), text).await.unwrap();
    assert_eq!(observed.file.workflows[0].tasks[0].description, "ba1000000000");
    let paths: Vec<&str> = observed.imports.keys().map(String::as_str).collect();
    let expected =
        ["beside.lua", "lib/a.lua", "lib/b.lua", "modules/sub/deep.lua", "modules/tools.lua"];
    assert_eq!(paths, expected);
    drop(folder);
    let again = dsl::load(&source(text), &json!({}), &given(&observed)).unwrap();
    assert_eq!(again, observed.file);
}

#[tokio::test]
async fn a_task_may_import_by_a_name_written_out() {
    let folder = folder(&[
        ("late.lua", "return require('modules.later')"),
        ("modules/later.lua", "return { say = function() error('from afar') end }"),
    ]);
    let text = "task('a'):command(function() return import('late.lua').say() end)";
    let observed = observe(folder.path(), text).await.unwrap();
    assert_eq!(observed.imports.len(), 2);
    let mut job = support::job(text, "a");
    job.load = given(&observed);
    let (outcome, _) = support::run(job).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.message.as_deref(), Some("modules/later.lua:1: from afar"));
    insta::assert_snapshot!(outcome.diagnostic.unwrap(), @r#"
    modules/later.lua:1:1: error[runtime]: from afar
     1 | return { say = function() error('from afar') end }
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[tokio::test]
async fn faults_in_an_imported_file_are_shown_there() {
    let folder = folder(&[
        ("lib/tasks.lua", "\ntask('a'):comand('true')"),
        ("lib/broken.lua", "local x = = 1"),
    ]);
    let faults = async |text: &str| {
        let faults = observe(folder.path(), text).await.unwrap_err();
        faults.replace(&*folder.path().to_string_lossy(), "DIR")
    };
    insta::assert_snapshot!(faults("import('lib/tasks.lua')").await, @r#"
    lib/tasks.lua:2:11: error[unknown-name]: a task has no `comand`
     2 | task('a'):comand('true')
       |           ^^^^^^
      hint: did you mean `command`?
    "#);
    insta::assert_snapshot!(faults("import('lib/broken.lua')").await, @r#"
    lib/broken.lua:1:9: error[syntax]: unexpected symbol near '='
     1 | local x = = 1
       |         ^
    "#);
    insta::assert_snapshot!(faults("\nimport('lib/none.lua')").await, @r#"
    deploy.sloth:2:1: error[runtime]: `import`: there is no file `lib/none.lua` in DIR
     2 | import('lib/none.lua')
       | ^^^^^^
    "#);
}

#[tokio::test]
async fn files_that_import_each_other_are_refused() {
    let folder = folder(&[
        ("a.lua", "return import('b.lua')"),
        ("b.lua", "return import('a.lua')"),
        ("c.lua", "return import('deploy.sloth')"),
        ("deploy.sloth", ""),
    ]);
    let faults = observe(folder.path(), "import('a.lua')").await.unwrap_err();
    assert!(faults.contains("files import each other: a.lua → b.lua → a.lua"), "{faults}");
    let faults = observe(folder.path(), "import('c.lua')").await.unwrap_err();
    assert!(faults.contains("import each other: deploy.sloth → c.lua → deploy.sloth"), "{faults}");
}

#[tokio::test]
async fn what_did_not_travel_is_missing_by_name() {
    let text = "task('a'):command(function() return import('x' .. '.lua') end)";
    let (outcome, _) = support::run(support::job(text, "a")).await;
    let message = outcome.message.unwrap();
    assert!(message.contains("`x.lua` did not come with deploy.sloth"), "{message}");
    let faults = support::faults("require('modules.x')");
    assert!(faults.contains("`require`: `modules.x` did not come with deploy.sloth"), "{faults}");
    assert!(support::faults("require('exce')").contains("did you mean `exec`?"));
}

#[tokio::test]
async fn imports_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..=200 {
        std::fs::write(folder.path().join(format!("f{number}.lua")), "").unwrap();
    }
    let text = "for i = 0, 200 do import('f' .. i .. '.lua') end";
    let faults = observe(folder.path(), text).await.unwrap_err();
    assert!(faults.contains("more than 200 files are imported"), "{faults}");
    std::fs::write(folder.path().join("large.lua"), " ".repeat((1 << 20) + 1)).unwrap();
    let faults = observe(folder.path(), "import('large.lua')").await.unwrap_err();
    assert!(faults.contains("it has more than 1048576 bytes"), "{faults}");
}

#[tokio::test]
async fn an_import_that_fails_may_be_tried_again() {
    let folder = folder(&[("a.lua", "if not ready then error('early') end return 1")]);
    let text = "assert(not pcall(import, 'a.lua')) ready = true assert(import('a.lua') == 1) task('a'):command('true')";
    observe(folder.path(), text).await.unwrap();
}
