use std::collections::{BTreeMap, BTreeSet};

use web::wire::{Event, Instance, Line, Run, Status, Task, Time};

use super::attempt::{self, Ended, Place, Running};
use crate::output::text::{plain, width};

/// What a follower knows of a run, from its snapshot, events and lines.
#[derive(Default)]
pub struct Board {
    pub owner: String,
    pub started_at: Time,
    /// Attempts that run or wait for another try, oldest first.
    pub running: Vec<Running>,
    /// The names of the tasks as listed.
    pub order: Vec<String>,
    /// Tasks by name, callbacks too.
    tasks: BTreeMap<String, Entry>,
    /// Attempts whose end has been told, so that a repeated snapshot tells nothing twice.
    told: BTreeSet<(String, Option<u32>, u32)>,
}

struct Entry {
    callback: bool,
    status: Status,
    needs: Vec<String>,
}

/// How many tasks stand where; callbacks are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub waiting: usize,
    pub running: usize,
    pub done: usize,
}

impl Board {
    /// Takes over a whole run; what has ended since the last look is returned.
    pub fn snapshot(&mut self, run: &Run) -> Vec<Ended> {
        self.owner = run.summary.owner.clone();
        self.started_at = run.summary.started_at;
        let lines = self.running.drain(..).map(|one| (one.place(), one.line)).collect();
        let mut ended = Vec::new();
        self.order = run.tasks.iter().map(|task| task.name.clone()).collect();
        for task in &run.tasks {
            let (callback, status) = (task.callback, task.status);
            let entry = Entry { callback, status, needs: task.depends_on.clone() };
            self.tasks.insert(task.name.clone(), entry);
            for instance in &task.instances {
                ended.extend(endings(task, instance));
                self.running.extend(unfinished(task, instance, &lines));
            }
            if task.instances.is_empty() && task.status.is_final() {
                ended.push(Ended::unstarted(task));
            }
        }
        self.running.sort_by_key(|one| one.since);
        ended.retain(|end| self.tell(end));
        ended
    }

    /// Takes over one event; what ended by it is returned.
    pub fn event(&mut self, event: &Event) -> Option<Ended> {
        let (task, slot, attempt) = attempt::subject(event)?;
        let status = match event.kind.as_str() {
            "task.started" | "task.retrying" => {
                self.running.retain(|one| !one.is(task, slot));
                self.mark(task, Status::Running);
                self.running.push(Running {
                    task: task.to_owned(),
                    slot,
                    node: event.node.clone().unwrap_or_default(),
                    attempt,
                    nth: attempt::nth(event),
                    since: event.time,
                    line: String::new(),
                    retrying: event.kind == "task.retrying",
                });
                return None;
            }
            // The end of a question is not the task's.
            _ if attempt::nth(event) == 0 => return None,
            kind => attempt::ending(kind)?,
        };
        let ended = self.end((task, slot, attempt), status, event);
        self.tell(&ended).then_some(ended)
    }

    fn end(
        &mut self,
        (task, slot, attempt): (&str, u32, u32),
        status: Status,
        event: &Event,
    ) -> Ended {
        let position = self.running.iter().position(|one| one.is(task, slot));
        let running = position.map(|position| self.running.remove(position));
        if !self.running.iter().any(|one| one.task == task) {
            self.mark(task, status);
        }
        let since = running.as_ref().filter(|one| !one.retrying).map(|one| one.since);
        Ended {
            task: task.to_owned(),
            slot: Some(slot),
            node: event.node.clone().or(running.map(|one| one.node)),
            attempt,
            nth: attempt::nth(event),
            status,
            duration_ms: since.map(|since| event.time.0.saturating_sub(since.0)),
            message: attempt::message(event),
        }
    }

    /// Takes over a line; it becomes the last one of its attempt.
    pub fn line(&mut self, line: &Line) {
        let same =
            |one: &&mut Running| one.is(&line.task, line.slot) && one.attempt == line.attempt;
        if let Some(running) = self.running.iter_mut().find(same) {
            running.line = plain(&line.line);
        }
    }

    /// Whether anything has been told yet.
    pub fn is_known(&self) -> bool {
        !self.tasks.is_empty()
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in self.tasks.values().filter(|entry| !entry.callback) {
            match entry.status {
                Status::Running => counts.running += 1,
                status if status.is_final() => counts.done += 1,
                _ => counts.waiting += 1,
            }
        }
        counts
    }

    pub fn status(&self, task: &str) -> Option<Status> {
        self.tasks.get(task).map(|entry| entry.status)
    }

    /// What a task depends on.
    pub fn needs(&self, task: &str) -> &[String] {
        self.tasks.get(task).map(|entry| entry.needs.as_slice()).unwrap_or_default()
    }

    /// The width of the column of names.
    pub fn longest_name(&self) -> usize {
        self.tasks.keys().map(|name| width(name)).max().unwrap_or(0)
    }

    fn mark(&mut self, task: &str, status: Status) {
        if let Some(entry) = self.tasks.get_mut(task) {
            entry.status = status;
        }
    }

    fn tell(&mut self, end: &Ended) -> bool {
        self.told.insert((end.task.clone(), end.slot, end.attempt))
    }
}

