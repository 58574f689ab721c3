//! Sentences about the language's own names. A test names what has none.

use crate::field::Kind;

/// What a key or method takes.
pub struct Words {
    /// How a signature calls it.
    pub name: &'static str,
    pub described: &'static str,
    /// Its Lua type.
    pub lua: &'static str,
}

pub fn kind(kind: Kind) -> Words {
    let (name, described, lua) = match kind {
        Kind::Text => ("text", "a text", "string"),
        Kind::Name => ("name", "a name", "string"),
        Kind::Duration => {
            ("duration", "a text such as \"30s\" or a number of seconds", "string|number")
        }
        Kind::Count => ("count", "a whole number", "integer"),
        Kind::Switch => ("switch", "true or false", "boolean"),
        Kind::Texts => ("texts", "a text or a list of them", "string|string[]"),
        Kind::Tasks => (
            "tasks",
            "a task, its name, or a list of both",
            "string|sloth.Task|(string|sloth.Task)[]",
        ),
        Kind::Variables => (
            "variables",
            "a table of texts, numbers and booleans",
            "table<string, string|number|boolean>",
        ),
        Kind::Map => ("table", "a table of plain values", "table<string, any>"),
        Kind::Function => ("function", "a function", "function"),
        Kind::Command => {
            ("command", "a command line, a function or a task", "string|function|sloth.Task")
        }
        Kind::Condition => ("condition", "a command line or a function", "string|function"),
        Kind::Retries => ("count", "how often, and perhaps how the pause grows", "integer"),
        Kind::Target => (
            "target",
            "a name, a list of names, \"any\", \"all\", \"local\" or `{ tags = { … } }`",
            "string|string[]|table",
        ),
        Kind::Label => ("label", "a plain value", "any"),
        Kind::Base => ("task", "a task, or a table of settings", "sloth.Task|table"),
        Kind::Policy => (
            "policy",
            "a back-off's name, or `max_attempts`, `backoff`, `initial_delay`, `max_delay`, `should_retry`",
            "string|table",
        ),
        Kind::Pattern => ("pattern", "a name in which `*` stands for anything", "string"),
        Kind::Member => {
            ("name, command", "a name and a command or table", "string|sloth.Task|table")
        }
        Kind::OnError => ("word", "\"stop\" or \"continue\"", "string|boolean"),
        Kind::Clean => {
            ("when", "\"always\", \"on_success\", \"never\" or a function", "string|function")
        }
        Kind::Values => ("table", "a table of plain values", "table<string, any>"),
        Kind::Sandbox => (
            "rules",
            "lists of rules in `allow` and `deny`",
            "{ allow?: string[], deny?: string[] }",
        ),
        Kind::Members => (
            "tasks",
            "a list of tasks, or a table of tasks by name",
            "table<any, sloth.Task|table>",
        ),
        Kind::Config => ("config", "a table of the workflow's settings", "sloth.config"),
    };
    Words { name, described, lua }
}

/// The sentence about a name of `task`, `workflow` or `config`, and an example.
pub fn field(owner: &str, name: &str) -> Option<(&'static str, &'static str)> {
    let list = match owner {
        "task" => TASK,
        "workflow" => WORKFLOW,
        _ => CONFIG,
    };
    let (_, doc, example) = list.iter().find(|(listed, ..)| *listed == name)?;
    Some((doc, example))
}

type Sentences = &'static [(&'static str, &'static str, &'static str)];

