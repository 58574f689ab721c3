//! Every name a task, a workflow and a `config` table may carry: one list drives binding, checks and refusals.

mod config;
mod globals;
mod task;
mod workflow;

pub use globals::GLOBALS;

/// The names one kind of thing may carry.
pub struct Fields {
    /// What carries them, as messages name it.
    pub owner: &'static str,
    list: &'static [Field],
    /// Whether a name that nobody knows is only a warning.
    pub lenient: bool,
}

/// A builder method that is also a table key.
pub struct Field {
    pub name: &'static str,
    pub standing: Standing,
}

/// Whether the name means something.
#[derive(Clone, Copy)]
pub enum Standing {
    Here(Kind, Slot),
    /// Accepted with a warning that nothing follows from it, and what would.
    Idle(&'static str),
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
    /// True when nothing is said.
    Switch,
    /// One text or a list of them.
    Texts,
    /// One task or name, or a list of both.
    Tasks,
    /// A table of texts, numbers and booleans by name.
    Variables,
    /// A table of plain values.
    Map,
    /// Any plain value, kept under its name.
    Label,
    Function,
    /// A shell line, a function or a task to inherit from.
    Command,
    /// A task, or a table of settings.
    Base,
    /// A shell line or a function.
    Condition,
    /// A count and perhaps a back-off.
    Retries,
    /// A back-off by name, or a table.
    Policy,
    Target,
    /// Names with `*`.
    Pattern,
    /// The tasks of a workflow, a list or by name.
    Members,
    /// One task of a workflow: its name and a function, line or table.
    Member,
    /// The `config` table.
    Config,
    /// `"stop"` or `"continue"`.
    OnError,
    /// `"always"`, `"on_success"`, `"never"` or a function.
    Clean,
    /// Defaults for `values`.
    Values,
    /// Rules of `allow` and `deny`.
    Sandbox,
}

/// Where the value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    Name,
    Description,
    Version,
    Metadata,
    Labels,
    Command,
    Base,
    DependsOn,
    Handles,
    Target,
    TargetPattern,
    TargetTags,
    Here,
    Timeout,
    Deadline,
    Retries,
    RetryDelay,
    Policy,
    Workdir,
    Fresh,
    Clean,
    User,
    Env,
    Params,
    Tags,
    AbortIf,
    RunIf,
    Unless,
    Enabled,
    PreHook,
    PostHook,
    Artifacts,
    Consumes,
    Background,
    IgnoreErrors,
    Once,
    Sandbox,
    OnStart,
    OnSuccess,
    OnFailure,
    OnTimeout,
    OnComplete,
    OnTaskStart,
    OnTaskComplete,
    OnTaskFailure,
    Members,
    Config,
    MaxParallelTasks,
    Parallel,
    ContinueOnError,
    RequireLock,
    ValidateBefore,
    ArtifactRetention,
    Values,
}

const fn here(name: &'static str, kind: Kind, slot: Slot) -> Field {
    Field { name, standing: Standing::Here(kind, slot) }
}

const fn idle(name: &'static str, instead: &'static str) -> Field {
    Field { name, standing: Standing::Idle(instead) }
}

const fn later(name: &'static str, instead: &'static str) -> Field {
    Field { name, standing: Standing::NotYet(instead) }
}

pub static TASK: Fields = Fields { owner: "a task", list: task::FIELDS, lenient: false };
pub static WORKFLOW: Fields =
    Fields { owner: "a workflow", list: workflow::FIELDS, lenient: false };
pub static CONFIG: Fields = Fields { owner: "`config`", list: config::FIELDS, lenient: true };

impl Fields {
    /// The field of that name.
    pub fn find(&self, name: &str) -> Option<&'static Field> {
        self.list.iter().find(|field| field.name == name)
    }

    /// All of them, in the order of the reference.
    pub fn all(&self) -> &'static [Field] {
        self.list
    }

    /// The names that work today, with what they take.
    pub fn here(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        self.list.iter().filter_map(|field| match field.standing {
            Standing::Here(kind, _) => Some((field.name, kind)),
            _ => None,
        })
    }

    /// The names that mean something.
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
        for fields in [&TASK, &WORKFLOW, &CONFIG] {
            let names: BTreeSet<_> = fields.list.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), fields.list.len());
        }
    }
}
