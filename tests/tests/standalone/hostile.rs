use std::time::{Duration, Instant};

use tests::{Finished, Node, Setup};

/// An error has come by then, on a busy machine too.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs a hostile file on a node, and a friendly one after it.
fn survive(name: &str, text: impl AsRef<[u8]>, expected: &[i32], says: &str) {
    let mut node = Setup::new("n1").start();
    node.comes_up();
    let pid = node.process().node();
    let finished = hostile(&node, text);
    let all = format!("{}{}", finished.stdout, finished.stderr).to_lowercase();
    assert!(expected.contains(&finished.code), "{name}: {finished:.3000}");
    assert!(all.contains(says), "{name} does not say {says:?}: {finished:.3000}");
    let hello = "local a = task('a'):command('echo hello'):build()\n\
                 workflow.define('w'):tasks({ a }):build()";
    let after = node.run_text(hello);
    assert_eq!(after.code, 0, "after {name}: {after}");
    assert_eq!(node.process().node(), pid, "{name} killed the node");
}

fn hostile(node: &Node, text: impl AsRef<[u8]>) -> Finished {
    let path = node.home().write("hostile.sloth", text).display().to_string();
    let started = Instant::now();
    let finished = node.sloth(["run", &path]).deadline(LIMIT + LIMIT).run();
    assert!(started.elapsed() < LIMIT, "took {:?}: {finished}", started.elapsed());
    finished
}

/// A task whose function is this body, two seconds at most.
fn task(body: &str) -> String {
    format!(
        "local a = task('a'):timeout('2s'):command(function()\n{body}\nend):build()\n\
         workflow.define('w'):tasks({{ a }}):build()"
    )
}

#[test]
fn endless_loops_while_loading() {
    survive("loop", "while true do end", &[2], "hostile.sloth");
    survive(
        "pcall",
        "while true do pcall(function() while true do end end) end",
        &[2],
        "hostile.sloth",
    );
}

#[test]
fn endless_loops_in_coroutines_while_loading() {
    let text = "local co = coroutine and coroutine.wrap(function() while true do end end)\nco()";
    let mut node = Setup::new("n1").start();
    node.comes_up();
    assert_eq!(hostile(&node, text).code, 2);
}

#[test]
fn endless_loops_in_tasks() {
    survive("loop", task("while true do end"), &[1], "timed_out");
    survive(
        "pcall",
        task("while true do pcall(function() while true do end end) end"),
        &[1],
        "timed_out",
    );
    survive(
        "error handler",
        task("xpcall(function() while true do end end, function() while true do end end)"),
        &[1],
        "timed_out",
    );
}

#[test]
fn pattern_bombs() {
    let body = "local s = string.rep('a', 100000)\nreturn true, tostring(s:find(string.rep('a*', 40) .. 'b'))";
    survive("pattern", task(body), &[1], "");
}

#[test]
fn repetition_bombs() {
    survive("rep", task("return true, string.rep('x', 1 << 40)"), &[1], "");
    survive("rep while loading", "local s = string.rep('x', 1 << 40)", &[2], "hostile.sloth");
    survive("doubling", task("local s = 'x'\nwhile true do s = s .. s end"), &[1], "memory");
    survive("tables", task("local t = {}\nwhile true do t[#t + 1] = { 1, 2, 3 } end"), &[1], "");
}

#[test]
fn deep_recursion() {
    survive(
        "recursion",
        task("local function f() return 1 + f() end\nreturn f()"),
        &[1],
        "stack overflow",
    );
    survive("while loading", "local function f() return 1 + f() end\nf()", &[2], "stack overflow");
    let nested = format!("local x = {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    survive("nesting", nested, &[2], "hostile.sloth");
}

#[test]
fn cyclic_and_deep_tables() {
    survive("cycle", task("local t = {}\nt.t = t\nreturn true, 'x', t"), &[1], "");
    let deep = "local t = {}\nlocal u = t\nfor i = 1, 100000 do u.t = {}\nu = u.t end\nreturn true, 'x', t";
    survive("depth", task(deep), &[1], "");
    survive("values", "local t = {}\nt.t = t\nvalues(t)", &[2], "hostile.sloth");
}

#[test]
fn binary_chunks() {
    survive("binary", b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08", &[2], "hostile.sloth");
    survive("load", "local f = load('\\27Lua', 'x', 'b')\nf()", &[2], "hostile.sloth");
    survive("not text", b"local s = '\xff\xfe'\n\x00\x01", &[2], "");
}

#[test]
fn huge_outputs() {
    let flood = "local a = task('a'):timeout('5s'):command('yes flood'):build()\n\
                 workflow.define('w'):tasks({ a }):build()";
    let mut node = Setup::new("n1").start();
    node.comes_up();
    let id = node.submit_text(flood);
    let run = node.run_ends(&id, LIMIT);
    assert_eq!(run.status(), "failed", "{run}");
    assert_eq!(run.endings("a"), ["timed_out"]);
    let size: u64 = walk(&node.home().data());
    assert!(size < 256 << 20, "{size} bytes on disk");
    let long = "local a = task('a'):command('head -c 20000000 /dev/zero | tr \"\\\\0\" x'):build()\n\
                workflow.define('w'):tasks({ a }):build()";
    assert_eq!(node.run_text(long).code, 0);
    let table = task(
        "local t = {}\nfor i = 1, 20000 do t[i] = 'a line of text ' .. i end\nreturn true, 'x', { t = t }",
    );
    let finished = node.run_text(&table);
    assert!(matches!(finished.code, 0 | 1), "{finished}");
}

fn walk(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => walk(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

#[test]
fn a_graph_without_end() {
    let text = "local all = {}\nfor i = 1, 1e7 do all[i] = task('t' .. i):command('true'):build() end\n\
                workflow.define('w'):tasks(all):build()";
    let mut node = Setup::new("n1").start();
    node.comes_up();
    let finished = hostile(&node, text);
    assert!(matches!(finished.code, 2 | 9), "{finished}");
}
