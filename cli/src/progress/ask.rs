//! Questions about tasks that wait for a person, asked one after the other while the run is followed.

use std::collections::VecDeque;
use std::io::{BufRead, stdin};

use tokio::sync::oneshot;
use web::wire::{Decision, Event, Run};

use crate::output::Output;

/// Tasks that wait for an answer.
#[derive(Default)]
pub struct Asking {
    waiting: VecDeque<String>,
    asked: Option<(String, oneshot::Receiver<String>)>,
}

/// What a person said about a task.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Decision(String, Decision),
    /// Nothing that can be understood; the task is asked about again.
    Nonsense,
}

impl Asking {
    /// Takes over what waits in a whole run.
    pub fn snapshot(&mut self, run: &Run) {
        for task in run.tasks.iter().filter(|task| task.approval) {
            self.add(&task.name);
        }
    }

    pub fn event(&mut self, event: &Event) {
        let Some(task) = &event.task else { return };
        match event.kind.as_str() {
            "task.approval_wanted" => self.add(task),
            // Somebody else has answered.
            "task.approved" | "task.rejected" => self.waiting.retain(|name| name != task),
            _ => {}
        }
    }

    fn add(&mut self, task: &str) {
        let asked = self.asked.as_ref().is_some_and(|(name, _)| name == task);
        if !asked && !self.waiting.iter().any(|name| name == task) {
            self.waiting.push_back(task.to_owned());
        }
    }

    pub fn is_open(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether there is a next question, and none is open.
    pub fn is_due(&self) -> bool {
        !self.is_open() && !self.waiting.is_empty()
    }

    /// Puts the next question.
    pub fn put(&mut self, out: &Output) {
        let Some(task) = self.waiting.pop_front() else { return };
        out.draw(&format!("task `{task}`: run, skip, all or abort? [run] "));
        self.asked = Some((task, read_line()));
    }

    /// Waits for the answer to the open question; for ever if there is none.
    pub async fn answer(&mut self) -> Said {
        let Some((task, line)) = &mut self.asked else { return std::future::pending().await };
        // Whoever closes standard input has gone.
        let line = line.await.unwrap_or_else(|_| "abort".to_owned());
        let task = std::mem::take(task);
        self.asked = None;
        match decision(&line) {
            Some(decision) => Said::Decision(task, decision),
            None => {
                self.waiting.push_front(task);
                Said::Nonsense
            }
        }
    }
}

/// In a thread of its own, which nobody waits for: it ends with the process.
fn read_line() -> oneshot::Receiver<String> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        if stdin().lock().read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            // Nobody may be interested any more.
            let _ = sender.send(line);
        }
    });
    receiver
}

fn decision(line: &str) -> Option<Decision> {
    Some(match line.trim().to_lowercase().as_str() {
        "" | "r" | "run" | "y" | "yes" => Decision::Run,
        "s" | "skip" | "n" | "no" => Decision::Skip,
        "a" | "all" | "always" | "continue" | "c" => Decision::RunAll,
        "abort" | "q" | "quit" => Decision::Abort,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_words_or_their_first_letters() {
        assert_eq!(decision("\n"), Some(Decision::Run));
        assert_eq!(decision(" Skip\n"), Some(Decision::Skip));
        assert_eq!(decision("a"), Some(Decision::RunAll));
        assert_eq!(decision("abort"), Some(Decision::Abort));
        assert_eq!(decision("what?"), None);
    }

    #[test]
    fn a_task_is_asked_about_once_and_not_after_somebody_else_has_answered() {
        let event = |kind: &str| Event {
            sequence: 1,
            time: web::wire::Time(0),
            kind: kind.into(),
            by: "a".into(),
            run: None,
            task: Some("deploy".into()),
            node: None,
            data: serde_json::json!({}),
        };
        let mut asking = Asking::default();
        asking.event(&event("task.approval_wanted"));
        asking.event(&event("task.approval_wanted"));
        assert_eq!(asking.waiting, ["deploy"]);
        asking.event(&event("task.approved"));
        assert!(asking.waiting.is_empty());
    }
}
