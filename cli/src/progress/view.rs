use clap::ValueEnum;
use web::wire::{Item, Run, Status, Step};

use super::live::Live;
use super::log::Log;
use super::plain::Plain;
use super::summary;
use crate::output::{Format, Meaning, Output, json};

/// How a run is shown while it is followed, and at its end.
pub enum View {
    /// On a terminal.
    Live(Box<Live>),
    /// Anywhere else.
    Plain(Box<Plain>),
    /// The final run as one object.
    Object,
    /// Every step as one line.
    Steps,
    /// The run's id, once it has ended.
    Name,
    /// What the tasks write, and nothing else.
    Log(Log),
    /// Nothing but its end.
    End,
}

/// How a run is shown to people while it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// As a tree on a terminal, as lines elsewhere.
    #[default]
    Auto,
    Plain,
    None,
}

impl View {
    pub fn of(out: &Output, progress: Progress) -> Self {
        match out.format {
            Format::Json | Format::Yaml => View::Object,
            Format::Jsonl => View::Steps,
            Format::Name => View::Name,
            _ if progress == Progress::None => View::End,
            _ if progress == Progress::Auto && out.is_live() => View::Live(Box::default()),
            _ => View::Plain(Box::default()),
        }
    }

    pub fn step(&mut self, step: &Step, out: &Output) {
        match self {
            View::Live(live) => live.step(step, out),
            View::Plain(plain) => plain.step(step, out),
            View::Object => {
                if let Item::End(run) = &step.item {
                    out.data(run);
                }
            }
            View::Steps => out.line(&json::compact(step)),
            View::Name => {
                if let Item::End(run) = &step.item {
                    out.line(&run.summary.id);
                }
            }
            View::Log(log) => {
                if let Item::Line(line) = &step.item {
                    log.print(line, out);
                }
            }
            View::End => {}
        }
    }

    /// Whether it changes with time alone.
    pub fn is_live(&self) -> bool {
        matches!(self, View::Live(_))
    }

    pub fn draw(&mut self, out: &Output) {
        if let View::Live(live) = self {
            live.draw(out);
        }
    }

    /// Says something below what has been shown, and goes on.
    pub fn say(&mut self, text: &str, out: &Output) {
        self.pause(out);
        out.note(text);
    }

    /// Removes what would be redrawn.
    pub fn pause(&mut self, out: &Output) {
        if let View::Live(live) = self {
            live.close(out);
        }
    }

    /// The end: failures, outputs, the total.
    pub fn end(&mut self, run: &Run, out: &Output) {
        self.pause(out);
        let paint = out.remark_paint();
        let repeats = match self {
            View::Live(_) | View::End => true,
            View::Plain(_) => run.tasks.len() > 1,
            View::Object | View::Steps | View::Name | View::Log(_) => return,
        };
        summary::outputs(&run.outputs).iter().for_each(|line| out.line(line));
        if let Some(verdict) = summary::verdict(run) {
            let meaning = match run.summary.status {
                Status::Cancelled => Meaning::Warning,
                _ => Meaning::Bad,
            };
            out.note(&paint.of(meaning, &verdict));
        }
        out.note(&summary::total(run, paint));
        if repeats {
            summary::failures(run, paint).iter().for_each(|line| out.note(line));
        }
    }
}
