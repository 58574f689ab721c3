//! What is said when a run has ended.

use std::time::Duration;

use serde_json::{Map, Value};
use web::wire::{Attempt, Instance, Run, Status, Task};

use super::lines::meaning;
use crate::output::text::{count, plain, quoted};
use crate::output::{Meaning, Paint, json, time};

/// Lines of a failed task that are repeated at the end.
const TAIL_LINES: usize = 20;

/// `5 tasks, 3 changed, 0 failed in 1.84 s`
pub fn total(run: &Run, paint: Paint) -> String {
    let tasks: Vec<&Task> = run.tasks.iter().filter(|task| !task.callback).collect();
    let changed = tasks.iter().filter(|task| task.changed).count();
    let failed = tasks.iter().filter(|task| is_failure(task.status)).count();
    let word = if run.check { "would change" } else { "changed" };
    let mut text = format!("{}, {changed} {word}, {failed} failed", count(tasks.len(), "task"));
    for status in [Status::Cancelled, Status::Skipped] {
        match tasks.iter().filter(|task| task.status == status).count() {
            0 => {}
            number => text += &format!(", {number} {status}"),
        }
    }
    if let Some(ms) = run.summary.duration_ms {
        text += &format!(" in {}", time::spoken(Duration::from_millis(ms)));
    }
    let strength =
        if run.summary.status == Status::Succeeded { Meaning::Good } else { Meaning::Bad };
    paint.of(strength, &text)
}

/// The last lines of every task that failed, and how to see the rest.
pub fn failures(run: &Run, paint: Paint) -> Vec<String> {
    let mut text = Vec::new();
    for task in run.tasks.iter().filter(|task| is_failure(task.status)) {
        let bad = task.instances.iter().filter(|instance| is_failure(instance.status));
        let tails: Vec<_> = bad.filter_map(|instance| Some((instance, last(instance)?))).collect();
        for (instance, attempt) in &tails {
            text.extend(failure(task, instance, attempt, paint));
        }
        if !tails.is_empty() {
            let command = format!("sloth run logs {} {}", run.summary.id, quoted(&task.name));
            text.push(format!("{} {command}", paint.of(Meaning::Faint, "hint:")));
        }
    }
    text
}

/// The last try of its work.
fn last(instance: &Instance) -> Option<&Attempt> {
    instance.attempts.iter().rfind(|attempt| attempt.function.is_none())
}

/// A bad end that nobody asked for.
fn is_failure(status: Status) -> bool {
    status.is_bad() && status != Status::Cancelled
}

fn failure(task: &Task, instance: &Instance, attempt: &Attempt, paint: Paint) -> Vec<String> {
    let status = instance.status;
    let mut head = format!("{} {} on {}", task.name, status.word(), attempt.node);
    if let Some(code) = attempt.exit_code {
        head += &format!(" with exit code {code}");
    }
    let head = meaning(status).map_or_else(|| head.clone(), |meaning| paint.of(meaning, &head));
    let lines: Vec<&str> = attempt.tail.lines().collect();
    let shown = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    let mut text = vec![head];
    text.extend(shown.iter().map(|line| format!("  {}", plain(line))));
    let said = |line: &&str| !line.trim().is_empty() && attempt.message.contains(line.trim());
    let head_says =
        attempt.exit_code.is_some_and(|code| attempt.message == format!("exit code {code}"));
    if !shown.iter().any(said) && !head_says {
        text.extend(attempt.message.lines().map(|line| format!("  {}", plain(line))));
    }
    text
}

/// Why the run as a whole ended badly.
pub fn verdict(run: &Run) -> Option<String> {
    let summary = &run.summary;
    summary.status.is_bad().then(|| match &summary.error {
        Some(error) if error.starts_with(summary.status.word()) => {
            format!("run {} {error}", summary.id)
        }
        Some(error) => format!("run {} {}: {error}", summary.id, summary.status),
        None => format!("run {} {}", summary.id, summary.status),
    })
}

/// What tasks returned, a line each: `build.version = "1.2"`. Plain results of commands are left out.
pub fn outputs(outputs: &Map<String, Value>) -> Vec<String> {
    let mut lines = Vec::new();
    for (task, output) in outputs.iter().filter(|(_, output)| !is_of_a_command(output)) {
        match output {
            Value::Object(fields) => {
                let known = known_fields(fields);
                let told = fields.iter().filter(|(key, value)| {
                    !known.contains(&key.as_str()) && !is_of_a_command(value)
                });
                let line = |(key, value)| format!("{task}.{key} = {}", json::compact(value));
                lines.extend(told.map(line));
            }
            value => lines.push(format!("{task} = {}", json::compact(value))),
        }
    }
    lines
}

/// What every result of a function that changes something has; it is told by status and message.
const RESULT: [&str; 8] =
    ["changed", "check", "diff", "failed", "message", "ok", "skipped", "success"];

fn known_fields(fields: &Map<String, Value>) -> &'static [&'static str] {
    let is_result = ["changed", "check", "failed"].iter().all(|key| fields.contains_key(*key));
    if is_result { &RESULT } else { &[] }
}

/// Whether it says only what the log says, too.
fn is_of_a_command(output: &Value) -> bool {
    let Value::Object(fields) = output else { return false };
    let plain = |key: &str| matches!(key, "stdout" | "stderr" | "exit_code");
    fields.keys().all(|key| plain(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_runs::{failed, hello};

    #[test]
    fn the_last_line_counts_and_times() {
        assert_eq!(total(&hello(), Paint::OFF), "1 task, 1 changed, 0 failed in 12 ms");
        assert_eq!(
            total(&failed(), Paint::OFF),
            "2 tasks, 0 changed, 1 failed, 1 skipped in 1.84 s"
        );
    }

    #[test]
    fn a_failure_shows_its_last_lines_and_the_way_to_the_rest() {
        insta::assert_snapshot!(failures(&failed(), Paint::OFF).join("\n"), @r"
        build it failed on web-1 with exit code 2
          compiling
          no such file: main.c
        hint: sloth run logs 01K0000000000000000000000F 'build it'
        ");
        assert!(failures(&hello(), Paint::OFF).is_empty());
        assert_eq!(
            verdict(&failed()).unwrap(),
            "run 01K0000000000000000000000F failed: task `build it` failed: no such file: main.c"
        );
    }

    #[test]
    fn outputs_are_shown_by_task_and_key() {
        let value = serde_json::json!({
            "build": {"version": "1.2", "files": [1, 2]},
            "list": [1],
            "conf": {"changed": true, "check": false, "failed": false, "diff": {}, "path": "a.conf"},
            "echo": {"stdout": "hi", "stderr": "", "exit_code": 0},
            "all": {"a": {"stdout": "hi", "stderr": "", "exit_code": 0}, "b": {"size": 3}},
        });
        insta::assert_snapshot!(outputs(value.as_object().unwrap()).join("\n"), @r#"
        build.version = "1.2"
        build.files = [1,2]
        list = [1]
        conf.path = "a.conf"
        all.b = {"size":3}
        "#);
    }
}
