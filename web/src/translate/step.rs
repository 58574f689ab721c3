use node::view;

use super::time;
use crate::wire::{Event, Item, Line, LogPage};

impl From<view::Item> for Item {
    fn from(item: view::Item) -> Self {
        match item {
            view::Item::Run(run) => Item::Run(Box::new((*run).into())),
            view::Item::Event(event) => Item::Event(event.into()),
            view::Item::Line(line) => Item::Line(line.into()),
            view::Item::End(run) => Item::End(Box::new((*run).into())),
        }
    }
}

impl From<view::Event> for Event {
    fn from(event: view::Event) -> Self {
        Event {
            sequence: event.sequence,
            time: time(event.at),
            kind: event.kind,
            by: event.by,
            run: event.run.map(|run| run.to_string()),
            task: event.task,
            node: event.node,
            data: event.data,
        }
    }
}

impl From<view::Line> for Line {
    fn from(line: view::Line) -> Self {
        Line {
            time: time(line.at),
            task: line.task,
            slot: line.slot,
            node: line.node,
            attempt: line.attempt,
            stream: line.stream,
            line: line.text,
            offset: line.offset,
        }
    }
}

impl From<node::LogPage> for LogPage {
    fn from(page: node::LogPage) -> Self {
        LogPage {
            items: page.lines.into_iter().map(Line::from).collect(),
            next: page.next,
            done: page.done,
        }
    }
}
