//! From what a file declared to the checked model.

mod dependencies;

use std::collections::HashMap;

use config::TaskName;

use crate::declare::{Book, CommandDraft, ConditionDraft, Draft};
use crate::diagnostic::{Code, Diagnostic};
use crate::field::Slot;
use crate::graph;
use crate::model::{Command, Condition, DEFAULT_TIMEOUT, File, Settings, Target, Task, Workflow};

/// The model and, beside each workflow and task of it, the draft that knows the functions.
pub struct Assembled {
    pub file: File,
    pub drafts: Vec<Drafts>,
}

/// The drafts of one workflow, tasks in the same order as in the model.
pub struct Drafts {
    pub workflow: Draft,
    pub tasks: Vec<Draft>,
}

/// How many tasks may inherit from each other in a row.
const INHERITANCE_MAX: usize = 32;

/// Checks the declarations of a file; `returned` are the tasks its chunk returned.
pub fn assemble(book: &Book, returned: &[usize]) -> Result<Assembled, Vec<Diagnostic>> {
    let mut assembler = Assembler { book, faults: book.faults.clone() };
    let assembled = assembler.file(returned);
    if assembler.faults.is_empty() { Ok(assembled) } else { Err(assembler.faults) }
}

struct Assembler<'a> {
    book: &'a Book,
    faults: Vec<Diagnostic>,
}

