//! Names that are there without a module.

use super::entry::{Entry, Kind, Topic};
use super::functions;

/// The topic of the globals.
pub const NAME: &str = "globals";

/// Name, signature, sentence, Lua types of what comes back, example.
type Line = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str);

const GLOBALS: &[Line] = &[
    (
        "task",
        "task(name, fields?, command?)",
        "Begins a task; the methods of `task` describe it.",
        &["sloth.Task"],
        "local build = task(\"build\"):command(\"make\"):build()",
    ),
    (
        "workflow",
        "workflow(name, fields?)",
        "Begins a workflow, as `workflow.define` does.",
        &["sloth.Workflow"],
        "workflow(\"release\"):tasks({ build })",
    ),
    (
        "group",
        "group(name, fields?)",
        "The same as `workflow`.",
        &["sloth.Workflow"],
        "group \"release\" { tasks = { build } }",
    ),
    (
        "must",
        "must(…)",
        "Passes on what a call returned, or raises its error.",
        &["any"],
        "local text = must(fs.read(\"app.conf\"))",
    ),
    (
        "require",
        "require(name)",
        "The table of a module.",
        &["any"],
        "local files = require(\"fs\")",
    ),
    (
        "values",
        "values",
        "What `--values` and `--set` gave; calling it sets defaults.",
        &["table"],
        "values({ port = 80 })",
    ),
    (
        "print",
        "print(…)",
        "Writes to the log of the task, as its programs do.",
        &[],
        "print(\"done\")",
    ),
];

const THIS: &[Line] = &[
    ("name", "this.name", "The task's name.", &["string"], "log.info(this.name)"),
    (
        "workdir",
        "this.workdir.get()",
        "The folder the task works in; `ensure()`, `recreate()`, `exists()` and `cleanup()` act on it.",
        &["sloth.Workdir"],
        "local folder = this.workdir.get()",
    ),
    (
        "agent",
        "this.agent.get()",
        "The node that runs it, or `local`.",
        &["sloth.Agent"],
        "log.info(\"on\", this.agent.get())",
    ),
    (
        "params",
        "this.params",
        "The task's own parameters, with `task_name`, `group_name` and `workdir`.",
        &["table"],
        "local port = this.params.port",
    ),
    (
        "attempt",
        "this.attempt",
        "Which try this is, from 1.",
        &["integer"],
        "if this.attempt > 1 then log.warn(\"again\") end",
    ),
    ("run_id", "this.run_id", "The run's id.", &["string"], "log.info(this.run_id)"),
];

pub fn topic() -> Topic {
    let mut topic = of(NAME, "Names that need no module.", Kind::Globals, GLOBALS);
    topic
        .entries
        .extend(crate::modules::GLOBALS.iter().map(|function| functions::entry("", function)));
    topic
}

pub fn this() -> Topic {
    of("this", "The first argument of a task's functions: the running task.", Kind::Members, THIS)
}

fn of(name: &str, doc: &str, kind: Kind, lines: &'static [Line]) -> Topic {
    let (prefix, (name, doc)) = match kind {
        Kind::Globals => (String::new(), (name.to_owned(), doc.to_owned())),
        _ => (format!("{name}."), (name.to_owned(), doc.to_owned())),
    };
    let entries = lines.iter().map(|line| entry(&prefix, line)).collect();
    Topic { name, aliases: Vec::new(), doc, kind, entries, call: None }
}

fn entry(prefix: &str, (name, signature, doc, gives, example): &Line) -> Entry {
    Entry {
        name: format!("{prefix}{name}"),
        short: (*name).to_owned(),
        aliases: Vec::new(),
        signature: (*signature).to_owned(),
        doc: (*doc).to_owned(),
        arguments: Vec::new(),
        returns: String::new(),
        failing: String::new(),
        gives: gives.to_vec(),
        notes: Vec::new(),
        example: (*example).to_owned(),
    }
}
