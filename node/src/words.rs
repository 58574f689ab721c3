//! The status words that people, Lua and the API read.

use state::run::Status;

use crate::view::Word;

pub fn word(word: Word) -> &'static str {
    match word {
        Word::Pending => "pending",
        Word::Queued => "queued",
        Word::Running => "running",
        Word::Succeeded => "succeeded",
        Word::Failed => "failed",
        Word::TimedOut => "timed_out",
        Word::Cancelled => "cancelled",
        Word::Skipped => "skipped",
        Word::Lost => "lost",
        Word::Refused => "refused",
    }
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::TimedOut => "timed_out",
        Status::Cancelled => "cancelled",
    }
}