impl Assembler<'_> {
    fn file(&mut self, returned: &[usize]) -> Assembled {
        let workflows = self.workflows(returned);
        self.duplicates("workflow", &workflows.iter().collect::<Vec<_>>());
        let mut file = File { workflows: Vec::new(), warnings: self.warnings(&workflows) };
        let mut drafts = Vec::new();
        for workflow in workflows {
            let tasks = self.members(&workflow);
            file.workflows.extend(self.workflow(&workflow, &tasks));
            drafts.push(Drafts { workflow, tasks });
        }
        Assembled { file, drafts }
    }

    /// The declared workflows, or the implicit one of a file that declares only tasks.
    fn workflows(&mut self, returned: &[usize]) -> Vec<Draft> {
        if !self.book.workflows.is_empty() {
            return self.book.workflows.clone();
        }
        let members = if returned.is_empty() {
            (0..self.book.tasks.len()).collect()
        } else {
            returned.to_vec()
        };
        if members.is_empty() {
            if self.faults.is_empty() {
                let message = "the file defines no workflow and no task".into();
                self.fault(
                    Code::NoWorkflow,
                    message,
                    1,
                    "",
                    Some("begin with `task(\"name\"):command(\"…\")`"),
                );
            }
            return Vec::new();
        }
        let mut draft = Draft::new(stem(&self.book.file), self.book.tasks[members[0]].line);
        draft.set(Slot::Members, crate::declare::Setting::Members(members), draft.line);
        vec![draft]
    }

    fn members(&mut self, workflow: &Draft) -> Vec<Draft> {
        let Some(numbers) = workflow.members(Slot::Members).filter(|numbers| !numbers.is_empty())
        else {
            if self.faults.is_empty() {
                let message = format!("workflow `{}` has no tasks", workflow.name);
                self.fault(
                    Code::NoWorkflow,
                    message,
                    workflow.line,
                    &workflow.name,
                    Some("list them in `tasks`"),
                );
            }
            return Vec::new();
        };
        numbers.iter().map(|number| self.complete(*number)).collect()
    }

    /// A task with what it inherits.
    fn complete(&mut self, number: usize) -> Draft {
        let mut draft = self.book.tasks[number].clone();
        for _ in 0..INHERITANCE_MAX {
            match draft.command(Slot::Command) {
                Some(CommandDraft::Task(base)) => draft.inherit(&self.book.tasks[*base]),
                _ => return draft,
            }
        }
        let message = format!("task `{}` inherits from itself or from too many others", draft.name);
        self.fault(Code::Cycle, message, draft.line, &draft.name, None);
        draft
    }

    fn workflow(&mut self, draft: &Draft, members: &[Draft]) -> Option<Workflow> {
        self.duplicates("task", &members.iter().collect::<Vec<_>>());
        let settings = settings(draft);
        let tasks: Vec<Task> =
            members.iter().filter_map(|member| self.task(draft, member)).collect();
        if tasks.len() == members.len() {
            self.dependencies(&tasks, members, &settings);
        }
        let text = |slot| draft.text(slot).cloned().unwrap_or_default();
        Some(Workflow {
            name: TaskName::new(&draft.name).ok()?,
            description: text(Slot::Description),
            version: text(Slot::Version),
            metadata: draft.map(Slot::Metadata).cloned().unwrap_or_default(),
            order: graph::order(&tasks, &settings),
            settings,
            tasks,
            on_start: draft.has(Slot::OnStart),
            on_complete: draft.has(Slot::OnComplete),
            line: self.book.text.own_line(draft.line),
        })
    }

    fn task(&mut self, workflow: &Draft, draft: &Draft) -> Option<Task> {
        let target = draft.target(Slot::Target).or_else(|| workflow.target(Slot::Target));
        Some(Task {
            name: TaskName::new(&draft.name).ok()?,
            description: draft.text(Slot::Description).cloned().unwrap_or_default(),
            command: self.command(draft)?,
            depends_on: draft.tasks(Slot::DependsOn).cloned().unwrap_or_default(),
            target: target.cloned().unwrap_or(Target::Local),
            timeout: draft.duration(Slot::Timeout).copied().unwrap_or(DEFAULT_TIMEOUT),
            retry: draft.retry(Slot::Retry).cloned().unwrap_or_default(),
            workdir: draft.path(Slot::Workdir).or_else(|| workflow.path(Slot::Workdir)),
            env: draft.variables(Slot::Env).cloned().unwrap_or_default(),
            params: draft.map(Slot::Params).cloned().unwrap_or_default(),
            run_if: draft.condition(Slot::RunIf).map(condition),
            artifacts: draft.texts(Slot::Artifacts).cloned().unwrap_or_default(),
            consumes: draft.tasks(Slot::Consumes).cloned().unwrap_or_default(),
            on_success: draft.has(Slot::OnSuccess),
            on_failure: draft.has(Slot::OnFailure),
            on_complete: draft.has(Slot::OnComplete),
            line: self.book.text.own_line(draft.line),
        })
    }

    fn command(&mut self, draft: &Draft) -> Option<Command> {
        match draft.command(Slot::Command) {
            Some(CommandDraft::Line(line)) => Some(Command::Line(line.clone())),
            Some(CommandDraft::Function(_)) => Some(Command::Function),
            Some(CommandDraft::Task(_)) => None,
            // The command may be what a fault is about.
            None if !self.book.faults.is_empty() => None,
            None => {
                let message = format!("task `{}` has no command", draft.name);
                self.fault(
                    Code::NoCommand,
                    message,
                    draft.line,
                    &draft.name,
                    Some("add `:command(\"…\")` or `:command(function(this, params) … end)`"),
                );
                None
            }
        }
    }

    fn duplicates(&mut self, what: &str, drafts: &[&Draft]) {
        let mut lines: HashMap<&str, u32> = HashMap::new();
        for draft in drafts {
            if let Some(first) = lines.insert(&draft.name, draft.line) {
                let message = format!(
                    "the {what} `{}` is defined a second time; the first is in line {first}",
                    draft.name
                );
                self.fault(Code::Duplicate, message, draft.line, &draft.name, None);
            }
        }
    }

    fn fault(&mut self, code: Code, message: String, line: u32, name: &str, hint: Option<&str>) {
        let place = self.book.text.find(line, name);
        let mut diagnostic = Diagnostic::new(code, message, place);
        diagnostic.hint = hint.map(String::from);
        self.faults.push(diagnostic);
    }

    /// Tasks that no workflow runs and no task inherits from.
    fn warnings(&self, workflows: &[Draft]) -> Vec<String> {
        let mut used = vec![false; self.book.tasks.len()];
        for number in workflows.iter().filter_map(|draft| draft.members(Slot::Members)).flatten() {
            used[*number] = true;
        }
        for draft in &self.book.tasks {
            if let Some(CommandDraft::Task(base)) = draft.command(Slot::Command) {
                used[*base] = true;
            }
        }
        let unused = self.book.tasks.iter().zip(used).filter(|(_, used)| !used);
        unused
            .map(|(task, _)| {
                format!(
                    "task `{}` (line {}) belongs to no workflow and never runs",
                    task.name, task.line
                )
            })
            .collect()
    }
}

fn condition(draft: &ConditionDraft) -> Condition {
    match draft {
        ConditionDraft::Line(line) => Condition::Line(line.clone()),
        ConditionDraft::Function(_) => Condition::Function,
    }
}

fn settings(workflow: &Draft) -> Settings {
    let Some(config) = workflow.config(Slot::Config) else { return Settings::default() };
    Settings {
        timeout: config.duration(Slot::Timeout).copied(),
        max_parallel_tasks: config.count(Slot::MaxParallelTasks).copied(),
        continue_on_error: config.switch(Slot::ContinueOnError).copied().unwrap_or_default(),
    }
}

/// The file's name without folder and extension, as the name of the implicit workflow.
fn stem(file: &str) -> String {
    let stem =
        std::path::Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| TaskName::new(stem).is_ok()).unwrap_or_else(|| "workflow".into())
}
