//! A program in a session of its own, whose terminal is the one named by its first argument.

use std::fs::OpenOptions;
use std::os::unix::process::CommandExt;
use std::process::Command;

pub fn main(arguments: &[String]) -> ! {
    let [terminal, rest @ ..] = arguments else { panic!("terminal wanted") };
    rustix::process::setsid().unwrap();
    // The first terminal that the leader of a session opens becomes the session's.
    let terminal = OpenOptions::new().read(true).write(true).open(terminal).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("--node").args(rest).stdin(terminal);
    panic!("{}", command.exec())
}