const TASK: Sentences = &[
    ("description", "One line for people.", ":description(\"Builds the program\")"),
    (
        "command",
        "The work: a command line, a function, or a task whose settings are inherited.",
        ":command(\"make test\")",
    ),
    ("run", "The same as `command`.", ":run(\"make test\")"),
    ("execute", "The same as `command`.", ""),
    ("shell", "The same as `command` with a line.", ":shell(\"make test | tee log\")"),
    (
        "depends_on",
        "Tasks that must have succeeded before this one starts.",
        ":depends_on({ \"build\", \"lint\" })",
    ),
    (
        "delegate_to",
        "The node or nodes it runs on; without it, where the run was started.",
        ":delegate_to({ tags = { \"web\" } })",
    ),
    ("target_agent", "Every live node whose name fits.", ":target_agent(\"web-*\")"),
    ("target_tags", "Every live node that carries all of these.", ":target_tags({ \"web\" })"),
    ("agent", "The node it runs on.", ""),
    ("run_on", "The node it runs on.", ""),
    ("local", "Whether it runs where the run was started, whatever the workflow says.", ""),
    (
        "run_locally",
        "Whether it runs where the run was started, whatever the workflow says.",
        ":run_locally(true)",
    ),
    ("timeout", "How long one attempt may take.", ":timeout(\"5m\")"),
    (
        "deadline",
        "How long all attempts and the pauses between them may take together.",
        ":deadline(\"30m\")",
    ),
    (
        "retries",
        "How often it is tried again after a failure, and how the pause grows.",
        ":retries(3, \"exponential\")",
    ),
    ("retry", "The same as `retries`.", ""),
    ("retry_delay", "The first pause before another try.", ":retry_delay(\"5s\")"),
    (
        "retry_policy",
        "How it is tried again, as a table.",
        ":retry_policy({ max_attempts = 3, backoff = \"linear\" })",
    ),
    ("workdir", "The folder it works in, made when it is missing.", ":workdir(\"build\")"),
    ("user", "Whom its processes run as.", ":user(\"deploy\")"),
    ("env", "Variables added to the environment of its processes.", ":env({ LANG = \"C\" })"),
    ("params", "Values its functions are given.", ":params({ port = 80 })"),
    ("run_if", "It is skipped unless this says yes.", ":run_if(\"test -f Makefile\")"),
    ("condition", "The same as `run_if`.", ""),
    ("when", "The same as `run_if`.", ""),
    ("unless", "It is skipped when this says yes.", ":unless(\"test -f done\")"),
    ("enabled", "Whether it runs at all.", ":enabled(false)"),
    (
        "abort_if",
        "When this says yes, nothing new starts and the run fails.",
        ":abort_if(\"test -f STOP\")",
    ),
    (
        "async",
        "Whether it runs beside the others without taking one of their places.",
        ":async(true)",
    ),
    ("artifacts", "Files it leaves for other tasks, as patterns.", ":artifacts(\"build/*.tar\")"),
    ("consumes", "Tasks whose artifacts it needs.", ":consumes(\"build\")"),
    (
        "next_if_fail",
        "Tasks of which one must have failed, so that this one runs.",
        ":next_if_fail(\"deploy\")",
    ),
    ("ignore_errors", "Whether a failure is only reported.", ":ignore_errors(true)"),
    ("once", "Whether it is started at most once, also when its node is lost.", ":once()"),
    (
        "pre_hook",
        "Called before the command of each attempt.",
        ":pre_hook(function(this) log.info(\"soon\") end)",
    ),
    (
        "post_hook",
        "Called after the command of each attempt.",
        ":post_hook(function(this, params, output) end)",
    ),
    ("pre_exec", "The same as `pre_hook`.", ""),
    ("post_exec", "The same as `post_hook`.", ""),
    (
        "on_success",
        "Called after it succeeded.",
        ":on_success(function(this, params, output) log.success(output.stdout) end)",
    ),
    (
        "on_failure",
        "Called after its last try failed.",
        ":on_failure(function(this, params, error) log.error(error) end)",
    ),
    ("on_fail", "The same as `on_failure`.", ""),
    (
        "on_complete",
        "Called after it ended, however it did.",
        ":on_complete(function(this, params, output) end)",
    ),
    (
        "on_timeout",
        "Called after it ran out of time.",
        ":on_timeout(function(this) log.warn(\"too slow\") end)",
    ),
    ("tags", "Labels to choose tasks by.", ":tags({ \"slow\" })"),
    ("sandbox", "What it may touch, less than the file may.", ":sandbox({ deny = { \"net\" } })"),
    ("uses", "A task whose settings it inherits.", ""),
];

