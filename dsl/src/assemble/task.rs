//! One task of one workflow.

use config::TaskName;
use serde_json::{Map, Value as Json};

use super::Assembler;
use crate::declare::{CommandDraft, ConditionDraft, Draft, Policy};
use crate::diagnostic::Code;
use crate::field::Slot;
use crate::model::{Command, Condition, DEFAULT_TIMEOUT, Retry, Task};

impl Assembler<'_> {
    pub(super) fn task(&mut self, workflow: &Draft, draft: &Draft) -> Option<Task> {
        Some(Task {
            name: TaskName::new(&draft.name).ok()?,
            description: draft.text(Slot::Description).cloned().unwrap_or_default(),
            command: self.command(draft)?,
            depends_on: draft.tasks(Slot::DependsOn).cloned().unwrap_or_default(),
            handles: draft.tasks(Slot::Handles).cloned().unwrap_or_default(),
            target: self.target(draft),
            timeout: draft.duration(Slot::Timeout).copied().unwrap_or(DEFAULT_TIMEOUT),
            deadline: draft.duration(Slot::Deadline).copied(),
            retry: retry(workflow, draft),
            workdir: self.path(draft, Slot::Workdir),
            user: self.expanded(draft, Slot::User),
            env: draft.variables(Slot::Env).cloned().unwrap_or_default(),
            params: params(workflow, draft),
            tags: draft.texts(Slot::Tags).cloned().unwrap_or_default(),
            abort_if: self.condition(draft, Slot::AbortIf),
            run_if: self.condition(draft, Slot::RunIf),
            unless: self.condition(draft, Slot::Unless),
            enabled: draft.switch(Slot::Enabled).copied().unwrap_or(true),
            pre_hook: draft.has(Slot::PreHook),
            post_hook: draft.has(Slot::PostHook),
            artifacts: draft.texts(Slot::Artifacts).cloned().unwrap_or_default(),
            consumes: draft.tasks(Slot::Consumes).cloned().unwrap_or_default(),
            on_success: draft.has(Slot::OnSuccess),
            on_failure: draft.has(Slot::OnFailure),
            on_timeout: draft.has(Slot::OnTimeout),
            on_complete: draft.has(Slot::OnComplete),
            background: draft.is(Slot::Background),
            ignore_errors: draft.is(Slot::IgnoreErrors),
            once: draft.is(Slot::Once),
            sandbox: draft.sandbox(Slot::Sandbox).cloned(),
            line: self.book.text.own_line(draft.line),
        })
    }

    fn command(&mut self, draft: &Draft) -> Option<Command> {
        match draft.command(Slot::Command) {
            Some(CommandDraft::Line(line)) => {
                self.expand(line, draft.line_of(Slot::Command)).map(Command::Line)
            }
            Some(CommandDraft::Function(_)) => Some(Command::Function),
            Some(CommandDraft::Task(_)) => None,
            // The command may be what a fault is about.
            None if !self.book.faults.is_empty() => None,
            None => {
                let message = format!("task `{}` has no command", draft.name);
                let hint = "add `:command(\"…\")` or `:command(function(this, params) … end)`";
                self.fault(Code::NoCommand, message, draft.line, &draft.name, Some(hint));
                None
            }
        }
    }

    fn condition(&mut self, draft: &Draft, slot: Slot) -> Option<Condition> {
        match draft.condition(slot)? {
            ConditionDraft::Line(line) => {
                self.expand(line, draft.line_of(slot)).map(Condition::Line)
            }
            ConditionDraft::Function(_) => Some(Condition::Function),
        }
    }
}

/// The task's own words, then those of the workflow's `config`.
pub fn policy(workflow: &Draft, draft: &Draft) -> Policy {
    let of = |draft: &Draft| {
        let count = draft.policy(Slot::Retries).cloned().unwrap_or_default();
        let delay = Policy { base: draft.duration(Slot::RetryDelay).copied(), ..Policy::default() };
        count.or(Some(&delay)).or(draft.policy(Slot::Policy))
    };
    of(draft).or(workflow.config(Slot::Config).map(of).as_ref())
}

fn retry(workflow: &Draft, draft: &Draft) -> Retry {
    policy(workflow, draft).retry()
}

fn params(workflow: &Draft, draft: &Draft) -> Map<String, Json> {
    let mut params = workflow.map(Slot::Params).cloned().unwrap_or_default();
    params.extend(draft.map(Slot::Params).cloned().unwrap_or_default());
    params
}
