//! What has not ended, as a tree: each task stands below the first of those it still waits for.

use std::collections::BTreeMap;

use web::wire::Status;

use super::attempt::Running;
use super::board::Board;

/// A workflow with more tasks is not laid out ten times a second.
const TASKS_MAX: usize = 500;

/// One line of the tree.
#[derive(Debug, PartialEq)]
pub struct Row<'a> {
    /// `├─ `, `│  └─ `.
    pub branch: String,
    pub depth: usize,
    pub shown: Shown<'a>,
}

#[derive(Debug, PartialEq)]
pub enum Shown<'a> {
    Running(&'a Running),
    Waiting(&'a str, Status),
}

/// The rows that fit, and how many do not: what runs before what waits, what starts sooner before the rest.
pub fn rows(board: &Board, room: usize) -> (Vec<Row<'_>>, usize) {
    let mut rows = if board.order.len() > TASKS_MAX { flat(board) } else { grown(board) };
    let all = rows.len();
    while rows.len() > room {
        let waiting = |row: &&Row<'_>| matches!(row.shown, Shown::Waiting(..));
        let Some(deepest) = rows.iter().filter(waiting).map(|row| row.depth).max() else { break };
        let last = rows.iter().rposition(|row| waiting(&row) && row.depth == deepest);
        if let Some(last) = last {
            rows.remove(last);
        }
    }
    rows.truncate(room);
    let hidden = all - rows.len();
    (rows, hidden)
}

fn flat(board: &Board) -> Vec<Row<'_>> {
    let row = |one| Row { branch: String::new(), depth: 0, shown: Shown::Running(one) };
    board.running.iter().map(row).collect()
}

fn grown(board: &Board) -> Vec<Row<'_>> {
    let open = |name: &str| board.status(name).is_some_and(|status| !status.is_final());
    let mut below: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
    for name in board.order.iter().map(String::as_str).filter(|name| open(name)) {
        let parent = board.needs(name).iter().map(String::as_str).find(|need| open(need));
        below.entry(parent).or_default().push(name);
    }
    let mut tree = Tree { board, below, rows: Vec::new() };
    tree.grow(None, "", 0);
    tree.rows
}

struct Tree<'a> {
    board: &'a Board,
    below: BTreeMap<Option<&'a str>, Vec<&'a str>>,
    rows: Vec<Row<'a>>,
}

impl<'a> Tree<'a> {
    fn grow(&mut self, parent: Option<&'a str>, trunk: &str, depth: usize) {
        // Taken away, so that not even a cycle would come by twice.
        let children = self.below.remove(&parent).unwrap_or_default();
        let last = children.len().saturating_sub(1);
        for (index, name) in children.into_iter().enumerate() {
            let (fork, trunk) = match (depth, index == last) {
                (0, _) => (String::new(), String::new()),
                (_, true) => (format!("{trunk}└─ "), format!("{trunk}   ")),
                (_, false) => (format!("{trunk}├─ "), format!("{trunk}│  ")),
            };
            self.put(name, fork, depth);
            self.grow(Some(name), &trunk, depth + 1);
        }
    }

    /// A task that runs on several nodes has as many rows.
    fn put(&mut self, name: &'a str, branch: String, depth: usize) {
        let before = self.rows.len();
        for one in self.board.running.iter().filter(|one| one.task == name) {
            self.rows.push(Row { branch: branch.clone(), depth, shown: Shown::Running(one) });
        }
        if self.rows.len() == before {
            let status = self.board.status(name).unwrap_or(Status::Pending);
            self.rows.push(Row { branch, depth, shown: Shown::Waiting(name, status) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_runs::diamond;

    fn board() -> Board {
        let mut board = Board::default();
        board.snapshot(&diamond());
        board
    }

    fn drawn(board: &Board, room: usize) -> String {
        let (rows, hidden) = rows(board, room);
        let mut text = String::new();
        for row in rows {
            let (word, name) = match row.shown {
                Shown::Running(one) => ("running", one.task.as_str()),
                Shown::Waiting(name, status) => (status.word(), name),
            };
            text += &format!("{word:<8} {}{name}\n", row.branch);
        }
        text + &format!("{hidden} hidden")
    }

    #[test]
    fn what_waits_stands_below_what_it_waits_for() {
        insta::assert_snapshot!(drawn(&board(), 9), @r"
        running  left
        pending  └─ join
        pending     ├─ pack
        pending     └─ ship
        running  right
        0 hidden
        ");
    }

    #[test]
    fn what_runs_is_shown_before_what_waits() {
        insta::assert_snapshot!(drawn(&board(), 3), @r"
        running  left
        pending  └─ join
        running  right
        2 hidden
        ");
        insta::assert_snapshot!(drawn(&board(), 1), @r"
        running  left
        4 hidden
        ");
    }
}