/// The ends of an instance's attempts, or its own if it had none.
fn endings(task: &Task, instance: &Instance) -> Vec<Ended> {
    if instance.attempts.is_empty() && instance.status.is_final() {
        let (slot, node) = (Some(instance.slot), instance.node.clone());
        return vec![Ended { slot, node, status: instance.status, ..Ended::unstarted(task) }];
    }
    let works = instance.attempts.iter().filter(|attempt| attempt.function.is_none());
    let over = works.filter(|attempt| attempt.status.is_final());
    let ended = |attempt: &web::wire::Attempt| Ended {
        task: task.name.clone(),
        slot: Some(instance.slot),
        node: Some(attempt.node.clone()),
        attempt: attempt.number,
        nth: attempt.nth,
        status: attempt.status,
        duration_ms: attempt.duration_ms,
        message: attempt.message.clone(),
    };
    over.map(ended).collect()
}

/// The attempt that runs, or the failed one that another will follow.
fn unfinished(
    task: &Task,
    instance: &Instance,
    lines: &BTreeMap<Place, String>,
) -> Option<Running> {
    let works = instance.attempts.iter().rfind(|attempt| attempt.function.is_none());
    let last = works.filter(|_| !instance.status.is_final())?;
    let place = (task.name.clone(), instance.slot);
    Some(Running {
        line: lines.get(&place).cloned().unwrap_or_else(|| plain(&last.message)),
        task: place.0,
        slot: place.1,
        node: last.node.clone(),
        attempt: last.number,
        nth: last.nth,
        since: last.started_at,
        retrying: last.status.is_final(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_runs::failed;
    use serde_json::json;

    fn event(kind: &str, attempt: u32, at: u64) -> Event {
        Event {
            sequence: at,
            time: Time(at),
            kind: kind.into(),
            by: "a".into(),
            run: None,
            task: Some("build".into()),
            node: (kind != "task.lost").then(|| "a".into()),
            data: json!({"attempt": attempt, "try": attempt, "slot": 0}),
        }
    }

    #[test]
    fn an_attempt_is_timed_from_start_to_end() {
        let mut board = Board::default();
        assert_eq!(board.event(&event("task.started", 1, 1_000)), None);
        assert_eq!(board.running.len(), 1);
        let ended = board.event(&event("task.completed", 1, 1_250)).unwrap();
        assert_eq!((ended.status, ended.duration_ms), (Status::Succeeded, Some(250)));
        assert_eq!(board.running, []);
    }

    #[test]
    fn a_failed_attempt_waits_for_the_next_and_each_end_is_told_once() {
        let mut board = Board::default();
        board.event(&event("task.started", 1, 0));
        let failed = event("task.failed", 1, 5);
        assert!(board.event(&failed).is_some());
        assert_eq!(board.event(&failed), None);
        board.event(&event("task.retrying", 1, 6));
        assert!(board.running[0].retrying);
        board.event(&event("task.started", 2, 9));
        assert_eq!((board.running.len(), board.running[0].retrying), (1, false));
        assert!(board.event(&event("task.completed", 2, 10)).is_some());
    }

    #[test]
    fn a_function_that_was_asked_is_no_try_of_the_task() {
        let mut run = failed();
        let attempts = &mut run.tasks[0].instances[0].attempts;
        let mut asked = attempts[0].clone();
        (asked.number, asked.nth, asked.function) = (2, 0, Some("should_retry".into()));
        asked.status = Status::Succeeded;
        attempts.push(asked);
        let ends = Board::default().snapshot(&run);
        let told: Vec<_> = ends.iter().map(|end| (end.attempt, end.status)).collect();
        assert_eq!(told[0], (1, Status::Failed));
        assert!(!told.contains(&(2, Status::Succeeded)));
    }

    #[test]
    fn a_question_that_is_lost_ends_no_task() {
        let mut board = Board::default();
        board.event(&event("task.started", 1, 10));
        let lost =
            Event { data: json!({"attempt": 2, "try": 0, "slot": 0}), ..event("task.lost", 2, 20) };
        assert_eq!(board.event(&lost), None);
        assert_eq!(board.running.len(), 1);
    }

    #[test]
    fn a_lost_attempt_ends_on_the_node_it_ran_on() {
        let mut board = Board::default();
        board.event(&event("task.started", 1, 0));
        let lost = board.event(&event("task.lost", 1, 7)).unwrap();
        assert_eq!((lost.status, lost.node.as_deref()), (Status::Lost, Some("a")));
        assert_eq!(board.running, []);
    }

    #[test]
    fn a_snapshot_tells_only_what_was_not_told() {
        let mut board = Board::default();
        let told = board.snapshot(&failed());
        assert_eq!(told.len(), 2);
        assert_eq!((told[1].status, told[1].node.as_deref()), (Status::Skipped, None));
        assert_eq!(board.snapshot(&failed()), []);
        assert_eq!(board.counts(), Counts { waiting: 0, running: 0, done: 2 });
    }

    #[test]
    fn other_events_change_nothing() {
        let mut board = Board::default();
        assert_eq!(board.event(&event("task.paused", 1, 0)), None);
        assert_eq!(board.event(&Event { task: None, ..event("task.failed", 1, 0) }), None);
    }
}
