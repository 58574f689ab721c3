//! Every name a task, a workflow and a `config` table may carry: one list drives binding, checks and refusals.

/// The names one kind of thing may carry.
pub struct Fields {
    /// What carries them, as messages name it.
    pub owner: &'static str,
    list: &'static [Field],
}

/// A builder method that is also a table key.
pub struct Field {
    pub name: &'static str,
    pub standing: Standing,
}

/// Whether the name already means something.
#[derive(Clone, Copy)]
pub enum Standing {
    Here(Kind, Slot),
    /// Documented, refused until it works; what to write meanwhile, or nothing.
    NotYet(&'static str),
}

/// What the argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// The name of a task.
    Name,
    /// `"30s"` or a number of seconds.
    Duration,
    Count,
    Switch,
    /// One text or a list of them.
    Texts,
    /// One task or name, or a list of both.
    Tasks,
    /// A table of texts, numbers and booleans by name.
    Variables,
    /// A table of plain values.
    Map,
    Function,
    /// A shell line, a function or a task to inherit from.
    Command,
    /// A shell line or a function.
    Condition,
    /// A count and perhaps a back-off.
    Retries,
    Target,
    /// The tasks of a workflow, a list or by name.
    Members,
    /// The `config` table.
    Config,
}

/// Where the value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    Name,
    Description,
    Version,
    Metadata,
    Command,
    DependsOn,
    Target,
    Timeout,
    Retry,
    Workdir,
    Env,
    Params,
    RunIf,
    Artifacts,
    Consumes,
    OnStart,
    OnSuccess,
    OnFailure,
    OnComplete,
    Members,
    Config,
    MaxParallelTasks,
    ContinueOnError,
}

const fn here(name: &'static str, kind: Kind, slot: Slot) -> Field {
    Field { name, standing: Standing::Here(kind, slot) }
}

const fn later(name: &'static str, instead: &'static str) -> Field {
    Field { name, standing: Standing::NotYet(instead) }
}

pub static TASK: Fields = Fields { owner: "a task", list: TASK_FIELDS };
pub static WORKFLOW: Fields = Fields { owner: "a workflow", list: WORKFLOW_FIELDS };
pub static CONFIG: Fields = Fields { owner: "`config`", list: CONFIG_FIELDS };

const TASK_FIELDS: &[Field] = &[
    here("name", Kind::Name, Slot::Name),
    here("description", Kind::Text, Slot::Description),
    here("command", Kind::Command, Slot::Command),
    here("depends_on", Kind::Tasks, Slot::DependsOn),
    here("delegate_to", Kind::Target, Slot::Target),
    here("timeout", Kind::Duration, Slot::Timeout),
    here("retries", Kind::Retries, Slot::Retry),
    here("workdir", Kind::Text, Slot::Workdir),
    here("env", Kind::Variables, Slot::Env),
    here("params", Kind::Map, Slot::Params),
    here("run_if", Kind::Condition, Slot::RunIf),
    here("artifacts", Kind::Texts, Slot::Artifacts),
    here("consumes", Kind::Tasks, Slot::Consumes),
    here("on_success", Kind::Function, Slot::OnSuccess),
    here("on_failure", Kind::Function, Slot::OnFailure),
    here("on_complete", Kind::Function, Slot::OnComplete),
    later("run", "use `command`"),
    later("execute", "use `command`"),
    later("shell", "use `command`"),
    later("user", ""),
    later("retry", "use `retries`"),
    later("retry_delay", ""),
    later("retry_policy", "use `retries`"),
    later("retry_strategy", "use `retries(count, \"exponential\")`"),
    later("condition", "use `run_if`"),
    later("when", "use `run_if`"),
    later("unless", "use `run_if`"),
    later("enabled", "use `run_if`"),
    later("abort_if", ""),
    later("async", ""),
    later("next_if_fail", "use `on_failure`"),
    later("pre_hook", ""),
    later("post_hook", ""),
    later("pre_exec", ""),
    later("post_exec", ""),
    later("on_fail", "use `on_failure`"),
    later("on_timeout", "use `on_failure`"),
    later("on_retry", ""),
    later("tags", ""),
    later("target_agent", "use `delegate_to`"),
    later("target_tags", "use `delegate_to({ tags = { … } })`"),
    later("agent", "use `delegate_to`"),
    later("run_on", "use `delegate_to`"),
    later("local", "use `delegate_to(\"local\")`"),
    later("run_locally", "use `delegate_to(\"local\")`"),
    later("circuit_breaker", ""),
    later("health_check", ""),
    later("rollback_on_failure", ""),
    later("schedule", ""),
    later("replicas", ""),
    later("uses", "give the other task as `command`"),
    later("before", "use `depends_on`"),
    later("after", "use `depends_on`"),
    later("ignore_errors", ""),
    later("register", ""),
    later("module", "call the module in a function command"),
    later("action", "call the module in a function command"),
    later("sandbox", ""),
    later("once", ""),
    later("on_disconnect", ""),
];

