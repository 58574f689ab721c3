use std::io;
use std::os::fd::AsFd;

use web::wire::{Item, Step};

use super::attempt::Ended;
use super::board::Board;
use super::lines::{self, Look};
use super::plain::{label, writers};
use super::region::Region;
use crate::output::terminal::{self, Size};
use crate::output::text::plain;
use crate::output::{Meaning, Output, time};

/// A run on a terminal: what tasks write and how they end scrolls up and stays, what runs is redrawn below.
#[derive(Default)]
pub struct Live {
    board: Board,
    region: Region,
    /// Lines that wait for the next drawing.
    above: Vec<String>,
    /// Lines of tasks name their task, because several write.
    labelled: bool,
}

impl Live {
    /// Takes a step over; it is seen at the next drawing.
    pub fn step(&mut self, step: &Step, out: &Output) {
        match &step.item {
            Item::Run(run) | Item::End(run) => {
                self.labelled = writers(run) > 1;
                let ended = self.board.snapshot(run);
                self.scroll(&ended, out);
            }
            Item::Event(event) => {
                let ended = self.board.event(event);
                self.scroll(ended.as_slice(), out);
            }
            Item::Line(line) => {
                self.board.line(line);
                let text = plain(&label(line, &self.board.owner, self.labelled));
                self.above.push(out.remark_paint().of(Meaning::Faint, &text));
            }
            Item::Error(_) => {}
        }
    }

    /// Draws what has changed.
    pub fn draw(&mut self, out: &Output) {
        if !self.board.is_known() {
            return;
        }
        let Size { columns, rows } = terminal::size(io::stderr().as_fd());
        let look = Look { now: time::now(), columns, rows, paint: out.remark_paint() };
        let lines = lines::region(&self.board, look);
        let above = std::mem::take(&mut self.above);
        let text = self.region.draw(&above, lines);
        if !text.is_empty() {
            out.draw(&text);
        }
    }

    /// Leaves only what scrolled up.
    pub fn close(&mut self, out: &Output) {
        out.draw(&self.region.clear());
        self.above.drain(..).for_each(|line| out.note(&line));
    }

    fn scroll(&mut self, ended: &[Ended], out: &Output) {
        let names = self.board.longest_name();
        let line = |end: &Ended| lines::ended(end, names, out.remark_paint());
        self.above.extend(ended.iter().map(line));
    }
}
