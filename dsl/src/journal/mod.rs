//! What a file asked of the world while it was loaded, and what it was told: recorded where the file is accepted,
//! replayed wherever it is loaded again.

mod item;
mod observe;
mod tape;

use serde::{Deserialize, Serialize};

pub use item::Item;
pub use observe::{observe, observe_async};
pub use tape::{DIFFERS, Tape, Turn};

/// Questions of one load: a file that asks more does work that belongs into a task.
const ENTRIES_MAX: usize = 10_000;

/// Bytes of one load's questions and answers, which are agreed with the run.
const BYTES_MAX: usize = 1 << 20;

/// Characters of a question repeated in a message.
const SHOWN_MAX: usize = 120;

/// Everything one load observed, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    question: Question,
    answer: Answer,
}

/// A call and its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    call: String,
    arguments: Vec<Item>,
}

/// What the call came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Returned(Vec<Item>),
    Raised(String),
}

impl Journal {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Entry {
    fn size(&self) -> usize {
        let answer = match &self.answer {
            Answer::Returned(items) => items.iter().map(Item::size).sum(),
            Answer::Raised(text) => text.len(),
        };
        self.question.call.len()
            + self.question.arguments.iter().map(Item::size).sum::<usize>()
            + answer
    }
}

impl Question {
    pub fn new(call: &str, arguments: Vec<Item>) -> Self {
        Question { call: call.into(), arguments }
    }

    /// As a script writes it, shortened.
    fn shown(&self) -> String {
        let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
        let whole = format!("{}({})", self.call, arguments.join(", "));
        let mut short: String = whole.chars().take(SHOWN_MAX).collect();
        if short.len() < whole.len() {
            short.push('…');
        }
        short
    }
}
