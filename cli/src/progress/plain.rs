use web::wire::{Item, Line, Run, Step};

use super::attempt::Ended;
use super::board::Board;
use super::lines;
use crate::output::Output;

/// A run as lines: what tasks write is data, how they end is a remark.
#[derive(Default)]
pub struct Plain {
    board: Board,
    /// Lines name their task, because several write.
    labelled: bool,
}

impl Plain {
    pub fn step(&mut self, step: &Step, out: &Output) {
        match &step.item {
            Item::Run(run) | Item::End(run) => self.snapshot(run, out),
            Item::Event(event) => {
                if let Some(end) = self.board.event(event) {
                    self.tell(&end, out);
                }
            }
            Item::Line(line) => out.line(&label(line, &self.board.owner, self.labelled)),
            Item::Error(_) => {}
        }
    }

    fn snapshot(&mut self, run: &Run, out: &Output) {
        self.labelled = writers(run) > 1;
        for end in self.board.snapshot(run) {
            self.tell(&end, out);
        }
    }

    fn tell(&self, end: &Ended, out: &Output) {
        out.note(&lines::ended(end, self.board.longest_name(), out.remark_paint()));
    }
}

/// How many may write into a run's output.
pub fn writers(run: &Run) -> usize {
    run.tasks.iter().map(|task| task.instances.len().max(1)).sum()
}

/// A line of output, after its task when several write, and its node when that is not the owner.
pub fn label(line: &Line, owner: &str, labelled: bool) -> String {
    match labelled {
        false => line.line.clone(),
        true if line.node == owner => format!("{} | {}", line.task, line.line),
        true => format!("{}@{} | {}", line.task, line.node, line.line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::wire::Time;

    #[test]
    fn a_line_names_its_task_only_among_several_and_its_node_only_if_another() {
        let line = |node: &str| Line {
            time: Time(0),
            task: "build".into(),
            slot: 0,
            node: node.into(),
            attempt: 1,
            stream: "stdout".into(),
            line: "done".into(),
            offset: 0,
        };
        assert_eq!(label(&line("a"), "a", false), "done");
        assert_eq!(label(&line("a"), "a", true), "build | done");
        assert_eq!(label(&line("b"), "a", true), "build@b | done");
    }
}
