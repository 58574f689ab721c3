use web::wire::Line;

use super::label;
use crate::output::{Output, json, time};

/// The lines of a run alone, for people or as JSON lines.
#[derive(Clone, Debug)]
pub struct Log {
    /// Only of this task.
    pub task: Option<String>,
    /// Only of this stream, or of this level.
    pub stream: Option<String>,
    /// Only what has this in it.
    pub word: Option<String>,
    /// Lines name their task, because several write.
    pub labelled: bool,
    pub timestamps: bool,
    /// The run's owner, whose name goes without saying.
    pub owner: String,
}

impl Log {
    pub fn shows(&self, line: &Line) -> bool {
        self.task.as_ref().is_none_or(|task| *task == line.task)
            && self.stream.as_ref().is_none_or(|stream| *stream == line.stream)
            && self.word.as_ref().is_none_or(|word| line.line.contains(word))
    }

    pub fn print(&self, line: &Line, out: &Output) {
        if !self.shows(line) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use web::wire::Time;

    #[test]
    fn lines_are_chosen_by_task_stream_and_word() {
        let line = Line {
            time: Time(0),
            task: "build".into(),
            slot: 0,
            node: "a".into(),
            attempt: 1,
            stream: "stderr".into(),
            line: "no such file".into(),
            offset: 0,
        };
        let shows = |task: Option<&str>, stream: Option<&str>, word: Option<&str>| {
            let (task, stream, word) =
                (task.map(Into::into), stream.map(Into::into), word.map(Into::into));
            let (labelled, timestamps, owner) = (false, false, String::new());
            Log { task, stream, word, labelled, timestamps, owner }.shows(&line)
        };
        assert!(shows(None, None, None) && shows(Some("build"), Some("stderr"), Some("such")));
        assert!(!shows(Some("test"), None, None));
        assert!(!shows(None, Some("stdout"), None));
        assert!(!shows(None, None, Some("None")));
    }
}
