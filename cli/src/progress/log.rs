use web::wire::Line;

use super::label;
use crate::output::{Output, json, time};

/// The lines of a run alone, for people or as JSON lines.
#[derive(Clone, Debug)]
pub struct Log {
    /// Only of this task.
    pub task: Option<String>,
    /// Lines name their task, because several write.
    pub labelled: bool,
    pub timestamps: bool,
    /// The run's owner, whose name goes without saying.
    pub owner: String,
}

impl Log {
    pub fn print(&self, line: &Line, out: &Output) {
        if self.task.as_ref().is_some_and(|task| *task != line.task) {
            return;
        }
        if out.format.is_data() {
            return out.line(&json::compact(line));
        }
        let text = label(line, &self.owner, self.labelled);
        match self.timestamps {
            true => out.line(&format!("{}  {text}", time::of_day(line.time))),
            false => out.line(&text),
        }
    }
}
