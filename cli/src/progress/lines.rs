//! One line about a task.

use std::time::Duration;

use web::wire::{Status, Time};

use super::attempt::{Ended, Running};
use super::board::{Board, Counts};
use super::tree::{self, Shown};
use crate::output::text::{fit, pad, plain, width};
use crate::output::{Meaning, Paint, time};

/// The longest status word.
const STATUS: usize = 9;
/// A column of names wider than this helps nobody.
const NAME_MAX: usize = 32;

/// What the status words mean to the eye.
pub fn meaning(status: Status) -> Option<Meaning> {
    match status {
        Status::Succeeded => Some(Meaning::Good),
        Status::Running => Some(Meaning::Busy),
        Status::Pending | Status::Queued | Status::Skipped => Some(Meaning::Faint),
        Status::Cancelled => Some(Meaning::Warning),
        Status::Failed | Status::TimedOut | Status::Lost | Status::Refused => Some(Meaning::Bad),
    }
}

/// `succeeded  build  web-1  1.20s  Compiled 12 crates`
pub fn ended(end: &Ended, names: usize, paint: Paint) -> String {
    let duration = end.duration_ms.map(|ms| time::short(Duration::from_millis(ms)));
    let tries = if end.nth > 1 { format!("attempt {}", end.nth) } else { String::new() };
    let first = end.message.lines().next().unwrap_or_default();
    let message = if first == end.status.word() { String::new() } else { plain(first) };
    let facts =
        [end.node.clone().unwrap_or_default(), duration.unwrap_or_default(), tries, message];
    line(end.status, &end.task, &facts, names, paint)
}

/// `running    build  web-1  3s  Compiling …`, cut to the screen.
fn running(name: &str, one: &Running, names: usize, look: Look) -> String {
    let (status, age) = match one.retrying {
        true => (Status::Queued, format!("attempt {} failed, tried again soon", one.nth)),
        false => (Status::Running, time::ticking(time::between(one.since, look.now))),
    };
    let used = STATUS + 2 + width(name).max(names) + 2 + width(&one.node) + 2 + width(&age) + 2;
    let said = look.paint.of(Meaning::Faint, &fit(&one.line, look.columns.saturating_sub(used)));
    line(status, name, &[one.node.clone(), age, said], names, look.paint)
}

/// A task where it stands in the tree.
fn named(row: &tree::Row<'_>) -> String {
    let name = match row.shown {
        Shown::Running(one) => &one.task,
        Shown::Waiting(name, _) => name,
    };
    format!("{}{name}", row.branch)
}

fn line(status: Status, task: &str, facts: &[String], names: usize, paint: Paint) -> String {
    let word = pad(status.word(), STATUS);
    let word = meaning(status).map_or_else(|| word.clone(), |meaning| paint.of(meaning, &word));
    let name = pad(task, names.min(NAME_MAX));
    let mut text = format!("{word}  {name}");
    for fact in facts.iter().filter(|fact| !fact.is_empty()) {
        text = format!("{text}  {fact}");
    }
    text.trim_end().to_owned()
}

/// `2 running, 3 waiting, 4 done, 12s`
pub fn counts(counts: Counts, elapsed: Duration) -> String {
    let Counts { waiting, running, done } = counts;
    format!("{running} running, {waiting} waiting, {done} done, {}", time::ticking(elapsed))
}

/// When and on what a picture is drawn.
#[derive(Clone, Copy)]
pub struct Look {
    pub now: Time,
    pub columns: usize,
    pub rows: usize,
    pub paint: Paint,
}

/// The live region: what runs, what waits for it, and how far the run is.
pub fn region(board: &Board, look: Look) -> Vec<String> {
    let room = look.rows.saturating_sub(3).max(1);
    let (rows, hidden) = tree::rows(board, room);
    let names = rows.iter().map(|row| width(&named(row))).max().unwrap_or(0);
    let names = names.max(board.longest_name()).min(NAME_MAX);
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| match row.shown {
            Shown::Running(one) => running(&named(row), one, names, look),
            Shown::Waiting(_, status) => line(status, &named(row), &[], names, look.paint),
        })
        .collect();
    if hidden > 0 {
        lines.push(format!("… and {hidden} more"));
    }
    let elapsed = time::between(board.started_at, look.now);
    lines.push(look.paint.of(Meaning::Faint, &counts(board.counts(), elapsed)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(status: Status, attempt: u32, message: &str) -> Ended {
        let (task, node) = ("build".to_owned(), Some("web-1".to_owned()));
        Ended {
            task,
            slot: Some(0),
            node,
            attempt,
            nth: attempt,
            status,
            duration_ms: Some(1_200),
            message: message.into(),
        }
    }

    #[test]
    fn an_end_tells_status_task_node_time_and_message() {
        let lines = [
            ended(&end(Status::Succeeded, 1, "Compiled 12 crates\nmore"), 6, Paint::OFF),
            ended(&end(Status::Failed, 2, "exit 2"), 6, Paint::OFF),
            ended(
                &Ended {
                    node: None,
                    duration_ms: None,
                    ..end(Status::Skipped, 0, "it needs `build`, which did not succeed")
                },
                6,
                Paint::OFF,
            ),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        succeeded  build   web-1  1.20s  Compiled 12 crates
        failed     build   web-1  1.20s  attempt 2  exit 2
        skipped    build   it needs `build`, which did not succeed
        ");
    }

    fn look(rows: usize) -> Look {
        Look { now: Time(4_500), columns: 44, rows, paint: Paint::OFF }
    }

    fn board() -> Board {
        let mut board = Board::default();
        board.snapshot(&crate::test_runs::diamond());
        for (number, one) in board.running.iter_mut().enumerate() {
            (one.since, one.retrying) = (Time(1_000), number == 1);
            one.line = "a long line that does not fit the screen".into();
        }
        board.started_at = Time(500);
        board
    }

    #[test]
    fn the_region_fits_the_screen() {
        insta::assert_snapshot!(region(&board(), look(24)).join("\n"), @r"
        running    left        web-1  3s  a long li…
        pending    └─ join
        pending       ├─ pack
        pending       └─ ship
        queued     right       web-1  attempt 1 failed, tried again soon
        2 running, 3 waiting, 1 done, 4s
        ");
        insta::assert_snapshot!(region(&board(), look(5)).join("\n"), @r"
        running    left   web-1  3s  a long line th…
        queued     right  web-1  attempt 1 failed, tried again soon
        … and 3 more
        2 running, 3 waiting, 1 done, 4s
        ");
    }
}
