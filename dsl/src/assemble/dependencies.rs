//! Who waits for whom, and whether that can end.

use super::Assembler;
use crate::declare::Draft;
use crate::diagnostic::Code;
use crate::field::Slot;
use crate::graph::{self, Graph};
use crate::model::{Order, Settings, Task};

impl Assembler<'_> {
    pub(super) fn dependencies(&mut self, tasks: &[Task], drafts: &[Draft], settings: &Settings) {
        let (graph, unknown) = Graph::new(tasks);
        for unknown in unknown {
            let (task, draft) = (&tasks[unknown.task], &drafts[unknown.task]);
            let (does, slot) = match task.depends_on.iter().any(|name| *name == *unknown.name) {
                true => ("depends on", Slot::DependsOn),
                false => ("waits for a failure of", Slot::Handles),
            };
            self.unknown_task(&task.name, does, &unknown.name, draft.line_of(slot), tasks);
        }
        let faults = self.faults.len();
        self.handlers(tasks, drafts);
        if self.faults.len() > faults {
            return;
        }
        for cycle in graph.cycles() {
            let names: Vec<&str> = cycle
                .iter()
                .chain(cycle.first())
                .map(|place| tasks[*place].name.as_str())
                .collect();
            let message = format!("tasks wait for each other: {}", names.join(" → "));
            let line = drafts[cycle[0]].line_of(Slot::DependsOn);
            self.fault(Code::Cycle, message, line, names[1], None);
        }
        self.consumed(&graph, tasks, drafts, graph::order(tasks, settings));
    }

    /// A handler comes after the tasks whose failure it waits for, and needs none of them to succeed.
    fn handlers(&mut self, tasks: &[Task], drafts: &[Draft]) {
        for (place, task) in tasks.iter().enumerate().filter(|(_, task)| !task.handles.is_empty()) {
            let line = drafts[place].line_of(Slot::Handles);
            for name in &task.handles {
                if tasks[place + 1..].iter().any(|later| later.name == *name) {
                    self.turned_round(&task.name, name, line);
                } else if task.depends_on.contains(name) {
                    let message = format!(
                        "task `{}` needs `{name}` to succeed and to fail, so it never runs",
                        task.name
                    );
                    let hint = Some(
                        "keep `next_if_fail`; a handler gets the output of what failed in `deps`",
                    );
                    self.fault(Code::BadValue, message, line, name, hint);
                }
            }
        }
    }

    /// The task that fails names its handler: the other way round.
    fn turned_round(&mut self, task: &str, handler: &str, line: u32) {
        let message = format!(
            "`next_if_fail` stands in the handler and names the task that may fail, but `{handler}` comes after `{task}`"
        );
        let hint = format!(
            "if `{handler}` is the handler of `{task}`, write `next_if_fail = \"{task}\"` in `{handler}`"
        );
        self.fault(Code::BadValue, message, line, handler, Some(&hint));
    }

    /// A consumer must run after the tasks whose artifacts it needs: all of a task's, or one file by its name.
    fn consumed(&mut self, graph: &Graph, tasks: &[Task], drafts: &[Draft], order: Order) {
        for (place, task) in tasks.iter().enumerate() {
            let line = drafts[place].line_of(Slot::Consumes);
            let after = |producer: usize| match order {
                Order::List => producer < place,
                Order::Graph => graph.follows(place, producer),
            };
            for name in &task.consumes {
                let Some(producer) = tasks.iter().position(|task| task.name == *name) else {
                    let produces = |it: &usize| after(*it) && !tasks[*it].artifacts.is_empty();
                    if !(0..tasks.len()).any(|it| produces(&it)) {
                        self.unknown_task(&task.name, "consumes", name, line, tasks);
                    }
                    continue;
                };
                if !after(producer) {
                    let message = format!(
                        "task `{}` consumes from `{name}` but need not run after it",
                        task.name
                    );
                    let hint = format!("add `depends_on = \"{name}\"`");
                    self.fault(Code::UnknownDependency, message, line, name, Some(&hint));
                }
            }
        }
    }

    fn unknown_task(&mut self, task: &str, does: &str, name: &str, line: u32, tasks: &[Task]) {
        let message = format!("task `{task}` {does} `{name}`, which the workflow does not have");
        let nearest = config::suggest::nearest(name, tasks.iter().map(|task| task.name.as_str()));
        let hint = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
        self.fault(Code::UnknownDependency, message, line, name, hint.as_deref());
    }
}