const WORKFLOW_FIELDS: &[Field] = &[
    here("name", Kind::Name, Slot::Name),
    here("description", Kind::Text, Slot::Description),
    here("version", Kind::Text, Slot::Version),
    here("metadata", Kind::Map, Slot::Metadata),
    here("tasks", Kind::Members, Slot::Members),
    here("config", Kind::Config, Slot::Config),
    here("delegate_to", Kind::Target, Slot::Target),
    here("workdir", Kind::Text, Slot::Workdir),
    here("on_start", Kind::Function, Slot::OnStart),
    here("on_complete", Kind::Function, Slot::OnComplete),
    later("task", "list it in `tasks`"),
    later("on_success", "use `on_complete`"),
    later("on_failure", "use `on_complete`"),
    later("on_task_start", ""),
    later("on_task_complete", "use the task's `on_complete`"),
    later("on_task_failure", "use the task's `on_failure`"),
    later("create_workdir_before_run", ""),
    later("clean_workdir_after_run", ""),
    later("register", "it is registered where it is defined"),
    later("run", ""),
    later("portable", ""),
    later("files", ""),
];

const CONFIG_FIELDS: &[Field] = &[
    here("timeout", Kind::Duration, Slot::Timeout),
    here("max_parallel_tasks", Kind::Count, Slot::MaxParallelTasks),
    here("continue_on_error", Kind::Switch, Slot::ContinueOnError),
    later("parallel", "use `max_parallel_tasks`"),
    later("fail_fast", "use `continue_on_error`"),
    later("on_task_failure", "use `continue_on_error`"),
    later("on_error", "use `continue_on_error`"),
    later("workdir", "set it on the workflow"),
    later("create_workdir_before_run", ""),
    later("clean_workdir_after_run", ""),
    later("cleanup", ""),
    later("values", "use `values({ … })`"),
    later("retry_policy", "use the task's `retries`"),
    later("max_retries", "use the task's `retries`"),
    later("require_lock", ""),
    later("create_snapshot", ""),
    later("validate_before", ""),
    later("detect_drift", ""),
    later("on_failure", ""),
    later("artifact_retention", ""),
    later("artifact_compression", ""),
    later("verify_checksums", ""),
    later("environment", "use `metadata`"),
    later("ramp_up", ""),
    later("duration", ""),
    later("parallel_tasks", "use `max_parallel_tasks`"),
];

/// Globals that are documented and refused when touched; what to write meanwhile, or nothing.
pub const GLOBALS: &[(&str, &str)] = &[
    ("group", "use `workflow.define`"),
    ("secrets", ""),
    ("export", "return a table from the command"),
    ("parallel", "use tasks without dependencies and `max_parallel_tasks`"),
    ("chain", "use `depends_on`"),
    ("when", "use `run_if`"),
    ("async", ""),
    ("stack", ""),
    ("workdir", "use `this.workdir`"),
    ("watcher", ""),
    ("sleep", ""),
    ("perf", ""),
    ("core", ""),
    ("utils", ""),
    ("validate", ""),
    ("template", ""),
    ("saga", ""),
    ("circuit", ""),
    ("resource", ""),
    ("security", ""),
    ("test", ""),
    ("io", "use `fs`"),
    ("package", ""),
    ("debug", ""),
    ("dofile", ""),
    ("loadfile", ""),
    ("collectgarbage", ""),
    ("warn", "use `log.warn`"),
    ("unpack", "use `table.unpack`"),
    ("loadstring", "use `load`"),
    ("setfenv", ""),
    ("getfenv", ""),
];

/// Globals whose assignment means something that is not there yet.
pub const ASSIGNED: &[(&str, &str)] =
    &[("TaskDefinitions", "use `workflow.define`"), ("outputs", "return a table from the command")];

impl Fields {
    /// The field of that name.
    pub fn find(&self, name: &str) -> Option<&'static Field> {
        self.list.iter().find(|field| field.name == name)
    }

    /// The names that work today, with what they take.
    pub fn here(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        self.list.iter().filter_map(|field| match field.standing {
            Standing::Here(kind, _) => Some((field.name, kind)),
            Standing::NotYet(_) => None,
        })
    }

    /// The names that work today.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let here = self.list.iter().filter(|field| matches!(field.standing, Standing::Here(..)));
        here.map(|field| field.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_is_listed_twice() {
        for fields in [TASK_FIELDS, WORKFLOW_FIELDS, CONFIG_FIELDS] {
            let names: BTreeSet<_> = fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), fields.len());
        }
    }
}
