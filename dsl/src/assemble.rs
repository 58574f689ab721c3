//! From what a file declared to the checked model.

mod dependencies;
mod settings;
mod task;
mod texts;

use std::collections::HashMap;

use config::TaskName;
use serde_json::{Map, Value as Json};

use crate::declare::{Book, Draft, Setting};
use crate::diagnostic::{Code, Diagnostic};
use crate::field::Slot;
use crate::graph;
use crate::model::{File, Task, Workflow};
pub use task::policy;

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
    let mut assembler =
        Assembler { book, faults: book.faults.clone(), warnings: book.warnings.clone() };
    let assembled = assembler.file(returned);
    if assembler.faults.is_empty() { Ok(assembled) } else { Err(assembler.faults) }
}

struct Assembler<'a> {
    book: &'a Book,
    faults: Vec<Diagnostic>,
    warnings: Vec<String>,
}

impl Assembler<'_> {
    fn file(&mut self, returned: &[usize]) -> Assembled {
        let drafts = self.workflows(returned);
        self.duplicates("workflow", &drafts.iter().collect::<Vec<_>>());
        self.unused(&drafts);
        let mut workflows = Vec::new();
        let mut kept = Vec::new();
        for workflow in drafts {
            let tasks = self.members(&workflow);
            if let Some(model) = self.workflow(&workflow, &tasks) {
                workflows.push(model);
                kept.push(Drafts { workflow, tasks });
            }
        }
        let file = File { workflows, warnings: std::mem::take(&mut self.warnings) };
        Assembled { file, drafts: kept }
    }

    /// The declared workflows, or the implicit one of a file that declares only tasks.
    fn workflows(&mut self, returned: &[usize]) -> Vec<Draft> {
        if !self.book.workflows.is_empty() {
            return self.book.workflows.clone();
        }
        let members: Vec<usize> = if returned.is_empty() {
            (0..self.book.tasks.len()).filter(|number| !self.book.tasks[*number].apart).collect()
        } else {
            returned.to_vec()
        };
        if members.is_empty() {
            if self.faults.is_empty() {
                let message = "the file defines no workflow and no task".into();
                let hint = Some("begin with `task(\"name\"):command(\"…\")`");
                self.fault(Code::NoWorkflow, message, 1, "", hint);
            }
            return Vec::new();
        }
        let mut draft = Draft::new(stem(&self.book.file), self.book.tasks[members[0]].line);
        draft.set(Slot::Members, Setting::Members(members), draft.line);
        vec![draft]
    }

    fn members(&mut self, workflow: &Draft) -> Vec<Draft> {
        let Some(numbers) = workflow.members(Slot::Members).filter(|numbers| !numbers.is_empty())
        else {
            if self.faults.is_empty() {
                let message = format!("workflow `{}` has no tasks", workflow.name);
                let hint = Some("list them in `tasks`");
                self.fault(Code::NoWorkflow, message, workflow.line, &workflow.name, hint);
            }
            return Vec::new();
        };
        numbers.iter().map(|number| self.complete(*number)).collect()
    }

    /// A task with what it inherits.
    fn complete(&mut self, number: usize) -> Draft {
        let mut draft = self.book.tasks[number].clone();
        for _ in 0..INHERITANCE_MAX {
            match draft.parent() {
                Some(parent) => draft.inherit(&self.book.tasks[parent]),
                None => return draft,
            }
        }
        let message = format!("task `{}` inherits from itself or from too many others", draft.name);
        self.fault(Code::Cycle, message, draft.line, &draft.name, None);
        draft
    }

    fn workflow(&mut self, draft: &Draft, members: &[Draft]) -> Option<Workflow> {
        self.duplicates("task", &members.iter().collect::<Vec<_>>());
        let settings = self.settings(draft);
        let target = self.target(draft);
        let tasks: Vec<Task> =
            members.iter().filter_map(|member| self.task(draft, member)).collect();
        if tasks.len() == members.len() {
            self.dependencies(&tasks, members, &settings);
        }
        Some(Workflow {
            name: TaskName::new(&draft.name).ok()?,
            description: self.label(draft, Slot::Description, "description"),
            version: self.label(draft, Slot::Version, "version"),
            metadata: self.metadata(draft),
            order: graph::order(&tasks, &settings),
            settings,
            target,
            tasks,
            on_start: draft.has(Slot::OnStart),
            on_complete: draft.has(Slot::OnComplete),
            on_success: draft.has(Slot::OnSuccess),
            on_failure: draft.has(Slot::OnFailure),
            on_task_start: draft.has(Slot::OnTaskStart),
            on_task_complete: draft.has(Slot::OnTaskComplete),
            on_task_failure: draft.has(Slot::OnTaskFailure),
            line: self.book.text.own_line(draft.line),
        })
    }

    /// A text of the workflow's own, or the global of that name.
    fn label(&self, draft: &Draft, slot: Slot, name: &str) -> String {
        let global = || self.book.left.labels.get(name)?.as_str().map(String::from);
        draft.text(slot).cloned().or_else(global).unwrap_or_default()
    }

    /// The labels of the file, of `config` and of the workflow, later ones over earlier ones.
    fn metadata(&self, draft: &Draft) -> Map<String, Json> {
        let of_file = self.book.left.labels.clone().into_iter();
        let mut metadata: Map<String, Json> = of_file
            .filter(|(name, _)| !["description", "version"].contains(&name.as_str()))
            .collect();
        let of_config = draft.config(Slot::Config).and_then(|config| config.map(Slot::Labels));
        let own = draft.map(Slot::Metadata);
        metadata.extend(
            of_config.into_iter().chain(own).flatten().map(|(k, v)| (k.clone(), v.clone())),
        );
        metadata
    }

    fn duplicates(&mut self, what: &str, drafts: &[&Draft]) {
        let mut lines: HashMap<&str, u32> = HashMap::new();
        for draft in drafts {
            if let Some(first) = lines.insert(&draft.name, draft.line) {
                let message = format!(
                    "the {what} `{}` is defined a second time; the first is in line {first}",
                    draft.name,
                    first = self.book.text.own_line(first)
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

    fn warn(&mut self, what: String, line: u32) {
        self.warnings.push(self.book.text.say(line, &what));
    }

    /// Tells of tasks that no workflow runs and no task inherits from.
    fn unused(&mut self, workflows: &[Draft]) {
        let mut used = vec![false; self.book.tasks.len()];
        for number in workflows.iter().filter_map(|draft| draft.members(Slot::Members)).flatten() {
            used[*number] = true;
        }
        for draft in &self.book.tasks {
            if let Some(parent) = draft.parent() {
                used[parent] = true;
            }
        }
        for (task, used) in self.book.tasks.iter().zip(used) {
            if !used && !task.apart {
                let what = format!("task `{}` belongs to no workflow and never runs", task.name);
                self.warn(what, task.line);
            }
        }
    }
}

/// The file's name without folder and extension, as the name of the implicit workflow.
fn stem(file: &str) -> String {
    let stem =
        std::path::Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| TaskName::new(stem).is_ok()).unwrap_or_else(|| "workflow".into())
}
