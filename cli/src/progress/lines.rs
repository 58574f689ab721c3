//! One line about a task.

use std::time::Duration;

use web::wire::{Status, Time};

use super::attempt::{Ended, Running};
use super::board::{Board, Counts};
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
    let tries = if end.attempt > 1 { format!("attempt {}", end.attempt) } else { String::new() };
    let first = end.message.lines().next().unwrap_or_default();
    let message = if first == end.status.word() { String::new() } else { plain(first) };
    let facts =
        [end.node.clone().unwrap_or_default(), duration.unwrap_or_default(), tries, message];
    line(end.status, &end.task, &facts, names, paint)
}

/// `running    build  web-1  3s  Compiling …`, cut to the screen.
pub fn running(one: &Running, names: usize, now: Time, columns: usize, paint: Paint) -> String {
    let (status, age) = match one.retrying {
        true => (Status::Queued, format!("attempt {} failed, tried again soon", one.attempt)),
        false => (Status::Running, time::ticking(time::between(one.since, now))),
    };
    let name = width(&one.task).max(names.min(NAME_MAX));
    let used = STATUS + 2 + name + 2 + width(&one.node) + 2 + width(&age) + 2;
    let said = fit(&one.line, columns.saturating_sub(used));
    line(status, &one.task, &[one.node.clone(), age, paint.of(Meaning::Faint, &said)], names, paint)
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

/// The live region: what runs now and how far it is, in at most `rows` lines.
pub fn region(board: &Board, now: Time, columns: usize, rows: usize, paint: Paint) -> Vec<String> {
    let names = board.longest_name();
    let room = rows.saturating_sub(2).max(1);
    let shown = if board.running.len() > room { room - 1 } else { board.running.len() };
    let mut lines: Vec<String> =
        board.running[..shown].iter().map(|one| running(one, names, now, columns, paint)).collect();
    if shown < board.running.len() {
        lines.push(format!("… and {} more", board.running.len() - shown));
    }
    let elapsed = time::between(board.started_at, now);
    lines.push(paint.of(Meaning::Faint, &counts(board.counts(), elapsed)));
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

    fn board(running: usize) -> Board {
        let one = |number: usize| Running {
            task: format!("t{number}"),
            slot: 0,
            node: "a".into(),
            attempt: 1,
            since: Time(1_000),
            line: "a long line that does not fit the screen".into(),
            retrying: number == 1,
        };
        let mut board = Board::default();
        board.running = (0..running).map(one).collect();
        board
    }

    #[test]
    fn the_region_fits_the_screen() {
        let lines = region(&board(2), Time(4_500), 44, 24, Paint::OFF);
        insta::assert_snapshot!(lines.join("\n"), @r"
        running    t0  a  3s  a long line that does…
        queued     t1  a  attempt 1 failed, tried again soon
        0 running, 0 waiting, 0 done, 4s
        ");
        let lines = region(&board(9), Time(4_500), 40, 6, Paint::OFF);
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[3], "… and 6 more");
    }
}
