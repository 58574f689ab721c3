//! Guard and node as real processes that are killed and stopped in every way: nothing of them lives on.
//!
//! The program under test forks before any thread exists, so this binary is both: without a part as its first
//! argument it is the tests, with one it is one of the processes that they watch.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // all of it is test, helpers included

mod cases;
mod life;
mod stage;
mod terminal;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--node") => life::main(&arguments[2..]),
        Some("--terminal") => terminal::main(&arguments[2..]),
        _ => cases::main(),
    }
}