const WORKFLOW: Sentences = &[
    ("description", "One line for people.", ":description(\"Builds and ships\")"),
    ("version", "A label.", ":version(\"1.0\")"),
    ("metadata", "Labels of any kind.", ":metadata({ owner = \"web team\" })"),
    ("tasks", "Its tasks, in the order of the list.", ":tasks({ build, test })"),
    ("task", "Adds one task.", ":task(\"hello\", function() log.info(\"hello\") end)"),
    ("config", "Its settings.", ":config({ timeout = \"1h\", max_parallel_tasks = 4 })"),
    ("delegate_to", "Where its tasks run unless they say otherwise.", ":delegate_to(\"web-1\")"),
    ("params", "Values the functions of its tasks are given.", ":params({ port = 80 })"),
    ("workdir", "The folder its tasks work in.", ":workdir(\"/srv/app\")"),
    (
        "on_start",
        "Called before the first task; an error or false ends the run.",
        ":on_start(function() return true end)",
    ),
    (
        "on_complete",
        "Called after the last task, however the run ended.",
        ":on_complete(function(success, results) end)",
    ),
    (
        "on_success",
        "Called after the last task when the run succeeded.",
        ":on_success(function(results) end)",
    ),
    (
        "on_failure",
        "Called after the last task when the run failed.",
        ":on_failure(function(error, context) log.error(error) end)",
    ),
    ("on_task_start", "Called before each task.", ":on_task_start(function(task_name) end)"),
    (
        "on_task_complete",
        "Called after each task.",
        ":on_task_complete(function(task_name, success, output) end)",
    ),
    (
        "on_task_failure",
        "Asked what a failure means: \"retry\", \"fail\" or \"continue\".",
        ":on_task_failure(function(task_name, error) return \"continue\" end)",
    ),
    (
        "create_workdir_before_run",
        "Whether all runs share one folder, emptied before each.",
        ":create_workdir_before_run(true)",
    ),
    (
        "clean_workdir_after_run",
        "When the folder made for the run is deleted: \"always\", \"on_success\", \"never\", or a function that says so.",
        ":clean_workdir_after_run(\"never\")",
    ),
];

const CONFIG: Sentences = &[
    ("timeout", "How long the whole workflow may take.", "timeout = \"1h\""),
    (
        "max_parallel_tasks",
        "How many tasks run at once; 1 means in the listed order.",
        "max_parallel_tasks = 4",
    ),
    ("parallel_tasks", "A label.", ""),
    ("parallel", "Whether as many tasks run at once as there are processors.", "parallel = true"),
    (
        "continue_on_error",
        "Whether tasks that do not depend on a failed one still run.",
        "continue_on_error = true",
    ),
    ("fail_fast", "The opposite of `continue_on_error`.", "fail_fast = false"),
    ("on_task_failure", "\"stop\" or \"continue\".", "on_task_failure = \"continue\""),
    ("on_error", "The same as `on_task_failure`.", ""),
    ("workdir", "The folder its tasks work in.", "workdir = \"/srv/app\""),
    (
        "create_workdir_before_run",
        "Whether all runs share one folder, emptied before each.",
        "create_workdir_before_run = true",
    ),
    (
        "clean_workdir_after_run",
        "When the folder made for the run is deleted: \"always\", \"on_success\", \"never\", or a function that says so.",
        "clean_workdir_after_run = \"never\"",
    ),
    ("cleanup", "The same as `clean_workdir_after_run`.", "cleanup = \"on_success\""),
    ("values", "Defaults for `values`, below the file's own.", "values = { port = 80 }"),
    (
        "retry_policy",
        "How tasks are tried again unless they say otherwise.",
        "retry_policy = { max_attempts = 3 }",
    ),
    (
        "max_retries",
        "How often tasks are tried again unless they say otherwise.",
        "max_retries = 2",
    ),
    (
        "require_lock",
        "Whether the run takes a lock first, and fails at once when somebody holds it.",
        "require_lock = true",
    ),
    (
        "validate_before",
        "Whether the run is refused when a node that a task needs is not there.",
        "validate_before = true",
    ),
    ("artifact_retention", "How long artifacts are kept.", "artifact_retention = \"30d\""),
    ("environment", "A label.", "environment = \"staging\""),
    ("ramp_up", "A label.", ""),
    ("duration", "A label.", ""),
];
