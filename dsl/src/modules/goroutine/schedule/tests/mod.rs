mod programs;
mod units;

use super::*;

fn place(line: usize) -> Place {
    Place { file: "f".into(), line }
}

fn reason(what: &str) -> Reason {
    Reason { what: what.to_owned(), at: place(1) }
}

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}
